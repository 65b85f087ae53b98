"""Spatial filters: settled before a statement runs, by the numbers of the documents for which they hold.

PostgreSQL finds candidates by their bounding boxes, which indexes of the type `spatial` are made on; what a filter
really asks is computed by GEOS (shapely), beside the event loop. See `docs/decisions/0015-spatial-values.md`.
"""

from appwrite_py.data.spatial.resolve import concerns, resolved, snapshot

__all__ = ["concerns", "resolved", "snapshot"]
