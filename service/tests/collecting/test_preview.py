"""A page as it would be stored, and catalog entries proposed for an address."""

from pathlib import Path
from typing import Any

import pytest

from collecting.loopback import Api, Asked, Collecting, Reply, as_source
from gleaner.catalog.load import load_catalog
from gleaner.catalog.model import Source
from gleaner.collecting.preview import Preview, preview, propose
from gleaner.errors import GleanerError, InputError
from gleaner.store.protocol import Store


def look(api: Api, store: Store, **declared: Any) -> Preview:
    source = as_source({"url": f"{api.url}/items"} | declared)
    return preview("things", source, store=store, secrets=lambda _: "s3cr3t-token")


class TestPreview:
    """One page."""

    def test_as_it_would_be_stored(self, api: Api, sqlite_store: Store) -> None:
        """Records with key, time and fields, rejects with their reason, and whether there is a next page."""
        api.answer = lambda _: {"items": [{"id": 1, "at": 1704164645, "v": "5"}, {"v": 1}], "next": "b"}
        seen = look(
            api,
            sqlite_store,
            records="items",
            key="id",
            time="at",
            fields={"v": {"path": "v", "type": "integer"}},
            pages={"kind": "token", "path": "next", "param": "c"},
            params={"key": "${secret:token}"},
        )
        assert (seen.request, seen.status) == (f"GET {api.url}/items?key=***", 200)
        assert seen.content_type == "application/json"
        (record,) = seen.records
        assert (record.key, record.time, record.fields) == ("1", 1704164645000, {"v": 5})
        assert [(reject.index, reject.reason) for reject in seen.rejects] == [(2, "it is without its key (id)")]
        assert seen.has_next
        assert len(api.asked) == 1

    def test_stores_nothing(self, api: Api, sqlite_store: Store) -> None:
        """Nothing is stored, neither records nor a state."""
        api.answer = lambda _: [1]
        assert not look(api, sqlite_store).has_next
        assert sqlite_store.list_sources() == []

    def test_failure(self, api: Api, sqlite_store: Store) -> None:
        """A failing answer is an error in plain words, without secrets."""
        api.answer = lambda asked: Reply({"echo": asked.query}, status=400)
        with pytest.raises(GleanerError, match="status 400") as caught:
            look(api, sqlite_store, params={"key": "${secret:token}"})
        assert "s3cr3t-token" not in str(caught.value)

    def test_for_each(self, api: Api, collecting: Collecting) -> None:
        """A child source is previewed for its first parent."""
        api.answer = lambda _: [{"id": 7}]
        collecting(name="parents", key="id")
        seen = look(api, collecting.store, url=f"{api.url}/${{parent.id}}", for_each={"source": "parents"}, key="id")
        assert seen.request == f"GET {api.url}/7"
        assert [record.key for record in seen.records] == ["[7,7]"]


def proposed(api: Api, tmp_path: Path, path: str = "/v1/things?limit=2") -> Source:
    """What the proposal gives when it is used as the catalog."""
    text = propose(api.url + path, allow_private=True)
    file = tmp_path / "catalog.yaml"
    file.write_text(text, encoding="utf-8")
    (source,) = load_catalog(file).sources.values()
    return source


class TestPropose:
    """A catalog entry from one answer."""

    def test_a_feature_collection(self, api: Api, tmp_path: Path) -> None:
        """Records, key, time and fields are found, nested ones too."""
        api.answer = lambda _: {
            "metadata": {"count": 2, "tags": [1, 2, 3]},
            "features": [
                {"id": f"us{n}", "properties": {"mag": n + 0.5, "time": 1704164645123 + n, "place": "x", "tsunami": 0}}
                for n in range(3)
            ],
        }
        source = proposed(api, tmp_path, "/earthquakes.geojson")
        assert source.records.path == "features"
        assert source.key == "id"
        assert source.time
        assert source.time.path == "properties.time"
        assert {name: (field.path, field.type) for name, field in source.fields.items()} == {
            "id": ("id", "text"),
            "mag": ("properties.mag", "number"),
            "properties_time": ("properties.time", "time"),
            "place": ("properties.place", "text"),
            "tsunami": ("properties.tsunami", "integer"),
        }
        assert source.pages.kind == "none"

    @pytest.mark.parametrize(
        ("more", "headers", "query", "pages"),
        [
            ({}, {"Link": '<?page=2>; rel="next"'}, "", {"kind": "link"}),
            ({"links": {"next": "/v1/things?page=2"}}, {}, "", {"kind": "next", "path": "links.next"}),
            ({"nextPageToken": "abc"}, {}, "", {"kind": "token", "path": "nextPageToken", "param": "pageToken"}),
            (
                {"total": 9},
                {},
                "?offset=0&limit=2",
                {"kind": "offset", "param": "offset", "size": 2, "size_param": "limit"},
            ),
            ({}, {}, "?page=1&per_page=2", {"kind": "page", "param": "page", "size": 2, "size_param": "per_page"}),
            ({}, {}, "", {"kind": "none"}),
        ],
    )
    def test_paging(self, api: Api, tmp_path: Path, *, more: Any, headers: Any, query: str, pages: Any) -> None:
        """A link header, a next URL, a token or a total says how to page."""
        api.answer = lambda _: Reply({"data": [{"id": 1}, {"id": 2}]} | more, headers=headers)
        source = proposed(api, tmp_path, "/v1/things" + query)
        assert {name: getattr(source.pages, name) for name in pages} == pages
        assert source.pages.stop.total == ("total" if "total" in more else "")

    @pytest.mark.parametrize(
        "answer",
        [
            [], [1, 2], {}, {"a": 1}, [[1], [2]], "text", None, 5, [{}], {"items": []},
            [{"key": 1, "time": "2024-01-01T00:00:00Z", "a-b": {"c d": 1, '"q"': 2}, "Über": 3, "x": None}],
            [{"A": 1, "a": 2, "_": 3, "1": 4, "": 5}],
            [{"id": 1}, {"id": 1}], [{"id": 1}, {"other": [1]}], [{"id": {"deep": 1}}, {"id": 5}],
        ],
    )  # fmt: skip
    def test_any_answer(self, api: Api, tmp_path: Path, answer: Any) -> None:
        """Whatever comes, the proposal is a catalog that loads."""
        api.answer = lambda _: Reply(b"null" if answer is None else answer)
        assert proposed(api, tmp_path, "/x?q=$1#part").url.endswith("/x?q=$$1")

    def test_it_collects(self, api: Api, tmp_path: Path, collecting: Collecting) -> None:
        """What is proposed collects everything."""
        everything = [{"uuid": f"u{n}", "created_at": "2024-01-02T03:04:05Z"} for n in range(5)]

        def answer(asked: Asked) -> Any:
            at = int(asked.query.get("offset", 0))
            return {"total_count": 5, "results": everything[at : at + 2]}

        api.answer = answer
        propose(f"{api.url}/things", allow_private=True)
        source = proposed(api, tmp_path, "/things")
        outcome = collecting(
            url=source.url, key=source.key, records=source.records.path,
            pages={"kind": source.pages.kind, "param": source.pages.param, "size": source.pages.size,
                   "stop": {"total": source.pages.stop.total}},
        )  # fmt: skip
        assert (outcome.state, len(collecting.stored())) == ("succeeded", 5)

    @pytest.mark.parametrize("url", ["nonsense", "ftp://x/", "http://user@host/", "http://"])
    def test_no_url(self, url: str) -> None:
        """What is no URL is said to be none."""
        with pytest.raises(InputError):
            propose(url)

    def test_inside(self, api: Api) -> None:
        """An address inside is refused here as well."""
        with pytest.raises(GleanerError, match="not a public address"):
            propose(api.url)
