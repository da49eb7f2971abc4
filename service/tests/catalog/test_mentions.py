from gleaner.catalog.mentions import secret_names
from gleaner.catalog.model import Basic, Source


def test_it_works() -> None:
    """Secrets are found in the URL, parameters, headers, the body and the credentials; other references are none."""
    source = Source(
        url="https://example.org/?a=${secret:one}",
        method="POST",
        params={"b": ["${secret:two}", 3], "since": "${cursor}"},
        headers={"X-Key": "Token ${secret:three}"},
        body={"deep": [{"c": "${secret:four} and ${secret:one}"}], "text": "$${secret:none}"},
        auth=Basic(username="me", password="${secret:five}"),
    )
    assert secret_names(source) == {"one", "two", "three", "four", "five"}


def test_no_secrets() -> None:
    """A source without credentials names none."""
    assert secret_names(Source(url="https://example.org/")) == set()
