"""What of a lab's rows needs attention, counted in one question."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from mgg_kernel.quality import GRAVE

__all__ = ["RECENT_DAYS", "Counts", "count_attention"]

RECENT_DAYS = 30
"""Comparisons and flagged tests that are older were seen, or will not be mended any more."""
FAILING_SCORE = 0.58
"""At or below this ISO/TS 18571 calls a comparison poor."""

_COUNT = text(
    """
    WITH failing AS MATERIALIZED (
        SELECT c.id, (c.settings #>> '{scores,iso18571,overall}')::float8 AS score
        FROM pt_comparisons c
        WHERE c.created_at > now() - make_interval(days => :days)
          AND (c.settings #>> '{scores,iso18571,overall}')::float8 <= :failing
    )
    SELECT
        (SELECT count(*) FROM test_results t
         WHERE t.recipe_id IS NULL AND t.deleted_at IS NULL) AS unlinked,
        (SELECT count(*) FROM failing) AS failing,
        (SELECT f.id FROM failing f ORDER BY f.score, f.id DESC LIMIT 1) AS worst_id,
        (SELECT min(f.score) FROM failing f) AS worst_score,
        (SELECT count(*) FROM test_results t
         WHERE t.deleted_at IS NULL AND t.created_at > now() - make_interval(days => :days)
           AND EXISTS (SELECT FROM jsonb_array_elements(t.quality) q
                       WHERE q ->> 'code' = ANY (:grave))) AS doubtful,
        (SELECT count(*) FROM test_devices d
         WHERE d.is_active AND device_calibration_state(d.code, current_date) = 'expired')
            AS out_of_calibration,
        (SELECT count(*) FROM quarantined_files f WHERE f.settled_at IS NULL) AS quarantined,
        (SELECT count(*) FROM report_runs r WHERE r.state = 'running')
            + (SELECT count(*) FROM archive_batches b WHERE b.state = 'exporting') AS running
    """
).bindparams(bindparam("grave", type_=ARRAY(Text())))


@dataclass(frozen=True)
class Counts:
    """How much needs attention.

    Attributes:
        unlinked: tests that name no recipe.
        failing: comparisons of late that are poor.
        worst_id: the poorest of them.
        worst_score: its score.
        doubtful: tests of late whose record puts their read-outs in doubt.
        out_of_calibration: devices in use whose calibration has run out.
        quarantined: files that wait in quarantine.
        running: reports and archived periods under way.
    """

    unlinked: int
    failing: int
    worst_id: int | None
    worst_score: float | None
    doubtful: int
    out_of_calibration: int
    quarantined: int
    running: int


def count_attention(connection: Connection) -> Counts:
    """Count, of what the user may see.

    Args:
        connection: a transaction of the user who looks.
    """
    asked = {"days": RECENT_DAYS, "failing": FAILING_SCORE, "grave": sorted(GRAVE)}
    return Counts(*connection.execute(_COUNT, asked).one())
