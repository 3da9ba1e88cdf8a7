"""``mgg recipes``: recipe databases."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table
from mgg_kernel.cli.curves import read_file

if TYPE_CHECKING:
    from mgg_kernel.hot.recipe_records import RecipeRecord
    from mgg_kernel.workspace import RecipeImport

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    recipes = verbs.add_parser("recipes", help="import and list recipe databases")
    actions = recipes.add_subparsers(dest="action", metavar="ACTION", required=True)

    imported = actions.add_parser(
        "import", parents=[common], help="store the products of a recipe database"
    )
    imported.add_argument("file", type=Path, metavar="FILE", help="an .xlsx file")
    imported.set_defaults(run=_import)

    listed = actions.add_parser("list", parents=[common], help="list stored products")
    listed.add_argument("--search", metavar="TEXT", help="only those whose names contain TEXT")
    listed.add_argument("--history", action="store_true", help="also what later imports replaced")
    listed.add_argument("--limit", type=int, default=1000, metavar="N", help="at most N (1000)")
    listed.set_defaults(run=_list)


def _import(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    path: Path = arguments.file
    data = read_file(path)
    with open_workspace(application="command") as workspace:
        result = workspace.recipes.import_workbook(data, path.name)
    document = {
        "file": result.file,
        "stored": result.stored,
        "replaced": result.replaced,
        "unchanged": result.unchanged,
        "reported": [asdict(one) for one in result.reported],
        "added_codes": [{"kind": kind, "code": code} for kind, code in result.added_codes],
        "notes": list(result.notes),
    }
    # A row that must be put right does not undo the others; a file without a sound row failed.
    done = not result.reported or result.stored + result.unchanged > 0
    return Answer(document, _told(result), done=done)


def _told(result: "RecipeImport") -> str:
    replaced = f" ({result.replaced} of them replaced earlier ones)" if result.replaced else ""
    counts = (
        f"{result.file}: {result.stored} products stored{replaced}, "
        f"{result.unchanged} unchanged; problems reported: {len(result.reported)}."
    )
    lines = [counts]
    if result.added_codes:
        codes = ", ".join(f"{kind} {code}" for kind, code in result.added_codes)
        lines.append(f"Added to the catalogue: {codes}.")
    lines += [*result.notes, *(one.problem for one in result.reported)]
    return "\n".join(lines)


def _list(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        records = workspace.recipes.list(
            arguments.search, history=arguments.history, limit=arguments.limit
        )
    shown = table(
        ["sheet", "product", "recipe", "ignition [ms]", "peak [ms]", "peak [MPa]", "file"],
        [
            (
                record.sheet,
                record.product,
                record.recipe,
                f"{record.ignition_time_ms:.2f}",
                f"{record.peak_time_ms:.2f}",
                f"{record.peak_pressure_mpa:.2f}",
                record.file_name,
            )
            for record in records
        ],
    )
    empty = "No recipes yet; import a recipe database with 'mgg recipes import FILE'."
    return Answer({"recipes": [_row(record) for record in records]}, shown if records else empty)


def _row(record: "RecipeRecord") -> dict[str, Any]:
    recipe = record.recipe
    return {
        "id": record.id,
        "sheet": record.sheet,
        "product": record.product,
        "recipe": str(recipe),
        "igniter_type": recipe.igniter_type,
        "nc": [str(charge) for charge in recipe.nc],
        "gp": str(recipe.gp) if recipe.gp else None,
        "shell_height_mm": float(recipe.shell_height_mm),
        "firing_current_a": float(recipe.firing_current_a),
        "sensor_range_mpa": float(recipe.sensor_range_mpa) if recipe.sensor_range_mpa else None,
        "vessel": recipe.vessel,
        "test_device": recipe.test_device,
        "ignition_time_ms": record.ignition_time_ms,
        "peak_time_ms": record.peak_time_ms,
        "peak_pressure_mpa": record.peak_pressure_mpa,
        "file": record.file_name,
        "sha256": record.sha256,
        "created_at": record.created_at.isoformat(),
        "created_by": record.created_by,
        "superseded_at": record.superseded_at.isoformat() if record.superseded_at else None,
    }
