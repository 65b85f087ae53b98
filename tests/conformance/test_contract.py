"""Holds what we declare against the contract. It is not part of the package, so without its folder this is skipped."""

from __future__ import annotations

from appwrite_py.auth import scopes
from appwrite_py.errors import CATALOGUE
from appwrite_py.http.registry import Route
from appwrite_py.platform import switches
from appwrite_py.services import all_services
from tests.conformance import contract

pytestmark = contract.NEEDED

DEVIATIONS: dict[tuple[str, str], str] = {
    ("user", "hashOptions: type"): "an object whose fields depend on the algorithm, declared as such",
    ("POST /v1/account", "event"): "a public event of the contract; only the label of the route lacks it",
    (
        "DELETE /v1/account",
        "event",
    ): "a public event of the contract; only the label of the route lacks it",
    ("POST /v1/teams/:teamId/memberships", "param email: rule"): "empty text says the same as leaving it out",
    ("POST /v1/teams/:teamId/memberships", "param phone: rule"): "empty text says the same as leaving it out",
    ("GET /v1/tablesdb/:databaseId/schema", "route"): "ours: a schema in one piece",
    ("POST /v1/tablesdb/:databaseId/schema", "route"): "ours: schemas are planned and applied in one piece",
    ("schema_loss_refused", "error"): "of our own route: SDKs pass types on as they come",
    ("policyPasskey", "is not in the contract"): "of younger SDKs: passkeys",
    ("GET /v1/project/policies/:policyId", "models"): "of younger SDKs: the policy of passkeys",
    ("GET /v1/project/oauth2/:provider", "models"): "any provider can be asked for, also the one that it leaves out",
    ("PUT /v1/teams/:teamId/prefs", "audit"): "the answer is the preferences, which have no $id to name the team by",
}
"""(route or model, beginning of the difference): why we differ on purpose."""

for _name in ("POST /v1/account/targets/push", "PUT /v1/account/targets/:targetId/push"):
    DEVIATIONS[_name, "audit"] = "the contract's label lacks the braces, so that it would name no target"
DEVIATIONS["GET /v1/account/memberships", "route"] = "in younger SDKs"
for _path in ("recovery/otp", "verifications/email/otp"):
    for _verb in ("POST", "PUT"):
        DEVIATIONS[f"{_verb} /v1/account/{_path}", "route"] = "in younger SDKs: codes instead of links"

_OF_DATABASES = (
    "POST ", "PUT /:databaseId", "DELETE /:databaseId", "POST /:databaseId/collections",
    "PUT /:databaseId/collections/:collectionId", "DELETE /:databaseId/collections/:collectionId",
    "POST /:databaseId/collections/:collectionId/indexes", "DELETE /:databaseId/collections/:collectionId/indexes/:key",
    "PATCH /:databaseId/collections/:collectionId/documents/:documentId",
    "PUT /:databaseId/collections/:collectionId/documents/:documentId",
    "DELETE /:databaseId/collections/:collectionId/documents/:documentId",
)  # fmt: skip
for _service in ("documentsdb", "vectorsdb"):
    for _route in _OF_DATABASES:
        _name = _route.replace(" ", f" /v1/{_service}", 1)
        DEVIATIONS[_name, "event"] = "a public event of the contract; the label of the route names that of Databases"
for _path in ("databases/:databaseId/collections/:collectionId/documents", "tablesdb/:databaseId/tables/:tableId/rows",
              "documentsdb/:databaseId/collections/:collectionId/documents"):  # fmt: skip
    DEVIATIONS[f"POST /v1/{_path}/query", "route"] = "in released SDKs; the contract has it for VectorsDB only"
for _tables, _rows in (("databases/:databaseId/collections/:collectionId", "documents/:documentId"),
                       ("tablesdb/:databaseId/tables/:tableId", "rows/:rowId")):  # fmt: skip
    _database = _tables.rpartition("/")[0].rpartition("/")[0]
    for _path in (f"{_database}/logs", f"{_tables}/logs", f"{_tables}/{_rows}/logs", f"{_database}/usage",
                  f"{_tables}/usage", f"{_database.partition('/')[0]}/usage"):  # fmt: skip
        DEVIATIONS[f"GET /v1/{_path}", "route"] = "in released SDKs of consoles, no longer in the contract"
for _path in ("users/:userId/logs", "users/usage", "account/logs"):
    DEVIATIONS[f"GET /v1/{_path}", "route"] = "in released SDKs of consoles, no longer in the contract"
for _path in ("", "/argon2", "/bcrypt", "/md5", "/phpass", "/scrypt", "/scrypt-modified", "/sha"):
    DEVIATIONS[f"POST /v1/users{_path}", "event"] = "a public event of the contract; the label of the route lacks it"
for _route in ("POST /v1/users/:userId/targets", "DELETE /v1/users/:userId/targets/:targetId"):
    DEVIATIONS[_route, "audit"] = "the contract's label misspells the placeholder, and so names no target"
DEVIATIONS["GET /v1/teams/:teamId/logs", "route"] = "in released SDKs of consoles, no longer in the contract"
for _service in ("documentsdb", "vectorsdb"):
    for _path in ("usage", ":databaseId/usage"):
        DEVIATIONS[f"GET /v1/{_service}/{_path}", "route"] = "the contract has the model, but no route that answers it"
for _route in ("POST ", "GET ", "GET /:transactionId", "PATCH /:transactionId", "DELETE /:transactionId",
               "POST /:transactionId/operations"):  # fmt: skip
    _verb, _path = _route.split(" ")
    DEVIATIONS[f"{_verb} /v1/databases/transactions{_path}", "scope"] = "transactions are the same in both vocabularies"
for _path in ("databases/:databaseId/collections/:collectionId/attributes/:key",
              "tablesdb/:databaseId/tables/:tableId/columns/:key"):  # fmt: skip
    DEVIATIONS[f"GET /v1/{_path}", "models"] = "the contract leaves out younger kinds, which it answers, too"
DEVIATIONS["PATCH /v1/tablesdb/:databaseId/tables/:tableId/columns/:key/relationship", "aliases"] = (
    "the path that the Python SDK sends"
)
for _route in ("GET /v1/account/passkeys", "POST /v1/account/passkeys", "GET /v1/account/passkeys/:passkeyId",
               "PATCH /v1/account/passkeys/:passkeyId", "DELETE /v1/account/passkeys/:passkeyId",
               "PUT /v1/account/passkeys/:passkeyId/verification", "POST /v1/account/tokens/passkey",
               "PUT /v1/account/tokens/passkey", "GET /v1/users/:userId/passkeys",
               "GET /v1/users/:userId/passkeys/:passkeyId", "PATCH /v1/users/:userId/passkeys/:passkeyId",
               "DELETE /v1/users/:userId/passkeys/:passkeyId", "PATCH /v1/project/policies/passkey"):  # fmt: skip
    DEVIATIONS[_route, "route"] = "of younger SDKs: passkeys"
for _error in ("not_found", "already_exists", "invalid", "limit_exceeded"):
    DEVIATIONS[f"user_passkey_{_error}", "error"] = "of younger SDKs: passkeys"
for _route in ("POST /v1/account/mfa/authenticators/:type", "POST /v1/account/mfa/recovery-codes",
               "PATCH /v1/account/mfa/recovery-codes", "PATCH /v1/users/:userId/mfa/recovery-codes",
               "PUT /v1/users/:userId/mfa/recovery-codes"):  # fmt: skip
    DEVIATIONS[_route, "audit"] = "the answer holds secrets and no $id to name the user by"
for _route in ("POST /v1/storage/buckets", "PUT /v1/storage/buckets/:bucketId"):
    DEVIATIONS[_route, "param maximumFileSize: rule Range max"] = (
        "_APP_STORAGE_LIMIT decides, which a route does not know when it is declared; the handler refuses more"
    )
for _route in ("GET /v1/webhooks/:webhookId/deliveries", "GET /v1/webhooks/:webhookId/deliveries/:deliveryId",
               "POST /v1/webhooks/:webhookId/deliveries/:deliveryId/replay"):  # fmt: skip
    DEVIATIONS[_route, "route"] = "ours: the log of a webhook's deliveries"
for _model in ("webhookDelivery", "webhookDeliveryList", "webhookSentDelivery"):
    DEVIATIONS[_model, "is not in the contract"] = "ours: the log of a webhook's deliveries"
for _error in ("webhook_delivery_not_found", "webhook_disabled"):
    DEVIATIONS[_error, "error"] = "of our own routes: SDKs pass types on as they come"
DEVIATIONS["GET /v1/realtime/events", "route"] = "ours: the change feed"
for _model in ("change", "changeList"):
    DEVIATIONS[_model, "is not in the contract"] = "ours: the change feed"
DEVIATIONS["realtime_since_gone", "error"] = "of our own route: SDKs pass types on as they come"
for _verb in ("PUT", "PATCH"):
    DEVIATIONS[f"{_verb} /v1/presences/:presenceId", "callers"] = (
        "SDKs of servers have both, with a `userId` that only keys may send: the label is that of the clients' method"
    )
for _path in ("runtimes", "templates", "templates/:templateId"):
    DEVIATIONS[f"GET /v1/functions/{_path}", "scope"] = "SDKs call it with keys, which have no scope that is public"
DEVIATIONS["POST /v1/functions/:functionId/deployments", "param functionId: nullable"] = "it is part of the path"
DEVIATIONS["POST /v1/functions/:functionId/executions", "param headers: default"] = "an object, of which [] is none"
DEVIATIONS["GET /v1/functions/:functionId/deployments/:deploymentId/download", "callers"] = (
    "whoever holds a token of it: sessions are let through, and refused like guests where they have none"
)
DEVIATIONS["POST /v1/documentsdb/transactions/:transactionId/operations", "callers"] = "as in all other services"


def routes() -> list[Route]:
    return [route for service in all_services() for route in service.routes]


def is_meant(subject: str, difference: str) -> bool:
    return any(subject == where and difference.startswith(what) for where, what in DEVIATIONS)


def report(differences: list[str]) -> None:
    assert not differences, f"{len(differences)} differences from the contract:\n" + "\n".join(sorted(differences))


def test_routes() -> None:
    """Path, SDK method, scope, event, audit, rate limit, status, model, parameters with rules, aliases, callers."""
    differences = []
    for route in routes():
        name = f"{route.verb} {route.path}"
        differences += [f"{name}  {line}" for line in contract.compare_route(route) if not is_meant(name, line)]
    report(differences)


def test_models() -> None:
    """Names, fields in their order, types, what may be null."""
    found = contract.compare_models(routes())
    report([f"model {name}  {line}" for name, line in found if not is_meant(name, line)])


def test_errors() -> None:
    """Every type of our catalogue is one of the contract's, with its status."""
    known = contract.load("errors")
    report(
        [
            f"error {type_}  is {error.status}, contract says {known.get(type_, 'nothing')}"
            for type_, error in CATALOGUE.items()
            if error.status != known.get(type_) and not is_meant(type_, "error")
        ]
    )


def test_scopes_and_roles() -> None:
    """The lists of scopes, and what each role holds."""
    listed = contract.load("scopes")
    for level, ours in (("project", scopes.PROJECT_SCOPES), ("organization", scopes.ORGANIZATION_SCOPES)):
        wanted = [
            (entry["scope"], entry.get("category", ""), entry.get("deprecated", False)) for entry in listed[level]
        ]
        assert [tuple(scope) for scope in ours] == wanted
    roles = {name: frozenset(role["scopes"]) for name, role in contract.load("roles").items()}
    assert roles["guests"] == scopes.GUEST_SCOPES
    assert roles["users"] == scopes.USER_SCOPES
    assert roles["keys"] == scopes.KEY_SCOPES
    assert {name: scopes.ROLE_SCOPES[name] for name in ("admin", "developer", "owner")} == {
        name: roles[name] for name in ("admin", "developer", "owner")
    }


def test_switches() -> None:
    """What a project can switch off."""
    optional = {name for name, service in contract.load("services").items() if service["optional"]}
    assert set(switches.SERVICES) == {name.lower() for name in optional}
    assert set(switches.AUTH_METHODS) == set(contract.load("auth_methods"))


def test_deviations_are_current() -> None:
    """A deviation that no longer exists leaves the list."""
    found = [
        *((f"{route.verb} {route.path}", line) for route in routes() for line in contract.compare_route(route)),
        *contract.compare_models(routes()),
    ]
    stale = [
        key for key in DEVIATIONS if not any(key[0] == subject and line.startswith(key[1]) for subject, line in found)
    ]
    served = {f"{route.verb} {route.path}" for route in routes()}
    assert not [key for key in stale if key[0] in served], stale
