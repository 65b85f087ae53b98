"""Logins of PostgreSQL that read the databases of one project, and nothing else.

What a project's readers may is granted to a role without login, the project's group; each login is a member of it. A
new database is opened to the group when it is made, and default privileges open its tables. Nothing is granted on the
server's own tables, and nothing to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from appwrite_py.data.names import fitted, quoted
from appwrite_py.data.pg import Work

_SCHEMAS = "SELECT schema_name FROM databases WHERE project_id = $1 ORDER BY 1"
_LOGINS = """
SELECT u.rolname AS name, u.rolconnlimit AS connections,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = u.oid) AS used
FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
WHERE g.rolname = $1 AND u.rolcanlogin AND shobj_description(u.oid, 'pg_authid') = $2 ORDER BY 1"""
_OURS = "(SELECT relnamespace FROM pg_class WHERE oid = 'projects'::regclass)"
_PRIVATE = f"""
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND ((n.oid = {_OURS} OR n.nspname = 'outbox_days') AND pg_has_role(current_user, c.relowner, 'USAGE')
       OR n.nspname IN (SELECT schema_name FROM databases WHERE schema_name <> ALL($1::text[])))
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
"""The server's own tables, and those of other projects. What belongs to an extension is the extension's."""
_EXPOSED = f"""{_PRIVATE}
  AND has_schema_privilege($2, n.oid, 'USAGE')
  AND (has_table_privilege($2, c.oid, 'SELECT') OR has_any_column_privilege($2, c.oid, 'SELECT')) LIMIT 5"""
# A login that cannot be dropped, since somebody has given it more in another database, is at least locked out.
_DROP = """
DO $do$ BEGIN
  DROP ROLE {0};
EXCEPTION WHEN dependent_objects_still_exist THEN
  ALTER ROLE {0} NOLOGIN;
END $do$"""


class RoleExists(Exception):
    """A role of this name is there already, in this or another database of the server."""


class MayNot(Exception):
    """The server's own role may not make logins; the text is PostgreSQL's."""


class Exposed(Exception):
    """The login would be able to read what is not its project's; the text names the tables."""


@dataclass(slots=True, frozen=True)
class Login:
    """A login: how many connections it may have at once, and how many it has now."""

    name: str
    connections: int
    used: int


async def create(
    work: Work, project_id: str, name: str, verifier: str, *, connections: int, timeout_seconds: int
) -> None:
    """Make a login. The project has to be there. Raises RoleExists, MayNot, Exposed.

    Reading only, the time limit and the rest of what ALTER ROLE sets are where its sessions begin; what it may read and
    that it may not write is granted and cannot be changed by it.
    """
    await work.write("SELECT 1 FROM projects WHERE id = $1 FOR UPDATE", project_id)  # no database is made meanwhile
    group, schemas, role = await _group(work, project_id), await _schemas(work, project_id), quoted(name)
    try:
        if not await _exists(work, group):
            await work.define(f"CREATE ROLE {quoted(group)} NOLOGIN", *_comment(group, await _mark(work, project_id)))
        for schema in schemas:
            await work.define(*_grants(group, schema))
        await work.define(
            f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT "
            f"CONNECTION LIMIT {int(connections)} PASSWORD '{verifier}' IN ROLE {quoted(group)}",
            *_comment(name, await _mark(work, project_id)),
            f"ALTER ROLE {role} SET default_transaction_read_only = on",
            f"ALTER ROLE {role} SET statement_timeout = '{int(timeout_seconds)}s'",
            f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '{int(timeout_seconds)}s'",
            f"ALTER ROLE {role} SET timezone = 'UTC'",
        )
        await _close_to_everybody(work)
        await _let_connect(work, group)
    except asyncpg.DuplicateObjectError as cause:
        raise RoleExists(name) from cause
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ReservedNameError) as cause:
        raise MayNot(str(cause.args[0])) from cause
    if rows := await work.fetch(_EXPOSED, schemas, name):
        raise Exposed(", ".join(row["name"] for row in rows))


async def find(work: Work, project_id: str) -> list[Login]:
    """The logins of a project."""
    rows = await work.fetch(_LOGINS, await _group(work, project_id), await _mark(work, project_id))
    return [Login(row["name"], row["connections"], row["used"]) for row in rows]


async def delete(work: Work, project_id: str, name: str) -> bool:
    """Drop a login of a project; False if the project has none of this name. With the last one the group goes."""
    logins = [one.name for one in await find(work, project_id)]
    if name not in logins:
        return False
    await _drop(work, await _group(work, project_id), name)
    if logins == [name]:
        await _drop_group(work, await _group(work, project_id), await _schemas(work, project_id))
    return True


async def delete_all(work: Work, project_id: str) -> None:
    """Drop all logins of a project whose schemas are gone: another one that takes its id must not be open to them."""
    group = await _group(work, project_id)
    if await _exists(work, group):
        for one in await find(work, project_id):
            await _drop(work, group, one.name)
        await _drop_group(work, group, [])


async def admit(work: Work, project_id: str, schema: str) -> None:
    """Open a new database to the project's readers, if it has any."""
    group = await _group(work, project_id)
    if await _exists(work, group):
        await work.define(*_grants(group, schema))


# --- SQL ----------------------------------------------------------------------------------------------------------
async def _group(work: Work, project_id: str) -> str:
    """The group's name. Roles are common to all databases of a PostgreSQL server, so that of the database is in it."""
    return fitted(f"{await work.fetchval('SELECT current_database()')}:{project_id}:readers")


async def _mark(work: Work, project_id: str) -> str:
    """The comment that tells our roles from others."""
    return f"reads the project {project_id} of the database {await work.fetchval('SELECT current_database()')}"


async def _schemas(work: Work, project_id: str) -> list[str]:
    return [row["schema_name"] for row in await work.fetch(_SCHEMAS, project_id)]


async def _all_schemas(work: Work) -> list[str]:
    return [row["schema_name"] for row in await work.fetch("SELECT schema_name FROM databases")]


async def _exists(work: Work, role: str) -> bool:
    return bool(await work.fetch("SELECT 1 FROM pg_roles WHERE rolname = $1", role))


def _comment(role: str, text: str) -> Sequence[str]:
    return ["COMMENT ON ROLE {} IS '{}'".format(quoted(role), text.replace("'", "''"))]


def _grants(group: str, schema: str) -> Sequence[str]:
    role, name = quoted(group), quoted(schema)
    return [
        f"GRANT USAGE ON SCHEMA {name} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT ON TABLES TO {role}",
    ]


async def _close_to_everybody(work: Work) -> None:
    """What PostgreSQL or somebody else has given to all roles: our tables, and room for tables beside them.

    Until version 14 everybody may create in `public`, where a function of theirs could take the place of one we call.
    """
    schema = await work.fetchval(f"SELECT {_OURS}::regnamespace::text")
    tables = [row["name"] for row in await work.fetch(_PRIVATE, await _all_schemas(work))]
    await work.define(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC")
    await work.define(f"REVOKE ALL ON TABLE {', '.join(tables)} FROM PUBLIC")


async def _let_connect(work: Work, group: str) -> None:
    """Everybody may connect unless somebody has changed that."""
    if not await work.fetchval("SELECT has_database_privilege($1, current_database(), 'CONNECT')", group):
        database = quoted(await work.fetchval("SELECT current_database()"))
        await work.define(f"GRANT CONNECT ON DATABASE {database} TO {quoted(group)}")


async def _drop(work: Work, group: str, name: str) -> None:
    await work.define(f"REVOKE {quoted(group)} FROM {quoted(name)}", _DROP.format(quoted(name)))


async def _drop_group(work: Work, group: str, schemas: Sequence[str]) -> None:
    role = quoted(group)
    for schema in schemas:
        name = quoted(schema)
        await work.define(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {name} REVOKE SELECT ON TABLES FROM {role}",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM {role}",
            f"REVOKE ALL ON SCHEMA {name} FROM {role}",
        )
    database = quoted(await work.fetchval("SELECT current_database()"))
    await work.define(f"REVOKE ALL ON DATABASE {database} FROM {role}", _DROP.format(role))
