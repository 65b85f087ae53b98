"""Response formats: which version of the API a client asks for, and the warning for one that is newer than ours.

Newer formats are answered in the home format, which they are a superset of. Requests of older clients are brought to
today's form (`upgrade`), and what they are answered to theirs (`downgrade`).
"""

from appwrite_py.http.compat.answers import downgrade
from appwrite_py.http.compat.requests import upgrade
from appwrite_py.http.compat.versions import HOME, parse_version, warning

__all__ = ["HOME", "downgrade", "parse_version", "upgrade", "warning"]
