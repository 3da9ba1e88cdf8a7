"""``mgg up``, ``mgg demo`` and ``mgg doctor``."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from mgg_kernel.cli.answer import Answer, table

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs of this module."""
    up = verbs.add_parser(
        "up",
        parents=[common],
        help="run database, dashboards and JupyterLab on this machine; Ctrl-C stops them",
    )
    up.add_argument(
        "--check", action="store_true", help="start everything, ask every page, and stop"
    )
    up.set_defaults(run=_up)

    demo = verbs.add_parser("demo", parents=[common], help="load a small made-up lab")
    demo.set_defaults(run=_demo)

    doctor = verbs.add_parser(
        "doctor", parents=[common], help="say what is configured, reachable, outdated"
    )
    doctor.set_defaults(run=_doctor)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _up(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.cli.supervisor import Supervisor, free_ports
    from mgg_kernel.settings import load_settings

    settings = load_settings()
    if arguments.check:
        # A workspace that is running already on these ports must not make the check fail.
        settings = free_ports(settings)
    with Supervisor(settings, _tell).running() as running:
        addresses = {"dashboards": running.dashboards.url, "lab": running.lab.url}
        if not arguments.check:
            _tell(
                f"\nDashboards  {addresses['dashboards']}\nJupyterLab  {addresses['lab']}\n\n"
                "Log in with an account that 'mgg users list' shows.  Ctrl-C stops everything.\n"
            )
            running.watch()
            return Answer(addresses)
        checks = running.check()
    good = all(check.passed for check in checks)
    rows = [("ok" if c.passed else "FAILED", c.who, c.url, c.problem) for c in checks]
    return Answer(
        {
            **addresses,
            "passed": good,
            "checks": [{**asdict(check), "passed": check.passed} for check in checks],
        },
        table(["result", "asked", "page", "problem"], rows),
        done=good,
    )


def _demo(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace import Foundation
    from mgg_kernel.workspace.demo import make_demo_lab
    from mgg_kernel.workspace.foundation import announce

    foundation = Foundation(load_settings(), application="demo")
    try:
        if foundation.first_admin is not None:
            announce(foundation.first_admin)
        made = make_demo_lab(foundation, progress=lambda stage: _tell(f"Making {stage} …"))
    finally:
        foundation.close()
    people = table(["account", "password"], made.passwords.items())
    return Answer(
        asdict(made),
        f"{people}\n\n{made.tests} tests, {made.simulations} simulations and {made.comparisons} "
        "comparisons, all of them made up.  The passwords are shown only now.",
    )


def _doctor(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.settings import load_settings
    from mgg_kernel.workspace.doctor import examine

    findings = examine(load_settings())
    return Answer(
        {"findings": [asdict(finding) for finding in findings]},
        table(["", "state", ""], [(f.what, f.state, f.text) for f in findings]),
        done=all(finding.state != "problem" for finding in findings),
    )
