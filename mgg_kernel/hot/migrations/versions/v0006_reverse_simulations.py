"""What a reverse simulation depends on, and the work orders that came of it."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
