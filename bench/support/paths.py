"""Where things are. Importing this makes the end-to-end tests' helpers known."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RRDFLOW_BUILD", ROOT / "build")).resolve()
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
os.environ.setdefault("RRDFLOW", str(BUILD / "rrdflow"))


@contextlib.contextmanager
def using(build):
    """Programs are those of another build folder meanwhile."""
    global BUILD
    kept, program = BUILD, os.environ["RRDFLOW"]
    BUILD = Path(build).resolve()
    os.environ["RRDFLOW"] = str(BUILD / "rrdflow")
    try:
        yield
    finally:
        BUILD, os.environ["RRDFLOW"] = kept, program


def tool(name):
    """A program below build/bench."""
    result = BUILD / "bench" / name
    if not result.exists():
        sys.exit(f"{result}: build it first: cmake -S . -B build -G Ninja "
                 "-DRRDFLOW_BENCH=ON && ninja -C build benches")
    return str(result)


def peer(name):
    result = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not result:
        sys.exit(f"{name} is missing: packaging/install-packages.sh bench")
    return result


def _package(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "not installed"


def versions():
    program = subprocess.run([BUILD / "rrdflow", "version"],
                             capture_output=True, text=True, check=False)
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always",
                             "--dirty"], capture_output=True, text=True,
                            check=False)
    result = {"rrdflow": program.stdout.split("\n")[0],
              "commit": commit.stdout.strip(),
              "python": sys.version.split()[0]}
    for name in ("rrdcached", "librrd8", "collectd-core", "libmosquitto1",
                 "mosquitto", "libpaho-mqtt1.3"):
        result[name] = _package(name)
    return result
