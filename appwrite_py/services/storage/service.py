"""The storage service, and the tokens of its files."""

from __future__ import annotations

from appwrite_py.services.storage.buckets import buckets
from appwrite_py.services.storage.downloads import downloads
from appwrite_py.services.storage.files import files
from appwrite_py.services.storage.previews import previews
from appwrite_py.services.storage.tokens import tokens
from appwrite_py.services.storage.uploads import uploads

services = [buckets, uploads, files, downloads, previews, tokens]
