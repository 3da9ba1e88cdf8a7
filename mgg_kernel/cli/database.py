"""``mgg db``: the database and its schema."""

import argparse
from typing import Any

from mgg_kernel.cli.answer import Answer

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    database = verbs.add_parser("db", help="show and upgrade the database")
    actions = database.add_subparsers(dest="action", metavar="ACTION", required=True)

    upgrade = actions.add_parser(
        "upgrade", parents=[common], help="bring the schema to the version this program needs"
    )
    upgrade.set_defaults(run=_upgrade)

    status = actions.add_parser("status", parents=[common], help="show version and schema")
    status.set_defaults(run=_status)

    url = actions.add_parser("url", parents=[common], help="show where the database is")
    url.add_argument("--with-password", action="store_true", help="show it whole, as psql needs it")
    url.set_defaults(run=_url)


def _upgrade(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.foundation import Foundation, announce
    from mgg_kernel.workspace.indexing import index_curves

    foundation = Foundation(load_settings(), application="command", upgrade=True)
    try:
        status = foundation.schema
        if foundation.first_admin is not None:
            announce(foundation.first_admin)
        indexed = sum(index_curves(foundation))
    finally:
        foundation.close()
    return Answer(
        {"schema": status.current, "needed": status.needed, "signatures_made": indexed},
        f"The schema is of version {status.current}, as this program needs it."
        + (f"\nSignatures of {indexed:,} stored curves were made." if indexed else ""),
    )


def _status(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.foundation import look_at_database

    status = look_at_database(load_settings())
    lines = [f"{name.replace('_', ' '):16}{value}" for name, value in status.items()]
    return Answer(status, "\n".join(lines), done=bool(status["is_current"]))


def _url(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.hot.embedded import EmbeddedServer
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.foundation import Foundation, require_database

    settings = load_settings()
    if settings.database_url is None:
        require_database(EmbeddedServer(settings.data_dir))
    foundation = Foundation(settings, application="command")
    try:
        url = foundation.database.url.set(drivername="postgresql")
    finally:
        foundation.close()
    shown = url.render_as_string(hide_password=not arguments.with_password)
    return Answer({"url": shown}, shown)
