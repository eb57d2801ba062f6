"""RRD files from outside: the command line tool, and librrd by ctypes where its
ten digits are not enough."""

import ctypes
import math
import struct
import subprocess

from harness import check

_lib = None


def _librrd():
    global _lib
    if _lib is None:
        _lib = ctypes.CDLL("librrd.so.8")
        _lib.rrd_get_error.restype = ctypes.c_char_p
        _lib.rrd_freemem.argtypes = [ctypes.c_void_p]
    return _lib


def tool(*arguments):
    done = subprocess.run(["rrdtool", *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"rrdtool {arguments[0]}: {done.stderr}")
    return done.stdout


def info(path):
    """`rrdtool info` as {key: text}."""
    pairs = (x.split(" = ", 1) for x in tool("info", path).splitlines())
    return {k: v.strip('"') for k, v in pairs}


def dump(path):
    return tool("dump", path)


def create(path, *arguments):
    return tool("create", path, *arguments)


def update(path, rows, chunk=20000):
    """Writes rows like "1700000000:1.5"."""
    for i in range(0, len(rows), chunk):
        tool("update", path, "--", *rows[i:i + chunk])


def fetch_text(path, start, end, step, cf="AVERAGE"):
    """What `rrdtool fetch` prints: {time: [values]}, ten digits of them."""
    text = tool("fetch", path, cf, "-r", step, "-s", start, "-e", end)
    result = {}
    for line in text.splitlines():
        head, colon, values = line.partition(":")
        if colon and head.strip().isdigit():
            result[int(head)] = [float(x) for x in values.split()]
    return result


def fetch(path, start, end, step, cf="AVERAGE"):
    """The same from librrd itself, with all digits; and the real step."""
    lib = _librrd()
    begin, stop = ctypes.c_long(int(start)), ctypes.c_long(int(end))
    real_step, sources = ctypes.c_ulong(int(step)), ctypes.c_ulong()
    names = ctypes.POINTER(ctypes.c_void_p)()
    data = ctypes.POINTER(ctypes.c_double)()
    lib.rrd_clear_error()
    code = lib.rrd_fetch_r(str(path).encode(), cf.encode(),
                           ctypes.byref(begin), ctypes.byref(stop),
                           ctypes.byref(real_step), ctypes.byref(sources),
                           ctypes.byref(names), ctypes.byref(data))
    check(code == 0, f"{path}: {lib.rrd_get_error()!r}")
    n = sources.value
    result, at, i = {}, begin.value + real_step.value, 0
    while at <= stop.value:
        result[at] = [data[i + k] for k in range(n)]
        i += n
        at += real_step.value
    for k in range(n):
        lib.rrd_freemem(names[k])
    lib.rrd_freemem(names)
    lib.rrd_freemem(data)
    return result, real_step.value


def time_text(milliseconds):
    """A time as rrdtool takes it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds}.{rest:03}" if rest else str(seconds)


def same(x, y, tolerance=1e-15):
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return abs(x - y) <= tolerance * max(abs(x), abs(y))


def number_text(x):
    """A number as the service hands it to librrd, which keeps the last one's
    text: std::to_chars, the shortest form that comes back the same."""
    if x is None or (isinstance(x, float) and math.isnan(x)):
        return "U"
    if isinstance(x, int):
        return str(x)
    mantissa, exponent = _digits(x)
    sign = "-" if math.copysign(1, x) < 0 else ""
    if x == 0:
        return sign + "0"
    n = len(mantissa)
    scientific = mantissa[0] + ("." + mantissa[1:] if n > 1 else "")
    scientific += f"e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent >= n - 1:
        plain = str(int(abs(x)))
    elif exponent >= 0:
        plain = mantissa[:exponent + 1] + "." + mantissa[exponent + 1:]
    else:
        plain = "0." + "0" * (-exponent - 1) + mantissa
    return sign + (plain if len(plain) <= len(scientific) else scientific)


def _digits(x):
    """The shortest digits of abs(x), and the exponent of the first."""
    text = repr(abs(x))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    exponent = int(exponent or 0) + len(whole) - 1
    digits = whole + fraction
    stripped = digits.lstrip("0")
    exponent -= len(digits) - len(stripped)
    return stripped.rstrip("0") or "0", exponent


class Header:
    """What of a file's header tells whether it is whole (64 bit layout)."""

    def __init__(self, data):
        sources, archives, self.step = struct.unpack_from("<3Q", data, 24)
        at = 128 + 120 * sources
        self.archives = [struct.unpack_from("<2Q", data, at + 120 * i + 24)
                         for i in range(archives)]
        at += 120 * archives
        self.last_update, = struct.unpack_from("<q", data, at)
        at += 16 + 112 * sources + 80 * sources * archives
        self.places = [at + 8 * i for i in range(archives)]
        self.pointers = list(struct.unpack_from(f"<{archives}Q", data, at))

    def phases(self):
        """Of each archive, how its row pointer relates to the last update:
        stays the same as long as no row is shifted."""
        return [(p - self.last_update // (self.step * steps)) % rows
                for p, (rows, steps) in zip(self.pointers, self.archives)]


def header(path):
    with open(path, "rb") as f:
        return Header(f.read(65536))


def replayed(path, rows, scratch):
    """Bytes of a file like `path` as it was created, with `rows` (time, text)
    written by `rrdtool update`.

    librrd lets each archive of a new file begin at a random row, so that the
    file as it was created is known but for that; the phases tell it.
    """
    facts = info(path)
    step = int(facts["step"])
    begin = int(str(rows[0][0]).partition(".")[0])
    arguments = ["--step", step, "--start", begin - step]
    names = [k[3:-len("].index")] for k in facts if k.endswith("].index")]
    names.sort(key=lambda x: int(facts[f"ds[{x}].index"]))
    for name in names:
        limits = [facts[f"ds[{name}].{x}"] for x in ("min", "max")]
        limits = ["U" if x == "NaN" else x for x in limits]
        arguments.append(":".join([
            "DS", name, facts[f"ds[{name}].type"],
            facts[f"ds[{name}].minimal_heartbeat"], *limits]))
    i = 0
    while f"rra[{i}].cf" in facts:
        arguments.append(":".join([
            "RRA", facts[f"rra[{i}].cf"], facts[f"rra[{i}].xff"],
            facts[f"rra[{i}].pdp_per_row"], facts[f"rra[{i}].rows"]]))
        i += 1
    wanted = header(path)
    scratch.unlink(missing_ok=True)
    create(scratch, *arguments)
    fresh = header(scratch)
    with open(scratch, "r+b") as f:
        for place, phase, (size, steps) in zip(fresh.places, wanted.phases(),
                                               fresh.archives):
            f.seek(place)
            begin = phase + fresh.last_update // (fresh.step * steps)
            f.write(struct.pack("<Q", begin % size))
    update(scratch, [f"{at}:{text}" for at, text in rows])
    return scratch.read_bytes()
