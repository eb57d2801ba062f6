"""What every end-to-end test needs: a private mosquitto, the program under
test, its doors, and its books. Python's standard library only.

The program is named by the environment variable RRDFLOW (default
build/rrdflow). Every process started here is ended here, by its own id.
"""

import ctypes
import http.client
import json
import os
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


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, timeout=30.0, interval=0.05):
    """Waits until `condition()` is true, and returns what it gave."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < end, f"after {timeout:g} s still not: {what}")
        time.sleep(interval)


def _die_with_us():
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
    """A child that dies with us; its output is kept in a file."""

    def __init__(self, arguments, log, env=None):
        self.log = Path(log)
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=env, preexec_fn=_die_with_us)

    def alive(self):
        return self.child.poll() is None

    def kill(self):
        """kill -9."""
        self.child.kill()
        return self.child.wait()

    def terminate(self, timeout=20.0):
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
    """A private broker on loopback that loses nothing while we are away."""

    def __init__(self, folder, extra=""):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.extra = extra
        self.port = free_port()
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
            f"listener {self.port} 127.0.0.1\n{self.extra}\n")
        self.process = Process([MOSQUITTO, "-c", str(configuration)],
                               self.folder / "mosquitto.log")
        wait_for("mosquitto takes connections", self._reachable, 10, 0.02)

    def _reachable(self):
        check(self.process.alive(), f"mosquitto ended:\n{self.process.tail()}")
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.terminate()

    def kill(self):
        self.process.kill()


def _toml_value(x):
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, (int, float)):
        return repr(x)
    if isinstance(x, (list, tuple)):
        return "[" + ", ".join(_toml_value(y) for y in x) + "]"
    if isinstance(x, dict):
        inner = (f"{k} = {_toml_value(v)}" for k, v in x.items())
        return "{ " + ", ".join(inner) + " }"
    return json.dumps(str(x))


def toml(sections):
    """TOML text of {"store": {..}, "rule": [{..}, ..], ..}."""
    lines = []
    for name, content in sections.items():
        for table in content if isinstance(content, list) else [content]:
            lines.append(f"[[{name}]]" if isinstance(content, list)
                         else f"[{name}]")
            lines += [f"{k} = {_toml_value(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def merged(base, more):
    """`base` with the keys of `more`, section by section."""
    result = {k: v for k, v in base.items()}
    for name, content in more.items():
        if isinstance(content, dict):
            result[name] = {**result.get(name, {}), **content}
        else:
            result[name] = content
    return result


class Rrdflow:
    """The program under test, with a store of its own."""

    def __init__(self, folder, broker, sections=None, text=None, program=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = self.folder / "store"
        self.store.mkdir(exist_ok=True)
        self.port = free_port()
        self.program = program or binary()
        self.configuration = self.folder / "rrdflow.toml"
        self.log = self.folder / "rrdflow.log"
        self.process = None
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("RRDFLOW")}
        self.base = {
            "store": {"directory": str(self.store)},
            "mqtt": {"broker": broker},
            "journal": {"segment_size": "16MiB"},
            "limits": {"disk_reserve": "1MiB"},
            "http": {"listen": [f"127.0.0.1:{self.port}"]},
        }
        self.configure(sections or {}, text)

    def configure(self, sections, text=None):
        self.configuration.write_text(
            text if text is not None else toml(merged(self.base, sections)))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process and self.process.alive():
            self.process.kill()
        if kind is not None and self.process:
            print(self.process.tail(), file=sys.stderr)

    def start(self, wait=True, timeout=30.0, **environment):
        """Returns after how many seconds it was ready."""
        check(os.access(self.program, os.X_OK), f"no program {self.program}")
        begin = time.monotonic()
        self.process = Process(
            [self.program, "run", "-c", str(self.configuration)], self.log,
            {**self.env, **environment})
        if wait:
            wait_for("/readyz says yes", self.ready, timeout, 0.01)
        return time.monotonic() - begin

    def ready(self):
        check(self.process.alive(), f"rrdflow ended:\n{self.process.tail()}")
        try:
            return self.http("GET", "/readyz", timeout=5)[0] == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def terminate(self, timeout=20.0):
        code = self.process.terminate(timeout)
        check(code == 0, f"exit code {code} after SIGTERM:\n"
                         f"{self.process.tail()}")

    def http(self, method, path, body=None, timeout=60):
        """Returns status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=timeout)
        try:
            headers = {"X-Rrdflow": "1"} if method == "POST" else {}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as e:
            raise OSError(str(e)) from e
        finally:
            connection.close()

    def get(self, path):
        status, body = self.http("GET", path)
        check(status == 200, f"GET {path}: {status} {body[:200]!r}")
        return json.loads(body)

    def post(self, path):
        status, body = self.http("POST", path)
        check(status in (200, 202), f"POST {path}: {status} {body[:200]!r}")
        return json.loads(body) if body.strip() else None

    def verb(self, *arguments, code=0):
        """Runs the program with a verb; returns what it prints."""
        done = subprocess.run(
            [self.program, arguments[0], "-c", str(self.configuration),
             *arguments[1:]], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120, env=self.env)
        check(done.returncode == code, f"rrdflow {' '.join(arguments)}: "
              f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def flush(self):
        """`rrdflow flush`: afterwards the rows are in the files."""
        return self.verb("flush")

    def metrics(self):
        status, body = self.http("GET", "/metrics")
        check(status == 200, f"GET /metrics: {status}")
        return parse_metrics(body.decode())

    def rrd(self, series):
        """The file of a series whose name needs no escapes."""
        return self.store / "rrd" / f"{series}.rrd"

    def wait_taken(self, n, timeout=120):
        """Waits until `n` messages were taken and the journal is drained."""
        def done():
            m = self.metrics()
            return (total(m, "messages_taken_total") >= n
                    and total(m, "journal_waiting_messages") == 0)
        wait_for(f"{n} messages taken and decoded", done, timeout)

    def wait_rest(self, timeout=60):
        """Waits until nothing waits in the journal and nothing moves."""
        seen = []

        def at_rest():
            m = self.metrics()
            names = ("messages_taken_total", "samples_merged_total",
                     "rows_written_total", "rows_waiting")
            seen.append([total(m, x) for x in names])
            return (total(m, "journal_waiting_messages") == 0
                    and seen[-3:] == [seen[-1]] * 3)
        wait_for("at rest", at_rest, timeout, 0.4)
        return self.metrics()


# -- metrics and books --------------------------------------------------------

_sample = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$")


def parse_metrics(text):
    """Prometheus text as {"name{label="x"}": value}, without "rrdflow_"."""
    result = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = _sample.match(line)
        check(found, f"/metrics: not a sample: {line!r}")
        name, labels, value = found.groups()
        key = name.removeprefix("rrdflow_")
        key += f"{{{labels}}}" if labels else ""
        check(key not in result, f"/metrics: twice: {key}")
        result[key] = float(value)
    return result


def total(metrics, name, **labels):
    """The sum of a metric over all labels that are not given."""
    wanted = [f'{k}="{v}"' for k, v in labels.items()]
    return sum(v for k, v in metrics.items()
               if k.split("{")[0] == name and all(w in k for w in wanted))


def books(metrics):
    """The three identities: what should be equal, as (name, left, right)."""
    def t(name):
        return total(metrics, name)
    return [
        ("messages taken = decoded + ignored + dead + waiting",
         t("messages_taken_total"),
         t("messages_decoded_total") + t("messages_ignored_total")
         + t("messages_dead_total") + t("journal_waiting_messages")),
        ("samples = merged + late + refused", t("samples_total"),
         t("samples_merged_total") + t("samples_late_total")
         + t("samples_refused_total")),
        ("rows opened = written + waiting + abandoned",
         t("rows_opened_total"),
         t("rows_written_total") + t("rows_waiting")
         + t("rows_abandoned_total")),
    ]


def check_books(metrics):
    """Every test ends with this. Prints the books."""
    for name, left, right in books(metrics):
        print(f"  {name}: {left:.0f} = {right:.0f}")
    for name, left, right in books(metrics):
        check(left == right, f"the books do not balance: {name}: "
                             f"{left:.0f} is not {right:.0f}")
    # All zero would balance, too.
    check(total(metrics, "messages_taken_total") > 0, "no message was taken")


def run(main, options):
    """Runs a scenario as a program: exit code 0, or 1 and why."""
    begin = time.monotonic()
    try:
        main(options)
    except Failure as e:
        print(f"FAILED: {e}", file=sys.stderr)
        sys.exit(1)
    print(f"ok ({time.monotonic() - begin:.1f} s)")
