"""What a caller did wrong in an argument."""

from collections.abc import Iterable, Mapping, Sequence

from graphql import GraphQLError

from reference.errors import TrustError

# As many allowed values are named as are read at a glance, and characters of what a caller wrote.
FEW, LONGEST = 12, 64


class BadInput(TrustError, GraphQLError):
    """An argument that cannot be used: says what was wrong, what is allowed and the nearest valid values.

    `nearest`: values that may be meant; `names`: what each of them is called, where a value says little; `allowed`:
    every valid value, where they can be listed. The extension `nearest` has valid values, the likeliest first.
    """

    def __init__(
        self,
        argument: str,
        message: str,
        nearest: Iterable[str] = (),
        *,
        names: Mapping[str, str] | None = None,
        allowed: Sequence[str] = (),
    ) -> None:
        near = [*nearest, *(names or ())]
        if near:
            called = {value: f"{value} ({name})" for value, name in (names or {}).items()}
            message += f" Nearest: {', '.join(called.get(value, value) for value in near)}."
        if allowed:
            more = f" and {len(allowed) - FEW} more" if len(allowed) > FEW else ""
            message += f" Allowed: {', '.join(allowed[:FEW])}{more}."
        near += [value for value in allowed[:FEW] if value not in near]
        super().__init__(
            f"Argument {argument}: {message}",
            extensions={"code": "BAD_USER_INPUT", "argument": argument, "nearest": near},
        )
