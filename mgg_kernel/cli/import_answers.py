"""The flags with which a person says what a measured file leaves open."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgg_kernel.errors import IngestError

if TYPE_CHECKING:
    from mgg_kernel.ingest import ImportProfile, ReadCurve

__all__ = ["Answers", "add_answers", "load_profile"]

LARGEST_PROFILE_BYTES = 1024 * 1024


def add_answers(parser: Any) -> None:
    """Add the flags to a verb."""
    answers = parser.add_argument_group("what a file leaves open")
    answers.add_argument("--sheet", metavar="NAME", help="the only sheet to read, or its number")
    for quantity in ("time", "pressure"):
        answers.add_argument(
            f"--{quantity}-column",
            metavar="COLUMN",
            help=f"the column of the {quantity}, by letters or heading; several parted by commas",
        )
    answers.add_argument("--time-unit", metavar="UNIT", help="s, ms or us")
    answers.add_argument("--pressure-unit", metavar="UNIT", help="Pa, kPa, MPa, bar, mbar or psi")
    answers.add_argument(
        "--header-row", type=int, metavar="N", help="the row in which the header begins"
    )
    answers.add_argument(
        "--profile", type=Path, metavar="FILE", help="read with the answers kept in FILE"
    )
    answers.add_argument(
        "--save-profile",
        type=Path,
        metavar="FILE",
        help="keep the answers for this layout",
    )


class Answers:
    """What the flags say.

    Args:
        arguments: the parsed command line.

    Raises:
        IngestError: an answer makes no sense, or the profile cannot be read.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        from mgg_kernel.ingest import ImportChoice

        answered = ImportChoice(
            sheet=arguments.sheet,
            time_column=arguments.time_column,
            pressure_column=arguments.pressure_column,
            time_unit=arguments.time_unit,
            pressure_unit=arguments.pressure_unit,
            header_row=arguments.header_row,
        )
        self.choice: ImportChoice | ImportProfile | None = None if answered.is_empty else answered
        self.saves = arguments.save_profile is not None
        self._answered = answered
        self._save_to: Path | None = arguments.save_profile
        if arguments.profile is not None:
            if not answered.is_empty or self.saves:
                raise IngestError(
                    "--profile keeps all answers; give either it or the answers themselves."
                )
            self.choice = load_profile(arguments.profile)
        if self.saves and answered.is_empty:
            raise IngestError("--save-profile keeps answers; give some, such as --time-unit ms.")

    @property
    def given(self) -> "dict[str, Any]":
        """The answers as an argument of a reader; nothing where nothing was answered."""
        return {} if self.choice is None else {"choice": self.choice}

    def save(self, curves: "Sequence[ReadCurve]") -> None:
        """Keep the answers, if that was asked for, for the layout of the curves that were read.

        Raises:
            IngestError: the curves have several layouts, or the file cannot be written.
        """
        if self._save_to is None:
            return
        profile = self.profile(self._save_to.stem[:80] or "profile", curves)
        try:
            self._save_to.write_text(profile.to_json(), encoding="utf-8")
        except OSError as error:
            raise IngestError(
                f"{self._save_to} cannot be written: {error.strerror or error}."
            ) from None

    def profile(self, name: str, curves: "Sequence[ReadCurve]") -> "ImportProfile":
        """Return the answers under a name, for the layout of the curves that were read.

        Raises:
            IngestError: the curves have several layouts, nothing was answered, or the name is
                none.
        """
        from mgg_kernel.ingest import ImportProfile

        if self._answered.is_empty:
            raise IngestError("--remember keeps answers; give some, such as --time-unit ms.")
        layouts = {read.layout for read in curves if read.layout is not None}
        if len(layouts) != 1:
            raise IngestError(
                f"A profile is for one layout, but the sheets have {len(layouts)}; "
                "give one of them with --sheet."
            )
        return ImportProfile(name, layouts.pop(), self._answered)

    def check_stored_only(self) -> None:
        """Refuse to write a profile to a file where none was read from a file.

        Raises:
            IngestError: ``--save-profile`` was given.
        """
        if self.saves:
            raise IngestError("--save-profile is for files; leave it out here.")


def load_profile(path: Path) -> "ImportProfile":
    """Return the profile of a file.

    Raises:
        IngestError: it cannot be read, or is none.
    """
    from mgg_kernel.ingest import ImportProfile

    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_PROFILE_BYTES + 1)
        if len(data) > LARGEST_PROFILE_BYTES:
            raise IngestError(f"{path} is larger than 1 MiB and no import profile.")
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise IngestError(f"{path} cannot be read: {reason}.") from None
    return ImportProfile.from_json(text)
