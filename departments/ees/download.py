"""A whole version of a data set as the file that it was made from."""

import csv
import io

from departments.ees.catalogue import LEVEL_LABELS
from departments.ees.shelf import Version

PLACE_COLUMNS = ("time_period", "time_identifier", "geographic_level", "location_code", "location_name")


def as_csv(version: Version) -> str:
    """Every row, under the names of its columns; an academic year is written 202223."""
    held, told = version.rows, io.StringIO()
    write = csv.writer(told, lineterminator="\n")
    write.writerow((*PLACE_COLUMNS, *(each.column for each in version.data_set.filters), *held.values))
    for row in range(len(held)):
        level, area = held.places[int(held.place[row])]
        period = held.periods[int(held.period[row])]
        options = (names[int(at)] for names, at in zip(held.labels, held.options[:, row], strict=True))
        figures = (texts[row] for texts in held.values.values())
        time = period.replace("/20", "")
        write.writerow((time, version.data_set.time, LEVEL_LABELS[level], area.code, area.name, *options, *figures))
    return told.getvalue()
