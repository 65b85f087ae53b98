"""Forms as they come: in pieces of any size, with small and large files, broken and hostile ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appwrite_py.http.multipart import IN_MEMORY_BYTES, BadForm, Form, FormFile
from tests.examples import tries

TYPE = "multipart/form-data; boundary=xx"


def body(*parts: tuple[str, str | None, bytes], end: bytes = b"--xx--\r\n") -> bytes:
    made = b""
    for name, filename, content in parts:
        more = "" if filename is None else f'; filename="{filename}"'
        made += f'--xx\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
    return made + end


def read(sent: bytes, step: int = 4096, kind: str = TYPE) -> list[tuple[str, str | tuple[str, bytes]]]:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(sent), step):
            yield sent[at : at + step]

    async def run() -> list[tuple[str, str | tuple[str, bytes]]]:
        form = Form()
        try:
            await form.read(kind, pieces())
            return [(name, await held(value) if isinstance(value, FormFile) else value) for name, value in form.fields]
        finally:
            form.close()

    async def held(file: FormFile) -> tuple[str, bytes]:
        twice = [b"".join([piece async for piece in file.pieces()]) for _ in range(2)]
        assert twice[0] == twice[1]
        assert len(twice[0]) == file.size
        return file.name, twice[0]

    return asyncio.run(run())


@tries(100)
@given(
    content=st.binary(max_size=300), text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    step=st.integers(1, 400),
)  # fmt: skip
def test_any_pieces(content: bytes, text: str, step: int) -> None:
    sent = body(("a", None, text.encode()), ("file", "f.bin", content), ("b[]", None, b""))
    if b"\r\n--xx" in content or "\r\n--xx" in text:
        return
    assert read(sent, step) == [("a", text), ("file", ("f.bin", content)), ("b[]", "")]


@pytest.mark.parametrize("size", [0, IN_MEMORY_BYTES, IN_MEMORY_BYTES + 1, 3 * IN_MEMORY_BYTES + 7])
def test_sizes(size: int) -> None:
    content = (b"0123456789" * (size // 10 + 1))[:size]
    assert read(body(("file", "ü.bin", content)), 65536) == [("file", ("ü.bin", content))]


def test_names_of_files() -> None:
    assert read(body(("file", "a%22b.txt", b"x"))) == [("file", ('a"b.txt', b"x"))]  # as browsers write a quote
    assert read(body(("file", "", b"x"))) == [("file", ("", b"x"))]


@pytest.mark.parametrize(
    "sent",
    [
        body(("a", None, b"x"), end=b""), b"", b"nothing of the kind", body(("a", None, b"x"))[:-20],
        b"--xx\r\nno header\r\n\r\nx\r\n--xx--\r\n", body(("a", None, b"\xff\xfe")),
        b"--xx\r\n" + b"A: b\r\n" * 100 + b"\r\nx\r\n--xx--\r\n",
        b'--xx\r\nContent-Disposition: form-data; name="' + b"x" * 9000 + b'"\r\n\r\nx\r\n--xx--\r\n',
        body(*[("a", None, b"")] * 1001), body(*[("a", None, b"x" * 600_000)] * 2),
    ],
)  # fmt: skip
def test_what_is_no_form(sent: bytes) -> None:
    with pytest.raises(BadForm):
        read(sent)


def test_without_a_boundary() -> None:
    with pytest.raises(BadForm):
        read(body(("a", None, b"x")), kind="multipart/form-data")
