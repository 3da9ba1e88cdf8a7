"""Products of imported recipe databases."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
