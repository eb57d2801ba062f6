"""end_to_end: from a broker into the cache, beside collectd and beside a bare
consumer."""

import time

from support import paths
from support.before import Before
from support.measure import Sample, cpu_of, memory_of, run_program
from support.scratch import Scratch
from harness import Mosquitto, Process, check, wait_for
from counters import total
from service import Rrdflow

FILTER = "plant/#"


def publish(port, qos, series, count, prefix="", rate=0):
    """Returns how many seconds it took."""
    output, _, _ = run_program([paths.tool("publish"), port, qos, series,
                                count, rate, prefix])
    return float(output)


def sample(count, seconds, cpu, peak):
    return Sample(count / seconds, cpu, peak,
                  {"CPU_microseconds_a_message": 1e6 * cpu / count})


class Ours:
    """The service; each run publishes to it."""

    def __init__(self, folder, broker, qos, series):
        self.qos, self.series, self.broker = qos, series, broker
        self.service = Rrdflow(folder, broker.address, {
            "mqtt": {"qos": qos}, "journal": {"segment_size": "64MiB"},
            "cache": {"flush_after": "1d"},
            "rule": [{"name": "plant", "topics": [FILTER], "step": "10s",
                      "format": "number", "series": "{topic}"}]})
        self.service.start()
        self.taken = 0
        self.run(series)

    def run(self, count):
        pid = self.service.process.child.pid
        cpu, begin = cpu_of(pid), time.monotonic()
        publish(self.broker.port, self.qos, self.series, count)
        self.taken += count
        self.wait("messages_taken_total", self.taken)
        seconds = time.monotonic() - begin
        self.service.wait_taken(self.taken)
        return sample(count, seconds, cpu_of(pid) - cpu,
                      memory_of(pid, "VmHWM"))

    def wait(self, name, value):
        wait_for(f"{name} {value}",
                 lambda: total(self.service.metrics(), name) >= value, 600,
                 0.05)

    def end(self):
        self.service.kill()


COLLECTD = """
Hostname "bench"
FQDNLookup false
BaseDir "{folder}"
PIDFile "{folder}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
Interval 10
ReadThreads 1
# One: with more of them values of one file overtake each other.
WriteThreads 1
LoadPlugin logfile
LoadPlugin mqtt
LoadPlugin rrdtool
<Plugin logfile>
  LogLevel "err"
  File "{folder}/collectd.log"
</Plugin>
<Plugin mqtt>
  <Subscribe "bench">
    Host "127.0.0.1"
    Port "{port}"
    QoS {qos}
    ClientId "collectd"
    CleanSession true
    Topic "plant/#"
  </Subscribe>
</Plugin>
<Plugin rrdtool>
  DataDir "{folder}/rrd"
  StepSize 10
  HeartBeat 20
  RRARows 100
  RRATimespan 3600
  CacheTimeout 86400
  CacheFlush 864000
</Plugin>
"""


class Collectd:
    """All values stay in its cache, as with us; the first value of a series
    makes its file."""

    def __init__(self, folder, broker, qos, series):
        self.folder, self.broker = folder, broker
        self.qos, self.series = qos, series
        folder.mkdir(parents=True)
        (folder / "rrd").mkdir()
        configuration = folder / "collectd.conf"
        configuration.write_text(COLLECTD.format(
            folder=folder, port=broker.port, qos=qos))
        self.process = Process([paths.peer("collectd"), "-f", "-C",
                                str(configuration)], folder / "log")
        self.ends = 0
        wait_for("collectd subscribes", self._hears, 60, 0.2)
        self.run(series)

    def _hears(self):
        check(self.process.alive(), f"collectd ended:\n{self.process.tail()}")
        return self._end_seen(0.3)

    def _end_seen(self, patience):
        """Publishes to a new series, whose file says that all before it went
        through."""
        self.ends += 1
        name = f"gauge-end{self.ends}"
        from publisher import Publisher
        with Publisher(self.broker.port) as x:
            x.publish(f"plant/end/sensor-0/{name}", "N:1", qos=self.qos)
        path = self.folder / "rrd" / "end" / "sensor-0" / f"{name}.rrd"
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if path.exists():
                return True
            time.sleep(0.005)
        return False

    def run(self, count):
        pid = self.process.child.pid
        cpu, begin = cpu_of(pid), time.monotonic()
        publish(self.broker.port, self.qos, self.series, count, "N:")
        check(self._end_seen(600), "collectd does not come to the end")
        seconds = time.monotonic() - begin
        return sample(count, seconds, cpu_of(pid) - cpu,
                      memory_of(pid, "VmHWM"))

    def end(self):
        self.process.kill()


class Bare:
    """paho, and a counter."""

    def __init__(self, folder, broker, qos, series):
        self.folder, self.broker = folder, broker
        self.qos, self.series = qos, series
        folder.mkdir(parents=True)
        self.runs = 0

    def run(self, count):
        self.runs += 1
        log = self.folder / f"log-{self.runs}"
        process = Process([paths.tool("counter"), str(self.broker.port),
                           FILTER, str(self.qos), str(count)], log)
        wait_for("the counter is ready", lambda: "ready" in log.read_text(),
                 60, 0.01)
        begin, pid, peak = time.monotonic(), process.child.pid, 0
        publish(self.broker.port, self.qos, self.series, count)
        while process.alive():
            check(time.monotonic() < begin + 600, "the counter misses some")
            peak = max(peak, memory_of(pid, "VmHWM"))
            time.sleep(0.002)
        seconds = time.monotonic() - begin
        return sample(count, seconds, float(log.read_text().split()[1]), peak)

    def end(self):
        pass


def run(options, report):
    series = 1000 if options.small else 10_000
    count = 20_000 if options.small else 200_000
    for qos in (0, 1):
        with Scratch("end-to-end") as folder, \
                Mosquitto(folder / "broker") as broker:
            makers = {"rrdflow": Ours, "collectd": Collectd, "bare paho": Bare}
            if options.before:
                makers = {"rrdflow": Ours, "before": lambda *x: Before(
                    options.before, lambda: Ours(*x))}
            sides, ends = {}, []
            try:
                for name, make in makers.items():
                    side = make(folder / name.replace(" ", "-"), broker, qos,
                                series)
                    ends.append(side)
                    sides[name] = alone(side, count)
                report.compare("end_to_end",
                               f"QoS {qos}, {series:,} series",
                               "messages a second", sides)
            finally:
                for side in ends:
                    side.end()


def alone(side, count):
    return lambda: side.run(count)
