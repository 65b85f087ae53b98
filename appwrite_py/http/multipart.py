"""Forms of `multipart/form-data` (RFC 7578), read as they come: files go to the disk when they are not small."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from tempfile import SpooledTemporaryFile

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

IN_MEMORY_BYTES = 1 << 20
"""Files up to this size are not put on the disk."""
_PIECE_BYTES = 1 << 18
_MOST_PARTS = 1000
_TEXT_BYTES = 1 << 20
"""Of all fields of a form together that are not files."""


class BadForm(ValueError):
    """The body is not such a form, or one that is too large; the text says what is wrong."""


class FormFile:
    """A file of a form, while the request lasts."""

    def __init__(self, name: str) -> None:
        self.name, self.size = name, 0
        self._held = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `close`
        self._gathered = bytearray()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes, from the beginning; may be asked for several times."""
        on_disk = self.size > IN_MEMORY_BYTES
        self._held.seek(0)
        if not on_disk:
            yield self._held.read()
            return
        while piece := await asyncio.to_thread(self._held.read, _PIECE_BYTES):
            yield piece

    async def add(self, piece: bytes | bytearray) -> None:
        """Take what comes next. Raises OSError when there is no room for it."""
        self._gathered += piece
        self.size += len(piece)
        if len(self._gathered) >= _PIECE_BYTES:
            await self.end()

    async def end(self) -> None:
        """Put away what has been taken."""
        gathered, self._gathered = self._gathered, bytearray()
        if self.size > IN_MEMORY_BYTES:
            await asyncio.to_thread(self._held.write, gathered)
        else:
            self._held.write(gathered)

    def close(self) -> None:
        """Let go of it."""
        self._held.close()


class Form:
    """The fields of a form: names with texts or files, in their order."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str | FormFile]] = []
        self._files: Collection[str] = ()
        self._text_bytes = 0

    async def read(
        self, content_type: str, body: AsyncIterator[bytes], files: Collection[str] = ()
    ) -> None:  # fmt: skip
        """Take in a whole body. Raises BadForm; OSError when there is no room for its files.

        files: fields that are taken for files, also where no file name comes with them.
        """
        self._files = files
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        try:
            with PushMultipartParser(boundary, max_segment_count=_MOST_PARTS) as parser:
                await self._take(parser, body)
        except ParserLimitReached as cause:
            raise BadForm("The form has too many parts, or too long headers.") from cause
        except (MultipartError, UnicodeError, LookupError) as cause:
            raise BadForm("The multipart body cannot be read.") from cause

    async def _take(self, parser: PushMultipartParser, body: AsyncIterator[bytes]) -> None:
        name, into = "", bytearray()
        file: FormFile | None = None
        async for piece in body:
            for event in parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    name, file, into = event.name or "", self._begin(event), bytearray()
                elif event is None:
                    if file is None:
                        self.fields.append((name, into.decode()))
                    else:
                        await file.end()
                elif file is None:
                    into += self._counted(event)
                else:
                    await file.add(event)

    def _begin(self, segment: MultipartSegment) -> FormFile | None:
        if segment.filename is None and segment.name not in self._files:
            return None
        file = FormFile(segment.filename or "")
        self.fields.append((segment.name or "", file))
        return file

    def _counted(self, text: bytes | bytearray) -> bytes | bytearray:
        self._text_bytes += len(text)
        if self._text_bytes > _TEXT_BYTES:
            raise BadForm(f"The fields of the form are larger than {_TEXT_BYTES} bytes together.")
        return text

    def close(self) -> None:
        """Let go of the files."""
        for _, value in self.fields:
            if isinstance(value, FormFile):
                value.close()
