"""The Swagger document: whole enough to do a handler's work from it alone."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from marshmallow import Schema

from api.app import create_app
from api.config import Config
from shared import schemas
from shared.errors import BY_CODE
from shared.schemas.base import load
from tests.api.test_url_map import GUARDED, OPEN
from tests.service import SECRET

OF_SIGNING_IN = ("/sessions", "/sign-in", "/join", "/recovery")
"""Open calls that answer 401 to what is wrong."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document. It is made without a database."""
    app = create_app(Config("sqlite://", SECRET))
    answer = app.test_client().get("/api/v1/swagger.json")
    assert answer.status_code == 200
    app.extensions["wren"].engine.dispose()
    return dict(answer.get_json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each method, path and operation; parameters of the path are the operation's."""
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                one = item[method]
                yield method, path, one | {"parameters": [*shared, *one.get("parameters", [])]}


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for."""
    if "$ref" in schema:
        return dict(document["definitions"][schema["$ref"].removeprefix("#/definitions/")])
    if "allOf" in schema:
        return resolve(document, schema["allOf"][0])
    return schema


def documented(places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Methods and rules of the address map, as the document writes them."""
    return {
        (method, re.sub(r"<\w+:(\w+)>", r"{\1}", rule.removeprefix("/api/v1")))
        for method, rule in places
    }


def test_it_works(document: dict[str, Any]) -> None:
    found = {(method.upper(), path) for method, path, _ in operations(document)}
    assert found == documented(OPEN | set(GUARDED))
    assert document["basePath"] == "/api/v1"
    assert document["info"]["title"] == "Wren"


def test_every_call_is_described(document: dict[str, Any]) -> None:
    for method, path, one in operations(document):
        assert len(one.get("summary", "")) >= 8, (method, path)
        assert one["tags"], (method, path)
        success = [status for status in one["responses"] if status.startswith("2")]
        assert success, (method, path)
        for status, response in one["responses"].items():
            assert response["description"], (method, path, status)
            assert "schema" in response or status == "204", (method, path, status)


def test_guarded_calls_say_so(document: dict[str, Any]) -> None:
    assert document["securityDefinitions"]["bearer"]["name"] == "Authorization"
    guards = documented(GUARDED)
    for method, path, one in operations(document):
        guarded = (method.upper(), path) in guards
        assert (one.get("security") == [{"bearer": []}]) == guarded, (method, path)
        assert ("401" in one["responses"]) == guarded or path in OF_SIGNING_IN


def test_refusals_are_named_by_their_codes(document: dict[str, Any]) -> None:
    for method, path, one in operations(document):
        for status, response in one["responses"].items():
            if status.startswith("2"):
                continue
            assert response["schema"] == {"$ref": "#/definitions/Problem"}, (method, path)
            for code in response["description"].split(", "):
                refusal = BY_CODE[code.strip("`")]
                assert str(refusal.status) == status, (method, path, code)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.add(value["$ref"])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    assert len(found) >= 60
    for reference in found:
        assert reference.startswith("#/definitions/")
        assert reference.removeprefix("#/definitions/") in document["definitions"]


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each call that takes a body, with the schema of it."""
    for method, path, one in operations(document):
        for parameter in one["parameters"]:
            if parameter["in"] == "body" and parameter["schema"].get("format") != "binary":
                yield f"{method} {path}", resolve(document, parameter["schema"])


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    found = dict(bodies(document))
    assert len(found) >= 30
    for call, schema in found.items():
        if "example" in schema:
            assert set(schema["example"]) <= set(schema["properties"]), call
            assert set(schema["example"]) >= set(schema.get("required", [])), call
            continue
        required = set(schema.get("required", []))
        named = {name for name, one in schema["properties"].items() if "example" in one}
        assert required <= named, call
        assert named, call


def schema_named(name: str) -> type[Schema]:
    """The schema of this name."""
    for found in pkgutil.iter_modules(schemas.__path__):
        module = importlib.import_module(f"{schemas.__name__}.{found.name}")
        if hasattr(module, name):
            return getattr(module, name)  # type: ignore[no-any-return]
    raise AssertionError(name)


def test_the_examples_of_bodies_can_be_sent(document: dict[str, Any]) -> None:
    names = {
        parameter["schema"]["$ref"].removeprefix("#/definitions/")
        for _, _, one in operations(document)
        for parameter in one["parameters"]
        if parameter["in"] == "body" and parameter["schema"].get("format") != "binary"
    }
    assert len(names) >= 30
    for name in sorted(names):
        described = document["definitions"][name]
        example = described.get("example") or {
            field: one["example"]
            for field, one in described["properties"].items()
            if "example" in one
        }
        assert load(schema_named(name)(), json.loads(json.dumps(example))) is not None, name


def test_queries_are_described(document: dict[str, Any]) -> None:
    for path, names in {
        "/cases": {
            "after",
            "limit",
            "status",
            "desk",
            "organisation",
            "overdue",
            "due",
            "assigned",
        },
        "/cases/{reference}/notes": {"after", "limit"},
        "/case/messages": {"after", "limit"},
        "/cases/{reference}/messages": {"after", "limit"},
    }.items():
        listed = document["paths"][path]["get"]["parameters"]
        assert {one["name"] for one in listed if one["in"] == "query"} == names


def test_it_holds_no_real_words(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "localhost" not in text
    assert "host" not in document
