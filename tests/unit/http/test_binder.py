"""From a request's values to the handler's arguments."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from appwrite_py import errors
from appwrite_py.http import rules
from appwrite_py.http.binder import Param, bind
from appwrite_py.http.params import Flag, Text128, Uid
from appwrite_py.http.registry import Also, BadDeclaration, Service
from appwrite_py.platform.projects import Project

PROJECT = Project("p", 1, {}, hostnames=frozenset({"app.example.com"}))  # type: ignore[arg-type]


def param(name: str, rule: rules.Rule, *, required: bool = False, nullable: bool = False, default: Any = None,
          aliases: tuple[str, ...] = (), argument: str = "") -> Param:  # fmt: skip
    return Param(name, rule, required, nullable, default, "body", aliases, argument)


NAME = param("name", rules.Text(5), required=True)
SIZE = param("size", rules.Range(1, 9), default=3)
NOTE = param("note", rules.Text(5), nullable=True)
MUST = param("must", rules.Text(5), required=True, nullable=True)


def test_values_and_defaults() -> None:
    assert bind((NAME, SIZE), {"name": "a", "size": "7", "other": 1}, {}, PROJECT) == {"name": "a", "size": 7}
    assert bind((NAME, SIZE), {"name": "a"}, {}, PROJECT) == {"name": "a", "size": 3}
    assert bind((NAME, SIZE), {"name": "a", "size": None}, {}, PROJECT) == {"name": "a", "size": 3}
    assert bind((NOTE,), {"note": None}, {}, PROJECT) == {"note": None}
    assert bind((), {"a": 1}, {"b": "2"}, PROJECT) == {}


def test_a_path_value_wins() -> None:
    assert bind((NAME,), {"name": "body"}, {"name": "path"}, PROJECT) == {"name": "path"}


def test_aliases_and_arguments() -> None:
    other = param("rowId", rules.Uid(), required=True, aliases=("documentId", "id"), argument="document_id")
    assert bind((other,), {"rowId": "a", "documentId": "b"}, {}, PROJECT) == {"document_id": "a"}
    assert bind((other,), {"id": "c"}, {}, PROJECT) == {"document_id": "c"}
    assert bind((other,), {"id": "c"}, {"documentId": "d"}, PROJECT) == {"document_id": "d"}


def test_rules_of_the_project() -> None:
    url = param("url", rules.RedirectUrl(), required=True)
    assert bind((url,), {"url": "https://app.example.com/x"}, {}, PROJECT)["url"]
    with pytest.raises(errors.GENERAL_ARGUMENT_INVALID, match="url"):
        bind((url,), {"url": "https://other.example.com/x"}, {}, PROJECT)


@pytest.mark.parametrize(
    ("params", "values", "name"),
    [((NAME,), {}, "name"), ((NAME,), {"name": None}, "name"), ((NAME,), {"name": "too long"}, "name"),
     ((NAME, SIZE), {"name": "a", "size": 10}, "size"), ((MUST,), {}, "must"), ((NOTE,), {"note": 5}, "note")],
)  # fmt: skip
def test_errors_name_the_parameter_and_its_rule(params: tuple[Param, ...], values: dict[str, Any], name: str) -> None:
    with pytest.raises(errors.GENERAL_ARGUMENT_INVALID) as caught:
        bind(params, values, {}, PROJECT)
    assert f"`{name}`" in caught.value.message
    assert "must be" in caught.value.message


def test_required_but_null() -> None:
    assert bind((MUST,), {"must": None}, {}, PROJECT) == {"must": None}


# --- declarations ---------------------------------------------------------------------------------------------------
def test_a_signature_becomes_parameters() -> None:
    service = Service("things", "/v1/things")

    @service.post("/:thingId", scope="databases.write", names={"name": "title"}, rules={"thingId": rules.CustomId()})
    async def create(
        ctx: Any, thingId: Uid, name: Annotated[str, rules.Text(9), Also(("label",))], on: Flag = True,
        note: Text128 | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Create a thing."""
        return {}

    (route,) = service.routes
    assert [(p.name, p.argument, p.place, p.required, p.nullable, p.default) for p in route.params] == [
        ("thingId", "thingId", "path", True, False, None), ("title", "name", "body", True, False, None),
        ("on", "on", "body", False, False, True), ("note", "note", "body", False, True, None),
    ]  # fmt: skip
    assert route.params[1].aliases == ("label",)
    assert route.bind({"label": "a"}, {"thingId": "unique()"}, PROJECT) == {
        "thingId": "unique()", "name": "a", "on": True, "note": None
    }  # fmt: skip


@pytest.mark.parametrize("promises", [{"scope": "none.write"}, {"scope": "databases.write", "event": "a.[none].b.[x]"}])
def test_declarations_that_contradict_themselves(promises: dict[str, Any]) -> None:
    async def handler(ctx: Any) -> dict[str, Any]:
        """Do something."""
        return {}

    with pytest.raises(BadDeclaration):
        Service("things", "/v1/things").get("", **promises)(handler)


def test_declarations_that_lack_something() -> None:
    async def silent(ctx: Any) -> None: ...

    async def untyped(ctx: Any, a: int) -> None:
        """Do something."""

    for path, handler in (("", silent), ("", untyped), ("/:id", silent)):
        with pytest.raises(BadDeclaration):
            Service("things", "/v1/things").get(path, scope="databases.read")(handler)
