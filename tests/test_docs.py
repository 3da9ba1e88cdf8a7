"""The examples in the documents: the Python ones run, the commands are such that are taken."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT

from mgg_kernel.cli import build_parser
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OPTIONAL = re.compile(r"[\[\]]")


def blocks(language: str) -> list[tuple[str, str]]:
    """All blocks of a language, with the name of their page."""
    return [
        (page.name, code)
        for page in PAGES
        for found, code in _BLOCK.findall(page.read_text("utf-8"))
        if found == language
    ]


def commands() -> list[str]:
    lines = [line for _, code in blocks("console") for line in code.splitlines()]
    return [line.removeprefix("$ ").split("#")[0].strip() for line in lines if "$ mgg " in line]


def test_there_are_examples() -> None:
    assert blocks("python")
    assert len(commands()) >= 4


def test_the_python_examples_run(open_folder: Path) -> None:
    foundation = Foundation(Settings(data_dir=open_folder / "docs"), application="tests")
    try:
        for page, code in blocks("python"):
            done = subprocess.run(
                [sys.executable, "-W", "error", "-c", code],
                env={**os.environ, "MGG_DATA_DIR": str(foundation.settings.data_dir)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{page}: {done.stderr}"
    finally:
        foundation.close()


@pytest.mark.parametrize("command", commands())
def test_the_commands_are_taken(command: str) -> None:
    build_parser().parse_args(shlex.split(command)[1:])


def test_the_recipe_in_the_table_of_commands_is_one() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    (options,) = re.findall(r"`(--igniter [^`]*)`", text)
    words = shlex.split(_OPTIONAL.sub("", options))
    parsed = build_parser().parse_args(["simulate", *words])
    assert (parsed.nc, parsed.gp, parsed.sensor_range) == (["B:775", "A:100"], "D:1080", "100")
