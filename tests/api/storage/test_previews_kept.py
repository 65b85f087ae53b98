"""Previews that are made once: who gets them, what is asked again each time, and when they go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appwrite_py.files import images
from appwrite_py.kit import clock
from tests.api.storage.preview_tools import difference, preview, put, scene, shown
from tests.api.storage.tools import BUCKET, FILES, TEXT, blobs, chunk, eventually, make_bucket, some_bytes
from tests.client import Answer, Api, Sandbox

OPEN = ['read("any")']
BUCKET_BODY: dict[str, Any] = {"name": "Main", "permissions": OPEN}


@pytest.fixture
def pictures(sandbox: Sandbox) -> Sandbox:
    """A project with a picture that everybody may see."""
    make_bucket(sandbox, permissions=OPEN)
    put(sandbox.key, scene())
    return sandbox


def is_kept(answer: Answer) -> bool:
    """Whether the preview was there; the headers must agree on it."""
    answer.ok(200)
    word, seconds = answer.headers["x-appwrite-cache"], answer.headers["cache-control"]
    assert (word, seconds) in (
        ("hit", "private, max-age=15552000"), ("miss", "private, max-age=2592000"),
    )  # fmt: skip
    return bool(word == "hit")


def folder_of(sandbox: Sandbox) -> Path:
    """Where the previews of this project lie."""
    return Path(sandbox.guest.resources.settings.data_dir) / "cache" / "previews" / sandbox.id


def on_disk(sandbox: Sandbox) -> list[Path]:
    return [path for path in folder_of(sandbox).rglob("*") if path.is_file()]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The pictures that are made meanwhile."""
    made: list[int] = []
    render = images.render

    def noted(*args: Any, **look: Any) -> images.Rendered:
        made.append(1)
        return render(*args, **look)

    with monkeypatch.context() as patch:
        patch.setattr(images, "render", noted)
        yield made


# --- once -------------------------------------------------------------------------------------------------
def test_made_once(pictures: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as made:
        first = preview(pictures.guest, width=100)
        assert not is_kept(first)
        for caller in (pictures.guest, pictures.key, pictures.user()):
            again = preview(caller, width=100)
            assert is_kept(again)
            assert (again.content, again.headers["content-type"]) == (first.content, "image/png")
        assert is_kept(preview(pictures.guest, width=100, height=0, gravity="CENTER", quality=-1, opacity=1.0))
        assert made == [1]
    assert "content-disposition" not in first.headers
    assert first.headers["x-content-type-options"] == "nosniff"


def test_other_looks_are_others(pictures: Sandbox) -> None:
    looks: list[dict[str, Any]] = [
        {}, {"width": 90}, {"height": 90}, {"width": 90, "height": 90}, {"width": 90, "height": 90, "gravity": "left"},
        {"quality": 50}, {"borderWidth": 2}, {"borderWidth": 2, "borderColor": "f00"}, {"borderRadius": 9},
        {"opacity": 0.5}, {"rotation": 90}, {"background": "fff"}, {"output": "jpg"},
    ]  # fmt: skip
    seen = set()
    for look in looks:
        answer = preview(pictures.guest, **look)
        assert not is_kept(answer), look
        seen.add(answer.content)
    assert len(seen) >= len(looks) - 2  # the picture is opaque and PNG: quality and background may change nothing
    assert all(is_kept(preview(pictures.guest, **look)) for look in looks)


def test_who_comes_meanwhile_waits(pictures: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Answer] = []
    with counted(monkeypatch) as made:
        threads = [
            threading.Thread(target=lambda: answers.append(preview(pictures.guest, width=1500, output="webp")))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert made == [1]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_two_projects_share_nothing(pictures: Sandbox, console: Any) -> None:
    other = Sandbox.create(console)
    make_bucket(other)
    put(other.guest, scene().rotate(180))
    assert not is_kept(preview(pictures.guest, width=100))
    assert not is_kept(preview(other.guest, width=100))
    assert preview(other.guest, width=100).content != preview(pictures.guest, width=100).content


def test_they_lie_sealed_on_the_disk(pictures: Sandbox) -> None:
    body = preview(pictures.guest, width=100).content
    (kept,) = on_disk(pictures)
    assert len(kept.read_bytes()) > len(body)
    assert body[:8] not in kept.read_bytes()


# --- asked each time --------------------------------------------------------------------------------------
def test_whoever_lost_the_right_gets_none(pictures: Sandbox) -> None:
    user = pictures.user()
    assert not is_kept(preview(user, width=100))
    pictures.key.put(BUCKET, **BUCKET_BODY | {"permissions": [f'read("user:{user.id}")']}).ok(200)
    assert is_kept(preview(user, width=100))
    preview(pictures.guest, width=100).fails(401, "user_unauthorized")
    pictures.key.put(BUCKET, **BUCKET_BODY | {"permissions": []}).ok(200)
    preview(user, width=100).fails(401, "user_unauthorized")
    assert is_kept(preview(pictures.key, width=100))


def test_permissions_of_the_file(pictures: Sandbox) -> None:
    user = pictures.user()
    pictures.key.put(BUCKET, **BUCKET_BODY | {"permissions": [], "fileSecurity": True}).ok(200)
    pictures.key.put(f"{FILES}/one", permissions=[f'read("user:{user.id}")']).ok(200)
    assert not is_kept(preview(user, width=100))
    assert is_kept(preview(user, width=100))
    preview(pictures.guest, width=100).fails(404, "storage_file_not_found")
    pictures.key.put(f"{FILES}/one", permissions=[]).ok(200)
    preview(user, width=100).fails(404, "storage_file_not_found")


def test_a_bucket_that_is_off_or_makes_no_previews(pictures: Sandbox) -> None:
    preview(pictures.guest, width=100).ok(200)
    pictures.key.put(BUCKET, **BUCKET_BODY | {"transformations": False}).ok(200)
    preview(pictures.guest, width=100).fails(403, "storage_bucket_transformations_disabled")
    preview(pictures.guest, "unknown").fails(403, "storage_bucket_transformations_disabled")
    for caller in (pictures.key, pictures.admin):
        assert is_kept(preview(caller, width=100))
    pictures.key.put(BUCKET, **BUCKET_BODY | {"enabled": False}).ok(200)
    preview(pictures.guest, width=100).fails(404, "storage_bucket_not_found")
    assert is_kept(preview(pictures.key, width=100))


def test_tokens_open_previews(pictures: Sandbox) -> None:
    pictures.key.put(BUCKET, **BUCKET_BODY | {"permissions": []}).ok(200)
    token = pictures.key.post("/tokens/buckets/main/files/one").ok(201)
    preview(pictures.guest, width=100).fails(401, "user_unauthorized")
    assert not is_kept(preview(pictures.guest, width=100, token=token["secret"]))
    assert is_kept(preview(pictures.guest, width=100, token=token["secret"]))
    preview(pictures.guest, width=100, token=token["secret"][:-3] + "xyz").fails(401, "user_unauthorized")
    put(pictures.key, scene(), file_id="two")
    preview(pictures.guest, "two", token=token["secret"]).fails(401, "user_unauthorized")
    pictures.key.delete(f"/tokens/{token['$id']}").ok(204)
    preview(pictures.guest, width=100, token=token["secret"]).fails(401, "user_unauthorized")


def test_what_is_not_there(pictures: Sandbox) -> None:
    preview(pictures.guest, bucket="unknown").fails(404, "storage_bucket_not_found")
    preview(pictures.guest, "unknown").fails(404, "storage_file_not_found")
    chunk(pictures.key, some_bytes(6_000_000), 0, "pending").ok(201)
    preview(pictures.guest, "pending").fails(404, "storage_file_not_found")


def test_keys_need_the_scope(pictures: Sandbox) -> None:
    body = {"keyId": "unique()", "name": "Few", "scopes": ["buckets.read"]}
    secret = pictures.admin.post("/project/keys", **body).ok(201)["secret"]
    preview(pictures.guest.as_(X_Appwrite_Key=secret)).fails(401, "general_unauthorized_scope")


# --- gone -------------------------------------------------------------------------------------------------
def test_nothing_is_left_of_a_deleted_file(pictures: Sandbox) -> None:
    put(pictures.key, scene(), file_id="two")
    for file_id in ("one", "two"):
        for width in (50, 60):
            preview(pictures.guest, file_id, width=width).ok(200)
    assert len(on_disk(pictures)) == 4
    pictures.key.delete(f"{FILES}/one").ok(204)
    preview(pictures.guest, width=50).fails(404, "storage_file_not_found")
    eventually(lambda: len(on_disk(pictures)) == 2)
    assert is_kept(preview(pictures.guest, "two", width=50))


def test_an_id_that_is_given_again(pictures: Sandbox) -> None:
    shown(pictures.guest, width=120)
    pictures.key.delete(f"{FILES}/one").ok(204)
    put(pictures.key, scene().rotate(180))
    answer = preview(pictures.guest, width=120)
    assert not is_kept(answer)
    assert difference(shown(pictures.guest, width=120), scene().rotate(180).resize((120, 80))) < 0.05


def test_nothing_is_left_of_a_deleted_bucket(pictures: Sandbox) -> None:
    preview(pictures.guest, width=50).ok(200)
    pictures.key.delete(BUCKET).ok(204)
    preview(pictures.guest, width=50).fails(404, "storage_bucket_not_found")
    eventually(lambda: not folder_of(pictures).exists())


def test_bytes_that_are_gone(pictures: Sandbox) -> None:
    preview(pictures.guest, width=50).ok(200)
    portal = pictures.guest.http.portal
    assert portal is not None
    portal.call(pictures.guest.resources.contents.device.delete, *blobs(pictures))
    preview(pictures.guest, width=60).fails(404, "storage_file_not_found")


# --- what is noted ----------------------------------------------------------------------------------------
def _noted(sandbox: Sandbox) -> Any:
    return sandbox.guest.sql("SELECT transformed_at FROM files WHERE project_id = $1", sandbox.id)[0][0]


def test_that_clients_look_is_noted_once_a_day(pictures: Sandbox) -> None:
    before = pictures.key.get(f"{FILES}/one").ok(200)
    preview(pictures.admin, width=50).ok(200)
    assert _noted(pictures) is None
    preview(pictures.guest, width=4000, height=4001).fails(400, "general_argument_invalid")
    assert _noted(pictures) is None
    preview(pictures.guest, width=50).ok(200)
    first = _noted(pictures)
    assert clock.now() - first < timedelta(minutes=1)
    preview(pictures.guest, width=60).ok(200)
    assert _noted(pictures) == first
    yesterday = "UPDATE files SET transformed_at = now() - interval '25 hours' WHERE project_id = $1"
    pictures.guest.sql(yesterday, pictures.id)
    preview(pictures.guest, width=60).ok(200)
    assert _noted(pictures) >= first
    assert pictures.key.get(f"{FILES}/one").ok(200) == before


def test_previews_are_no_events(pictures: Sandbox) -> None:
    put(pictures.key, TEXT, "hello.txt", "text")
    before = pictures.events(), pictures.audits()
    preview(pictures.guest, width=50).ok(200)
    preview(pictures.guest, "text").ok(200)
    preview(pictures.guest, "unknown").fails(404, "storage_file_not_found")
    assert (pictures.events(), pictures.audits()) == before


def test_a_hit_takes_one_statement(pictures: Sandbox) -> None:
    preview(pictures.guest, width=50).ok(200)
    preview(pictures.guest, width=50).ok(200)
    with pictures.statements() as seen:
        assert is_kept(preview(pictures.guest, width=50))
    assert len([sql for sql in seen if "buckets" in sql or "files" in sql]) == 1


def test_head(pictures: Sandbox) -> None:
    whole = preview(pictures.guest, width=50)
    head: Answer = _head(pictures.guest)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def _head(caller: Api) -> Answer:
    return caller.send("HEAD", f"{FILES}/one/preview", params={"width": 50})
