"""What an organisation connects: API keys and webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import api_keys, webhook_deliveries, webhooks
from shared.errors import Conflict, NotAllowed, NotFound
from shared.schemas.administration import OfOrganisation
from shared.schemas.integrations import (
    WEBHOOKS,
    ApiKeys,
    ChangeWebhook,
    MadeKey,
    MakeKey,
    MakeWebhook,
    RotateSecret,
    Tested,
    Webhook,
    WebhookLog,
    Webhooks,
    WithSecret,
)

calls = Calls("integrations", description="API keys and webhooks")


@calls.route("/api-keys")
class AllKeys(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(OfOrganisation, "query")
    @calls.gives(ApiKeys)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The organisation's API keys; the keys themselves are stored nowhere."""
        with database().read() as db:
            return api_keys.listed(db, who.id, query["organisation"])

    @calls.needs("account")
    @calls.takes(MakeKey)
    @calls.gives(MadeKey, 201)
    @calls.fails(NotFound, NotAllowed, Conflict)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Makes an API key with scopes and a last day; `key` is shown once."""
        return database().write(lambda db: api_keys.make(db, who.id, body))


@calls.route("/api-keys/<uuid:key>")
class OneKey(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives_nothing
    @calls.fails(NotFound, NotAllowed)
    def delete(self, who: Who, key: UUID) -> None:
        """Revokes an API key, at once."""
        database().write(lambda db: api_keys.revoke(db, who.id, key))


@calls.route("/webhooks")
class AllWebhooks(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=WEBHOOKS)
    @calls.takes(OfOrganisation, "query")
    @calls.gives(Webhooks)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The organisation's webhooks, for administrators and keys with `webhooks:write`."""
        with database().read() as db:
            return webhooks.listed(db, who.kind, who.id, query["organisation"])

    @calls.needs("account", scope=WEBHOOKS)
    @calls.takes(MakeWebhook)
    @calls.gives(WithSecret, 201)
    @calls.fails(NotFound, NotAllowed, Conflict)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Makes a webhook; `secret` is shown once. Receivers check it by Standard Webhooks.

        What is posted holds event, organisation and reference, and no content."""
        return database().write(lambda db: webhooks.make(db, who.kind, who.id, body))


@calls.route("/webhooks/<uuid:webhook>")
class OneWebhook(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=WEBHOOKS)
    @calls.gives(Webhook)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, webhook: UUID) -> dict[str, Any]:
        """One webhook, and whether it arrives."""
        with database().read() as db:
            return webhooks.show(db, who.kind, who.id, webhook)

    @calls.needs("account", scope=WEBHOOKS)
    @calls.takes(ChangeWebhook)
    @calls.gives(Webhook)
    @calls.fails(NotFound, NotAllowed)
    def patch(self, who: Who, body: dict[str, Any], webhook: UUID) -> dict[str, Any]:
        """Changes a webhook; what is left out stays as it is."""
        return database().write(lambda db: webhooks.change(db, who.kind, who.id, webhook, body))

    @calls.needs("account", scope=WEBHOOKS)
    @calls.gives_nothing
    @calls.fails(NotFound, NotAllowed)
    def delete(self, who: Who, webhook: UUID) -> None:
        """Deletes a webhook, and what waits for it."""
        database().write(lambda db: webhooks.remove(db, who.kind, who.id, webhook))


@calls.route("/webhooks/<uuid:webhook>/secret")
class WebhookSecret(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=WEBHOOKS)
    @calls.takes(RotateSecret)
    @calls.gives(WithSecret, 201)
    @calls.fails(NotFound, NotAllowed)
    def post(self, who: Who, body: dict[str, Any], webhook: UUID) -> dict[str, Any]:
        """Makes a new secret, shown once; for some days the one before signs too."""
        days = body["overlap_days"]
        return database().write(lambda db: webhooks.rotate(db, who.kind, who.id, webhook, days))


@calls.route("/webhooks/<uuid:webhook>/test")
class WebhookTest(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=WEBHOOKS)
    @calls.gives(Tested)
    @calls.fails(NotFound, NotAllowed)
    def post(self, who: Who, webhook: UUID) -> dict[str, Any]:
        """Posts `webhook.test` now, and says how that ended: within ten seconds."""
        return webhook_deliveries.test(database(), who.kind, who.id, webhook)


@calls.route("/webhooks/<uuid:webhook>/log")
class WebhookTries(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=WEBHOOKS)
    @calls.gives(WebhookLog)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, webhook: UUID) -> dict[str, Any]:
        """How tries ended, by day and outcome, for 90 days; and how many wait."""
        with database().read() as db:
            return webhooks.log(db, who.kind, who.id, webhook)
