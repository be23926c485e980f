"""Text for a terminal or a spreadsheet, whoever wrote it."""

# A spreadsheet would run text that begins like a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """One line of the text. A control character is a space: none of them reaches the terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def no_formula(text: str) -> str:
    """The text, with an apostrophe before it where it begins like a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
