"""The database's roles: no dump of a database holds them, and no restore works without them."""

from typing import Any

from psycopg2 import sql
from sqlalchemy import Connection, text

__all__ = ["make_roles", "read_roles"]

# Nobody logs in as it; three functions of the schema run as it and make people's own logins.
LOGIN_MAKER = "mgg_logins"

# Whoever owns something, was granted something or is named in a policy, and the program's own.
_NAMES = text("""
WITH named AS (
    SELECT relowner AS role FROM pg_class WHERE oid >= 16384
    UNION SELECT proowner FROM pg_proc WHERE oid >= 16384
    UNION SELECT a.grantee FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid >= 16384
    UNION SELECT a.grantee FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid >= 16384
    UNION SELECT a.grantee FROM pg_proc p, aclexplode(p.proacl) a WHERE p.oid >= 16384
    UNION SELECT a.grantee FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE n.nspname = 'public' OR n.oid >= 16384
    UNION SELECT unnest(polroles) FROM pg_policy
    UNION SELECT oid FROM pg_roles WHERE rolname LIKE 'mgg\\_%'
    UNION SELECT r.oid FROM pg_roles r JOIN users u ON u.database_login = r.rolname
)
SELECT r.rolname, r.rolinherit FROM pg_roles r JOIN named ON named.role = r.oid
WHERE r.rolname NOT LIKE 'pg\\_%' ORDER BY r.rolname
""")
_MEMBERS = text("""
SELECT DISTINCT g.rolname, m.rolname, x.admin_option FROM pg_auth_members x
JOIN pg_roles g ON g.oid = x.roleid JOIN pg_roles m ON m.oid = x.member
WHERE g.rolname = ANY(:names) AND m.rolname = ANY(:names) ORDER BY 1, 2
""")
_KNOWN = text("SELECT rolname FROM pg_roles")


def read_roles(connection: Connection) -> dict[str, Any]:
    """Return the roles that a database needs, without passwords and without the right to log in."""
    roles = {str(name): bool(inherits) for name, inherits in connection.execute(_NAMES)}
    members = connection.execute(_MEMBERS, {"names": list(roles)})
    return {"roles": roles, "members": [[str(a), str(b), bool(c)] for a, b, c in members]}


def make_roles(connection: Connection, document: dict[str, Any]) -> None:
    """Make the roles that are missing; nobody can log in as them until a password is given.

    Args:
        connection: a transaction of a superuser.
        document: from :func:`read_roles`.
    """
    driver: Any = connection.connection.driver_connection
    known = {str(name) for (name,) in connection.execute(_KNOWN)}
    for name, inherits in document["roles"].items():
        if name not in known:
            kind = sql.SQL("INHERIT" if inherits else "NOINHERIT")
            statement = sql.SQL("CREATE ROLE {} NOLOGIN {}").format(sql.Identifier(name), kind)
            connection.exec_driver_sql(statement.as_string(driver))
    if LOGIN_MAKER in document["roles"]:
        connection.exec_driver_sql(f"ALTER ROLE {LOGIN_MAKER} CREATEROLE")
    for role, member, is_admin in document["members"]:
        statement = sql.SQL("GRANT {} TO {}{}").format(
            sql.Identifier(role),
            sql.Identifier(member),
            sql.SQL(" WITH ADMIN OPTION" if is_admin else ""),
        )
        connection.exec_driver_sql(statement.as_string(driver))
