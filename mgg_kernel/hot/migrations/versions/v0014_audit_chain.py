"""The operation log, chained by hashes."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
