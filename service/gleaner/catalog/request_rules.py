"""What can be asked: the URL, the headers, the credentials, and where references may stand."""

from collections.abc import Callable, Iterator

from gleaner.catalog.findings import Path
from gleaner.catalog.mentions import auth_texts, request_texts
from gleaner.catalog.model import Auth, Basic, Bearer, HeaderKey, OAuth2, QueryKey, Source
from gleaner.catalog.paging_rules import Mistake
from gleaner.catalog.templates import PARENT, SECRET, references, render
from gleaner.catalog.urls import check_header, check_header_text, check_origin, check_url


def request_mistakes(source: Source) -> Iterator[Mistake]:
    """Mistakes with their paths below the source."""
    yield from _refused(("url",), check_url, source.url)
    for index, host in enumerate(source.allow_hosts):
        yield from _refused(("allow_hosts", index), check_origin, host)
    yield from _header_mistakes(source)
    yield from _auth_mistakes(source.auth, source)
    yield from _reference_mistakes(source)
    if source.body is not None and source.method != "POST":
        yield ("body",), f"is sent with method POST only, not {source.method}"


def _refused(path: Path, check: Callable[..., None], *values: str) -> Iterator[Mistake]:
    try:
        check(*values)
    except ValueError as error:
        yield path, str(error)


def _header_mistakes(source: Source) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for name, value in source.headers.items():
        yield from _refused(("headers", name), check_header, name, value)
        if name.lower() in seen:
            yield ("headers", name), f"is the same header as {seen[name.lower()]!r}"
        seen[name.lower()] = name
    taken = _auth_header(source.auth)
    if taken and taken.lower() in seen:
        yield ("headers", seen[taken.lower()]), f"is set by auth with kind {_kind(source.auth)} already"


def _auth_header(auth: Auth) -> str:
    if isinstance(auth, HeaderKey):
        return auth.name
    return "Authorization" if isinstance(auth, Bearer | Basic | OAuth2) else ""


def _auth_mistakes(auth: Auth, source: Source) -> Iterator[Mistake]:
    if isinstance(auth, HeaderKey):
        yield from _refused(("auth",), check_header, auth.name, auth.value)
    if isinstance(auth, Bearer):
        yield from _refused(("auth", "token"), check_header_text, render(auth.token, lambda _: ""))
    if isinstance(auth, OAuth2):
        yield from _refused(("auth", "token_url"), check_url, auth.token_url)
    if isinstance(auth, QueryKey) and not auth.name:
        yield ("auth", "name"), "must not be empty"
    if isinstance(auth, QueryKey) and auth.name in source.params:
        yield ("params", auth.name), "is set by auth with kind query already"
    for path, text in auth_texts(auth):
        yield from _refused(path, _check_secrets_only, text)


def _check_secrets_only(text: str) -> None:
    """A token is kept from request to request, so it cannot depend on the cursor or the parent."""
    for reference in references(text):
        if not reference.startswith(SECRET):
            raise ValueError(f"credentials may refer to ${{secret:NAME}} only, not to ${{{reference}}}")


def _kind(auth: Auth) -> str:
    return str(auth.__struct_config__.tag)


def _reference_mistakes(source: Source) -> Iterator[Mistake]:
    """References are well formed, and only to what a run will know."""
    used: set[str] = set()
    for path, text in request_texts(source):
        try:
            found = references(text)
        except ValueError as error:
            yield path, str(error)
            continue
        used.update("parent" if reference.startswith(PARENT) else reference for reference in found)
        if "cursor" in found and source.cursor is None:
            yield path, "${cursor} needs a 'cursor' in the source"
        if source.for_each is None and any(reference.startswith(PARENT) for reference in found):
            yield path, "${parent.PATH} needs a 'for_each' in the source"
    if source.cursor and "cursor" not in used:
        yield ("cursor",), "is used nowhere; send it, such as in params: {since: '${cursor}'}"
    if source.for_each and "parent" not in used:
        yield ("for_each",), "asks the same each time; use ${parent.PATH} in url, params, headers or body"
