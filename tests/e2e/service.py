"""The program under test, and its interfaces."""

import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from counters import all_counted, parse_metrics, total
from harness import HeldPort, Process, binary, check, wait_for


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


def value_rule(name, *archives, **more):
    """A rule for topics NAME/+ with messages {"ts": seconds, "v": number}; its
    heartbeat is two steps unless `more` has another one."""
    step = more.get("step", "1s")
    return {"name": name, "topics": [f"{name}/+"], "format": "json",
            "series": "{topic}", "time": "ts", "step": "1s",
            "heartbeat": f"{2 * int(step[:-1])}{step[-1]}", "fill": "heartbeat",
            "fields": [{"path": "v"}], "only": True,
            "archives": list(archives), **more}


class DecoderHold:
    """Keeps the DECODER of the testing program from taking records."""

    def __init__(self, folder):
        self.file = folder / "hold"
        self.seen = folder / "hold.seen"
        self.environment = {"RRDFLOW_TEST_HOLD_DECODER": str(self.file)}

    def begin(self):
        """Of a service that runs. From now on no record is taken."""
        self.file.touch()
        wait_for("the decoder is held back", self.seen.exists)

    def end(self):
        self.file.unlink()


class Rrdflow:
    """The program under test, with a store of its own."""

    def __init__(self, folder, broker, sections=None, text=None, program=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = self.folder / "store"
        self.store.mkdir(exist_ok=True)
        self.held = HeldPort()
        self.port = self.held.number
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

    def start(self, wait=True, timeout=120.0, stderr=None, before=(),
              **environment):
        """Returns after how many seconds it was ready. `before` are the words
        in front of the program's name."""
        check(os.access(self.program, os.X_OK), f"no program {self.program}")
        begin = time.monotonic()
        self.process = Process(
            [*before, self.program, "run", "-c", str(self.configuration)],
            self.log, {**self.env, **environment}, stderr)
        if wait:
            wait_for("/readyz says yes", self.ready, timeout, 0.01)
        return time.monotonic() - begin

    def ready(self):
        check(self.process.alive(), f"rrdflow ended:\n{self.process.tail()}")
        try:
            return self.http("GET", "/readyz", timeout=5)[0] == 200
        except OSError:
            return False

    def answers(self):
        """Whether it is there at all, ready or not."""
        check(self.process.alive(), f"rrdflow ended:\n{self.process.tail()}")
        try:
            return self.http("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def connected(self):
        """Whether it answers and is subscribed at the broker."""
        return (self.answers()
                and total(self.metrics(), "mqtt_connected") == 1)

    def wait_connected(self):
        wait_for("connected", self.connected)

    def kill(self):
        self.process.kill()

    def terminate(self, timeout=60.0):
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

    def wait_taken(self, n, timeout=300):
        """Waits until `n` messages were taken, the journal is drained, and the
        shards have counted what came of the messages."""
        seen = [{}]

        def done():
            seen.append(self.metrics())
            return (total(seen[-1], "messages_taken_total") >= n
                    and all_counted(*seen[:-3:-1]))
        wait_for(f"{n} messages taken and counted", done, timeout)

    def wait_rest(self, timeout=180):
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
