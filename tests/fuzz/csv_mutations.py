"""CSV that is not what it should be: columns that are missing or in another order, rows twice, other separators."""

import csv
from io import StringIO
from random import Random

from tests.fuzz.recording import Reply

MEDIA = frozenset({"text/csv"})
ODD = (
    "", " ", "x", "-1", "1e5", "1,000", "0.5", "NaN", "inf", "1" * 30, "9" * 13, "-0", "+5", "5.", "\u0661", "\u00b2",
    "null", "..", "#N/A", "Q", "A", "C", "F", "c", "TRUE", '"', "a\nb", "=1+1", "\x00", "E99999999", "2023-13",
    "Normal Value",
)  # fmt: skip


def mutate(chance: Random, reply: Reply) -> Reply:
    """The reply with something in its table changed."""
    text = reply.content.decode("utf-8", "replace")
    try:
        rows = list(csv.reader(StringIO(text, newline="")))
    except csv.Error:
        return reply
    if not rows or not rows[0]:
        return reply
    separator, end, quoting = ",", "\r\n", csv.QUOTE_MINIMAL
    row = chance.randrange(len(rows))
    column = chance.randrange(len(rows[0]))
    match chance.randrange(14):
        case 0:
            del rows[row]
        case 1:
            rows[row:row] = [list(rows[row])] * chance.choice((1, 1, 2, 2000))
        case 2:
            body = rows[1:]
            chance.shuffle(body)
            rows[1:] = body
        case 3:
            rows = [cells[:column] + cells[column + 1 :] for cells in rows]
        case 4:
            order = list(range(len(rows[0])))
            chance.shuffle(order)
            rows = [[cells[at] for at in order if at < len(cells)] for cells in rows]
        case 5:
            other = chance.randrange(len(rows[0]))
            for cells in rows[chance.randrange(2) :]:
                if max(column, other) < len(cells):
                    cells[column], cells[other] = cells[other], cells[column]
        case 6:
            rows[0][column] = chance.choice(
                (*ODD, rows[0][column].lower(), rows[0][column] + " ", rows[0][0], "OBS_VALUE")
            )
        case 7:
            separator = chance.choice((";", "\t", "|", " "))
        case 8:
            end = chance.choice(("\n", "\r", "\n\n", "\n\r", "\u2028"))
        case 9:
            quoting = chance.choice((csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
        case 10:
            for cells in rows[1:]:
                cells[column : column + 1] = [chance.choice(ODD)]
        case 11:
            rows = [[*cells, cells[column] if column < len(cells) else ""] for cells in rows]
        case 12:
            rows[row] = rows[row][: chance.randrange(len(rows[row]) + 1)]
        case _:
            for _ in range(chance.choice((1, 1, 3))):
                cells = rows[chance.randrange(len(rows))]
                if cells:
                    cells[chance.randrange(len(cells))] = chance.choice(ODD)
    out = StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return reply._replace(content=out.getvalue().encode("utf-8", "surrogatepass"))
