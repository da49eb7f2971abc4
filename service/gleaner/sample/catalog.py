"""The catalog for the sample API, and the token that it asks for."""

from importlib.resources import files

from gleaner.sample.api import TOKEN

__all__ = ["TOKEN", "demo_catalog"]

_ADDRESS = "http://127.0.0.1:8010"  # as catalog.yaml writes it


def demo_catalog(base_url: str) -> str:
    """The YAML text of the packaged catalog for a sample API at this address."""
    text = files("gleaner.sample").joinpath("catalog.yaml").read_text(encoding="utf-8")
    return text.replace(_ADDRESS, base_url.rstrip("/"))
