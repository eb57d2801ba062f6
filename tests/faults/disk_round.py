"""One disk that gets full under the service, and then has room again."""

import signal
import subprocess
import time

import rrdtool
from call_case import quiet
from counters import mismatches, total
from harness import Failure, Mosquitto, check, testing_binary, wait_for
from sensors import ROWS, Sensors, rule
from service import DecoderHold, Rrdflow
from tiny_disk import TinyDisk
from watch import Watch, stalled

MIB = 1 << 20
SIZE = 32 * MIB
RESERVE = 3 * MIB
SCENARIOS = ("journal", "new files", "foreign files", "holes")
FULL_SECONDS = 1.5


class DiskRound:
    """`switches` switch protections off; then the process is expected to
    die."""

    def __init__(self, scenario, disk, rng, switches):
        self.scenario, self.kind = scenario, disk
        self.switches = switches
        self.series = rng.randint(6, 12)
        self.more = None

    def __str__(self):
        return f"{self.scenario} on {self.kind}"

    def run_into(self, outcome, folder):
        self.outcome = outcome
        try:
            self._run(folder)
        except Exception as e:  # Of whatever kind: the others go on.
            self.outcome.end(f"{self}: {type(e).__name__}: {e}")
        self.outcome.add(f"rounds: {self}")

    def _lose(self, text):
        self.outcome.lose(f"{self}: {text}")

    def _check(self, condition, text):
        if not condition:
            self._lose(text)

    def _sections(self):
        reserve = "0B" if "RRDFLOW_TEST_ALLOCATE" in self.switches \
            else f"{RESERVE}B"
        return {
            "rule": [rule("d")],
            "journal": {"segment_size": "1MiB"},
            "cache": {"flush_after": "1s", "flush_jitter": "0s"},
            "snapshot": {"every": "60s" if self.scenario == "holes"
                         else "400ms"},
            "limits": {"payload": "16KiB", "disk_reserve": reserve},
            "writer": {"creates_per_second": 10000},
        }

    def _run(self, folder):
        with Mosquitto(folder / "broker") as broker, \
                TinyDisk(self.kind, folder / "store", SIZE) as self.disk, \
                Rrdflow(folder, broker.address, self._sections(),
                        program=testing_binary()) as service:
            self.hold = DecoderHold(folder)
            self.sensors = Sensors(broker.port, "d", self.series, 1500)
            self.service = service
            if self.scenario == "holes":
                self._make_holes()
            service.start(**self.switches, **self.hold.environment)
            service.wait_connected()
            with Watch(service) as self.watch:
                try:
                    getattr(self, "_" + self.scenario.replace(" ", "_"))()
                    self._settle()
                except Failure as e:
                    if service.process.alive():
                        raise
                    code = service.process.child.wait()
                    name = signal.Signals(-code).name if code < 0 else code
                    return self._lose(f"the process ended: {name}")
            self._judge()
            service.terminate()

    # -- what happens ---------------------------------------------------------

    def _journal(self):
        """The flow rests, so that the journal grows into the reserve."""
        self.disk.fill(leave=RESERVE + 5 * MIB)
        self.hold.begin()
        self.sensors.publish(4500)
        wait_for("stalled", lambda: stalled(self.service))
        self._expect_snapshots()
        self.hold.end()
        # No space returns but what the journal itself can give back.
        wait_for("it resumes by itself",
                 lambda: not stalled(self.service))
        self.disk.drain()
        self._check(self.watch.saw("stalled: disk_reserve"),
                    f"/readyz says {self.watch.reasons}")

    def _new_files(self):
        """Files are made until the reserve is reached."""
        self.sensors.publish(200)
        self.disk.fill(leave=RESERVE + 2 * MIB)
        self.more = Sensors(self.sensors.port, "d", 40, first=100)
        self.more.publish(200)
        self._wait_log("limits.disk_reserve is free")
        # There is no snapshot unless the journal grows.
        self._expect_snapshots(lambda: self.sensors.publish(20))
        self.disk.drain()

    def _foreign_files(self):
        """The disk is full to the last byte, while readings come."""
        self.sensors.publish(100)
        self.disk.fill()
        self.sensors.stream(1, 3000)
        self._ask_while_full()
        if not self.switches:
            wait_for("stalled", lambda: stalled(self.service))
        self.sensors.finish()
        self.disk.drain()
        self._check(self.watch.saw("stalled: disk_reserve"),
                    f"/readyz says {self.watch.reasons}")

    def _holes(self):
        """Rows for files that the disk cannot hold. There is an undo log, so
        that they get as far as the files."""
        self.sensors.publish(20, len(self.sensors.series) // 2)
        self.service.flush()
        self.disk.fill()
        self.sensors.publish(200)
        self._ask_while_full()
        self._wait_log("No space left on device")
        self.disk.drain()

    # -- helpers --------------------------------------------------------------

    def _make_holes(self):
        """The files are there, and all behind the first page is a hole."""
        for s, start in zip(self.sensors.series, self.sensors.slots):
            path = self.service.rrd(s.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            rrdtool.create(path, "--step", 1, "--start", start,
                           "DS:value:GAUGE:2:U:U", f"RRA:LAST:0.5:1:{ROWS}",
                           f"RRA:AVERAGE:0.5:1:{ROWS}")
            size = path.stat().st_size
            subprocess.run(["fallocate", "-p", "-o", "4096", "-l",
                            str(size - 4096), str(path)], check=True)
            check(path.stat().st_blocks * 512 < size, f"{path}: no hole")

    def _ask_while_full(self):
        end = time.monotonic() + FULL_SECONDS
        while time.monotonic() < end:
            quiet(lambda: self.service.http("POST", "/api/v1/flush",
                                            timeout=10))
            quiet(lambda: self.service.http(
                "GET", "/api/v1/data?series=d/0&from=-2h", timeout=10))
            check(self.service.process.alive(), "it ended")
            time.sleep(0.2)

    def _wait_log(self, text):
        def there():
            check(self.service.process.alive(), "it ended")
            return text in self.service.log.read_text()
        wait_for(f"the log says {text}", there)

    def _expect_snapshots(self, meanwhile=lambda: None):
        """They go on while the disk is full."""
        def count():
            meanwhile()
            return total(self.service.metrics(), "snapshots_total")
        before = count()
        wait_for("snapshots go on", lambda: count() > before)
        self.outcome.add("snapshots in the reserve")

    def _settle(self):
        service = self.service
        begin = time.monotonic()
        wait_for("ready again", service.ready)
        sent = self.sensors.sent + (self.more.sent if self.more else 0)
        service.wait_taken(sent)
        self.outcome.raise_to("seconds until it had caught up, at most",
                              round(time.monotonic() - begin, 1))
        service.flush()
        self.metrics = service.wait_rest()
        self.sent = sent

    def _judge(self):
        taken = total(self.metrics, "messages_taken_total")
        self._check(taken >= self.sent, f"{self.sent - taken} are lost")
        for text in mismatches(self.metrics):
            self._lose(text)
        for name in ("samples_refused_total", "rows_abandoned_total",
                     "files_quarantined", "messages_dead_total"):
            n = total(self.metrics, name)
            self._check(n == 0, f"{name} is {n:.0f}")
        for sensors in filter(None, (self.sensors, self.more)):
            wrong, said = sensors.examine(self.service,
                                          self.scenario != "holes")
            self._check(not wrong, f"{wrong} slots are wrong: {said[:2]}")
        self.outcome.add("messages", self.sent)
        if self.watch.restarts:
            self.outcome.add("rounds in which the flow restarted")
        if self.watch.stalls:
            self.outcome.add("rounds in which intake stalled")
