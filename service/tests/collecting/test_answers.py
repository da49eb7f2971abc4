"""Answers that are not what they should be: each has a defined end, and loses nothing that is good."""

import gzip
from typing import Any

import pytest

from collecting.loopback import Collecting, Reply
from gleaner.collecting import canonical
from gleaner.collecting.failures import CollectFailed


def failure(collecting: Collecting, **declared: Any) -> str:
    with pytest.raises(CollectFailed) as caught:
        collecting(**declared)
    return str(caught.value)


class TestCase5:
    """No JSON."""

    @pytest.mark.parametrize("reply", [Reply(status=204), Reply(b""), Reply(b" \n")])
    def test_nothing(self, collecting: Collecting, reply: Reply) -> None:
        """An empty answer fails the run, unless the catalog says that it means no records."""
        collecting.api.answer = lambda _: reply
        assert "the answer is empty" in failure(collecting)
        assert collecting(records={"path": "@", "optional": True}).state == "succeeded"

    def test_html(self, collecting: Collecting) -> None:
        """A login page with status 200 fails with method, URL, status, content type and its beginning."""
        page = b"<!DOCTYPE html><title>Log in</title>" + b"x" * 5000
        collecting.api.answer = lambda _: Reply(page, headers={"Content-Type": "text/html"})
        text = failure(collecting, records={"path": "@", "optional": True})
        assert f"GET {collecting.api.url}/items: it is HTML or XML, not JSON (status 200, text/html" in text
        assert "<title>Log in</title>" in text
        assert len(text) < 400

    def test_failing_status(self, collecting: Collecting) -> None:
        """A status that is no success fails the run at once and is shown with the body."""
        collecting.api.answer = lambda _: Reply({"why": "no such thing"}, status=404)
        assert "the answer is no success (status 404, " in (text := failure(collecting))
        assert "no such thing" in text
        assert len(collecting.api.asked) == 1


class TestCase6:
    """An error or a single object where a list was expected."""

    def test_error_object(self, collecting: Collecting) -> None:
        """A records path that matches nothing fails the run, whatever the status says."""
        collecting.api.answer = lambda _: {"error": "quota", "items_left": 0}
        text = failure(collecting, records="items")
        assert "the records path items matches nothing; the answer has error, items_left" in text

    @pytest.mark.parametrize("found", [None, 5, "text"])
    def test_scalar(self, collecting: Collecting, found: Any) -> None:
        """Neither null nor a scalar is a list of records."""
        collecting.api.answer = lambda _: {"items": found}
        assert "matches nothing" in failure(collecting, records="items")
        assert collecting(records={"path": "items", "optional": True}).state == "succeeded"

    def test_single_object(self, collecting: Collecting) -> None:
        """A single object is one record, noted in the log."""
        collecting.api.answer = lambda _: {"items": {"id": 7}}
        assert collecting(records="items", key="id").state == "succeeded"
        assert list(collecting.stored()) == ["7"]
        assert "single object: taken as one record" in collecting.log.text

    def test_list_over_an_object(self, collecting: Collecting) -> None:
        """A path that goes through a list finds nothing; it does not crash."""
        collecting.api.answer = lambda _: [{"items": []}]
        assert "matches nothing" in failure(collecting, records="items.inner")


class TestCase11:
    """One bad record does not sink the others."""

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            (b'{"id": 99, "v": NaN}', "NaN"),
            (b'{"id": 99, "v": [-Infinity]}', "-Infinity"),
            (b'{"id": 99, "v": 1e400}', "too large"),
            (b'{"id": 99, "v": "\\ud800"}', "lone surrogate"),
            (b'{"id": 99, "v": ' + b"[" * 250 + b"]" * 250 + b"}", "more than 200 levels"),
            (b'{"id": 99, "v": ' + b"9" * 5000 + b"}", "5000 digits"),
            (b'{"v": 1}', "without its key"),
            (b'{"id": null}', "without its key"),
            (b'{"id": {"a": 1}}', "an object or a list"),
        ],
    )
    def test_nine_of_ten(self, collecting: Collecting, bad: bytes, reason: str) -> None:
        """Nine are stored, one is rejected with reason, page and index, and the run is suspect."""
        good = [b'{"id": %d}' % n for n in range(9)]
        collecting.api.answer = lambda _: Reply(b"[" + b",".join([*good[:4], bad, *good[4:]]) + b"]")
        outcome = collecting(key="id")
        assert outcome.state == "suspect"
        assert outcome.reason == "1 records could not be kept (allow_bad: 0)"
        assert len(collecting.stored()) == 9
        assert "page 1, record 5 is not kept: " in collecting.log.text
        assert reason in collecting.log.text

    def test_too_large(self, collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
        """A record larger than the store can keep is rejected."""
        monkeypatch.setattr(canonical, "MAX_RECORD_BYTES", 1000)
        collecting.api.answer = lambda _: [{"id": 1}, {"id": 2, "v": "x" * 1000}]
        assert collecting(key="id").result["records"]["bad"] == 1
        assert list(collecting.stored()) == ["1"]

    def test_allowed(self, collecting: Collecting) -> None:
        """As many bad records as the catalog allows do not make a run suspect."""
        collecting.api.answer = lambda _: [{"id": 1}, {}]
        assert collecting(key="id", allow_bad=1).state == "succeeded"

    def test_in_a_filtered_list(self, collecting: Collecting) -> None:
        """The same holds where the records path is more than a plain path."""
        collecting.api.answer = lambda _: Reply(b'{"a": [{"id": 1, "ok": true}, {"id": 2, "ok": true, "v": NaN}]}')
        assert collecting(key="id", records="a[?ok]").result["records"]["bad"] == 1
        assert list(collecting.stored()) == ["1"]

    def test_rejects_are_kept_with_the_run(self, collecting: Collecting, running_run: Any) -> None:
        """The reject list says page, index, reason and how the record begins."""
        collecting.api.answer = lambda _: [{"id": 1}, {"name": "nobody"}]
        collecting(key="id", run=running_run)
        (reject,) = collecting.store.read_rejects(running_run.id)
        assert (reject.page, reject.index, reject.sample) == (1, 2, '{"name":"nobody"}')
        assert reject.reason == "it is without its key (id)"


def test_case_12_integers(collecting: Collecting) -> None:
    """Integers of any size are three keys, not two, and come back exactly."""
    ids = [2**53 + 1, 2**63, 2**64 + 1, -(2**63) - 1, 10**300]
    collecting.api.answer = lambda _: [{"id": one} for one in ids]
    assert collecting(key="id", fields={"id": {"path": "id", "type": "integer"}}).state == "succeeded"
    assert set(collecting.stored()) == {str(one) for one in ids}
    assert {record.fields["id"] for record in collecting.stored().values()} == {2**53 + 1, None}
    assert collecting.stored()[str(2**64 + 1)].body == f'{{"id":{2**64 + 1}}}'


class TestCase13:
    """Not quite JSON."""

    def test_byte_order_mark(self, collecting: Collecting) -> None:
        """A byte order mark is taken off."""
        collecting.api.answer = lambda _: Reply(b'\xef\xbb\xbf[{"id": 1}]')
        assert collecting(key="id").state == "succeeded"

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ('[{"id": 1}]'.encode("utf-16"), "UTF-16"),
            ('[{"id": 1}]'.encode("utf-16-le"), "UTF-16"),
            (b'[{"id": 1, "v": "\xff"}]', "not valid UTF-8"),
            (b'[{"id": 1, "v": "' + "é".encode() * 70000 + b'\xe9"}]', "not valid UTF-8"),
            (b'[{"id": 1}, {"id"', "not JSON"),
            (b'[{"id": 1}] trailing', "not JSON"),
            (b"[" * 2000 + b"]" * 2000, "nested too deeply"),
        ],
    )
    def test_fails(self, collecting: Collecting, body: bytes, reason: str) -> None:
        """What cannot be read fails the run; nothing is replaced in silence."""
        collecting.api.answer = lambda _: Reply(body)
        assert reason in failure(collecting, key="id")
        assert collecting.stored() == {}

    def test_nan_beside_the_records(self, collecting: Collecting) -> None:
        """NaN outside of the records harms none of them."""
        collecting.api.answer = lambda _: Reply(b'{"took": NaN, "items": [{"id": 1}]}')
        assert collecting(key="id", records="items").state == "succeeded"


class TestCase14:
    """Key missing or twice."""

    def test_twice_in_a_page(self, collecting: Collecting) -> None:
        """The last one wins, and it is counted."""
        collecting.api.answer = lambda _: [{"id": 1, "v": "a"}, {"id": 2}, {"id": 1, "v": "b"}]
        assert collecting(key="id").result["records"]["duplicates"] == 1
        assert collecting.stored()["1"].body == '{"id":1,"v":"b"}'

    def test_kinds_of_keys(self, collecting: Collecting) -> None:
        """Keys of different types are different, a list of paths is a JSON list, none is a hash of the content."""
        collecting.api.answer = lambda _: [{"a": one, "b": "1"} for one in (1, "1", 1.0, True)]
        collecting(key=["a", "b"])
        assert set(collecting.stored()) == {'[1,"1"]', '["1","1"]', '[1.0,"1"]', '[true,"1"]'}
        collecting.api.answer = lambda _: [{"x": 1, "y": 2}, {"y": 2, "x": 1}]
        outcome = collecting(name="keyless")
        (key,) = collecting.stored("keyless")
        assert key.startswith("#")
        assert outcome.state == "succeeded"


def test_case_10_key_names(collecting: Collecting) -> None:
    """Dots, dollars, empty and strange key names come back byte by byte."""
    body = '{"":0,"\\u0000":1,"$set":{"a.b":2},"a.b":{"c":[]},"z":null,"é":"ü"}'
    collecting.api.answer = lambda _: Reply(f"[{body}]".encode())
    collecting(key='"a.b".c[0] || z || `1`')
    assert collecting.bodies() == [body]


def test_depth_of_200(collecting: Collecting) -> None:
    """200 levels come back as they came."""
    body = '{"a":' * 199 + "[1]" + "}" * 199
    collecting.api.answer = lambda _: Reply(f"[{body}]".encode())
    assert collecting().state == "succeeded"
    assert collecting.bodies() == [body]


@pytest.mark.parametrize("value", [b"1", b'"text"', b"null", b"[1,2]", b"true"])
def test_records_of_any_kind(collecting: Collecting, value: bytes) -> None:
    """A record may be any JSON value."""
    collecting.api.answer = lambda _: Reply(b"[" + value + b"]")
    collecting()
    assert collecting.bodies() == [value.decode()]


class TestCase15:
    """Bodies that are too large."""

    def test_gzip_bomb(self, collecting: Collecting) -> None:
        """The limit counts decoded bytes, and holds while they arrive."""
        bomb = gzip.compress(b"[" + b" " * 20_000_000 + b"]", 9)
        collecting.api.answer = lambda _: Reply(bomb, headers={"Content-Encoding": "gzip"})
        assert "larger than max_body (1048576 bytes)" in failure(collecting, max_body="1MiB")

    def test_just_fits(self, collecting: Collecting) -> None:
        """A body of exactly the limit is fine, compressed too."""
        body = b'["' + b"x" * 996 + b'"]'
        collecting.api.answer = lambda _: Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
        assert collecting(max_body=1000).state == "succeeded"
        assert "larger than" in failure(collecting, max_body=999)

    def test_broken_compression(self, collecting: Collecting) -> None:
        """A body that does not match its Content-Encoding fails the run."""
        collecting.api.answer = lambda _: Reply(b"[1]", headers={"Content-Encoding": "gzip"})
        assert "does not match its Content-Encoding" in failure(collecting)


def test_result_of_a_failed_run(collecting: Collecting) -> None:
    """What was good before the failure is stored and counted."""
    collecting.api.answer = lambda asked: [{"id": 1}] if asked.query["p"] == "1" else Reply(b"<html>")
    with pytest.raises(CollectFailed) as caught:
        collecting(key="id", pages={"kind": "page", "param": "p"})
    assert caught.value.result["records"]["new"] == 1
    assert list(collecting.stored()) == ["1"]


class TestErrors:
    """Failures in disguise."""

    def test_fail(self, collecting: Collecting) -> None:
        """A predicate on the answer fails the run with the message of the catalog."""
        collecting.api.answer = lambda _: {"error": {"code": 9}, "items": []}
        text = failure(
            collecting, records="items", errors=[{"when": "error.code == `9`", "then": "fail", "message": "quota"}]
        )
        assert "quota (status 200" in text

    def test_status_and_predicate(self, collecting: Collecting) -> None:
        """With a status and a predicate both have to hold; a body that is no JSON fits no predicate."""
        rules = [{"status": 400, "when": "end", "then": "skip"}]
        collecting.api.answer = lambda _: Reply({"end": True}, status=400)
        assert collecting(errors=rules).state == "succeeded"
        collecting.api.answer = lambda _: Reply(b"<html>", status=400)
        assert "status 400" in failure(collecting, errors=rules)

    def test_skip(self, collecting: Collecting) -> None:
        """A skipped answer counts as one without records, and the log says so."""
        collecting.api.answer = lambda _: Reply(status=404)
        assert collecting(errors=[{"status": 404, "then": "skip", "message": "not here"}]).state == "succeeded"
        assert "skipped: not here" in collecting.log.text

    def test_retry(self, collecting: Collecting) -> None:
        """A disguised failure that may pass is asked for again."""
        replies = iter([{"busy": True}, {"items": [1]}])
        collecting.api.answer = lambda _: next(replies)
        assert collecting(records="items", errors=[{"when": "busy", "then": "retry"}]).state == "succeeded"
        assert len(collecting.fast.waits) == 1


class TestFields:
    """Typed columns."""

    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("text", "x", "x"), ("text", 5, "5"), ("text", 1.5, "1.5"), ("text", True, "true"), ("text", [1], None),
            ("integer", 5, 5), ("integer", 5.0, 5), ("integer", "5", 5), ("integer", 5.5, None),
            ("integer", 2**63, None), ("integer", True, None), ("integer", "x", None),
            ("number", 1, 1.0), ("number", "-2.5e3", -2500.0), ("number", "NaN", None), ("number", 10**400, None),
            ("boolean", False, False), ("boolean", 0, None),
            ("time", 1704164645, 1704164645000), ("time", "2024-01-02", None),
            ("time", "soon", None), ("time", [], None),
            ("json", {"b": 1, "a": [2]}, '{"a":[2],"b":1}'), ("json", "x", '"x"'),
        ],
    )  # fmt: skip
    def test_conversion(self, collecting: Collecting, kind: str, value: Any, expected: Any) -> None:
        """A value that fits is converted; one that does not is nothing, counted, and still in the body."""
        collecting.api.answer = lambda _: [{"v": value}]
        outcome = collecting(fields={"v": {"path": "v", "type": kind}})
        (record,) = collecting.stored().values()
        assert record.fields["v"] == expected
        assert outcome.result["misfits"] == (expected is None)
        assert ("does not fit its column" in collecting.log.text) == (expected is None)
        assert outcome.state == "succeeded"

    def test_missing(self, collecting: Collecting) -> None:
        """A value that is missing is nothing, and no misfit."""
        collecting.api.answer = lambda _: [{}]
        assert collecting(fields={"v": {"path": "a.b", "type": "integer"}}).result["misfits"] == 0
