"""Catalogue: device details, calibrations, history."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
