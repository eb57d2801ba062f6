"""A strict MQTT 3.1.1 subscriber on a bare socket: keeps what it hears, with
the time. QoS 0."""

import socket
import struct
import threading
import time

from harness import check, wait_for


class Listener:
    def __init__(self, port, *filters):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
        self.rest = b""
        kind, body = self._packet()
        check(kind == 0x20 and body == b"\x00\x00", f"CONNACK {body!r}")
        content = struct.pack(">H", 1) + b"".join(
            struct.pack(">H", len(x)) + x.encode() + b"\x00" for x in filters)
        check(len(content) < 128, "too many filters")
        self.socket.sendall(b"\x82" + bytes((len(content),)) + content)
        kind, body = self._packet()
        check(kind == 0x90 and not any(body[2:]), f"SUBACK {body!r}")
        self.socket.settimeout(None)
        self.lock = threading.Lock()
        self.heard = []
        self.closed = False
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True
        self.socket.close()

    def _read(self, n):
        while len(self.rest) < n:
            more = self.socket.recv(65536)
            if not more:
                raise OSError("the broker closed the listener's connection")
            self.rest += more
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def _packet(self):
        kind = self._read(1)[0]
        size = shift = 0
        while True:
            byte = self._read(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self._read(size)

    def _listen(self):
        try:
            while True:
                kind, body = self._packet()
                if kind & 0xf0 != 0x30:
                    continue
                n = struct.unpack(">H", body[:2])[0]
                with self.lock:
                    self.heard.append((time.monotonic(),
                                       body[2:2 + n].decode(),
                                       body[2 + n:], bool(kind & 1)))
        except OSError:
            self.closed = True

    def mark(self):
        """What was heard before is not asked for any more: see `since`."""
        with self.lock:
            return len(self.heard)

    def since(self, mark=0, topic=None):
        """(time, topic, payload) of what was heard, maybe on one topic."""
        with self.lock:
            return [x[:3] for x in self.heard[mark:]
                    if topic is None or x[1] == topic]

    def retained(self):
        with self.lock:
            return [x[1] for x in self.heard if x[3]]

    def next(self, topic, mark=0, n=1):
        """Waits for `n` messages on a topic; their payloads."""
        xs = wait_for(f"{n} message(s) on {topic}",
                      lambda: self.since(mark, topic)[n - 1:] and
                      self.since(mark, topic), interval=0.005)
        return [x[2] for x in xs[:n]]
