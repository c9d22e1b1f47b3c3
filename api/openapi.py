"""The OpenAPI 3.1 document at /api/v1/openapi.json: the same declarations as the Swagger one.

Nothing is described here. What a call needs, takes, gives and refuses is read from what
`api/contract.py` noted at the call, and bodies from the same marshmallow schemas, by apispec.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response
from flask_restx import Api
from flask_restx.model import SchemaModel
from marshmallow import Schema

from api.contract import JSON, OCTETS, SCHEMAS
from shared.schemas.service import Problem

PATH = "/api/v1/openapi.json"
PROBLEM = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")

_PLACES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
}
"""What stands in an address, by Flask's name of it."""

_NO_SUCH_PLACE = (404, "`not_found`")
_TOO_LONG = (413, "`too_large`")
"""What any call answers to an address that is none, and to a body that is too long."""


def register(app: Flask, api: Api) -> None:
    """Serves the document. It is made when it is asked for first, and then stays as it is."""
    made = cache(lambda: json.dumps(document(api), ensure_ascii=False))

    def answer() -> Response:
        return Response(made(), content_type="application/json")

    app.add_url_rule(PATH, "openapi", answer)


def document(api: Api) -> dict[str, Any]:
    """The whole document, by the OpenAPI Specification 3.1.1."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        api.title,
        str(api.version),
        openapi_version="3.1.1",
        info={"description": api.description, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": "/api/v1"}],
        plugins=[plugin],
    )
    assert plugin.converter is not None  # noqa: S101 - set by APISpec above
    plugin.converter.add_attribute_function(_limits)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("bearer", _security(api))
    for name, schema in sorted(SCHEMAS.items()):
        if name not in spec.components.schemas:
            shown = getattr(schema, "EXAMPLE", None)
            told = getattr(schema, "LIMITS", {}) | ({"example": shown} if shown else {})
            spec.components.schema(name, told, schema=schema)
    for space in api.namespaces:
        if space.resources:
            spec.tag({"name": space.name, "description": space.description})
        for route in space.resources:
            for rule in route.urls:
                spec.path(
                    re.sub(r"<\w+:(\w+)>", r"{\1}", rule),
                    operations=dict(_operations(route.resource, rule, space.name, plugin)),
                )
    return dict(_modern(spec.to_dict()))


def _name(schema: Any) -> str:
    return schema.__name__ if isinstance(schema, type) else type(schema).__name__


def _limits(_converter: Any, field: Any, ret: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """What a field lets through, as far as JSON Schema can say it.

    Its patterns are those of ECMA-262 and found anywhere in a text, where marshmallow's begin
    at the beginning and may end with `\\Z`.
    """
    found = dict(getattr(field, "limits", {}))
    pattern = str(ret.get("pattern", ""))
    if pattern.endswith(r"\Z") and "pattern" not in found:
        found["pattern"] = f"^(?:{pattern[:-2]})$"
    return found


def _security(api: Api) -> dict[str, Any]:
    told = api.authorizations["bearer"]["description"]
    return {"type": "http", "scheme": "bearer", "description": told}


def _operations(
    resource: Any, rule: str, tag: str, plugin: MarshmallowPlugin
) -> Iterator[tuple[str, dict[str, Any]]]:
    for method in METHODS:
        call = getattr(resource, method, None)
        if call is None:
            continue
        told = " ".join((call.__doc__ or "").split("\n\n")[0].split())
        more = "\n\n".join(" ".join(one.split()) for one in call.__doc__.split("\n\n")[1:])
        noted: Mapping[str, Any] = call.__dict__
        query = noted.get("wren_query")
        body = _body(noted.get("wren_takes", {}))
        found: dict[str, Any] = {
            "operationId": f"{method}_{re.sub(r'[^a-z]+', '_', rule.lower()).strip('_')}",
            "tags": [tag],
            "summary": told,
            "parameters": [*_in_path(rule), *(_in_query(query, plugin) if query else ())],
            "responses": _answers(noted, bool(body), "<" in rule),
        }
        found |= {"description": more} if more else {}
        found |= {"requestBody": body} if body else {}
        found |= {"security": [{"bearer": []}]} if noted.get("wren_needs") else {}
        yield method, found


def _in_path(rule: str) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": name, "required": True, "schema": dict(_PLACES[kind])}
        for kind, name in re.findall(r"<(\w+):(\w+)>", rule)
    ]


def _in_query(schema: type[Schema], plugin: MarshmallowPlugin) -> list[dict[str, Any]]:
    assert plugin.converter is not None  # noqa: S101 - set by APISpec above
    return list(plugin.converter.schema2parameters(schema(), location="query"))


def _body(takes: Mapping[str, Any]) -> dict[str, Any]:
    """The body in each of its forms: JSON, a form with a file, or a number of bytes."""
    if not takes:
        return {}
    content = {kind: {"schema": _of_body(what)} for kind, what in takes.items()}
    return {"required": True, "content": content}


def _of_body(what: Any) -> Any:
    if isinstance(what, int):
        return {"type": "string", "format": "binary", "minLength": what, "maxLength": what}
    return what


def _answers(noted: Mapping[str, Any], takes: bool, placed: bool) -> dict[str, Any]:
    """What may come back: as it was declared, and what any such call answers."""
    declared = noted["__apidoc__"]
    produces = declared.get("produces", [OCTETS])
    found: dict[str, Any] = {}
    for status, (told, model, _) in declared["responses"].items():
        found[str(status)] = {"description": told}
        if isinstance(model, SchemaModel):
            kind = PROBLEM if model.name == Problem.__name__ else JSON
            found[str(status)]["content"] = {kind: {"schema": SCHEMAS[model.name]}}
        elif model is not None:
            schema = {"type": "string", "format": "binary"}
            found[str(status)]["content"] = {one: {"schema": schema} for one in produces}
    for told_always, wanted in ((_NO_SUCH_PLACE, placed), (_TOO_LONG, takes)):
        if wanted and str(told_always[0]) not in found:
            problem = {PROBLEM: {"schema": Problem}}
            found[str(told_always[0])] = {"description": told_always[1], "content": problem}
    return dict(sorted(found.items()))


def _modern(value: Any) -> Any:
    """`example` of a schema is `examples` in JSON Schema 2020-12."""
    if isinstance(value, list):
        return [_modern(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _modern(one) for name, one in value.items()}
    if "example" in made and ("type" in made or "$ref" in made or "properties" in made):
        made["examples"] = [made.pop("example")]
    return made
