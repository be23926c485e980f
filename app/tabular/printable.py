"""Text for a terminal, whoever wrote it."""


def printable(text: str) -> str:
    """One line of the text. A control character is a space: none of them reaches the terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
