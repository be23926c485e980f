"""London's clock, by which agreements begin and end."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def from_london(written: date | datetime) -> datetime:
    """A moment in UTC: of a day, its first moment in London; of a moment without an offset, when London's clocks show
    it. Raises ValueError for a moment that they show twice or never, as they go back or forward, and for one that is
    no moment of UTC's calendar."""
    moment = written if isinstance(written, datetime) else datetime.combine(written, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LONDON)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            raise ValueError("London's clocks show it twice or never")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("it lies beyond the calendar") from error


def london_day(moment: datetime) -> date:
    """The day that it is in London at a moment."""
    return moment.astimezone(LONDON).date()
