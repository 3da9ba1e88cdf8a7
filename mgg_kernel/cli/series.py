"""Which shots a verb looks at: of a recipe, of work orders, stored ones by id, or files."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.curves import read_file
from mgg_kernel.cli.export import file_origin
from mgg_kernel.cli.science import add_recipe_options, recipe_of
from mgg_kernel.errors import LotError

if TYPE_CHECKING:
    from mgg_kernel.curve import PTCurve
    from mgg_kernel.exports import Origin
    from mgg_kernel.recipe import Recipe
    from mgg_kernel.workspace import Workspace
    from mgg_kernel.workspace.shots import Series

__all__ = ["Shots", "add_shot_options", "chosen_shots", "curves_of_file", "read_words"]

_RECIPE = ("igniter", "nc", "gp", "shell", "current", "vessel", "device", "sensor_range")
_NEEDED = ("igniter", "shell", "current", "vessel", "device")


@dataclass
class Shots:
    """Curves with what they are called; `words` are ids or files as a person writes them."""

    words: list[str] = field(default_factory=list)
    ids: list[int | None] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    curves: "list[PTCurve]" = field(default_factory=list)
    origins: "list[Origin]" = field(default_factory=list)
    author: str | None = None
    temperatures_c: list[float | None] = field(default_factory=list)

    def add_series(self, series: "Series", workspace: "Workspace") -> None:
        """Add stored tests."""
        from mgg_kernel.workspace.exporting import test_origin

        self.temperatures_c += series.temperatures_c
        self.author = workspace.user.username
        self.origins += [test_origin(workspace.tests.get(shot.id)) for shot in series.shots]
        ids = [shot.id for shot in series.shots]
        self.words += map(str, ids)
        self.ids += ids
        self.names += series.names
        self.lots += series.lots
        self.curves += series.curves

    def keep_conditioned(self, temperature_c: float) -> None:
        """Leave out what is not stored as conditioned near a temperature [°C].

        Raises:
            LotError: nothing is left.
        """
        from mgg_kernel.lots.temperatures import WITHIN_K

        kept = [
            place
            for place, at_c in enumerate(self.temperatures_c)
            if at_c is not None and abs(at_c - temperature_c) <= WITHIN_K
        ]
        if not kept:
            raise LotError(
                f"None of the {len(self.curves)} shots is stored as conditioned within "
                f"{WITHIN_K:g} K of {temperature_c:g} °C; 'mgg tests' shows their temperatures."
            )
        of_each: tuple[list[Any], ...] = (
            self.words,
            self.ids,
            self.names,
            self.lots,
            self.curves,
            self.origins,
            self.temperatures_c,
        )
        for values in of_each:
            values[:] = [values[place] for place in kept]

    def add_file(self, word: str) -> None:
        """Add every curve of a file."""
        for name, curve in curves_of_file(word):
            self.words.append(word)
            self.ids.append(None)
            self.names.append(name)
            self.lots.append("files")
            self.curves.append(curve)
            self.temperatures_c.append(None)
            self.origins.append(file_origin(word, name))


def add_shot_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose shots."""
    parser.add_argument(
        "shots", nargs="*", metavar="SHOT", help="ids of tests, or files with one curve or more"
    )
    parser.add_argument(
        "--work-order",
        action="append",
        default=[],
        metavar="NUMBER",
        help="all tests of a work order; may be given again",
    )
    parser.add_argument(
        "--recipe-of", type=int, metavar="ID", help="all tests with the recipe of this test"
    )
    add_recipe_options(parser, required=False)


def chosen_shots(arguments: argparse.Namespace) -> Shots:
    """Return the shots that the options of :func:`add_shot_options` choose.

    Raises:
        LotError: none is chosen, or in two ways at once.
        NotFoundError: a test or a work order is not there, or has no test.
        IngestError: a file is refused.
    """
    recipe = _recipe(arguments)
    ways = (arguments.shots, arguments.work_order, arguments.recipe_of is not None, recipe)
    if sum(map(bool, ways)) != 1:
        raise LotError(
            "Say which shots in one way: ids or files, --work-order, --recipe-of, or the options "
            "of a recipe."
        )
    if arguments.shots:
        return read_words(arguments.shots)
    from mgg_kernel.workspace import open as open_workspace

    found = Shots()
    with open_workspace(application="command") as workspace:
        if arguments.recipe_of is not None:
            recipe = _recipe_of(workspace, arguments.recipe_of)
        found.add_series(
            workspace.tests.series(recipe=recipe, work_order=arguments.work_order or None),
            workspace,
        )
    return found


def read_words(words: list[str]) -> Shots:
    """Return the curves of ids of tests and of files, in this order.

    Raises:
        LotError: a word stands there twice.
        NotFoundError: a test is not there.
        IngestError: a file is refused.
    """
    for word in words:
        if words.count(word) > 1:
            raise LotError(f"'{word}' is given more than once; give it once.")
    found = Shots()
    ids = [int(word) for word in words if _is_id(word)]
    if not ids:
        for word in words:
            found.add_file(word)
        return found
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        for word in words:
            if _is_id(word):
                found.add_series(workspace.tests.series(ids=[int(word)]), workspace)
            else:
                found.add_file(word)
    return found


def curves_of_file(word: str) -> "list[tuple[str, PTCurve]]":
    """Return every curve of a workbook, or the one of a ``.csv``, with what it is called.

    Raises:
        IngestError: the file is refused.
    """
    from mgg_kernel.cli.science import curve_of_file
    from mgg_kernel.ingest import read_workbook

    path = Path(word)
    if path.suffix.lower() == ".csv":
        return [(path.name, curve_of_file(word))]
    read = read_workbook(read_file(path), path.name)
    if len(read) == 1:
        return [(path.name, read[0].curve)]
    return [(f"{path.name} curve {number}", one.curve) for number, one in enumerate(read, 1)]


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 18


def _recipe(arguments: argparse.Namespace) -> "Recipe | None":
    if not any(getattr(arguments, name) for name in _RECIPE):
        return None
    for name in _NEEDED:
        if not getattr(arguments, name):
            raise LotError(f"A recipe needs --{name} too; give all of it, or --recipe-of ID.")
    return recipe_of(arguments)


def _recipe_of(workspace: "Workspace", test_id: int) -> "Recipe":
    recipe = workspace.tests.get(test_id).recipe
    if recipe is None:
        raise LotError(
            f"The recipe of test {test_id} is not known, so that nothing says which others have "
            "it; give their ids."
        )
    return recipe
