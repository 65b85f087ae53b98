"""Locale: countries, languages and currencies, and where the caller is."""

from __future__ import annotations

from appwrite_py.services.locale.lists import service as lists
from appwrite_py.services.locale.place import service as place

services = [place, lists]
