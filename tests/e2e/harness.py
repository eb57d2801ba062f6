"""What every end-to-end test needs: processes, a folder, and a private
mosquitto. Python's standard library only.

The program is named by the environment variable RRDFLOW (default
build/rrdflow). Every process started here is ended here, by its own id.
"""

import contextlib
import ctypes
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOSQUITTO = os.environ.get("MOSQUITTO", "/usr/sbin/mosquitto")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A promise that was not kept, or a test that could not be run."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def binary(default="build/rrdflow"):
    return str(Path(os.environ.get("RRDFLOW", ROOT / default)).resolve())


def testing_binary():
    """build/rrdflow-testing, which knows the switches RRDFLOW_TEST_*."""
    default = Path(binary()).with_name("rrdflow-testing")
    return str(Path(os.environ.get("RRDFLOW_TESTING", default)).resolve())


class HeldPort:
    """A port that is reserved while this lives: bound and never listening, it
    can only be bound by sockets that reuse addresses, as servers do. Not one
    of those that the system gives to connections."""

    def __init__(self):
        self.number, self.held = 0, None
        while not self.number:
            number = random.SystemRandom().randrange(10000, 32768)
            self.held = socket.socket()
            # Fails beside any other socket, one that reuses addresses as well.
            with contextlib.suppress(OSError):
                self.held.bind(("127.0.0.1", number))
                self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self.number = number

    def __del__(self):
        if self.held:
            self.held.close()


def wait_for(what, condition, timeout=120.0, interval=0.05):
    """Waits until `condition()` is true, and returns what it gave."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < end, f"after {timeout:g} s still not: {what}")
        time.sleep(interval)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Scratch:
    """A folder of its own; removed unless the test fails or KEEP is set."""

    def __init__(self, name):
        self.path = Path(tempfile.mkdtemp(prefix=f"rrdflow-{name}."))

    def __enter__(self):
        return self.path

    def __exit__(self, kind, *_):
        if kind is not None or os.environ.get("KEEP"):
            print(f"kept: {self.path}", file=sys.stderr)
        else:
            shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """A child that dies with its parent; its output is kept in a file, unless
    `stderr` is where its errors go."""

    def __init__(self, arguments, log, env=None, stderr=None):
        self.log = Path(log)
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out if stderr is None else stderr,
                env=env, preexec_fn=_die_with_parent)

    def alive(self):
        return self.child.poll() is None

    def kill(self):
        """kill -9."""
        self.child.kill()
        return self.child.wait()

    def terminate(self, timeout=60.0):
        """SIGTERM; returns the exit code."""
        if self.alive():
            self.child.terminate()
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.child.args[0]}: does not end on SIGTERM; "
                          f"see {self.log}")

    def tail(self, lines=15):
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(text[-lines:])


class Mosquitto:
    """A private broker on loopback. It keeps all messages for absent clients."""

    def __init__(self, folder, extra=""):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.extra = extra
        self.held = HeldPort()
        self.port = self.held.number
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()

    @property
    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def start(self):
        user = "user root\n" if os.geteuid() == 0 else ""
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(
            f"{user}persistence true\npersistence_location {self.folder}/\n"
            "autosave_on_changes true\nautosave_interval 100000\n"
            "max_queued_messages 20000000\nmax_inflight_messages 100\n"
            "message_size_limit 1000000\nset_tcp_nodelay true\n"
            "sys_interval 1\nallow_anonymous true\n"
            "log_dest stderr\nlog_type error\nlog_type warning\n"
            "log_type subscribe\nlog_type unsubscribe\n"
            f"listener {self.port} 127.0.0.1\n{self.extra}\n")
        self.process = Process([MOSQUITTO, "-c", str(configuration)],
                               self.folder / "mosquitto.log")
        wait_for("mosquitto takes connections", self._reachable, 60, 0.02)

    def _reachable(self):
        check(self.process.alive(), f"mosquitto ended:\n{self.process.tail()}")
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def wait_logged(self, pattern):
        """Waits for a line of the log: "TIME: ID QOS FILTER" when a client
        subscribes, "TIME: ID FILTER" when it unsubscribes."""
        wait_for(f"mosquitto logs {pattern}", lambda: re.search(
            pattern, self.process.log.read_text(), re.MULTILINE))

    def wait_acknowledged(self, *prefixes):
        """Waits until every session has acknowledged all messages on topics
        that begin so: the broker stores them no longer, only filters."""
        database = self.folder / "mosquitto.db"
        stored = re.compile(b"|".join(
            rb"(?<!\w)" + re.escape(x.encode()) + rb"[^+#]" for x in prefixes))

        def written():
            return database.stat().st_mtime_ns if database.exists() else None

        def acknowledged():
            before = written()
            self.process.child.send_signal(signal.SIGUSR1)
            wait_for("mosquitto writes its database",
                     lambda: written() != before, interval=0.01)
            return not stored.search(database.read_bytes())
        wait_for(f"{', '.join(prefixes)} acknowledged", acknowledged)

    def stop(self):
        self.process.terminate()

    def kill(self):
        self.process.kill()


def run(main, options):
    """Runs a scenario as a program: exit code 0, or 1 and why."""
    begin = time.monotonic()
    try:
        main(options)
    except Failure as e:
        print(f"FAILED: {e}", file=sys.stderr)
        sys.exit(1)
    print(f"ok ({time.monotonic() - begin:.1f} s)")
