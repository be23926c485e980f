"""Pages that tell which agreements are in force are not there while that is not known."""

from starlette.exceptions import HTTPException

from policies.book import Book


def confirmed(book: Book) -> Book:
    """The same book. Raises HTTPException where it cannot be confirmed."""
    if not book.confirmed:
        raise HTTPException(503, "It cannot be confirmed which agreements are in force.", {"Retry-After": "1"})
    return book
