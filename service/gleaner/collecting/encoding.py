"""The bytes of an answer: UTF-8 without its mark, or a reason why they are no JSON."""

import codecs

_MARK = codecs.BOM_UTF8
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHUNK = 1 << 16


def strip_mark(body: bytearray) -> bytearray:
    """The body without a byte order mark."""
    return body[len(_MARK) :] if body.startswith(_MARK) else body  # noqa: FURB188 (removeprefix copies even where there is none)


def why_no_json(body: bytearray) -> str:
    """The reason, as far as the bytes alone tell; nothing when they may be JSON."""
    if body.startswith(_UTF16) or b"\0" in body[:4]:
        return "it is UTF-16 or UTF-32, not UTF-8"
    if body[:64].lstrip().startswith(b"<"):
        return "it is HTML or XML, not JSON"
    return _invalid_utf8(body)


def _invalid_utf8(body: bytearray) -> str:
    if body.isascii():
        return ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _CHUNK):
        try:
            decoder.decode(bytes(body[start : start + _CHUNK]), final=start + _CHUNK >= len(body))
        except UnicodeDecodeError:
            return f"it is not valid UTF-8 (near byte {start})"
    return ""
