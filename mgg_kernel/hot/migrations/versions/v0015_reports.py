"""Reports: of a team, over a period, kept as they were made."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
