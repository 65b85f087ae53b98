"""What the command line sets up without a console."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from appwrite_py import errors
from appwrite_py.data.pg import Work
from appwrite_py.kit import clock, ids
from appwrite_py.platform import setup
from tests.client import Api, Console
from tests.conftest import settings_for_tests

Result = TypeVar("Result")


def run(api: Api, what: Callable[[Work], Awaitable[Result]]) -> Result:
    async def transaction() -> Result:
        work = Work(api.resources.pool)
        try:
            result = await what(work)
            await work.commit()
        finally:
            await work.rollback()
        return result

    assert api.http.portal is not None
    return api.http.portal.call(transaction)


def test_a_project_and_its_key(console: Console) -> None:
    api, settings, vault = console.api, console.api.resources.settings, console.api.resources.vault
    row = run(api, lambda work: setup.create_project(work, settings, "Headless", console.team_id))
    assert console.of(row["id"]).get("/project").ok(200)["name"] == "Headless"
    tomorrow = clock.now() + timedelta(days=1)
    made = run(api, lambda work: setup.create_key(work, vault, row["id"], "CLI", ["project.read"], expire=tomorrow))
    key = api.as_(X_Appwrite_Project=row["id"], X_Appwrite_Key=made.secret)
    assert key.get("/project").ok(200)["$id"] == row["id"]
    key.get("/project/keys").fails(401, "general_unauthorized_scope")
    shown = console.of(row["id"]).get(f"/project/keys/{made.row['id']}").ok(200)
    assert (shown["name"], shown["secret"], shown["expire"]) == ("CLI", made.secret, clock.iso(tomorrow))


def test_a_key_of_an_organization(console: Console) -> None:
    api, vault = console.api, console.api.resources.vault
    scopes = ["projects.read"]
    made = run(api, lambda work: setup.create_organization_key(work, vault, console.team_id, "CLI", scopes))
    assert made.secret.startswith("organization_")
    key = api.as_(X_Appwrite_Key=made.secret, X_Appwrite_Organization=console.team_id)
    key.get("/organization/projects").ok(200)
    key.post("/organization/projects", projectId="unique()", name="P").fails(401, "general_unauthorized_scope")


def test_what_is_refused(console: Console) -> None:
    api, settings, vault = console.api, console.api.resources.settings, console.api.resources.vault
    team, taken = console.team_id, "p" + ids.unique()
    run(api, lambda work: setup.create_project(work, settings, "First", team, project_id=taken))
    europe = settings_for_tests(region="fra", project_regions="fra")
    for error, what in (
        (errors.TEAM_NOT_FOUND, lambda work: setup.create_project(work, settings, "P", "none")),
        (errors.TEAM_NOT_FOUND, lambda work: setup.create_organization_key(work, vault, "none", "K", [])),
        (errors.PROJECT_ALREADY_EXISTS, lambda work: setup.create_project(work, settings, "P", team, project_id=taken)),
        (errors.PROJECT_RESERVED_PROJECT,
         lambda work: setup.create_project(work, settings, "P", team, project_id="console")),
        (errors.PROJECT_REGION_UNSUPPORTED, lambda work: setup.create_project(work, europe, "P", team, region="syd")),
        (errors.PROJECT_NOT_FOUND, lambda work: setup.create_key(work, vault, "none", "K", [])),
        (errors.PROJECT_NOT_FOUND, lambda work: setup.create_key(work, vault, "console", "K", [])),
    ):  # fmt: skip
        with pytest.raises(error):
            run(api, what)  # type: ignore[arg-type]
    row = run(api, lambda work: setup.create_project(work, europe, "P", team))
    assert row["region"] == "fra"
