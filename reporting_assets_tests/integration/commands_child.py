"""Runs command lines one after another in this process, as `main()` runs them, and tells what each said.

`python -m reporting_assets_tests.integration.commands_child`: on standard input a JSON list of `[arguments, settings]`, on
standard output a JSON list of `[exit code, stdout, stderr]`. Starting Dagster costs seconds; this way it is paid once.
What belongs to one process (the embedded sandbox, Dagster's own state) is shared between the commands.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

from reporting_assets import cli


def main() -> None:
    """Read the commands, run them, write the answers."""
    commands: list[tuple[list[str], dict[str, str]]] = json.load(sys.stdin)
    inherited = dict(os.environ)
    own_stdout = os.dup(1)
    answers = []
    for arguments, settings in commands:
        os.environ.clear()
        os.environ.update(inherited | settings)
        sys.argv = ["reporting-assets", *arguments]
        answers.append(_run())
    with os.fdopen(own_stdout, "w") as out:
        json.dump(answers, out)


def _run() -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        # The descriptors, not Python's objects: nothing that any library prints may be missed.
        for number, path in ((1, out), (2, err)):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
            os.dup2(descriptor, number)
            os.close(descriptor)
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        return code, out.read_text(), err.read_text()


if __name__ == "__main__":
    main()
