"""The cold store at work."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
