"""Matrices and shots over each other as documents."""

from collections.abc import Sequence
from datetime import UTC, datetime

from mgg_kernel._version import __version__
from mgg_kernel.comparison import Matrix
from mgg_kernel.exports.document import Document, Origin, Table, Value, flat
from mgg_kernel.exports.of_comparison import named_values
from mgg_kernel.exports.shots_scene import shots_scene
from mgg_kernel.exports.words import Say, said_in
from mgg_kernel.lots.overlays import Band, Overlay
from mgg_kernel.lots.runs import READOUTS

__all__ = ["matrix_document", "overlay_document", "sources_table", "told_of"]


def matrix_document(
    matrix: Matrix, *, author: str = "", exported_at: datetime, language: str | None = None
) -> Document:
    """Return comparisons of many with many: a row for each pair, and the best for each test.

    Args:
        matrix: what :func:`mgg_kernel.comparison.matrix` found.
        author: who exports.
        exported_at: when; with a time zone.
        language: ``en`` or ``zh``; None: captions in both, sentences in English.

    Raises:
        ExportError: there is no such language.
    """
    say = said_in(language)
    plain = matrix.table()
    names = tuple(plain.column_names)
    columns = (plain.column(name).to_pylist() for name in names)
    pairs = Table("pairs", say("title.pairs"), names, tuple(zip(*columns, strict=True)))
    best = matrix.best()
    scores = matrix.numbers["iso18571_overall"]
    chosen = tuple(
        (test, None, None)
        if row is None
        else (test, matrix.simulations[row], float(scores[row, at]))
        for at, (test, row) in enumerate(zip(matrix.tests, best, strict=True))
    )
    heads = ("test", "best_simulation", "iso18571_overall")
    found = sum(row is not None for row in best)
    settings = flat(matrix.settings)
    answer = say.sentence(
        "matrix",
        tests=len(matrix.tests),
        found=found,
        errors=len(matrix.errors),
    )
    told = told_of(author, exported_at)
    return Document(
        kind="matrix",
        title=say("title.matrix"),
        answer=answer,
        data=pairs,
        tables=(
            Table("best", say("title.best"), heads, chosen),
            pairs,
            named_values("settings", settings, say),
            named_values("provenance", told, say),
        ),
        metadata={
            "answer": answer,
            **{f"settings.{name}": value for name, value in settings.items()},
            **{f"provenance.{name}": value for name, value in told.items()},
        },
        language=say.language,
    )


def overlay_document(
    overlay: Overlay,
    *,
    band: Band | None = None,
    author: str = "",
    exported_at: datetime,
    language: str | None = None,
    sources: Sequence[Origin] = (),
) -> Document:
    """Return shots over each other: the aligned curves, the per-run table, the statistics.

    Args:
        overlay: what :func:`mgg_kernel.lots.overlay` found.
        band: around the mean, as one of its methods returns it; None: none.
        author: who exports.
        exported_at: when; with a time zone.
        language: ``en`` or ``zh``; None: captions in both, sentences in English.
        sources: where the shots come from.

    Raises:
        ExportError: there is no such language.
    """
    say = said_in(language)
    edges = {} if band is None else {"low_mpa": band.lower_mpa, "high_mpa": band.upper_mpa}
    heads = ("time_ms", "mean_mpa", "sd_mpa", "count", *edges, *_unique(overlay))
    columns = (
        overlay.time_ms.tolist(),
        [_number(v) for v in overlay.mean_mpa.tolist()],
        [_number(v) for v in overlay.sd_mpa.tolist()],
        overlay.count.tolist(),
        *([_number(v) for v in edge.tolist()] for edge in edges.values()),
        *([_number(v) for v in row] for row in overlay.pressures_mpa.tolist()),
    )
    curves = Table("curves", say("title.curves"), heads, tuple(zip(*columns, strict=True)))
    runs = Table(
        "runs",
        say("title.runs"),
        ("run", "fired", "counted", "shift_ms", *READOUTS),
        tuple(
            (
                run.name,
                run.fired,
                run.counted,
                run.shift_ms,
                *(run.value(name) for name in READOUTS),
            )
            for run in overlay.runs
        ),
    )
    fields = ("n", "mean", "sd", "cv_percent", "minimum", "maximum", "mean_low", "mean_high")
    statistics = Table(
        "statistics",
        say("title.statistics"),
        ("readout", *fields),
        tuple(
            (name, *(getattr(one, part) for part in fields))
            for name, one in overlay.statistics.items()
        ),
    )
    settings = flat(
        {
            "align": overlay.align,
            "align_at_ms": overlay.align_at_ms,
            "rate_hz": overlay.rate_hz,
            "filter": overlay.filter,
            "definitions": vars(overlay.definitions),
            "band": None if band is None else band.sentence,
            "code_version": overlay.code_version,
        }
    )
    counted = sum(run.counted for run in overlay.runs)
    answer = say.sentence("overlay", shots=len(overlay.runs), counted=counted) + "".join(
        f" {note}" for note in overlay.notes
    )
    told = told_of(author, exported_at)
    return Document(
        kind="overlay",
        title=say("title.overlay"),
        answer=answer,
        data=curves,
        tables=(
            runs,
            statistics,
            curves,
            named_values("settings", settings, say),
            sources_table(sources, say),
            named_values("provenance", told, say),
        ),
        metadata={
            "answer": answer,
            **{f"runs.{at}.name": run.name for at, run in enumerate(overlay.runs)},
            **{f"runs.{at}.shift_ms": run.shift_ms for at, run in enumerate(overlay.runs)},
            **{f"settings.{name}": value for name, value in settings.items()},
            **{f"provenance.{name}": value for name, value in told.items()},
        },
        scene=shots_scene(say("title.overlay"), overlay, band, say),
        language=say.language,
    )


def _unique(overlay: Overlay) -> list[str]:
    """Return a column name for each shot; two shots may have one name."""
    return [f"run_{at}_mpa" for at in range(len(overlay.runs))]


def _number(value: float) -> float | None:
    return None if value != value else value  # NaN


def sources_table(sources: Sequence[Origin], say: Say) -> Table:
    """Return where curves come from, a row for each."""
    heads = ("name", "id", "sha256", "recipe")
    rows = tuple((one.name, one.id, one.sha256, one.recipe) for one in sources)
    return Table("sources", say("title.sources"), heads, rows)


def told_of(author: str, exported_at: datetime) -> dict[str, Value]:
    """Return who exports what is many, when, and by which version of the program."""
    at = exported_at.astimezone(UTC).isoformat(timespec="seconds")
    return {"exported_by": author, "exported_at_utc": at, "export_code_version": __version__}
