"""``ws.profiles``: answers to what layouts of files leave open, given once for a whole team."""

from sqlalchemy import Connection

from mgg_kernel.errors import AccessError
from mgg_kernel.hot import import_profiles
from mgg_kernel.hot.import_profiles import StoredProfile
from mgg_kernel.hot.log import write_log
from mgg_kernel.ingest import ImportProfile
from mgg_kernel.workspace.office import Office

__all__ = ["Profiles"]

KEEP, FORGET = "keep an import profile", "forget an import profile"


class Profiles:
    """The import profiles of the acting account's team.

    Whoever ingests a file of a layout that has a profile is not asked: the newest one counts.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    def save(self, profile: ImportProfile) -> None:
        """Keep a profile for everybody of the team.

        Raises:
            AccessError: the acting account may not.
            ConflictError: there is one of that name.
        """
        with (
            self._office.doing("work", "ingest", KEEP, profile.name),
            self._office.transaction() as connection,
        ):
            import_profiles.store_profile(connection, profile)
            self._log(connection, KEEP, profile.name)

    def list(self) -> list[StoredProfile]:
        """Return the profiles of the team, newest first."""
        with self._office.transaction() as connection:
            return import_profiles.list_profiles(connection)

    def forget(self, name: str) -> None:
        """Use a profile no more; tests that were read with it stay as they are.

        Raises:
            AccessError: it is somebody else's and the acting account is no administrator.
            NotFoundError: there is none of that name.
        """
        with (
            self._office.doing("work", "ingest", FORGET, name),
            self._office.transaction() as connection,
        ):
            if not import_profiles.forget_profile(connection, name):
                raise AccessError(
                    f"The import profile '{name}' is somebody else's; ask them or an administrator."
                )
            self._log(connection, FORGET, name)

    @staticmethod
    def _log(connection: Connection, action: str, name: str) -> None:
        write_log(connection, "ingest", action, object_type="import_profiles", object_id=name)
