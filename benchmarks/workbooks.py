"""How long a measured workbook takes to become a curve."""

import io

from benchmarks.measure import Result, compare_speed

__all__ = ["measure"]


def measure() -> list[Result]:
    """Measure the safe reading of a lab file of 4,000 rows beside openpyxl's read-only mode."""
    import openpyxl

    from mgg_kernel.ingest import example_curve, read_workbook, write_lab_workbook

    data = write_lab_workbook(example_curve(seed=1), "bench")

    def by_openpyxl() -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
        assert sheet is not None
        assert sum(1 for _ in sheet.iter_rows(values_only=True)) > 4000

    return [
        compare_speed(
            "read a lab workbook, pre-scan and child included",
            lambda: read_workbook(data, "bench.xlsx"),
            "openpyxl, read-only, no check at all",
            by_openpyxl,
            target=0.125,
            pairs=11,
        )
    ]
