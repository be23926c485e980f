"""What can go wrong between the Trust and a department.

DepartmentError
├─ DepartmentUnavailable   no answer in time: connection, timeout, a rate limit, 5xx, a web page    retryable
│  ├─ PageInstead          a web page where data was asked for
│  └─ DepartmentSilent     no answer in its time
├─ DepartmentRefused       the department said no: 401, 403, no credential to ask with     not retryable
└─ DepartmentMisanswered   an answer that cannot be trusted: not as asked, cut short, unreadable
"""

import re
from math import ceil

from reference.errors import TrustError

# The longest cause that is written to a log.
LONGEST = 300
PAGE = re.compile(r"<(?:!doctype\s+html|html)\b.*", re.IGNORECASE | re.DOTALL)
TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,80})", re.IGNORECASE)


def one_line(text: str) -> str:
    """A cause as a log shows it: one line, not too long, and a web page as its title alone."""
    text = PAGE.sub(_page, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _page(match: re.Match[str]) -> str:
    title = TITLE.search(match[0])
    return f'a web page, "{title[1].strip()}"' if title else "a web page"


class DepartmentError(TrustError):
    """A department did not answer. `detail` is for the log only: it may hold the department's own words. `at`: scheme,
    host and port that were asked, where they are known. `retry_after`: whole seconds after which the department may
    be asked again, where it has said so."""

    code = "DEPARTMENT_UNAVAILABLE"
    retryable = False

    def __init__(self, department: str, detail: str) -> None:
        super().__init__(department, detail)
        self.department = department
        self.detail = one_line(detail)
        self.at: str | None = None
        self.retry_after: int | None = None

    def __str__(self) -> str:
        return f"{self.department}{f' at {self.at}' if self.at else ''}: {self.detail}"

    @property
    def message(self) -> str:
        """For the caller: says what happened and what to do, nothing of the department's insides."""
        raise NotImplementedError


class DepartmentUnavailable(DepartmentError):
    """No answer in time."""

    retryable = True

    def __init__(self, department: str, detail: str, retry_after: float | None = None) -> None:
        super().__init__(department, detail)
        self.retry_after = None if retry_after is None else ceil(retry_after)

    @property
    def message(self) -> str:
        """What the caller is told."""
        match self.retry_after:
            case None | 0:
                when = "later"
            case 1:
                when = "in 1 second"
            case seconds:
                when = f"in {seconds} seconds"
        return f"{self.department} did not answer. Ask again {when}; other departments' fields are unaffected."


class PageInstead(DepartmentUnavailable):
    """A web page where data was asked for: maintenance, a limit, or a request that the publisher could not read."""


class DepartmentSilent(DepartmentUnavailable):
    """A department that did not answer in its time. Nobody asks it the same again at once."""


class DepartmentRefused(DepartmentError):
    """The department said no."""

    code = "DEPARTMENT_REFUSED"

    @property
    def message(self) -> str:
        """What the caller is told."""
        return f"{self.department} refused the Trust's request. The Trust's operator has been told through the log."


class NoCredential(DepartmentRefused):
    """The department answers only those with a credential, and the Trust has none: it was not asked."""

    @property
    def message(self) -> str:
        """What the caller is told."""
        return (
            f"The Trust has no credential for {self.department}, so it was not asked. Its operator has been told "
            "through the log; other departments' fields are unaffected."
        )


class DepartmentMisanswered(DepartmentError):
    """The answer cannot be trusted, so none of it is shown."""

    code = "DEPARTMENT_MISANSWERED"

    @property
    def message(self) -> str:
        """What the caller is told: nothing of the answer itself."""
        return f"{self.department} gave an answer that could not be read whole, so none of it is shown."


class AnswerTooLarge(DepartmentMisanswered):
    """More bytes than are allowed, as they came or once inflated. To find that out costs so much that a department
    which sends them again and again is left alone, as one that is not there."""
