#!/usr/bin/env python3
"""Counts instructions with callgrind and compares them with the baseline:

    bench/instructions.py build/bench/instructions [--record]

A count repeats to a fraction of a percent, whatever else the machine does. It
must stay within 5 % of bench/instructions.json: a slow-down is to be seen in
review, and so is a gain; --record writes the new figures. Exit code 77: there
is no valgrind, or another compiler or processor family than the baseline's."""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

BASELINE = Path(__file__).resolve().with_name("instructions.json")
COUNTS = {"number": 20000, "json": 10000, "sample": 20000, "row": 20000}
TOLERANCE = 0.05
SKIP = 77


def environment():
    """What a count depends on beside the source."""
    version = subprocess.run(["c++", "-dumpfullversion"], capture_output=True,
                             text=True, check=False).stdout.strip()
    # glibc and simdjson choose their functions by what the processor can.
    try:
        flags = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        flags = set()
    return {"compiler": version, "machine": platform.machine(),
            "features": [x for x in ("avx2", "bmi2", "erms", "fsrm")
                         if x in flags]}


def count(program, kind, n):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
         program, kind, str(n)], capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{kind}: exit code {done.returncode}\n{done.stderr}")
    return int(found[1])


def measure(program):
    """Instructions for one of each; what comes before cancels out."""
    result = {}
    for kind, n in COUNTS.items():
        result[kind] = round(
            (count(program, kind, 2 * n) - count(program, kind, n)) / n, 1)
    return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind")
        sys.exit(SKIP)
    if options.record:
        BASELINE.write_text(json.dumps(
            {**environment(), "instructions": measure(options.program)},
            indent=2) + "\n")
        print(BASELINE.read_text(), end="")
        return
    baseline = json.loads(BASELINE.read_text())
    for key, value in environment().items():
        if baseline[key] != value:
            print(f"skipped: the baseline's {key} is {baseline[key]}")
            sys.exit(SKIP)
    failed = False
    for kind, now in measure(options.program).items():
        before = baseline["instructions"][kind]
        change = now / before - 1
        wrong = abs(change) > TOLERANCE
        failed |= wrong
        print(f"{kind:8} {now:9.1f}, baseline {before:9.1f}: {change:+.1%}"
              + (" FAILED" if wrong else ""))
    if failed:
        sys.exit("if it is meant: bench/instructions.py PROGRAM --record")


if __name__ == "__main__":
    main()
