"""The OpenAPI 3.1 document: the same calls, schemas and refusals as the Swagger document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from api.app import create_app
from api.config import Config
from tests.api.test_swagger_document import documented
from tests.api.test_url_map import GUARDED, OPEN
from tests.service import SECRET

METHODS = ("get", "post", "put", "patch", "delete")
JSON, PROBLEM = "application/json", "application/problem+json"


@pytest.fixture(scope="module")
def both() -> dict[str, Any]:
    """The OpenAPI document, and the Swagger document of the same application."""
    app = create_app(Config("sqlite://", SECRET))
    found = {}
    for name in ("openapi", "swagger"):
        answer = app.test_client().get(f"/api/v1/{name}.json")
        assert answer.status_code == 200
        assert answer.content_type == JSON
        found[name] = answer.get_json()
    app.extensions["wren"].engine.dispose()
    return found


@pytest.fixture(scope="module")
def document(both: dict[str, Any]) -> dict[str, Any]:
    return dict(both["openapi"])


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, one in item.items():
            assert method in METHODS
            yield method, path, one


def test_it_works(document: dict[str, Any]) -> None:
    # The schema of OpenAPI 3.1 that the OpenAPI Initiative publishes.
    assert list(OPENAPI_31_VALIDATOR.iter_errors(document)) == []
    assert document["openapi"].startswith("3.1.")
    found = {(method.upper(), path) for method, path, _ in operations(document)}
    assert found == documented(OPEN | set(GUARDED))
    assert document["servers"] == [{"url": "/api/v1"}]


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate(
            schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        )
        assert "example" not in schema, name


def test_both_documents_say_the_same(both: dict[str, Any]) -> None:
    swagger, openapi = both["swagger"], both["openapi"]
    for method, path, one in operations(openapi):
        old = swagger["paths"][path][method]
        assert one["summary"].startswith(old["summary"].rstrip(".")), (method, path)
        assert set(old["responses"]) <= set(one["responses"]), (method, path)
        # What any address and any body may be answered is told in words only there.
        assert set(one["responses"]) - set(old["responses"]) <= {"404", "413"}
        assert one.get("security") == old.get("security"), (method, path)
        given = {item["name"] for item in one["parameters"] if item["in"] == "query"}
        told = {item["name"] for item in old.get("parameters", []) if item["in"] == "query"}
        assert given == told, (method, path)


def test_a_bearer_is_a_bearer(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_refusals_are_problems(document: dict[str, Any]) -> None:
    for method, path, one in operations(document):
        for status, answer in one["responses"].items():
            kinds = set(answer.get("content", {}))
            if status.startswith("2"):
                assert PROBLEM not in kinds
            else:
                assert kinds == {PROBLEM}, (method, path, status)


def test_bodies_of_other_kinds(document: dict[str, Any]) -> None:
    paths = document["paths"]
    for path in ("/case/attachments", "/cases/{reference}/attachments"):
        content = paths[path]["post"]["requestBody"]["content"]
        assert set(content) == {JSON, "multipart/form-data"}
        form = content["multipart/form-data"]["schema"]["$ref"].rsplit("/", 1)[1]
        file = document["components"]["schemas"][form]["properties"]["file"]
        assert (file["type"], file["format"]) == ("string", "binary")
    chunk = paths["/case/attachments/{attachment}/chunks/{number}"]
    octets = "application/octet-stream"
    assert set(chunk["put"]["requestBody"]["content"]) == {octets}
    assert set(chunk["get"]["responses"]["200"]["content"]) == {octets}
    export = paths["/cases/{reference}/export"]["get"]["responses"]["200"]["content"]
    assert set(export) == {"application/zip"}


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    tried = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            assert jsonschema_rs.is_valid(whole, example), name
            tried += 1
    assert tried >= 15


def test_the_page_leads_to_it() -> None:
    app = create_app(Config("sqlite://", SECRET))
    assert 'href="/api/v1/openapi.json"' in app.test_client().get("/api/v1/docs").text
    app.extensions["wren"].engine.dispose()


def test_it_holds_no_host_and_no_secret(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "localhost" not in text
    assert "127.0.0.1" not in text
