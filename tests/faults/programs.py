"""Runs the C++ programs of campaigns, build/faults/NAME, which print lines of
"figure NAME N" and "loss TEXT"."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import binary, check


def program(name):
    return str(Path(binary()).parent / "faults" / name)


def without_checksums():
    """The environment in which no checksum tells anything."""
    shim = Path(binary()).with_name("no_checksums.so")
    check(shim.exists(), f"no {shim}")
    return {**os.environ, "LD_PRELOAD": str(shim)}


def run_all(outcome, commands, env=None, timeout=7200):
    """Runs them, as many at once as there are processors, and adds up their
    figures."""
    def one(command):
        return subprocess.run([str(x) for x in command], capture_output=True,
                              text=True, env=env, timeout=timeout)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for command, done in zip(commands, pool.map(one, commands)):
            _read(outcome, command, done)


def _read(outcome, command, done):
    name = Path(str(command[0])).name
    outcome.check(done.returncode == 0, f"{name}: ended with "
                  f"{done.returncode}: {done.stderr[-300:]}")
    losses = 0
    shown = []
    for line in done.stdout.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "loss":
            shown.append(rest)
        if kind != "figure":
            continue
        figure, _, value = rest.rpartition(" ")
        if figure == "losses":
            losses = int(value)
        else:
            outcome.add(figure, int(value))
    for text in shown:
        outcome.lose(text)
    outcome.lost += max(0, losses - len(shown))
