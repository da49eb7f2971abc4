"""A guess at how a source should be declared, from one answer."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from gleaner.catalog.expressions import compile_expression
from gleaner.catalog.model import FIELD_PATTERN, NAME_PATTERN, RESERVED_FIELDS, Source
from gleaner.catalog.times import parse_time
from gleaner.collecting.links import find_link

_DEEPEST = 4  # levels at which a list of records is looked for
_LOOKED_AT = 200  # records
_MOST_FIELDS = 30
_KEY_NAMES = ("id", "_id", "uuid", "guid", "key", "code", "slug", "name")
_TIME_NAME = re.compile(
    r"(time|date|timestamp|created|updated|modified|published|_at|At)$|^(at|ts|day)$", re.IGNORECASE
)
_TIME_FIRST = ("time", "timestamp", "date", "published_at", "created_at", "createdAt", "created", "updated_at")
_NEXT = ("next", "links.next", "next_url", "nextLink", "paging.next", "pagination.next", "meta.next", "info.next")
_TOKENS = {  # where the token is -> the parameter that usually carries it
    "nextPageToken": "pageToken",
    "next_page_token": "page_token",
    "next_cursor": "cursor",
    "nextCursor": "cursor",
    "meta.next_cursor": "cursor",
    "response_metadata.next_cursor": "cursor",
    "nextToken": "nextToken",
    "next_token": "next_token",
}
_TOTALS = ("total", "total_count", "totalCount", "totalResults", "meta.total", "pagination.total", "metadata.count")
_OFFSETS = ("offset", "skip", "start", "startIndex")
_PAGES = ("page", "page_number", "pageNumber", "p")
_SIZES = ("limit", "per_page", "page_size", "pageSize", "size", "rows", "count", "top")


def propose_source(source: Source, answer: Any, link: str) -> str:
    """YAML of a catalog with one source; whoever uses it is told what was found and what is missing."""
    path, records = _find_records(answer)
    sample = [record for record in records[:_LOOKED_AT] if isinstance(record, dict)]
    columns = _columns(sample)
    key, time = _find_key(columns), _find_time(columns)
    pages = _find_pages(source.url, answer, link, len(records))
    entry: dict[str, Any] = {"url": source.url}
    entry |= {"allow_private": True} if source.allow_private else {}
    entry |= {"records": path} | ({"key": key} if key else {}) | ({"time": time} if time else {})
    entry |= {"pages": pages} if pages else {}
    fields = _fields(columns)
    entry |= {"fields": fields} if fields else {}
    notes = [f"{len(records)} records at {path}"]
    notes += [] if key else ["no key was found: a record is known by its whole content"]
    notes += [] if pages else ["nothing in the answer says how to get a next page"]
    text = yaml.safe_dump({"sources": {_name(source.url): entry}}, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"# {note}\n" for note in notes) + text


def _find_records(answer: Any) -> tuple[str, list[Any]]:
    """The largest list of objects; without one, the answer itself."""
    lists = [(path, value) for path, value in _lists("", answer, 0) if value and isinstance(value[0], dict)]
    if not lists:
        return "@", answer if isinstance(answer, list) else [answer]
    path, value = max(lists, key=lambda one: len(one[1]))
    return path or "@", value


def _lists(path: str, value: Any, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for name, item in value.items():
            yield from _lists(_join(path, name), item, depth + 1)


def _join(path: str, name: str) -> str:
    plain = name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else _quoted(name)
    return f"{path}.{plain}" if path else plain


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _columns(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Path -> the values of all records (None where there is none), of this level and the next."""
    paths: dict[str, None] = {}
    for record in records:
        for name, value in record.items():
            inner = value if isinstance(value, dict) else {}
            paths |= (
                dict.fromkeys(_join(_join("", name), below) for below in inner) if inner else {_join("", name): None}
            )
    columns = {}
    for path in paths:
        get = compile_expression(path)
        values = [get(record) for record in records]
        if not any(isinstance(value, dict) for value in values):
            columns[path] = values
    return columns


def _find_key(columns: dict[str, list[Any]]) -> str:
    unique = [path for path, values in columns.items() if _is_unique(values)]
    for wanted in _KEY_NAMES:
        for path in sorted(unique, key=lambda one: one.count(".")):
            if _leaf(path).lower() == wanted:
                return path
    return next((path for path in unique if re.search(r"(_id|Id|ID|id)$", _leaf(path))), "")


def _is_unique(values: list[Any]) -> bool:
    if not all(isinstance(value, str | int) and not isinstance(value, bool) and value != "" for value in values):
        return False
    return len({(type(value), value) for value in values}) == len(values)


def _find_time(columns: dict[str, list[Any]]) -> str:
    times = [path for path, values in columns.items() if _type(path, values) == "time"]
    ranked = sorted(times, key=lambda path: _TIME_FIRST.index(_leaf(path)) if _leaf(path) in _TIME_FIRST else 99)
    return ranked[0] if ranked else ""


def _fields(columns: dict[str, list[Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    taken = set(RESERVED_FIELDS)
    for path, values in columns.items():
        kind = _type(path, values)
        name = re.sub(r"\W", "_", path.replace('"', ""), flags=re.ASCII)
        short = re.sub(r"\W", "_", _leaf(path), flags=re.ASCII)
        name = next((one for one in (short, name) if re.fullmatch(FIELD_PATTERN, one) and one.lower() not in taken), "")
        if not kind or not name or len(fields) >= _MOST_FIELDS:
            continue
        taken.add(name.lower())
        fields[name] = {"path": path, "type": kind}
    return fields


def _type(path: str, values: list[Any]) -> str:
    """The narrowest type that every value fits; nothing where there is no value at all."""
    present = [value for value in values if value is not None]
    if not present:
        return ""
    if all(isinstance(value, bool) for value in present):
        return "boolean"
    if any(isinstance(value, bool | list) for value in present):
        return "json"
    if _TIME_NAME.search(_leaf(path)) and all(map(_is_time, present)):
        return "time"
    if all(isinstance(value, int) and abs(value) < 2**63 for value in present):
        return "integer"
    return "number" if all(isinstance(value, int | float) for value in present) else "text"


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) and not 10**8 < value < 10**13:
        return False
    try:
        parse_time(value)
    except ValueError:
        return False
    return True


def _leaf(path: str) -> str:
    return path.rpartition(".")[2].strip('"')


def _find_pages(url: str, answer: Any, link: str, count: int) -> dict[str, Any]:
    query = dict(parse_qsl(urlsplit(url).query))
    if find_link(link):
        return {"kind": "link"}
    for path in _NEXT:
        value = compile_expression(path)(answer)
        if isinstance(value, str) and re.match(r"https?://|/|\?", value):
            return {"kind": "next", "path": path}
    for path, param in _TOKENS.items():
        if compile_expression(path)(answer):
            return {"kind": "token", "path": path, "param": param}
    return _counted_pages(query, _find_total(answer, count), count)


def _counted_pages(query: dict[str, str], total: str, count: int) -> dict[str, Any]:
    stop = {"stop": {"total": total}} if total else {}
    size_param = next((name for name in _SIZES if query.get(name, "").isdecimal() and int(query[name])), "")
    size = int(query[size_param]) if size_param else max(count, 1)
    sized = {"size": size} | ({"size_param": size_param} if size_param else {})
    for kind, names in (("offset", _OFFSETS), ("page", _PAGES)):
        param = next((name for name in names if query.get(name, "").isdecimal()), "")
        if param:
            return {"kind": kind, "param": param, "start": int(query[param])} | sized | stop
    return {"kind": "offset", "param": "offset"} | sized | stop if total else {}


def _find_total(answer: Any, count: int) -> str:
    for path in _TOTALS:
        value = compile_expression(path)(answer)
        if isinstance(value, int) and not isinstance(value, bool) and value > count:
            return path
    return ""


def _name(url: str) -> str:
    """A name for the source: the last word of the path, else the host."""
    parts = urlsplit(url)
    words = [*parts.netloc.split(":")[0].split(".")[-2:-1], *parts.path.split("/")]
    for word in reversed(words):
        stem = (word.rpartition(".")[0] or word).lower()
        name = re.sub(r"[^a-z0-9]+", "_", stem).strip("_")[:60]
        if re.fullmatch(NAME_PATTERN, name):
            return name
    return "source"
