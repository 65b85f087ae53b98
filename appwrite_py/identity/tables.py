"""Tables of people: users, what they sign in with, their sessions, teams and memberships.

Console users belong to the project `console`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from appwrite_py.data.metadata import Time, created, document, flag, line, metadata, sequence, updated, words


def _of_user() -> list[PrimaryKeyConstraint | ForeignKeyConstraint]:
    return [
        PrimaryKeyConstraint("project_id", "id"),
        ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
    ]


users = Table(
    "users",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    Column("email", Text),  # lower case; null where there is none, so that the index allows many
    Column("phone", Text),
    flag("email_verification", False),
    flag("phone_verification", False),
    Column("email_canonical", Text),
    Column("email_is_free", Boolean),
    Column("email_is_disposable", Boolean),
    Column("email_is_corporate", Boolean),
    Column("email_is_canonical", Boolean),
    flag("status", True),
    flag("reset", False),
    flag("mfa", False),
    flag("impersonator", False),
    words("labels"),
    document("prefs"),
    line("password_hash"),  # as passlib writes it; empty for users without a password
    line("password_algorithm"),
    document("password_options"),
    words("password_history"),
    line("password_from"),  # the client's address that it was set from; empty where a server has set it
    Column("password_updated_at", Time),
    Column("recovery_codes_sealed", LargeBinary),  # those that are left, as a JSON list; null where none were made
    Column("registered_at", Time, nullable=False, server_default=text("now()")),
    Column("accessed_at", Time),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    Index("users_email", "project_id", "email", unique=True),
    Index("users_phone", "project_id", "phone", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("expire", Time, nullable=False),
    line("provider"),
    line("provider_uid"),
    Column("provider_access_token", LargeBinary),
    Column("provider_access_token_expiry", Time),
    Column("provider_refresh_token", LargeBinary),
    line("ip"),
    line("user_agent"),
    document("device"),  # os*, client*, device* as the catalogue of devices names them
    line("country_code"),
    words("factors"),
    Column("mfa_updated_at", Time),
    *_of_user(),
    Index("sessions_user", "project_id", "user_id"),
    Index("sessions_expire", "expire"),
)

# Secrets that prove who somebody is, once: links and codes of mails and messages, codes of OAuth2 sign-ins
tokens = Table(
    "tokens",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    line("type"),
    line("provider"),
    Column("secret_hash", LargeBinary, nullable=False),  # keyed, as some secrets are six digits
    Column("expire", Time, nullable=False),
    line("ip"),
    line("user_agent"),
    *_of_user(),
    Index("tokens_user", "project_id", "user_id"),
    Index("tokens_expire", "expire"),
)

# Accounts elsewhere that a user has signed in with
identities = Table(
    "identities",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    line("provider"),
    line("provider_uid"),
    line("provider_email"),
    Column("provider_access_token", LargeBinary),  # sealed
    Column("provider_access_token_expiry", Time),
    Column("provider_refresh_token", LargeBinary),
    *_of_user(),
    Index("identities_provider", "project_id", "provider", "provider_uid", unique=True),
    Index("identities_user", "project_id", "user_id"),
    Index("identities_email", "project_id", "provider_email"),
)

# Apps that make codes from the time (TOTP)
authenticators = Table(
    "authenticators",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    line("type"),
    flag("verified", False),
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("used_step", BigInteger, nullable=False, server_default=text("0")),  # no code counts twice
    *_of_user(),
    Index("authenticators_user", "project_id", "user_id", "type", unique=True),
)

challenges = Table(
    "challenges",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    line("type"),
    Column("code_sealed", LargeBinary),  # null where the code is made elsewhere
    Column("attempts", BigInteger, nullable=False, server_default=text("0")),
    Column("expire", Time, nullable=False),
    *_of_user(),
    Index("challenges_user", "project_id", "user_id"),
    Index("challenges_expire", "expire"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    line("name"),
    line("rp_id"),  # the host name that browsers keep it for
    Column("credential_id", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False, server_default=text("0")),
    words("transports"),
    flag("backed_up", False),
    Column("accessed_at", Time),  # when somebody has last signed in with it
    *_of_user(),
    Index("passkeys_credential", "project_id", "credential_id", unique=True),
    Index("passkeys_user", "project_id", "user_id"),
)

# Registrations and sign-ins with passkeys that have begun; the user is null for those who do not say who they are yet
passkey_ceremonies = Table(
    "passkey_ceremonies",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    Column("user_id", Text),
    line("kind"),
    line("session_id"),  # of a registration: the session that has begun it, and has to end it
    line("passkey_id"),  # and what the passkey is to be called
    line("name"),
    line("rp_id"),
    line("origin"),  # the page where it began, which is where it has to end; empty where no page has asked
    Column("challenge", LargeBinary, nullable=False),
    Column("expire", Time, nullable=False),
    *_of_user(),
    Index("passkey_ceremonies_user", "project_id", "user_id"),
    Index("passkey_ceremonies_expire", "expire"),
)

# Sign-ins at an OAuth2 provider that have begun; the row is the `state`, and is taken away when it comes back
oauth_flows = Table(
    "oauth_flows",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    created(),
    line("provider"),
    line("kind"),  # session or token
    line("success"),
    line("failure"),
    Column("user_id", Text),  # who was signed in when it began, and is to be linked
    line("browser"),  # hash of the cookie that names the browser it began in
    Column("secrets_sealed", LargeBinary, nullable=False),  # the verifier of PKCE, the nonce
    Column("expire", Time, nullable=False),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    Index("oauth_flows_expire", "expire"),
)

targets = Table(
    "targets",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_id", Text, nullable=False),
    Column("session_id", Text),
    line("name"),
    Column("provider_id", Text),
    line("provider_type"),
    line("identifier"),
    flag("expired", False),
    *_of_user(),
    ForeignKeyConstraint(
        ["project_id", "session_id"], ["sessions.project_id", "sessions.id"], ondelete="CASCADE", name="targets_session"
    ),
    Index("targets_session", "project_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
    Index("targets_user", "project_id", "user_id"),
    Index("targets_identifier", "project_id", "identifier", unique=True),
)

teams = Table(
    "teams",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    line("name"),
    document("prefs"),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("team_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    words("roles"),
    flag("confirmed", False),
    Column("invited_at", Time),
    Column("joined_at", Time),
    Column("secret_hash", LargeBinary),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id", "team_id"], ["teams.project_id", "teams.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
    Index("memberships_team_user", "project_id", "team_id", "user_id", unique=True),
    Index("memberships_user", "project_id", "user_id"),
)

# Who is there. One per user; members of the organization, who are users of the console, can be there, too
presences = Table(
    "presences",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    sequence(),
    created(),
    updated(),
    Column("user_project_id", Text, nullable=False),  # whose user it is: the project's own, or the console's
    Column("user_id", Text, nullable=False),
    line("status"),
    document("metadata"),
    words("permissions"),
    words("read_roles"),
    words("update_roles"),
    words("delete_roles"),
    line("source", "rest"),
    Column("expires_at", Time, nullable=False),
    line("server_id"),  # the process that holds the socket which said so, and with which it ends; else empty
    line("socket_id"),
    PrimaryKeyConstraint("project_id", "id"),
    ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["user_project_id", "user_id"], ["users.project_id", "users.id"], ondelete="CASCADE"),
    Index("presences_user", "user_project_id", "user_id", "project_id", unique=True),
    Index("presences_expiry", "expires_at"),
    Index("presences_server", "server_id", "socket_id", postgresql_where=text("server_id <> ''")),
)
