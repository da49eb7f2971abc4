"""Text as databases can hold it."""


def storable(text: str) -> str:
    """The text with lone surrogates, which no database takes, replaced by question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
