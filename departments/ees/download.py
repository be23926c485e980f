"""A whole version of a data set as the file that it was made from."""

import csv
import io

from departments.ees.catalogue import LEVEL_LABELS
from departments.ees.shelf import Version

PLACE_COLUMNS = ("time_period", "time_identifier", "geographic_level", "location_code", "location_name")


def as_csv(version: Version) -> str:
    """Every row, under the names of its columns; an academic year is written 202223."""
    rows, file = version.rows, io.StringIO()
    write = csv.writer(file, lineterminator="\n")
    write.writerow((*PLACE_COLUMNS, *(filter_.column for filter_ in version.data_set.filters), *rows.values))
    for row in range(len(rows)):
        level, area = rows.places[int(rows.place[row])]
        period = rows.periods[int(rows.period[row])]
        options = (names[int(at)] for names, at in zip(rows.labels, rows.options[:, row], strict=True))
        figures = (texts[row] for texts in rows.values.values())
        time = period.replace("/20", "")
        write.writerow((time, version.data_set.time, LEVEL_LABELS[level], area.code, area.name, *options, *figures))
    return file.getvalue()
