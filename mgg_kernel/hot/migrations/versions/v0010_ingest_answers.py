"""Quality, recipe links, import profiles and quarantine."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
