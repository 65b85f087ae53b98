"""What `createOperations` takes: its parameter's rule, and the operations as the transaction's log keeps them."""

from __future__ import annotations

from typing import Any, NamedTuple

from appwrite_py.data.transactions import log
from appwrite_py.http import rules
from appwrite_py.http.rules import Invalid, Rule
from appwrite_py.kit import ids

_ID, _NEW_ID, _KEY = rules.Uid(), rules.CustomId(), rules.Key()
_NAME, _ACTION = rules.Text(255), rules.OneOf(*log.SINGLE, *log.SEVERAL)
_PERMISSIONS = rules.Permissions("read", "update", "delete", "write")
_QUERIES, _NUMBER = rules.Queries(), rules.Numeric()


class Requested(NamedTuple):
    """One operation as it was sent, checked; the data in the form that the log keeps."""

    action: str
    database_id: str
    collection_id: str
    document_id: str
    data: Any


class OperationRule(Rule):
    """An operation, in the words of Databases or of TablesDB."""

    kind = "TransactionOperation"

    def __init__(self, collection: str, document: str, attribute: str) -> None:
        """The names of the three in this vocabulary: `collection`, `document`, `attribute`."""
        self.collection_id, self.document_id, self.attribute = f"{collection}Id", f"{document}Id", attribute

    @property
    def says(self) -> str:
        actions = ", ".join(_ACTION.words)
        return (
            f"must be an object with action, databaseId, {self.collection_id}, {self.document_id} (for what is done to "
            f"a single one), and the data that the action needs. Actions are: {actions}"
        )

    def check(self, value: Any) -> Requested:
        if not isinstance(value, dict):
            raise self.refuse()
        action = self._part(value, "action", _ACTION)
        database_id = self._part(value, "databaseId", _NAME)
        collection_id = self._part(value, self.collection_id, _NAME)
        document_id = ""
        if action in log.SINGLE:
            new = action in ("create", "upsert")
            document_id = self._part(value, self.document_id, _NEW_ID if new else _ID)
            document_id = ids.unique() if document_id == "unique()" else document_id
        data = None if action == "delete" else self._data(action, value.get("data"))
        return Requested(action, database_id, collection_id, document_id, data)

    def schema(self) -> dict[str, Any]:
        text = {"type": "string", "minLength": 1}
        return {
            "type": "object",
            "properties": {
                "action": _ACTION.schema(), "databaseId": text, self.collection_id: text, self.document_id: text,
                "data": {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]},
            },
            "required": ["action", "databaseId", self.collection_id],
        }  # fmt: skip

    def _data(self, action: str, data: Any) -> Any:
        if action in ("bulkCreate", "bulkUpsert"):
            if not isinstance(data, list):
                raise self.refuse()
            return [self._listed(one) for one in data]
        if data == []:  # how PHP clients write an empty object
            data = {}
        if not isinstance(data, dict):
            raise self.refuse()
        if action in ("increment", "decrement"):
            return self._step(data)
        if action in ("bulkUpdate", "bulkDelete"):
            queries = self._part({"queries": []} | data, "queries", _QUERIES)
            change = data.get("data")
            if action == "bulkUpdate" and not (isinstance(change, dict) and change):
                raise self.refuse()
            return {"queries": queries, "data": self._document(change or {})}
        return self._document(data)

    def _listed(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise self.refuse()
        id_ = self._part({"$id": "unique()"} | document, "$id", _NEW_ID)
        return self._document(document) | {"$id": ids.unique() if id_ == "unique()" else id_}

    def _document(self, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("$permissions") is None:
            return {key: value for key, value in data.items() if key != "$permissions"}
        return data | {"$permissions": self._part(data, "$permissions", _PERMISSIONS)}

    def _step(self, data: dict[str, Any]) -> dict[str, Any]:
        made = {"attribute": self._part(data, self.attribute, _KEY), "value": 1, "max": None, "min": None}
        for name in ("value", "max", "min"):
            if data.get(name) is not None:
                made[name] = self._part(data, name, _NUMBER)
        if made["value"] <= 0:
            raise self.refuse()
        return made

    def _part(self, of: dict[str, Any], name: str, rule: Rule) -> Any:
        try:
            return rule.check(of.get(name))
        except Invalid as cause:
            raise self.refuse() from cause
