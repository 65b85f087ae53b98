"""The API as a GraphQL schema: every method of the SDKs is a field, which runs the same route as over REST.

`schema` makes it of the declared routes, `documents` reads what clients send, `limits` weighs it, and `graph` runs it.
"""

from appwrite_py.http.graphql.graph import Graph, Operation

__all__ = ["Graph", "Operation"]
