"""The first schema."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
