"""What a caller did wrong in an argument."""

from collections.abc import Iterable

from graphql import GraphQLError


class BadInput(GraphQLError):
    """An argument that cannot be used: says what was wrong, what is allowed and the nearest valid values."""

    def __init__(self, argument: str, message: str, nearest: Iterable[str] = ()) -> None:
        near = list(nearest)
        if near:
            message = f"{message} Nearest: {', '.join(near)}."
        super().__init__(
            f"Argument {argument}: {message}",
            extensions={"code": "BAD_USER_INPUT", "argument": argument, "nearest": near},
        )
