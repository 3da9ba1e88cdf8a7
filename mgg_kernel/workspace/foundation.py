"""What a workspace stands on: settings, the database and its schema, the files."""

import sys
from typing import Any

from sqlalchemy import text

from mgg_kernel.errors import AccessError, MggError, NotFoundError, SchemaError, StoreError
from mgg_kernel.files import FileStore
from mgg_kernel.hot.accounts import Accounts
from mgg_kernel.hot.bootstrap import (
    FirstAdmin,
    make_first_admin,
    make_partitions_ahead,
    prepare_embedded,
)
from mgg_kernel.hot.database import Database, explained, owner_engine
from mgg_kernel.hot.embedded import EmbeddedServer
from mgg_kernel.hot.schema import SchemaStatus, schema_status, upgrade_schema
from mgg_kernel.hot.sealing import Sealer
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.settings import Settings
from mgg_kernel.workspace.starter import starter_catalogue
from mgg_kernel.workspace.users import new_password

__all__ = ["FIRST_ADMIN", "Foundation", "announce", "look_at_database", "require_database"]

FIRST_ADMIN = "admin"
DATABASE_NAME = "mgg_simulation"
APP_LOGIN = "mgg_app"


class Foundation:
    """The database, running and with its schema, and the file store.

    An embedded server is started if it is down, and :meth:`close` stops it again unless
    somebody else has come to use it.

    Args:
        settings: where everything is.
        application: name of this program in the database and in the operation log.
        upgrade: bring an older schema up to date; a database that is empty always gets one.

    Raises:
        DatabaseDownError: the database does not answer or cannot be started.
        SchemaError: the schema is not the one that this program needs.
    """

    def __init__(
        self, settings: Settings, *, application: str = "python", upgrade: bool = False
    ) -> None:
        self.settings = settings
        self.first_admin: FirstAdmin | None = None
        self.server = EmbeddedServer(settings.data_dir) if settings.database_url is None else None
        self._opened: Database | None = None
        if self.server is not None:
            self.server.start()
        try:
            self.schema = self._prepare(application, upgrade)
        except BaseException:
            self.close()
            raise
        self.files = FileStore(settings.files_dir)
        self.accounts = Accounts(self.database, session_hours=settings.session_hours)

    @property
    def database(self) -> Database:
        """The database, with the rights of the program."""
        assert self._opened is not None, "opened by __init__"
        return self._opened

    @property
    def owner_url(self) -> str:
        """URL by which the owner reaches the database; what is not embedded has only one URL."""
        return _owner_url(self.settings, self.server)

    def close(self) -> None:
        """Close the connections, and stop the embedded server if nobody else uses it."""
        if self._opened is not None:
            self._opened.close()
        if self.server is not None:
            self.server.stop(even_if_in_use=False)

    def _prepare(self, application: str, upgrade: bool) -> SchemaStatus:
        app_url = self._app_url()
        self._opened = Database(
            app_url or _owner_url(self.settings, None),
            application=application,
            settings=self.settings,
        )
        obstacle: MggError | None = None
        if not upgrade:
            try:
                # With no role taken on: a person's own login may not check passwords.
                with explained(), self.database.engine.begin() as connection:
                    status = schema_status(connection)
                if status.is_current:
                    return status
            except (StoreError, AccessError) as error:
                # Either nothing was built yet, which is seen below, or this is what to tell.
                obstacle = error
        # Only here, for building and for telling what is wrong, the owner's rights are used.
        owner_url = _owner_url(self.settings, self.server)
        status = _schema_status(owner_url)
        if status.is_current and obstacle is not None and self.server is None:
            raise obstacle
        if status.current is not None and not status.is_current and not upgrade:
            raise SchemaError(
                f"The database's schema is of version {status.current}, but this program needs "
                f"{status.needed}; run 'mgg db upgrade'."
            )
        self._build(owner_url)
        return SchemaStatus(status.needed, status.needed)

    def _build(self, owner_url: str) -> None:
        engine = owner_engine(owner_url)
        with engine.begin() as connection:
            upgrade_schema(connection, sealer=Sealer(SecretsFolder(self.settings.secrets_dir)))
            if self.server is not None:
                prepare_embedded(connection, self._app_password())
            # In the same transaction: a schema without anybody who may log in helps nobody.
            self.first_admin = make_first_admin(
                connection, FIRST_ADMIN, new_password(), starter_catalogue()
            )
            make_partitions_ahead(connection)
        engine.dispose()

    def _app_url(self) -> str | None:
        if self.server is None:
            return None
        return self.server.connection_url(APP_LOGIN, self._app_password(), DATABASE_NAME)

    def _app_password(self) -> str:
        return SecretsFolder(self.settings.secrets_dir).get_or_create("database-app")


def look_at_database(settings: Settings) -> dict[str, Any]:
    """Tell what the database is and whether its schema fits, changing nothing.

    Returns:
        ``embedded``, ``url`` (without its password), ``postgresql`` (the version), ``schema``,
        ``needed`` and ``is_current``.

    Raises:
        NotFoundError: there is none yet.
        DatabaseDownError: it does not answer or cannot be started.
    """
    server = EmbeddedServer(settings.data_dir) if settings.database_url is None else None
    if server is not None:
        require_database(server)
        server.start()
    try:
        url = _owner_url(settings, server)
        status = _schema_status(url)
        engine = owner_engine(url)
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
    finally:
        if server is not None:
            server.stop(even_if_in_use=False)
    return {
        "embedded": server is not None,
        "url": engine.url.set(drivername="postgresql").render_as_string(hide_password=True),
        "postgresql": str(version),
        "schema": status.current,
        "needed": status.needed,
        "is_current": status.is_current,
    }


def require_database(server: EmbeddedServer) -> None:
    """Check that an embedded database was made.

    Raises:
        NotFoundError: it was not.
    """
    if server.status().home is None:
        raise NotFoundError(
            f"There is no database under {server.data_dir} yet; 'mgg up' or 'mgg db upgrade' makes "
            "one."
        )


def announce(admin: FirstAdmin) -> None:
    """Tell the first administrator's password, once, where it lands in no file."""
    sys.stderr.write(
        f"The account '{admin.username}' was made, with the password {admin.password}\n"
        "It is shown only now; 'mgg users set-password admin' makes another one.\n"
    )


def _owner_url(settings: Settings, server: EmbeddedServer | None) -> str:
    if server is not None:
        server.ensure_database(DATABASE_NAME)
        return server.owner_url(DATABASE_NAME)
    assert settings.database_url is not None, "without a URL the server is embedded"
    return settings.database_url.get_secret_value()


def _schema_status(url: str) -> SchemaStatus:
    engine = owner_engine(url)
    with engine.connect() as connection:
        return schema_status(connection)
