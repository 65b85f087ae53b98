"""Tables of storage: buckets, their files, the chunks of files that are not whole yet, and tokens that open files."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from appwrite_py.data.metadata import Time, created, flag, line, metadata, sequence, updated, words

buckets = Table(
    "buckets",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    words("permissions"),  # as they are shown; the roles of each action beside them, as queries compare them
    words("read_roles"),
    words("create_roles"),
    words("update_roles"),
    words("delete_roles"),
    flag("file_security", False),
    flag("enabled", True),
    Column("maximum_file_size", BigInteger, nullable=False),
    words("allowed_file_extensions"),
    line("compression", "none"),
    flag("encryption", True),
    flag("antivirus", True),
    flag("transformations", True),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
)

files = Table(
    "files",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("bucket_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    line("folder"),
    words("permissions"),
    words("read_roles"),
    words("update_roles"),
    words("delete_roles"),
    line("begun_by"),  # who may send the other chunks, `user:ID` or another kind of caller
    line("blob"),  # where its bytes lie; empty until it is whole
    line("signature"),
    line("mime_type"),
    Column("size_original", BigInteger, nullable=False),
    Column("size_packed", BigInteger, nullable=False, server_default=text("0")),  # after compression
    Column("size_actual", BigInteger, nullable=False, server_default=text("0")),  # on the device
    Column("chunks_total", BigInteger, nullable=False),
    Column("chunks_uploaded", BigInteger, nullable=False, server_default=text("0")),
    line("compression", "none"),
    flag("encryption", False),
    Column("transformed_at", Time),
    PrimaryKeyConstraint("project_id", "bucket_id", "id"),
    ForeignKeyConstraint(["project_id", "bucket_id"], ["buckets.project_id", "buckets.id"], ondelete="CASCADE"),
    Index("files_seq", "project_id", "bucket_id", "seq"),
    Index("files_readers", "read_roles", postgresql_using="gin"),
    Index("files_pending", "updated_at", postgresql_where=text("blob = ''")),
    Index("files_blob", "blob", postgresql_where=text("blob <> ''")),
)

file_chunks = Table(
    "file_chunks",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("bucket_id", Text, nullable=False),
    Column("file_id", Text, nullable=False),
    Column("number", Integer, nullable=False),  # from 0, in the order of the file
    Column("blob", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    flag("sealed", False),
    PrimaryKeyConstraint("project_id", "bucket_id", "file_id", "number"),
    ForeignKeyConstraint(
        ["project_id", "bucket_id", "file_id"], ["files.project_id", "files.bucket_id", "files.id"], ondelete="CASCADE"
    ),
    Index("file_chunks_blob", "blob"),
)

file_tokens = Table(
    "file_tokens",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("bucket_id", Text, nullable=False),
    Column("file_id", Text, nullable=False),
    Column("expire", Time),
    Column("accessed_at", Time),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(
        ["project_id", "bucket_id", "file_id"], ["files.project_id", "files.bucket_id", "files.id"], ondelete="CASCADE"
    ),
    Index("file_tokens_file", "project_id", "bucket_id", "file_id"),
)
