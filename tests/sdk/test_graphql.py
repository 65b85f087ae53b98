"""GraphQL with the official SDKs, unchanged, and the programs of docs/graphql.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from appwrite.exception import AppwriteException
from appwrite.services.graphql import Graphql

from appwrite_py.kit import ids
from tests.sdk.conftest import Project
from tests.sdk.python import server

pytestmark = pytest.mark.sdk
GUIDE = Path(__file__).parents[2] / "docs" / "graphql.md"
_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CREATE = "mutation($id: String!) { usersCreate(userId: $id, name: $id) { _id name prefs { data } } }"


def test_python(project: Project) -> None:
    graphql, user_id = Graphql(server(project)), ids.unique()
    made = graphql.mutation({"query": CREATE, "variables": {"id": user_id}})
    assert made == {"data": {"usersCreate": {"_id": user_id, "name": user_id, "prefs": {"data": "{}"}}}}
    again = graphql.mutation({"query": CREATE, "variables": {"id": user_id}})
    assert again["errors"][0]["extensions"] == {"type": "user_already_exists", "code": 409}
    one: Any = {"query": f'{{ usersGet(userId: "{user_id}") {{ _id }} }}'}
    assert graphql.query([one, one]) == [{"data": {"usersGet": {"_id": user_id}}}] * 2
    with pytest.raises(AppwriteException) as refused:
        graphql.query({"query": ""})
    assert (refused.value.code, refused.value.type) == (400, "graphql_no_query")


@pytest.mark.usefixtures("node")
def test_node(project: Project) -> None:
    team_id = ids.unique()
    assert project.node("graphql.mjs", "calls", {"teamId": team_id}) == {
        "made": {"data": {"teamsCreate": {"_id": team_id, "name": "Team", "prefs": {"data": "{}"}}}},
        "again": [{"teamsCreate": None}, ["team_already_exists"]],
        "several": [{"data": {"teamsGet": {"name": "Team"}}}, {"data": {"teamsGet": {"total": 0}}}],
        "loose": {"data": {"teamsGet": {"_id": team_id}}},
        "alone": [{"accountGet": None, "localeGet": {"ip": "127.0.0.1"}}, 1],
        "none": [400, "graphql_no_query"],
    }


def test_the_guide(project: Project, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    given = {"ENDPOINT": project.endpoint, "PROJECT": project.id, "KEY": project.key}
    Graphql(server(project)).mutation(
        {"query": 'mutation { storageCreateBucket(bucketId: "files", name: "Files") { _id } }'}
    )
    answers = []
    for language, program in _BLOCK.findall(GUIDE.read_text()):
        if language == "python":
            exec(compile(program, GUIDE.name, "exec"), dict(given))
        else:
            done = subprocess.run(
                ["bash", "-ec", program], cwd=tmp_path, env=os.environ | given, stdout=subprocess.PIPE, check=True
            )
            answers.append(json.loads(done.stdout)["data"])
    assert answers[0]["localeGet"].keys() == {"country"}
    assert list(answers[1]) == ["storageCreateFile"]
