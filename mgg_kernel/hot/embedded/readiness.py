"""Whether the server answers: asked by connecting, the only proof there is."""

from urllib.parse import quote, urlencode

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.embedded.cluster import SUPERUSER
from mgg_kernel.hot.embedded.location import PORT, Location

__all__ = ["add_database", "connection_url", "is_ready"]

_CONNECT_LIMIT_S = 5


def connection_url(location: Location, user: str, password: str, database: str) -> str:
    """Return the URL, as libpq and SQLAlchemy write it, that reaches the server's socket."""
    # The port is named because libpq would otherwise take it from the variable PGPORT.
    where = urlencode({"host": str(location.socket_dir), "port": PORT}, safe="/", quote_via=quote)
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{login}@/{quote(database, safe='')}?{where}"


def is_ready(location: Location, password: str) -> bool:
    """Tell whether the server lets its superuser in.

    Args:
        location: where the database lies.
        password: the superuser's.

    Raises:
        StoreError: the server runs, but the password is not the one it was made with.
    """
    import psycopg2

    url = connection_url(location, SUPERUSER, password, "postgres")
    try:
        psycopg2.connect(url, connect_timeout=_CONNECT_LIMIT_S).close()
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StoreError(
                f"The database in {location.home} does not take the password in "
                f"{location.data_dir / 'secrets'}; restore both from the same backup."
            ) from None
        return False
    return True


def add_database(location: Location, password: str, name: str) -> bool:
    """Make the database `name` unless it is there; False if it was.

    Raises:
        StoreError: the server refused.
    """
    import psycopg2
    from psycopg2 import errors, sql

    try:
        connection = psycopg2.connect(
            connection_url(location, SUPERUSER, password, "postgres"),
            connect_timeout=_CONNECT_LIMIT_S,
            application_name="mgg up",
        )
    except psycopg2.OperationalError as error:
        raise StoreError(
            f"The database server did not let us in ({str(error).strip()}); start it again."
        ) from None
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is not None:
                return False
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        # Another process was first.
        return False
    except psycopg2.Error as error:
        raise StoreError(
            f"The database {name} could not be made ({str(error).strip()}); "
            "look at the server's log."
        ) from None
    finally:
        connection.close()
    return True
