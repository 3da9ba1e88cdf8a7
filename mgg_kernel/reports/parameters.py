"""The parameters of a notebook: names and types are checked before anything runs.

Papermill itself warns of a name that it does not know, and hands on text where a number is meant.
"""

import ast
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mgg_kernel.errors import ReportError

__all__ = ["checked_parameters", "notebook_parameters"]


def notebook_parameters(notebook: Path) -> dict[str, Any]:
    """Return the parameters of a notebook with their defaults.

    Raises:
        ReportError: a default is no plain value.
    """
    from papermill import inspect_notebook

    # It warns of a notebook without parameters, which is none of ours to mend.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    found: dict[str, Any] = {}
    for name, told in inspect_notebook(str(notebook)).items():
        try:
            found[name] = ast.literal_eval(told["default"])
        except (ValueError, SyntaxError):
            raise ReportError(
                f"The parameter {name} of {notebook.name} is no plain value; give it one there."
            ) from None
    return found


def checked_parameters(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters of a run: what was given, in the types of the defaults, and the rest.

    Args:
        notebook: what is run.
        given: values by name; a text is read as what the default is: ``true``, ``3``, ``0.5``.

    Raises:
        ReportError: there is no parameter of that name, or the value does not fit.
    """
    known = notebook_parameters(notebook)
    for name in given:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise ReportError(
                f"The report {notebook.stem} has no parameter '{name}'; its parameters: {there}."
            )
    return {
        name: _fitting(notebook.stem, name, given[name], default) if name in given else default
        for name, default in known.items()
    }


def _fitting(report: str, name: str, value: Any, default: Any) -> Any:
    if isinstance(value, str) and not isinstance(default, str):
        value = _read(value, default)
    wanted = {
        bool: (bool,),
        int: (int,),
        float: (int, float),
        str: (str,),
        list: (list,),
        dict: (dict,),
    }.get(type(default))
    is_number_for_bool = isinstance(value, bool) and wanted != (bool,)
    if (wanted is not None and not isinstance(value, wanted)) or (
        wanted is not None and is_number_for_bool
    ):
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        raise ReportError(
            f"The parameter {name} of the report {report} is {kind.get(type(default), 'a list')}, "
            f"not {value!r}."
        )
    return float(value) if isinstance(default, float) else value


def _read(text: str, default: Any) -> Any:
    """Return what a text of the command line means where no text is expected."""
    if default is None:
        return None if text in ("", "null", "none", "None") else text
    try:
        return json.loads(text.lower() if isinstance(default, bool) else text)
    except ValueError:
        return text
