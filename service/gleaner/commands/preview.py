"""`preview`: one page of a source as it would be stored, or a catalog entry proposed for an address."""

from gleaner.catalog.times import show_time
from gleaner.collecting.preview import preview, propose
from gleaner.commands.output import as_json, say
from gleaner.errors import InputError
from gleaner.running.context import open_context
from gleaner.settings import Settings


def preview_source(settings: Settings, name: str, *, json: bool) -> int:
    """Nothing is stored."""
    with open_context(settings) as context:
        if name not in context.catalog.sources:
            raise InputError(f"there is no source {name!r}; there are {', '.join(sorted(context.catalog.sources))}")
        seen = preview(
            name,
            context.catalog.sources[name],
            store=context.store,
            secrets=context.secrets.read,
            ca_bundle=settings.ca_bundle,
        )
    if json:
        as_json(seen)
        return 0
    say(f"{seen.request}: {seen.status} {seen.content_type}, {len(seen.records)} records on the first page")
    for record in seen.records[:10]:
        say(f"- key {record.key}, time {show_time(record.time) or 'none'}")
        for field, value in record.fields.items():
            say(f"    {field}: {value}")
    for reject in seen.rejects[:10]:
        say(f"- rejected, record {reject.index}: {reject.reason}")
    return 0


def propose_entry(settings: Settings, url: str, *, allow_private: bool) -> int:
    """Print a catalog entry to start from."""
    say(propose(url, allow_private=allow_private, ca_bundle=settings.ca_bundle))
    return 0
