"""A client that openapi-python-client makes of the server's view, as docs/openapi.md has it made, and used."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.http.spec import openapi_document
from appwrite_py.kit import ids
from appwrite_py.services import all_services
from tests.pictures import encode, halves
from tests.sdk.conftest import PASSWORD, Project
from tests.sdk.generated.conftest import DOCS, programs, run

pytestmark = pytest.mark.sdk
PACKAGE = "backend"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def package(folder: Path, project: Project) -> Iterator[Path]:
    """The generated package, which can be imported while the module's tests run."""
    (config,) = programs("yaml")
    (folder / "config.yml").write_text(config + "post_hooks: []\n")  # how it is formatted does not matter
    (commands, *_) = programs("sh")
    said = run(commands.strip() + " --config config.yml --fail-on-warning", folder, project)
    assert "WARNING" not in said
    sys.path.insert(0, str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def api(package: Path) -> Any:
    """Routes by the names of their functions: `api("teams_list")` is its module."""

    def find(name: str) -> Any:
        (path,) = package.glob(f"api/*/{name}.py")
        return importlib.import_module(f"{PACKAGE}.api.{path.parent.name}.{name}")

    return find


@pytest.fixture(scope="module")
def models(package: Path) -> Any:
    return importlib.import_module(f"{PACKAGE}.models")


def client(project: Project, **headers: str) -> Any:
    own = {"X-Appwrite-Project": project.id} | {name.replace("_", "-"): value for name, value in headers.items()}
    return importlib.import_module(PACKAGE).Client(project.endpoint, headers=own, raise_on_unexpected_status=True)


@pytest.fixture(scope="module")
def key(package: Path, project: Project) -> Any:
    return client(project, X_Appwrite_Key=project.key)


def test_the_guide(package: Path, new_project: Project) -> None:
    names: dict[str, Any] = {"ENDPOINT": new_project.endpoint, "PROJECT": new_project.id, "KEY": new_project.key}
    for program in programs("python"):
        exec(compile(program, str(DOCS / "openapi.md"), "exec"), names)
    assert names["session"].provider == "email"


def test_has_every_operation(package: Path) -> None:
    document = openapi_document(all_services(), "server")
    operations = [each["operationId"] for item in document["paths"].values() for each in item.values()]
    made = [name.stem for name in package.glob("api/*/*.py") if name.stem != "__init__"]
    assert len(made) == len(operations)
    assert len(list(package.glob("models/*.py"))) > len(document["components"]["schemas"])


def test_all_of_it_can_be_imported(package: Path) -> None:
    backend = importlib.import_module(PACKAGE)
    for module in pkgutil.walk_packages(backend.__path__, f"{PACKAGE}."):
        importlib.import_module(module.name)


def test_users(key: Any, project: Project, api: Any, models: Any, email: str) -> None:
    made = api("users_create").sync(
        client=key, body=models.UsersCreateRequest("unique()", email=email, password=PASSWORD, name="Ada")
    )
    assert (made.name, made.email, made.accessed_at) == ("Ada", email, "")
    assert made.created_at.tzinfo is not None
    assert made.hash_options.type_ == "argon2"
    signed_in = api("account_create_email_password_session").sync(
        client=key, body=models.AccountCreateEmailPasswordSessionRequest(email, PASSWORD)
    )
    user = client(project, X_Appwrite_Session=signed_in.secret)
    assert api("account_get").sync(client=user).id == made.id
    api("account_update_prefs").sync(
        client=user, body=models.AccountUpdatePrefsRequest(models.AccountUpdatePrefsRequestPrefs.from_dict({"a": [1]}))
    )
    assert api("account_get_prefs").sync(client=user)["a"] == [1]
    gone = api("account_delete_session").sync_detailed("current", client=user)
    assert (gone.status_code, gone.content) == (204, b"")
    assert api("account_get").sync(client=user).type_ == "general_unauthorized_scope"


def test_tables(key: Any, api: Any, models: Any) -> None:
    column = models.TablesDBCreateTableRequestColumnsItem.from_dict
    api("tables_db_create").sync(client=key, body=models.TablesDBCreateRequest("db", "Database"))
    table = api("tables_db_create_table").sync(
        "db",
        client=key,
        body=models.TablesDBCreateTableRequest(
            "books",
            "Books",
            columns=[
                column({"key": "title", "type": "varchar", "size": 100, "required": True}),
                column({"key": "pages", "type": "integer", "min": 1}),
                column({"key": "genre", "type": "string", "format": "enum", "elements": ["novel", "poem"]}),
                column({"key": "site", "type": "string", "format": "url"}),
            ],
        ),
    )
    kinds = [type(each).__name__ for each in table.columns]
    assert kinds == ["ColumnVarchar", "ColumnInteger", "ColumnEnum", "ColumnUrl"]

    create = api("tables_db_create_row")
    data = models.TablesDBCreateRowRequestData.from_dict
    row = create.sync(
        "db", "books", client=key, body=models.TablesDBCreateRowRequest("a", data({"title": "A", "pages": 9}))
    )
    assert (type(row).__name__, row.id, row["pages"], row["genre"]) == ("Row", "a", 9, None)
    item = models.TablesDBCreateRowRequestRowsItem.from_dict
    rows = [item({"$id": "b", "title": "B", "pages": 5}), item({"$id": "c", "title": "C"})]
    several = create.sync("db", "books", client=key, body=models.TablesDBCreateRowRequest(rows=rows))
    assert (type(several).__name__, several.total) == ("RowList", 2)

    queries = [
        json.dumps({"method": "orderDesc", "attribute": "title"}),
        json.dumps({"method": "limit", "values": [2]}),
    ]
    found = api("tables_db_list_rows").sync("db", "books", client=key, queries=queries, total=False)
    assert [each["title"] for each in found.rows] == ["C", "B"]
    changed = api("tables_db_update_row").sync(
        "db", "books", "a", client=key,
        body=models.TablesDBUpdateRowRequest(models.TablesDBUpdateRowRequestData.from_dict({"pages": None})),
    )  # fmt: skip
    assert changed["pages"] is None

    wrong = create.sync_detailed(
        "db", "books", client=key, body=models.TablesDBCreateRowRequest("d", data({"title": 1}))
    )
    assert (wrong.status_code, wrong.parsed.type_) == (400, "row_invalid_structure")
    assert api("tables_db_delete_row").sync_detailed("db", "books", "a", client=key).status_code == 204
    assert api("tables_db_get_row").sync("db", "books", "a", client=key).type_ == "row_not_found"


def test_files(key: Any, api: Any, models: Any) -> None:
    file_of = importlib.import_module(f"{PACKAGE}.types").File
    create, get = api("storage_create_file"), api("storage_get_file_download")
    api("storage_create_bucket").sync(client=key, body=models.StorageCreateBucketRequest("pictures", "Pictures"))
    picture = encode(halves(30, 20))
    body = models.StorageCreateFileRequest(
        "half", file_of(BytesIO(picture), "half.png", "image/png"), ['read("any")', 'update("users")'], "a/b"
    )
    made = create.sync("pictures", client=key, body=body)
    assert (made.name, made.mime_type, made.folder) == ("half.png", "image/png", "a/b/")
    assert made.permissions == ['read("any")', 'update("users")']
    assert get.sync("pictures", "half", client=key).payload.read() == picture
    part = get.sync_detailed("pictures", "half", client=key, range_="bytes=0-3")
    assert (part.status_code, part.parsed.payload.read()) == (206, picture[:4])
    preview = api("storage_get_file_preview").sync("pictures", "half", client=key, width=10)
    assert preview.payload.read(4) == picture[:4]

    content = ids.unique().encode() * MIB
    content, id_ = content[: 6 * MIB], "unique()"
    for start in (0, 5 * MIB):
        end = min(start + 5 * MIB, len(content))
        chunk = file_of(BytesIO(content[start:end]), "large.bin", "application/octet-stream")
        made = create.sync(
            "pictures", client=key, body=models.StorageCreateFileRequest(id_, chunk),
            content_range=f"bytes {start}-{end - 1}/{len(content)}", **({"x_appwrite_id": made.id} if start else {}),
        )  # fmt: skip
        id_ = made.id
    assert (made.chunks_uploaded, made.size_original) == (2, len(content))
    assert get.sync("pictures", made.id, client=key).payload.read() == content
    api("storage_delete_file").sync("pictures", made.id, client=key)
    assert get.sync("pictures", made.id, client=key).type_ == "storage_file_not_found"


def test_what_the_project_has(key: Any, api: Any) -> None:
    """Models that may be one of several."""
    policies = api("project_list_policies").sync(client=key).policies
    assert {type(each).__name__ for each in policies} >= {"PolicyPasswordHistory", "PolicyUserLimit"}
    provider = api("project_get_o_auth_2_provider").sync("github", client=key)
    assert type(provider).__name__ == "OAuth2Github"
    page = api("avatars_get_initials").sync(client=key, name="Ada")
    assert page.payload.read(4) == b"\x89PNG"
