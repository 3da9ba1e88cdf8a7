"""States of model versions."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
