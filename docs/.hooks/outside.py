"""Links from a page to what is no page (a manifest, a folder's README) lead to the repository."""

import re
from pathlib import Path, PurePosixPath
from typing import Any

_LINK = re.compile(r"\]\((\.\./[^)\s#]*)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 -- MkDocs' names
    """Links of the form `../…` that leave the folder of the documents; others stay as they are."""
    root = Path(config.docs_dir).parent
    folder = Path(config.docs_dir) / PurePosixPath(page.file.src_uri).parent

    def lead(found: re.Match[str]) -> str:
        target = (folder / found[1]).resolve()
        if target.is_relative_to(Path(config.docs_dir)):
            return found[0]
        return f"]({config.repo_url}/blob/main/{target.relative_to(root).as_posix()}{found[2] or ''})"

    return _LINK.sub(lead, markdown)
