"""The queue of jobs: the tables of PgQueuer, as the version that the lock file names declares them.

A newer PgQueuer that wants other tables comes with a migration of its own.
"""

from __future__ import annotations

import re

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BETWEEN_STATEMENTS = re.compile(r";\n\n(?=CREATE )")


def upgrade() -> None:
    """Create the queue, its log and its schedules."""
    for statement in _BETWEEN_STATEMENTS.split(QueryBuilderEnvironment().build_install_query()):
        op.execute(statement)


def downgrade() -> None:
    """Drop the queue with all that waits in it."""
    op.execute("DROP TABLE pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics CASCADE")
    op.execute("DROP FUNCTION fn_pgqueuer_changed")
    op.execute("DROP TYPE pgqueuer_status")
