"""Engineers restore from the cold store and hold periods."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
