"""Files: where they are, who looks through them, and the pictures that are made."""

from __future__ import annotations

from pydantic import Field

from appwrite_py.settings.kinds import Section, Toggle, Words


class Storage(Section):
    """Storage."""

    storage_limit_bytes: int = Field(
        30_000_000, alias="_APP_STORAGE_LIMIT", ge=1, description="Largest file a bucket takes."
    )
    storage_device: Words = Field(
        "local",
        alias="_APP_STORAGE_DEVICE",
        description="Where files lie: `local` (the folder `storage` of the data folder), `s3` and all that speaks its "
        "protocol, `gcs` (Google Cloud Storage) or `azure` (Azure Blob Storage).",
    )
    storage_prefix: Words = Field(
        "appwrite-files",
        alias="APPWRITE_PY_STORAGE_PREFIX",
        description="Folder in the object store that all files are put below. It belongs to this server alone: what "
        "its database does not know is deleted there.",
    )
    storage_redirect: Toggle = Field(
        "disabled",
        alias="APPWRITE_PY_STORAGE_REDIRECT",
        description="Answer downloads with a redirect to a signed address of the object store, which is good for a "
        "short time. Files that are encrypted or compressed are passed through the server still.",
    )
    storage_s3_access_key: Words = Field("", alias="_APP_STORAGE_S3_ACCESS_KEY", description="ID of the S3 access key.")
    storage_s3_secret: Words = Field("", alias="_APP_STORAGE_S3_SECRET", description="Secret of the S3 access key.")
    storage_s3_region: Words = Field(
        "us-east-1", alias="_APP_STORAGE_S3_REGION", description="Region of the S3 bucket."
    )
    storage_s3_bucket: Words = Field("", alias="_APP_STORAGE_S3_BUCKET", description="Name of the S3 bucket.")
    storage_s3_endpoint: Words = Field(
        "",
        alias="_APP_STORAGE_S3_ENDPOINT",
        description="Address of a store that speaks the S3 protocol, without the bucket. Empty: AWS, in the region.",
    )
    storage_gcs_bucket: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_GCS_BUCKET", description="Name of the bucket in Google Cloud Storage."
    )
    storage_gcs_credentials: Words = Field(
        "",
        alias="APPWRITE_PY_STORAGE_GCS_CREDENTIALS",
        description="Key of a service account at Google: the path of its JSON file, or the JSON text.",
    )
    storage_azure_account: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_AZURE_ACCOUNT", description="Name of the storage account at Azure."
    )
    storage_azure_key: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_AZURE_KEY", description="Key of the storage account, in base64."
    )
    storage_azure_container: Words = Field(
        "", alias="APPWRITE_PY_STORAGE_AZURE_CONTAINER", description="Container of the storage account."
    )


class Antivirus(Section):
    """Antivirus."""

    storage_antivirus: Toggle = Field(
        "disabled",
        alias="_APP_STORAGE_ANTIVIRUS",
        description="Let clamd, ClamAV's daemon, look through uploads to buckets with `antivirus`.",
    )
    storage_antivirus_host: Words = Field(
        "clamav",
        alias="_APP_STORAGE_ANTIVIRUS_HOST",
        description="Host of clamd, or the path of its unix socket, beginning with `/`.",
    )
    storage_antivirus_port: int = Field(
        3310, alias="_APP_STORAGE_ANTIVIRUS_PORT", ge=1, le=65535, description="TCP port of clamd."
    )


class Pictures(Section):
    """Pictures."""

    storage_preview_limit_bytes: int = Field(
        20_000_000,
        alias="_APP_STORAGE_PREVIEW_LIMIT",
        ge=0,
        description="Largest image that previews are made of; of others they show a drawing.",
    )
    preview_cache_bytes: int = Field(
        268_435_456,
        alias="APPWRITE_PY_PREVIEW_CACHE_BYTES",
        ge=0,
        description="Room for finished previews, in the folder `cache` of the data folder. 0: each is made anew.",
    )
    photo_services: Words = Field(
        "https://www.gravatar.com/avatar/,https://seccdn.libravatar.org/avatar/",
        alias="APPWRITE_PY_PHOTO_SERVICES",
        description="Comma list of Gravatar-compatible services that are asked for users' photos, by a hash of their "
        "e-mail address. `none` asks nobody.",
    )
    browser: Words = Field(
        "",
        alias="APPWRITE_PY_BROWSER",
        description="Chromium that takes screenshots. Empty: one that is found in `PATH`. `none`: no screenshots.",
    )
    browser_sandbox: Toggle = Field(
        "enabled",
        alias="APPWRITE_PY_BROWSER_SANDBOX",
        description="Chromium's own sandbox, which needs user namespaces. Without it a page that breaks Chromium is "
        "held back by the rights of the server's user only.",
    )
