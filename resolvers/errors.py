"""What can go wrong between the Trust and a department.

DepartmentError
├─ DepartmentUnavailable   no answer in time: connection, timeout, 429, 5xx        retryable
├─ DepartmentRefused       the department said no: 401, 403                        not retryable
└─ DepartmentMisanswered   an answer that cannot be trusted: not as asked, cut short, unreadable
"""


class DepartmentError(Exception):
    """A department did not answer. `detail` is for the log only: it may hold the department's own words."""

    code = "DEPARTMENT_UNAVAILABLE"
    retryable = False

    def __init__(self, department: str, detail: str) -> None:
        super().__init__(f"{department}: {detail}")
        self.department = department
        self.detail = detail

    @property
    def message(self) -> str:
        """For the caller: says what happened and what to do, nothing of the department's insides."""
        raise NotImplementedError


class DepartmentUnavailable(DepartmentError):
    """No answer in time."""

    retryable = True

    @property
    def message(self) -> str:
        return f"{self.department} did not answer. Ask again later; other departments' fields are unaffected."


class DepartmentRefused(DepartmentError):
    """The department said no."""

    code = "DEPARTMENT_REFUSED"

    @property
    def message(self) -> str:
        return f"{self.department} refused the Trust's request. The Trust's operator has been told through the log."


class DepartmentMisanswered(DepartmentError):
    """The answer cannot be trusted, so none of it is shown."""

    code = "DEPARTMENT_MISANSWERED"

    @property
    def message(self) -> str:
        return f"{self.department} gave an answer that could not be read whole, so none of it is shown."
