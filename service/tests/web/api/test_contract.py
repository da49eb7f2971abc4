"""The contract and what is served are the same thing."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.openapi import from_dict

from gleaner.reporting.manifest import Shelved
from gleaner.store.model import NewRecord, Run

PREFIX = "/api/v1"
EXAMPLES = 10  # of each operation and kind of data


@pytest.fixture
def contract(api: FlaskClient) -> dict[str, Any]:
    return yaml.safe_load(api.get(f"{PREFIX}/openapi.yaml").data)


def test_routes_and_contract_are_the_same(app: Flask, contract: dict[str, Any]) -> None:
    """Each route is in the contract, and the other way round, with the same methods."""
    served = {
        (re.sub(r"<(?:\w+:)?\w+>", "{}", rule.rule.removeprefix(PREFIX)), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    promised = {
        (re.sub(r"{\w+}", "{}", path), method)
        for path, operations in contract["paths"].items()
        for method in operations.keys() - {"parameters"}
    }
    assert served == promised


def test_every_operation_names_its_errors(contract: dict[str, Any]) -> None:
    """What may happen everywhere is said everywhere; whoever changes something may be refused."""
    for path, operations in contract["paths"].items():
        for method in operations.keys() - {"parameters"}:
            said = operations[method]["responses"].keys()
            assert {"400", "401", "500", "503"} <= said, (path, method)
            assert ("404" in said) >= ("{" in path), (path, method)
            assert ("403" in said) == (method == "post"), (path, method)


def narrowed(contract: dict[str, Any], ended: Run, report: Shelved) -> dict[str, Any]:
    """The contract with what only this catalog and this store decide: so valid data hit what is there."""
    paths, parts = contract["paths"], contract["components"]
    parts["parameters"]["Source"]["schema"] = {"enum": ["quakes"]}
    parts["parameters"]["Run"]["schema"] = {"enum": [ended.id]}
    parts["parameters"]["Report"]["schema"] = {"enum": [report.id]}
    by_name = {
        parameter["name"]: parameter
        for path, method in (
            ("/sources/{source}/records", "get"),
            ("/sources/{source}/record", "get"),
            ("/runs", "get"),
            ("/reports", "get"),
        )
        for parameter in paths[path][method]["parameters"]
        if "name" in parameter
    }
    by_name["where"]["schema"]["items"] = {"enum": ["felt=3", "place=Place 1", "tags"]}
    by_name["where"]["schema"]["uniqueItems"] = True
    by_name["sort"]["schema"] = {"enum": ["time", "-magnitude", "key"]}
    by_name["key"]["schema"] = {"enum": ['"q0001"']}
    file = next(each for each in paths["/reports/{report}/files/{file}"]["parameters"] if each.get("name") == "file")
    file["schema"] = {"enum": [each.name for each in report.files]}
    parts["schemas"]["Order"] = {"enum": [{"application": "report/all", "parameters": {"least": 3}}]}
    for path in ("/sources/{source}/records", "/runs", "/reports"):  # a cursor belongs to its question alone
        listed = paths[path]["get"]["parameters"]
        listed.remove({"$ref": "#/components/parameters/Cursor"})
    return contract


def accepting(operation: str, status: int) -> dict[str, Any]:
    """Besides what is taken for an answer to valid data anyway."""
    statuses = ["2xx", "3xx", "401", "404", "409", str(status)]
    return {
        "include-operation-id": operation,
        "checks": {"positive_data_acceptance": {"expected-statuses": statuses}},
    }


def config(address: str, authorization: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "base-url": f"{address}{PREFIX}",
            "seed": 1,
            "headers": {"Authorization": authorization},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True, "database": "none"},
            "operations": [
                accepting("getFile", 416),  # whether a range lies in the file is no matter of its form
                accepting("triggerRun", 422),  # nor is whether a key was used before
                accepting("retryRun", 422),
            ],
            "phases": {"stateful": {"generation": {"max-examples": EXAMPLES}}},
            "cache": {"enabled": False},
        }
    )


def failures(contract: dict[str, Any], settings: SchemathesisConfig) -> Iterator[str]:
    """What schemathesis finds with all its checks in all its phases."""
    schema = from_dict(contract, config=settings)
    for event in from_schema(schema).execute():
        match event:
            case events.NonFatalError(value=error, label=label):
                yield f"{label}: {error}"
            case events.FatalError(exception=error):
                raise error
            case events.ScenarioFinished(status=Status.FAILURE, recorder=recorder, phase=phase):
                for checks in recorder.checks.values():
                    for check in checks:
                        if check.failure_info:
                            info = check.failure_info
                            yield f"{phase} {recorder.label}: {info.failure}\n{info.code_sample}"


@pytest.fixture
def seeded(contract: dict[str, Any], records: list[NewRecord], ended: Run, report: Shelved) -> dict[str, Any]:
    """The contract for a store with records, a run and a report."""
    return narrowed(contract, ended, report)


def test_the_contract_holds(address: str, api: FlaskClient, seeded: dict[str, Any]) -> None:
    """Whatever is sent, answers are as the contract says: valid data is taken, invalid data and strangers are not."""
    found = list(failures(seeded, config(address, api.environ_base["HTTP_AUTHORIZATION"])))
    assert not found, "\n\n".join(found[:5])
