"""One run of the service in which system calls fail."""

import re
import shutil
import time

from counters import mismatches, total
from harness import Failure, Mosquitto, check, wait_for
from sensors import Sensors, rule
from service import Rrdflow
from shims import Shim
from watch import Watch

EX_IOERR = 74
SERIES = 8
MESSAGES = 720
REASONS = {"ENOSPC": "No space left", "EIO": "Input/output error",
           "EMFILE": "Too many open files", "ENOMEM": "Cannot allocate memory",
           "EINTR": "Interrupted"}
# Retried at once, without a word in the log.
SILENT = [("write", "short"), ("write", "EINTR"), ("allocate", "EINTR")]


def sections():
    return {
        "rule": [rule("c")],
        "journal": {"segment_size": "1MiB"},
        "cache": {"flush_after": "1s", "flush_jitter": "0s"},
        "snapshot": {"every": "400ms"},
        "limits": {"payload": "16KiB", "disk_reserve": "1MiB"},
        "writer": {"creates_per_second": 10000},
    }


def quiet(f):
    """The result, or None: the service need not answer now."""
    try:
        return f()
    except (OSError, Failure):
        return None


def ask(service, n):
    """What users do meanwhile."""
    quiet(lambda: service.http("POST", "/api/v1/flush", timeout=20))
    quiet(lambda: service.http(
        "GET", f"/api/v1/data?series=c/{n % SERIES}&from=-1h", timeout=20))


def live(service, sensors, seconds):
    """Readings come, and people ask, for some seconds."""
    sensors.stream(seconds, MESSAGES)
    for n in range(3):
        time.sleep(seconds / 3)
        ask(service, n)
    sensors.finish()


def prepare(service, sensors):
    """A life before, which leaves something of everything and is killed."""
    service.start()
    service.wait_connected()
    sensors.publish(90, 3)
    service.wait_taken(90)
    service.flush()
    wait_for("a snapshot", lambda: total(
        service.metrics(), "snapshots_total") > 0)
    sensors.publish(30, 4)
    service.wait_taken(120)
    time.sleep(0.05)
    service.kill()


def settled(service, sensors):
    """Ready, and everything is taken and written. Calls may still fail at
    first, and the flow start again in the middle of a flush."""
    wait_for("ready", service.ready)
    service.wait_taken(sensors.sent)
    wait_for("flushed", lambda: quiet(service.flush) is not None)
    return service.wait_rest()


def count_calls(folder):
    """How many calls of each kind a run without faults makes."""
    with Mosquitto(folder / "broker") as broker, \
            Rrdflow(folder, broker.address, sections()) as service:
        sensors = Sensors(broker.port, "c", SERIES, 1500)
        prepare(service, sensors)
        shim = Shim(folder, service.store)
        service.start(**shim.environment)
        live(service, sensors, 1.5)
        settled(service, sensors)
        service.terminate()
        return shim.calls()


class Case:
    """The call number `at` of a kind fails, and all others of the kind for
    `seconds`. Then `kill` or an orderly end."""

    def __init__(self, call, error, at, seconds):
        self.call, self.error = call, error
        self.at, self.seconds = at, seconds
        self.kill = True

    def __str__(self):
        text = f"{self.error} at {self.call} {self.at}"
        return text + (f" for {self.seconds} s" if self.seconds else "")

    def run_into(self, outcome, folder):
        """Adds what was found; keeps the folder if it is bad."""
        self.outcome = outcome
        self.bad = self.ended = False
        try:
            self._run(folder)
        except Exception as e:  # Of whatever kind: the others go on.
            self._lose(f"{type(e).__name__}: {e}")
        self.outcome.add("cases")
        if not self.bad:
            shutil.rmtree(folder, ignore_errors=True)

    def _lose(self, text):
        self.bad = True
        self.outcome.lose(f"{self}: {text}")
        print(f"  {self}: {text}", flush=True)

    def _check(self, condition, text):
        if not condition:
            self._lose(text)

    def _run(self, folder):
        with Mosquitto(folder / "broker") as broker, \
                Rrdflow(folder, broker.address, sections()) as service:
            sensors = Sensors(broker.port, "c", SERIES, 1500)
            prepare(service, sensors)
            self.shim = Shim(folder, service.store, call=self.call, at=self.at,
                             error=self.error, seconds=self.seconds)
            service.log = folder / "fault.log"
            with Watch(service) as watch:
                self._begin(service)
                live(service, sensors, 1.5)
                if self.shim.faults():
                    time.sleep(self.seconds)
                settled(service, sensors)
            self._judge(service, watch)
            if self.kill:
                service.kill()
            else:
                service.terminate()
            service.log = folder / "after.log"
            service.start()
            sensors.publish(60)
            metrics = settled(service, sensors)
            self._check_values(service, sensors, metrics)
            service.terminate()

    def _begin(self, service):
        """Starts with the fault; a start that fails ends in good order, and is
        tried again as systemd would."""
        service.start(wait=False, **self.shim.environment)
        end = time.monotonic() + 120
        while not (service.process.alive() and quiet(service.ready)):
            check(time.monotonic() < end, "after 120 s not ready")
            code = service.process.child.poll()
            if code is None:
                time.sleep(0.02)
                continue
            check(code == EX_IOERR, f"exit code {code} at the start:\n"
                                    f"{service.process.tail(3)}")
            self.ended = True
            self.outcome.add("ended with exit code 74 while starting")
            time.sleep(0.2)
            service.start(wait=False, **{**self.shim.environment,
                                         "RRDFLOW_SHIM_AT": "0"})

    def _judge(self, service, watch):
        """What was to be seen of the fault."""
        if self.shim.faults() == 0:
            return self.outcome.add("cases whose call did not come")
        self.outcome.add("faults", self.shim.faults())
        function, path = self.shim.first()
        if watch.restarts:
            self.outcome.add("cases in which the flow restarted")
            self._check(watch.reasons, "a restart that /readyz does not show: "
                                       f"{watch.restarts}")
        if watch.stalls:
            self.outcome.add("cases in which intake stalled")
            # One that is over at once need not be seen from outside.
            self._check(watch.saw("stalled") or not self.seconds,
                        "a stall that /readyz hides")
        if (self.call, self.error) in SILENT:
            return
        inside = path.removeprefix(str(self.shim.store)).strip("/")
        lines = service.log.read_text().splitlines()
        # librrd does not look at what fclose says; the file is checked then.
        # What cannot be opened by one call is opened folder by folder. An
        # index that cannot be read is written anew.
        named = (function == "fclose" and inside.startswith("rrd/.new/")
                 or function == "openat2" and not self.seconds
                 or function == "open" and inside == "rrd/index.txt"
                 or any(self._names(x, inside) for x in lines)
                 # Another of the calls was the end of that start.
                 or self.ended and any(REASONS[self.error] in x
                                       for x in lines))
        self._check(named, f"{function} of {inside}: the log does not say it")

    def _names(self, line, inside):
        """Whether a line of the log names the file and the reason."""
        if inside.startswith("rrd/.new/") and not inside.endswith("/."):
            # The series is named, and librrd seldom says why.
            return ".rrd: " in line
        words = [x for x in re.split(r"[/.]", inside) if len(x) > 2]
        return (REASONS[self.error].lower() in line.lower()
                and any(x in line for x in words or ["store"]))

    def _check_values(self, service, sensors, metrics):
        taken = total(metrics, "messages_taken_total")
        late = total(metrics, "samples_late_total")
        self._check(taken >= sensors.sent,
                    f"{sensors.sent - taken:.0f} messages are lost")
        self._check(late <= taken - sensors.sent, f"{late:.0f} are late")
        for name in ("samples_refused_total", "messages_dead_total",
                     "rows_abandoned_total", "files_quarantined"):
            n = total(metrics, name)
            self._check(n == 0, f"{name} is {n:.0f}")
        for text in mismatches(metrics):
            self._lose(text)
        wrong, said = sensors.examine(service)
        self._check(not wrong, f"{wrong} slots are wrong: {'; '.join(said[:3])}")
        self.outcome.add("messages", sensors.sent)
        self.outcome.add("delivered again", int(taken - sensors.sent))
