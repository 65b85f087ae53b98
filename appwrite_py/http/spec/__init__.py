"""The OpenAPI 3.1 document of the API, made from the route registry when it is first asked for.

`document` puts it together, `operations` describes one route, `schemas` the answers' models, `words` holds the text.
"""

from appwrite_py.http.spec.document import PLATFORMS, Documents, openapi_bytes, openapi_document

__all__ = ["PLATFORMS", "Documents", "openapi_bytes", "openapi_document"]
