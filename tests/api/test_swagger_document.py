"""The Swagger document: whole enough to do a handler's work from it alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from api.config import Config
from shared.errors import BY_CODE
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


def rule(path: str) -> str:
    """A documented path as the address map writes it."""
    return "/api/v1" + path.replace("{", "<string:").replace("}", ">")


def test_it_works(document: dict[str, Any]) -> None:
    found = {(method.upper(), rule(path)) for method, path, _ in operations(document)}
    assert found == OPEN | set(GUARDED)
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
    for method, path, one in operations(document):
        guarded = (method.upper(), rule(path)) in GUARDED
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
    assert len(found) >= 15
    for reference in found:
        assert reference.startswith("#/definitions/")
        assert reference.removeprefix("#/definitions/") in document["definitions"]


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each call that takes a body, with the schema of it."""
    for method, path, one in operations(document):
        for parameter in one["parameters"]:
            if parameter["in"] == "body":
                yield f"{method} {path}", resolve(document, parameter["schema"])


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    found = dict(bodies(document))
    assert len(found) >= 13
    for call, schema in found.items():
        if "example" in schema:
            assert set(schema["example"]) <= set(schema["properties"]), call
            assert set(schema["example"]) >= set(schema.get("required", [])), call
            continue
        required = set(schema.get("required", []))
        named = {name for name, one in schema["properties"].items() if "example" in one}
        assert required <= named, call
        assert named, call


def test_the_examples_of_bodies_can_be_sent(document: dict[str, Any]) -> None:
    from shared.schemas import accounts, cases, messages, roster, sessions
    from shared.schemas.base import load

    schemas = {
        "OpenCase": cases.OpenCase,
        "ChangeCase": cases.ChangeCase,
        "PostMessage": messages.PostMessage,
        "PostReporterMessage": messages.PostReporterMessage,
        "ReadUpTo": messages.ReadUpTo,
        "NextRecord": roster.NextRecord,
        "StartSession": sessions.StartSession,
        "SignIn": sessions.SignIn,
        "Join": accounts.Join,
        "Recover": accounts.Recover,
        "ChangePassword": accounts.ChangePassword,
        "ChangeAccount": accounts.ChangeAccount,
    }
    for name, schema in schemas.items():
        described = document["definitions"][name]
        example = described.get("example") or {
            field: one["example"]
            for field, one in described["properties"].items()
            if "example" in one
        }
        assert load(schema(), json.loads(json.dumps(example))) is not None, name


def test_queries_are_described(document: dict[str, Any]) -> None:
    for path, names in {
        "/cases": {"after", "limit", "status", "desk", "organisation"},
        "/case/messages": {"after", "limit"},
        "/cases/{reference}/messages": {"after", "limit"},
    }.items():
        listed = document["paths"][path]["get"]["parameters"]
        assert {one["name"] for one in listed if one["in"] == "query"} == names


def test_it_holds_no_real_words(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "localhost" not in text
    assert "host" not in document
