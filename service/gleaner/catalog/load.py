"""The catalog from its file, or from all files of its folder."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from gleaner.catalog.check import read_catalog
from gleaner.catalog.findings import CatalogError, Findings, Where
from gleaner.catalog.model import NAME_PATTERN, Catalog
from gleaner.catalog.nodes import MAX_BYTES, Mapping, Node, Scalar, read_nodes
from gleaner.catalog.report_rules import NAME_RULE, report_mistakes
from gleaner.catalog.singles import shown
from gleaner.catalog.source_rules import below, source_mistakes

__all__ = ["CatalogError", "load_catalog"]

_REQUEST = {"url", "params", "headers", "body"}
_DEPENDS: dict[str | int, set[str]] = {  # which other keys of a part a mistake at this key may come from
    "url": {"cursor", "for_each"},
    "params": {"auth", "cursor", "for_each"},
    "headers": {"auth", "cursor", "for_each"},
    "body": {"method", "cursor", "for_each"},
    "cursor": _REQUEST,
    "for_each": _REQUEST,
    "schedule": {"params"},
}
_ENDINGS = {".yaml", ".yml"}


def load_catalog(path: Path) -> Catalog:
    """The checked catalog of a YAML file or of a folder's *.yaml and *.yml files; CatalogError lists all mistakes."""
    findings = Findings()
    roots = [root for file in _files(path, findings) if (root := _root(file, findings))]
    merged = Mapping(Where(path.name), _merge(roots, findings))
    catalog = read_catalog(merged, findings)
    _check_meaning(catalog, merged, findings)
    mistakes = findings.mistakes()
    if mistakes:
        raise CatalogError(mistakes)
    return catalog


def _files(path: Path, findings: Findings) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        files = sorted(file for file in path.iterdir() if file.suffix in _ENDINGS and not file.name.startswith("."))
    except OSError as error:
        findings.add((), f"cannot read the folder: {error.strerror}", Where(str(path)))
        return []
    if not files:
        findings.add((), "the folder holds no file that ends in .yaml or .yml", Where(str(path)))
    return files


def _root(file: Path, findings: Findings) -> Mapping | None:
    text = _text(file, findings)
    root = read_nodes(text, file.name, findings) if text is not None else None
    if root is None or isinstance(root, Mapping):
        return root
    findings.add((), f"a mapping with 'sources' or 'reports' is expected, not {shown(root)}", root.where)
    return None


def _text(file: Path, findings: Findings) -> str | None:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8-sig")
        findings.add((), f"the file is larger than {MAX_BYTES} bytes", Where(file.name))
    except OSError as error:
        findings.add((), f"cannot read the file: {error.strerror}", Where(str(file)))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        findings.add((), f"this is not UTF-8 text (byte 0x{error.object[error.start]:02x})", Where(file.name, line))
    return None


def _merge(roots: Iterable[Mapping], findings: Findings) -> dict[str, Node]:
    """The parts of all files; a name that two of them declare is a mistake that names both places."""
    merged: dict[str, Node] = {}
    for root in roots:
        for part, node in root.entries.items():
            before = merged.get(part)
            if before is None or _is_nothing(before):
                merged[part] = node
            elif isinstance(before, Mapping) and isinstance(node, Mapping):
                merged[part] = Mapping(before.where, before.entries | _fresh(part, node, before, findings))
            elif not _is_nothing(node):
                wrong, merged[part] = (before, node) if isinstance(node, Mapping) else (node, before)
                findings.add((part,), f"{shown(wrong)} is not a mapping", wrong.where)
    return merged


def _fresh(part: str, node: Mapping, before: Mapping, findings: Findings) -> dict[str, Node]:
    twice = node.entries.keys() & before.entries.keys()
    for name in twice:
        text = f"is declared already, at {before.entries[name].where}"
        findings.add((part, name), text, node.entries[name].where)
    return {name: entry for name, entry in node.entries.items() if name not in twice}


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _check_meaning(catalog: Catalog, root: Mapping, findings: Findings) -> None:
    """What types cannot say; where a value is in doubt already, nothing that depends on it is said."""
    found = [
        (("sources", name), source_mistakes(name, part, catalog.sources)) for name, part in catalog.sources.items()
    ]
    found += [(("reports", name), report_mistakes(part, catalog.sources)) for name, part in catalog.reports.items()]
    sure = [
        ((*part, *path), text)
        for part, mistakes in found
        for path, text in mistakes
        if not any(findings.in_doubt((*part, key)) for key in _DEPENDS.get(path[0], set()) | {path[0]})
    ]
    for path, text in [*sure, *_name_mistakes(root)]:
        findings.add(path, text)


def _name_mistakes(root: Mapping) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for part in ("sources", "reports"):
        node = root.entries.get(part)
        for name in node.entries if isinstance(node, Mapping) else ():
            if not re.fullmatch(NAME_PATTERN, name):
                yield from below(part, [((name,), f"{name!r} is not a name: {NAME_RULE}")])
