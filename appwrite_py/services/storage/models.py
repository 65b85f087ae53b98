"""Answers of the storage service."""

from __future__ import annotations

from typing import Any

from appwrite_py.data.pg import Record
from appwrite_py.files.shares import RESOURCE_TYPE, Secrets, resource_id
from appwrite_py.http.models import MaybeMoment, Moment, TypedDict, stamps
from appwrite_py.kit.clock import iso, iso_or_empty

Bucket = TypedDict(
    "Bucket",
    {
        "$id": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "$permissions": list[str],
        "fileSecurity": bool,
        "name": str,
        "enabled": bool,
        "maximumFileSize": int,
        "allowedFileExtensions": list[str],
        "compression": str,
        "encryption": bool,
        "antivirus": bool,
        "transformations": bool,
        "totalSize": int,
    },
)

BucketList = TypedDict("BucketList", {"total": int, "buckets": list[Bucket]})

File = TypedDict(
    "File",
    {
        "$id": str,
        "bucketId": str,
        "$createdAt": Moment,
        "$updatedAt": Moment,
        "$permissions": list[str],
        "name": str,
        "folder": str,
        "key": str,
        "signature": str,
        "mimeType": str,
        "sizeOriginal": int,
        "sizeActual": int,
        "chunksTotal": int,
        "chunksUploaded": int,
        "encryption": bool,
        "compression": str,
    },
)

FileList = TypedDict("FileList", {"total": int, "files": list[File]})


def show_bucket(row: Record) -> Bucket:
    """A bucket with its size."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "$permissions": row["permissions"],
        "fileSecurity": row["file_security"],
        "name": row["name"],
        "enabled": row["enabled"],
        "maximumFileSize": row["maximum_file_size"],
        "allowedFileExtensions": row["allowed_file_extensions"],
        "compression": row["compression"],
        "encryption": row["encryption"],
        "antivirus": row["antivirus"],
        "transformations": row["transformations"],
        "totalSize": row["total_size"],
    }


def show_file(row: Any) -> File:
    """A file; of one that is not whole yet, what is known."""
    return {
        **stamps(row),  # type: ignore[typeddict-item]
        "bucketId": row["bucket_id"],
        "$permissions": row["permissions"],
        "name": row["name"],
        "folder": row["folder"],
        "key": row["folder"] + row["name"],
        "signature": row["signature"],
        "mimeType": row["mime_type"],
        "sizeOriginal": row["size_original"],
        "sizeActual": row["size_actual"],
        "chunksTotal": row["chunks_total"],
        "chunksUploaded": row["chunks_uploaded"],
        "encryption": row["encryption"],
        "compression": row["compression"],
    }


ResourceToken = TypedDict(
    "ResourceToken",
    {
        "$id": str,
        "$createdAt": Moment,
        "resourceId": str,
        "resourceType": str,
        "expire": MaybeMoment,
        "secret": str,
        "accessedAt": MaybeMoment,
    },
)

ResourceTokenList = TypedDict("ResourceTokenList", {"total": int, "tokens": list[ResourceToken]})


def show_token(row: Record, secrets: Secrets) -> ResourceToken:
    """A token with its secret."""
    return {
        "$id": row["id"],
        "$createdAt": iso(row["created_at"]),
        "resourceId": resource_id(row),
        "resourceType": RESOURCE_TYPE,
        "expire": iso_or_empty(row["expire"]),
        "secret": secrets.of(row),
        "accessedAt": iso_or_empty(row["accessed_at"]),
    }
