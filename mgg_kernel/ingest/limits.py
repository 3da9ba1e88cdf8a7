"""What one workbook may cost, and what a record must at least hold."""

from dataclasses import dataclass

__all__ = ["Limits"]

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one reading; the defaults fit a full sheet of 1,048,576 samples."""

    file_bytes: int = 32 * MIB
    """Largest file [bytes]."""

    inflated_bytes: int = 128 * MIB
    """Largest size of all parts together once unpacked [bytes], counted and not believed."""

    members: int = 2_000
    """Most parts in the file's zip container."""

    sheets: int = 200
    """Most sheets of a workbook."""

    cells: int = 4_000_000
    """Most cells: largest row × largest column of each sheet, added up."""

    text_cells: int = 20_000
    """Most cells that hold something other than a number."""

    line_characters: int = 100_000
    """Most characters of a line of a text file."""

    columns: int = 1_000
    """Most columns of a text file."""

    scan_s: float = 20.0
    """Longest pre-scan [s]."""

    child_memory_bytes: int = 1024 * MIB
    """Address space of the process that reads the cells [bytes]."""

    child_cpu_s: int = 20
    """Processor time of that process [s]."""

    child_wall_s: float = 30.0
    """Longest time from its start to its answer [s]."""

    samples: int = 50
    """Fewest samples of a curve."""

    first_time_ms: float = 1.0
    """A record starts at most this far from time zero [ms]."""

    peak_mpa: float = 1_000.0
    """A peak above this is a wrong unit and not a pressure [MPa]."""
