"""The errors of the workspace: one tree, so that a caller can catch as much as it means to.

::

    MggError
    ├── CurveError           a curve that is not a PT curve
    ├── UnitError            a unit that is not known, or not one of that quantity
    ├── RecipeError          a recipe that cannot exist
    ├── IngestError          a file that is refused
    ├── SimulationError      a simulation that cannot be run
    │   ├── CalibrationError     data that no model can be fitted to, or a fit that was stopped
    │   └── ReverseError         a target that cannot be searched, or a search that was stopped
    ├── ComparisonError      two curves that cannot be compared
    │   └── LotError             shots that make no series, or numbers that no statistics is made of
    ├── ExportError          a file that cannot be written
    ├── ReportError          a report that cannot be made, or is not what it was
    ├── SettingsError        a setting that makes no sense
    ├── StoreError           the database or the file store refused or is out of reach
    │   ├── DatabaseDownError    the database did not answer
    │   ├── SchemaError          the database's schema is older or newer than this program
    │   ├── NotFoundError        no such row, or not visible to this user
    │   ├── ConflictError        somebody else was there first
    │   ├── BackupError          a backup cannot be made, is damaged or cannot be restored
    │   └── ArchiveError         the cold store is not as it should be, or cannot be written
    │       └── ArchiveDownError     the object store did not answer, or refused who asks
    └── AccessError          who asks may not
        └── LoginError           who asks could not prove who they are

Each message is one sentence for a person: what, where, and what to do next.
"""

__all__ = [
    "AccessError",
    "ArchiveDownError",
    "ArchiveError",
    "BackupError",
    "CalibrationError",
    "ComparisonError",
    "ConflictError",
    "CurveError",
    "DatabaseDownError",
    "ExportError",
    "IngestError",
    "LoginError",
    "LotError",
    "MggError",
    "NotFoundError",
    "RecipeError",
    "ReportError",
    "ReverseError",
    "SchemaError",
    "SettingsError",
    "SimulationError",
    "StoreError",
    "UnitError",
]


class MggError(Exception):
    """Base of every error that the workspace raises on purpose."""


class CurveError(MggError):
    """The arrays do not make a PT curve."""


class UnitError(MggError):
    """The unit is not known, or does not measure that quantity."""


class RecipeError(MggError):
    """The recipe cannot exist."""


class IngestError(MggError):
    """The file is refused."""


class SimulationError(MggError):
    """The simulation cannot be run."""


class CalibrationError(SimulationError):
    """No model can be fitted to the data, or the fit was stopped."""


class ReverseError(SimulationError):
    """No recipe can be searched with these, or the search was stopped."""


class ComparisonError(MggError):
    """The two curves cannot be compared."""


class LotError(ComparisonError):
    """The shots make no series, or no statistics can be made of the numbers."""


class ExportError(MggError):
    """A result cannot be written as a file of that kind or at that place."""


class ReportError(MggError):
    """A report cannot be made as it was asked for."""


class SettingsError(MggError):
    """A setting makes no sense."""


class StoreError(MggError):
    """The database or the file store refused, or is out of reach."""


class DatabaseDownError(StoreError):
    """The database did not answer."""


class SchemaError(StoreError):
    """The database's schema is older or newer than this program."""


class NotFoundError(StoreError):
    """There is no such row, or this user may not see it."""


class ConflictError(StoreError):
    """Somebody else was there first."""


class ArchiveError(StoreError):
    """The cold store is not as its catalogue says, or cannot be written."""


class BackupError(StoreError):
    """A backup cannot be made, is damaged, or cannot be restored."""


class ArchiveDownError(ArchiveError):
    """The object store did not answer, or refused who asks."""


class AccessError(MggError):
    """Who asks may not."""


class LoginError(AccessError):
    """Who asks could not prove who they are."""
