"""The glue of flask-restx and marshmallow: a route declares what it needs, takes and gives.

    @calls.needs("reporter")
    @calls.takes(PostMessage)
    @calls.gives(Stored, 201, 200)
    @calls.fails(Conflict)
    def post(self, who, body): ...

The same schema checks the request, writes the answer and stands in the Swagger document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Response, current_app, request
from flask_restx import Api, Namespace
from flask_restx.model import SchemaModel
from marshmallow import Schema

from api import uploads
from api.models.base import Database
from api.rules import api_keys, floods, leftovers, organisations, releases, sessions, stretching
from api.rules.uploading import Opened
from shared.errors import (
    BadRequest,
    Invalid,
    NotAllowed,
    SignIn,
    SlowDown,
    TooLarge,
    WrenError,
    WrongType,
)
from shared.schemas.base import load
from shared.schemas.service import Problem
from shared.sealing.keyring import Keyring
from shared.sealing.session import PREFIXES, Kind
from shared.sealing.stretch import Root

Method = TypeVar("Method", bound=Callable[..., Any])

JSON = "application/json"
OCTETS = "application/octet-stream"
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""The policy of a file of others: should a browser show it all the same, it does nothing."""

_OURS = ("same-origin", "none")
"""Where a form of ours comes from; `none` is a browser that sends one again after a restart."""


@dataclass(frozen=True)
class Who:
    """The caller: whose session it is, and the seed of its keyring if the service may open."""

    kind: Kind
    id: UUID
    seed: bytes | None = field(repr=False)
    bearer: str = field(repr=False)

    @cached_property
    def keyring(self) -> Keyring | None:
        """The caller's keys, made when they are first asked for: most calls need none."""
        return Keyring.from_seed(self.seed) if self.seed else None


@dataclass(frozen=True, slots=True)
class Form:
    """A body in parts, with a file. `most` tells from the caller and the address how large."""

    schema: type[Schema]
    most: Callable[..., int]


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def database() -> Database:
    """The application's database."""
    return cast(Database, current_app.extensions["wren"])


_FORM, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


def refuse_other_sites(*, files: bool = False) -> None:
    """Raises `NotAllowed` for a form that another site sent, `WrongType` for one in parts, and
    `BadRequest` for one that doesn't say how long it is.

    Only a page that takes `files` takes parts. Pages have no referrer, so browsers send the origin
    `null` with their own forms too; they say where a form came from in `Sec-Fetch-Site` (Fetch
    Metadata, W3C).
    """
    site = request.headers.get("Sec-Fetch-Site", _OURS[0])
    origin = request.headers.get("Origin", "null")
    host = origin.partition("://")[2]
    if site not in _OURS or (origin != "null" and host != request.host):
        raise NotAllowed("This form was sent by another site. Nothing was stored.")
    if request.mimetype not in ("", _FORM, *((_PARTS,) if files else ())):
        raise WrongType
    if "Transfer-Encoding" in request.headers:
        # Where it is cut short nobody could tell, and half of a text would be taken for all.
        raise BadRequest("Say how long the form is: Content-Length.")


def as_download(opened: Opened) -> Response:
    """A file of somebody's that a browser saves, and neither opens nor takes for another kind."""
    answer = Response(opened.pieces, content_type=OCTETS)
    answer.content_length = opened.size
    answer.headers.set("Content-Disposition", "attachment", filename=opened.name)
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


def stretched(body: Mapping[str, Any]) -> Root | None:
    """What the words in a body stretch to; None if it has none. Raises `BadToken`.

    The salt never changes, so it is read once.
    """
    if "token" not in body:
        return None
    known = database()
    if known.salt is None:
        with known.read() as db:
            known.salt = organisations.salt(db)
    return stretching.root(body["token"], known.salt)


def _name(schema: Any) -> str:
    return schema.__name__ if isinstance(schema, type) else type(schema).__name__


_PLUGIN = MarshmallowPlugin(schema_name_resolver=_name)
_DOCUMENT = APISpec("", "", openapi_version="2.0", plugins=[_PLUGIN])


SCHEMAS: dict[str, type[Schema]] = {}
"""Every schema that a route named, for the other document (`api/openapi.py`)."""


class _Reference(SchemaModel):  # type: ignore[misc]
    """A schema's name. restx copies all that a route says at each thing it says: not this."""

    def __deepcopy__(self, memo: object) -> _Reference:
        return self


def _model(schema: type[Schema]) -> SchemaModel:
    name = schema.__name__
    SCHEMAS[name] = schema
    if name not in _DOCUMENT.components.schemas:
        shown = getattr(schema, "EXAMPLE", None)
        example = {"example": shown} if shown else {}
        _DOCUMENT.components.schema(name, example, schema=schema)
    return _Reference(name, {})


def add_models(api: Api) -> None:
    """Puts every schema that a route named, and those within, into the Swagger document."""
    for name, definition in _DOCUMENT.to_dict()["definitions"].items():
        api.models[name] = SchemaModel(name, definition)


class Calls(Namespace):  # type: ignore[misc]
    """A namespace whose routes declare everything: who calls, what goes in, what comes out."""

    def opened(self, method: Method) -> Method:
        """Open to all: anyone may report."""

        @wraps(method)
        def call(*args: Any, **values: Any) -> Any:
            _refuse_query(call)
            return method(*args, **values)

        call.__dict__["wren_needs"] = ()
        return cast(Method, call)

    def needs(self, *kinds: Kind, scope: str | None = None) -> Callable[[Method], Method]:
        """The bearers that the route takes; the method gets `who` first. Else 401 `sign_in`.

        With `scope` (`shared/schemas/integrations.py`) API keys that have it are taken too; then
        `who.kind` is `key`, and `rules.api_keys.require_either` finds its organisation.
        """
        taken: tuple[Kind, ...] = (*kinds, "key") if scope else kinds

        def wrap(method: Method) -> Method:
            @wraps(method)
            def call(resource: Any, *args: Any, **values: Any) -> Any:
                who = _caller(kinds, scope)
                _refuse_query(call)
                return method(resource, who, *args, **values)

            call.__dict__.update(wren_needs=taken, wren_scope=scope)
            refusals = (SignIn, NotAllowed, SlowDown) if scope else (SignIn,)
            return cast(Method, self.doc(security="bearer")(self.fails(*refusals)(call)))

        return wrap

    def polled(self, method: Method) -> Method:
        """As `needs("reporter")`, for what every app asks again and again: a poll is one unit.

        The method gets that unit, which reads, and the id of the bearer's case: whether this still
        is, its rule finds with what it asks for.
        """

        @wraps(method)
        def call(resource: Any) -> Any:
            bearer = _bearer()
            with database().read() as db:
                case_id = sessions.unsealed(db, bearer, ("reporter",)).subject
                found = method(resource, db, case_id)
            _refuse_query(call)
            return found

        call.__dict__["wren_needs"] = ("reporter",)
        return cast(Method, self.doc(security="bearer")(self.fails(SignIn)(call)))

    def takes(
        self, schema: type[Schema], where: str = "body", form: Form | None = None
    ) -> Callable[[Method], Method]:
        """What the body (or the query) must hold; the method gets it, checked, last.

        With `form` the body may also be one in parts, which then stands in the Swagger document:
        version 2.0 can show only one of them.
        """

        checks = schema()  # made once: that costs more than a check

        def wrap(method: Method) -> Method:
            @wraps(method)
            def call(*args: Any, **values: Any) -> Any:
                if form is not None and request.mimetype == uploads.FORM:
                    given = uploads.receive(form.most(*args[1:], **values))
                    return method(*args, load(form.schema(), given), **values)
                given = _body() if where == "body" else request.args.to_dict()
                return method(*args, load(checks, given), **values)

            if where == "body":
                if form is None:
                    documented = self.expect(_model(schema))(call)
                else:
                    parts = _parameters(form.schema, "form")
                    documented = self.doc(consumes=[uploads.FORM], params=parts)(call)
                bodies = {JSON: schema} | ({uploads.FORM: form.schema} if form else {})
                documented.__dict__["wren_takes"] = bodies
                return cast(Method, self.fails(BadRequest, WrongType, Invalid)(documented))
            documented = self.doc(params=_parameters(schema))(call)
            documented.__dict__["wren_query"] = schema
            return cast(Method, self.fails(Invalid)(documented))

        return wrap

    def takes_octets(self, size: int) -> Callable[[Method], Method]:
        """The body is exactly so many bytes, not JSON; the method gets them last before names."""

        def wrap(method: Method) -> Method:
            @wraps(method)
            def call(*args: Any, **values: Any) -> Any:
                return method(*args, _octets(size), **values)

            body = {
                "in": "body",
                "description": f"{size:,} bytes",
                "schema": {"type": "string", "format": "binary"},
            }
            documented = self.doc(consumes=[OCTETS], params={"chunk": body})(call)
            documented.__dict__["wren_takes"] = {OCTETS: size}
            return cast(Method, self.fails(WrongType, Invalid)(documented))

        return wrap

    def gives(
        self, schema: type[Schema], *statuses: int, shared: bool = False
    ) -> Callable[[Method], Method]:
        """What the answer holds. A method may return (value, repeated): then 201 or 200.

        `shared` answers are the same for all, and carry the SHA-256 of the body as ETag.
        """
        first, *others = statuses or (200,)
        writes = schema()

        def wrap(method: Method) -> Method:
            @wraps(method)
            def call(*args: Any, **values: Any) -> Response:
                found = method(*args, **values)
                repeated = False
                if isinstance(found, tuple):
                    found, repeated = found
                body = _ENCODER.encode(writes.dump(found)).encode()
                response = Response(
                    body, others[0] if repeated else first, content_type="application/json"
                )
                if shared:
                    response.headers["Cache-Control"] = "public, no-cache"
                    response.set_etag(hashlib.sha256(body).hexdigest())
                    response.make_conditional(request)
                return response

            documented: Any = self.response(first, "Done", _model(schema))(call)
            for status in others:
                documented = self.response(
                    status, "Done before: the first answer", _model(schema)
                )(documented)
            return cast(Method, documented)

        return wrap

    def gives_nothing(self, method: Method) -> Method:
        """The answer is 204, without a body."""

        @wraps(method)
        def call(*args: Any, **values: Any) -> Response:
            method(*args, **values)
            return Response(status=204)

        return cast(Method, self.response(204, "Done")(call))

    def gives_octets(self, method: Method) -> Method:
        """The answer is the bytes that the method returns, not JSON."""

        @wraps(method)
        def call(*args: Any, **values: Any) -> Response:
            return Response(method(*args, **values), content_type=OCTETS)

        documented: Any = self.doc(produces=[OCTETS])(call)
        return cast(Method, self.response(200, "Done", str)(documented))

    def gives_file(self, method: Method) -> Method:
        """The answer is the file that the method opened, to be put down and not to be shown."""

        @wraps(method)
        def call(*args: Any, **values: Any) -> Response:
            return as_download(method(*args, **values))

        documented: Any = self.doc(produces=[OCTETS])(call)
        return cast(Method, self.response(200, "Done", str)(documented))

    def gives_csv(self, method: Method) -> Method:
        """The answer is CSV (RFC 4180) in UTF-8; the method returns its text."""

        @wraps(method)
        def call(*args: Any, **values: Any) -> Response:
            return Response(
                method(*args, **values), content_type="text/csv; charset=utf-8; header=present"
            )

        documented: Any = self.doc(produces=["text/csv"])(call)
        return cast(Method, self.response(200, "Done", str)(documented))

    def fails(self, *refusals: type[WrenError]) -> Callable[[Method], Method]:
        """The refusals of the route, for the Swagger document."""

        def wrap(method: Method) -> Method:
            told: dict[int, list[str]] = method.__dict__.setdefault("wren_fails", {})
            responses: dict[str, Any] = {}
            for one in refusals:
                codes = told.setdefault(one.status, [])
                if one.code not in codes:
                    codes.append(one.code)
                text = ", ".join(f"`{code}`" for code in codes)
                responses[str(one.status)] = (text, _model(Problem), {})
            return cast(Method, self.doc(responses=responses)(method))

        return wrap


def _bearer() -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise SignIn
    return bearer.strip()


def _caller(kinds: tuple[Kind, ...], scope: str | None = None) -> Who:
    bearer = _bearer()
    if bearer.startswith(PREFIXES["key"]):
        return _program(bearer, scope)
    with database().read() as db:
        found = sessions.find(db, bearer, kinds)
    if found.kind == "account":
        releases.settle(database())
        leftovers.tidy(database())
    return Who(found.kind, found.subject, found.seed, bearer)


def _program(bearer: str, scope: str | None) -> Who:
    key = api_keys.enter(database(), bearer, scope)
    floods.count_key(database(), key)
    releases.settle(database())
    return Who("key", key, None, bearer)


def _body() -> Any:
    if request.mimetype != "application/json":
        raise WrongType
    data = request.get_data(cache=False)
    # A body that doesn't tell its length werkzeug cuts off at the limit, without a word.
    if request.content_length is None and len(data) == request.max_content_length:
        raise TooLarge
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        pass
    raise BadRequest


def _octets(size: int) -> bytes:
    """A body of exactly this size, read as it comes."""
    if request.mimetype != OCTETS:
        raise WrongType(f"Send the body as {OCTETS}.")
    data = request.stream.read(size + 1)
    if len(data) != size:
        raise Invalid(errors={"chunk": [f"A chunk has exactly {size:,} bytes."]})
    return bytes(data)


def _refuse_query(method: Any) -> None:
    if request.args and "wren_query" not in method.__dict__:
        raise Invalid(errors={"_unknown": ["This call takes no query parameters."]})


def _parameters(schema: type[Schema], where: str = "query") -> dict[str, Any]:
    converter = _PLUGIN.converter
    assert converter is not None  # noqa: S101 - set by APISpec above
    listed = converter.schema2parameters(schema(), location=where)
    return {one.pop("name"): one for one in listed}
