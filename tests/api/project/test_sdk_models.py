"""The models of the official Python SDK accept what is answered."""

from __future__ import annotations

from appwrite.models.ephemeral_key import EphemeralKey
from appwrite.models.key import Key
from appwrite.models.key_list import KeyList
from appwrite.models.platform_list import PlatformList
from appwrite.models.platform_web import PlatformWeb
from appwrite.models.project import Project
from appwrite.models.project_list import ProjectList
from appwrite.models.variable import Variable
from appwrite.models.variable_list import VariableList

from tests.client import Sandbox


def test_they_are_read(sandbox: Sandbox) -> None:
    admin, org = sandbox.admin, sandbox.console.organization
    assert Project.model_validate(admin.get("/project").ok()).id == sandbox.id
    assert ProjectList.model_validate(org.get("/organization/projects").ok()).total >= 1
    made = admin.post("/project/keys", keyId="k", name="K", scopes=[]).ok(201)
    assert Key.model_validate(made).secret.startswith("standard_")
    assert KeyList.model_validate(admin.get("/project/keys").ok()).total == 2
    made = admin.post("/project/keys/ephemeral", scopes=[], duration=60).ok(201)
    assert EphemeralKey.model_validate(made).secret.startswith("ephemeral_")
    made = admin.post("/project/platforms/web", platformId="w", name="W", hostname="a.example.com").ok(201)
    assert PlatformWeb.model_validate(made).hostname == "a.example.com"
    admin.post("/project/platforms/linux", platformId="l", name="L", packageName="l").ok(201)
    assert PlatformList.model_validate(admin.get("/project/platforms").ok()).total == 2
    made = admin.post("/project/variables", variableId="v", key="V", value="v").ok(201)
    assert Variable.model_validate(made).value == ""
    assert VariableList.model_validate(admin.get("/project/variables").ok()).total == 1
