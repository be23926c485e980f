"""Documents that ask for more than they look like, by what they are: the code they are refused with, or none where they
are answered, and the text. One more is one line."""

TABLE = 'labourMarket(areas: {level: LA}, periods: {from: "2015-01", to: "2024-12"})'
FIGURE = "value status unit markers"


def aliased(field: str, times: int) -> str:
    """A field so many times, under other names. `%d` in it is the number of the time."""
    return " ".join(f"a{at}: {field.replace('%d', str(at))}" for at in range(times))


def selecting(field: str, times: int) -> str:
    """A query that selects a field of its root so many times."""
    return f"{{ {aliased(field, times)} }}"


def fragments(count: int) -> str:
    """A query that spreads so many fragments in one place."""
    spreads = " ".join(f"...F{at}" for at in range(count))
    return f"{{ {spreads} }}" + " ".join(f"fragment F{at} on Query {{ me {{ subject }} }}" for at in range(count))


SOURCES = aliased("source", 8)
COSTLY, PARSE, INVALID, INPUT = (
    "QUERY_TOO_COSTLY", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT",
)  # fmt: skip
DOCUMENTS: dict[str, tuple[str | None, str]] = {
    "a table beside the caller": (None, f"{{ {TABLE} {{ nodes {{ claimantCount {{ value }} }} }} me {{ subject }} }}"),
    "twenty measures beside the caller": (
        COSTLY,
        f"{{ {TABLE} {{ nodes {{ {aliased(f'claimantCount {{ {FIGURE} }}', 20)} }} }} me {{ subject }} }}",
    ),
    "fifteen cursors for each row": (COSTLY, f"{{ {TABLE} {{ edges {{ {aliased('cursor', 15)} }} }} }}"),
    "a request in words on each of many rows": (
        COSTLY,
        f"{{ {TABLE} {{ nodes {{ {aliased(f'claimantCount {{ provenance {{ {SOURCES} }} }}', 8)} }} }} }}",
    ),
    "what may be read, many times": (COSTLY, f"{{ me {{ {aliased('mayRead { coordinate }', 400)} }} }}"),
    "what may be read, some times": (None, f"{{ me {{ {aliased('mayRead { coordinate }', 9)} }} }}"),
    "wrong names of places": (INPUT, selecting('area(code: "Mancheser %d upon Tine") { name }', 400)),
    "wrong codes of places": (INPUT, selecting('area(code: "E0%d") { name }', 400)),
    "a list of wrong names": (
        None, "{ areas(where: {codes: [" + ", ".join(f'"Mancheser {at}"' for at in range(400)) + "]}) { totalCount } }",
    ),
    "searches": (COSTLY, selecting('measures(search: "unemplyed wages %d of peple") { name }', 50)),
    "searches for places": (INPUT, selecting('areas(search: "Mancheser %d upon Tine") { nodes { name } }', 50)),
    "fragments in pairs": (COSTLY, fragments(110)),
    "fragments as many as are allowed": (None, fragments(100)),
    "more tokens than are read": (COSTLY, fragments(450)),
    "one field again and again": (COSTLY, "{ me { " + "subject " * 101 + "} }"),
    "fields that do not exist": (INVALID, selecting("claimantCuont%d", 900)),
    "introspection nine times": (
        None, selecting("__schema { types { name fields { name type { name ofType { name } } } } }", 9),
    ),
    "introspection by far": (
        COSTLY, selecting("__schema { types { fields { args { type { fields { name } } } } } }", 9),
    ),
    "introspection deep": (
        INVALID, "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
    ),
    "braces": (PARSE, "{" * 5_000),
    "lists in lists": (COSTLY, "{ areas(where: {codes: " + "[" * 2_400 + "]" * 2_400 + "}) { totalCount } }"),
    "a long name": (None, '{ area(code: "' + "x" * 200_000 + '") { name } }'),
    "directives": (COSTLY, "{ me { subject " + "@include(if: true) " * 1_500 + "} }"),
    "everything of a large table": (
        None,
        f"{{ {TABLE} {{ nodes {{ area {{ code name }} period {{ code }} group {{ sex }} claimantCount {{ {FIGURE} }}"
        f" payrolledEmployees {{ {FIGURE} }} }} }} }}",
    ),
    "what was done to each of many figures": (
        None, f"{{ {TABLE} {{ nodes {{ claimantCount {{ value provenance {{ treatment }} }} }} }} }}",
    ),
}  # fmt: skip
