"""Where an answer says that its receipt is: in `extensions.receipt`, and in a header."""

import orjson

HEADER = "Receipt"
PATH = "/audit/receipt/"


class Receipts:
    """Of the log with a name, its origin."""

    def __init__(self, origin: str) -> None:
        self.log = origin
        self._before = b'"receipt":' + orjson.dumps({"log": origin, "path": PATH})[:-2]

    def extensions(self, id: str, others: bytes = b"") -> bytes:
        """The extensions of the answer to an operation, as JSON. `others`: with a comma after each."""
        return b'{%b%b%b"}}' % (others, self._before, id.encode())
