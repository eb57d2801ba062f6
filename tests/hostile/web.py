#!/usr/bin/env python3
"""Hostile HTTP: ways out of the folder, ranges without end, slow clients and
many of them, foreign pages, and a socket full of rubbish."""

import contextlib
import json
import socket
import threading
import time
from urllib.parse import quote

import cases
from harness import check, wait_for
from publisher import Publisher
from service import Rrdflow
from world import RULE, World

KIBI, MEBI = 1 << 10, 1 << 20


class HttpWorld(World):
    def __init__(self, folder):
        super().__init__(folder, {"rule": [RULE]})

    def raw(self, data, timeout=15, address=None, end=False):
        """Sends bytes; returns the status, or 0 if there is no answer."""
        family = socket.AF_UNIX if address else socket.AF_INET
        with socket.socket(family) as s:
            s.settimeout(timeout)
            s.connect(address or ("127.0.0.1", self.service.port))
            with contextlib.suppress(OSError):
                s.sendall(data)
                if end:
                    s.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(OSError):
                while b"\r\n\r\n" not in answer:
                    more = s.recv(65536)
                    if not more:
                        break
                    answer += more
            return int(answer[9:12]) if answer.startswith(b"HTTP/") else 0

    def lives(self, series="alive"):
        """Intake is unaffected, and so are other clients."""
        _, effect = self.readings([series])
        effect.expect(messages_decoded_total=1)
        check(self.service.http("GET", "/healthz")[0] == 200, "/healthz")


def request(line, *fields, host="localhost"):
    host = [f"Host: {host}"] if host else []
    return "\r\n".join([line, *host, *fields, "", ""]).encode()


def case_47_ways_out(world):
    for target in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                   "/..%2f..%2fetc/passwd", "/rrd/../../../etc/passwd",
                   "/rrd/rrds/../../store.lock", "/%2e%2e%5c", "//etc/passwd",
                   "/api/v1/../../etc/passwd", "/.", "/index.html/..",
                   "/%00", "/\\..\\..", "/api/v1/series%00.html"):
        status = world.raw(request(f"GET {target} HTTP/1.1"))
        check(status in (400, 404), f"GET {target}: {status}")
    for data in (request("GET http://evil.example/etc/passwd HTTP/1.1"),
                 request("GET /a\0b HTTP/1.1"),
                 request("GET * HTTP/1.1"), b"GET /\0 HTTP/1.1\r\n\r\n",
                 request("GET /%zz HTTP/1.1"), request("GET /%e HTTP/1.1")):
        status = world.raw(data)
        # Without a host it is not served at all: 403.
        check(status in (0, 400, 403, 404), f"{data!r}: {status}")
    for name in ("../../etc/passwd", "/etc/passwd", "alive\0x"):
        status = world.service.http(
            "GET", "/api/v1/data?series=" + quote(name, safe=""))[0]
        check(status == 404, f"series {name!r}: {status}")
    world.lives()


def case_48_endless_ranges(world):
    world.lives("range")
    huge = 9 * 10**18
    for query in (f"from=0&to={huge}", f"from=0&to={huge}&points=1",
                  f"from=0&to={huge}&points=100000000",
                  f"from=-{huge}&to={huge}", "from=0&to=" + "9" * 400,
                  "from=1e300&to=2e300", "from=nan&to=inf", "from=-1&to=1",
                  "from=0&to=now&points=-1", f"from={huge}&to=0",
                  "from=-99999999999999y", "from=0&to=4102444800",
                  f"from={-2**63}&to={2**63 - 1}"):
        begin = time.monotonic()
        status, body = world.service.http("GET",
                                          f"/api/v1/data?series=range&{query}")
        took = time.monotonic() - begin
        check(status == 400, f"{query}: {status} {body[:80]!r}")
        check(took < 5, f"{query} took {took:.1f} s")
    world.lives()


def case_49_slow_and_many(world):
    """Slowloris on every connection there is: intake goes on; so do others as
    soon as the slow ones are gone. (After ten seconds they are: http_daemon.)
    """
    before = world.memory("VmRSS")
    taken = world.service.metrics()["messages_taken_total"]
    slow = []
    with contextlib.ExitStack() as stack:
        for i in range(600):
            s = stack.enter_context(socket.socket())
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                s.connect(("127.0.0.1", world.service.port))
            slow.append(s)
        time.sleep(0.3)
        for _ in range(3):
            for s in slow:
                with contextlib.suppress(OSError):
                    s.send(b"GET / HTTP/1.1\r\nX: ")
            time.sleep(0.1)
        begin = time.monotonic()
        with Publisher(world.broker.port) as p:
            for i in range(1000):
                p.publish("alive", f'{{"v": {i}}}')
            p.drain()
        check(time.monotonic() - begin < 10, "the broker waits for the service")
        descriptors = len(list(world.proc("fd").iterdir()))
        check(descriptors < 400, f"{descriptors} descriptors")

    def answers():
        with contextlib.suppress(OSError):
            return world.service.http("GET", "/healthz", timeout=2)[0]
    wait_for("others are served again", answers, 40, 0.1)
    grown = world.memory("VmRSS") - before
    check(grown < 64 * MEBI, f"they cost {grown} bytes")
    world.settled(taken + 1000)


def case_49_gigabytes(world):
    """A header and a body of a gigabyte: cut off long before."""
    before = world.memory("VmRSS")

    def pour(head, chunk):
        with socket.create_connection(
                ("127.0.0.1", world.service.port), 15) as s:
            sent = 0
            with contextlib.suppress(OSError):
                s.sendall(head)
                while sent < 1 << 30:
                    s.sendall(chunk)
                    sent += len(chunk)
            return sent
    field = b"X: " + b"a" * 65536
    body = request("POST /api/v1/forget HTTP/1.1", "X-Rrdflow: 1",
                   "Content-Length: 1073741824")
    chunked = request("POST /api/v1/forget HTTP/1.1", "X-Rrdflow: 1",
                      "Transfer-Encoding: chunked")
    for head, chunk in (
            (b"GET /" + b"a" * 65536, b"a" * 65536),
            (b"GET / HTTP/1.1\r\n", field), (body, b"a" * 65536),
            (b"GET / HTTP/1.1\r\n", b"X: a\r\n" * 10000),
            (chunked, b"10000\r\n" + b"a" * 65536 + b"\r\n")):
        sent = pour(head, chunk)
        check(sent < 64 * MEBI, f"{head[:20]!r}: {sent} bytes are taken")
    grown = world.memory("VmRSS") - before
    check(grown < 16 * MEBI, f"they cost {grown} bytes")
    world.lives()


def case_50_foreign_pages(world):
    """What a page of somebody else can make a browser send."""
    flush = "POST /api/v1/flush HTTP/1.1"
    form = "Content-Type: application/x-www-form-urlencoded"
    for data, wanted in (
            (request(flush, form, "Content-Length: 0"), 403),
            (request(flush, "X-Rrdflow: 2", "Content-Length: 0"), 403),
            (request(flush, "Content-Type: text/plain",
                     "Origin: http://evil.example", "Content-Length: 0"), 403),
            (request(flush, "X-Rrdflow: 1", "Content-Length: 0",
                     host="evil.example"), 403),
            (request("GET /api/v1/series HTTP/1.1", host="evil.example"), 403),
            (request("GET /metrics HTTP/1.1", host="127.0.0.1.evil.example"),
             403),
            (request("GET /metrics HTTP/1.1", "Host: evil.example"), 400),
            (request("GET /metrics HTTP/1.1", host=None), 403),
            (request("OPTIONS /api/v1/flush HTTP/1.1",
                     "Origin: http://evil.example",
                     "Access-Control-Request-Method: POST",
                     "Access-Control-Request-Headers: x-rrdflow"), 405),
            (request("GET /api/v1/flush HTTP/1.1", "X-Rrdflow: 1"), 405)):
        status = world.raw(data)
        check(status == wanted, f"{data[:120]!r}: {status}, not {wanted}")
    world.lives()


def case_50_no_token(world):
    token = world.folder / "token"
    token.write_text("secret\n")
    token.chmod(0o600)
    with Rrdflow(world.folder / "token-service", world.broker.address,
                 {"rule": [RULE]}) as x:
        x.base["http"]["token_file"] = str(token)
        x.configure({"rule": [RULE]})
        x.start(wait=False)
        wait_for("the flow has started", lambda: "flow started"
                 in x.log.read_text())
        for value, wanted in ((None, 401), ("Bearer wrong", 401),
                              ("Bearer ", 401), ("Basic", 401),
                              ("Basic !!!!", 401), ("Bearer secret", 200),
                              ("bearer secret", 200),
                              ("Basic OnNlY3JldA==", 200)):
            fields = [f"Authorization: {value}"] if value else []
            for line, more in (("GET /api/v1/series HTTP/1.1", []),
                               ("POST /api/v1/flush HTTP/1.1",
                                ["X-Rrdflow: 1", "Content-Length: 0"])):
                with socket.create_connection(("127.0.0.1", x.port), 10) as s:
                    s.sendall(request(line, *fields, *more))
                    status = int(s.recv(4096)[9:12])
                check(status == wanted, f"{line} with {value}: {status}")
        check("secret" not in x.log.read_text(), "the token is in the log")
        token.chmod(0o644)
        x.terminate()
        x.verb("run", code=78)


def case_51_no_definitions(world):
    """Names are looked up as they are: a colon and a backslash in them mean
    nothing, and no file is named by a request."""
    names = ["x:value:AVERAGE", "DEF\\:a=/etc/passwd:value:AVERAGE", "a\\",
             "x,CDEF:b=a", "a' -o /tmp/x"]
    slot, _ = world.readings(names)
    for i, name in enumerate(names):
        rows = world.service.get(
            f"/api/v1/data?series={quote(name, safe='')}"
            f"&from={slot - 1}&to={slot}")
        values = [x["value"] for x in rows if x["value"] is not None]
        check(values == [i + 1], f"{name}: {rows}")
    for path in ("/render?target=DEF:a=/etc/passwd:value:AVERAGE",
                 "/rrd/rrds/../../../etc/passwd"):
        check(world.service.http("GET", path)[0] in (400, 404), path)
    for cf in ("AVERAGE:0", "average\\", "a" * 5000):
        check(world.service.http("GET", f"/api/v1/data?series=a\\&cf={cf}")[0]
              in (400, 404), f"cf={cf[:20]}")


def case_54_rubbish_on_a_socket(world):
    """There is no control socket; HTTP may listen on a unix socket."""
    path = world.folder / "http.sock"
    with Rrdflow(world.folder / "unix", world.broker.address,
                 {"rule": [RULE]}) as x:
        x.base["http"]["listen"] = [f"127.0.0.1:{x.port}", f"unix:{path}"]
        x.configure({"rule": [RULE]})
        x.start()
        before = world.memory("VmRSS")
        for data in (b"a" * MEBI, b"FLUSH ALL\n" * 1000,
                     bytes(range(256)) * 99, b"\n" * 100000,
                     b"\x16\x03\x01\x02\0\1\0\1\xfc\3\3\r\n\r\n"):
            status = world.raw(data, 15, str(path), end=True)
            check(status in (0, 400, 414, 431), f"{data[:20]!r}: {status}")
        answers = []

        def ask():
            answers.append(world.raw(request("GET /healthz HTTP/1.1"), 15,
                                     str(path)))
        partial = []
        for _ in range(20):
            s = socket.socket(socket.AF_UNIX)
            s.connect(str(path))
            s.sendall(b"GET /hea")
            partial.append(s)
        clients = [threading.Thread(target=ask) for _ in range(100)]
        for c in clients:
            c.start()
        for c in clients:
            c.join()
        for s in partial:
            s.close()
        check(answers.count(200) == 100, f"100 clients: {sorted(answers)}")
        grown = world.memory("VmRSS") - before
        check(grown < 16 * MEBI, f"they cost {grown} bytes")
        check(path.stat().st_mode & 0o007 == 0, "all users may use the socket")
        x.terminate()


def case_54_no_rrdcached_yet(world):
    """Asked for, it is a mistake that says so."""
    x = Rrdflow(world.folder / "rrdcached", world.broker.address, {
        "rrdcached": {"listen": ["unix:/tmp/x"]}})
    text = x.verb("check", code=78)
    check("not built" in text, text)
    check(json.loads(world.service.verb("stats", "--json")), "stats")


if __name__ == "__main__":
    cases.main(HttpWorld)
