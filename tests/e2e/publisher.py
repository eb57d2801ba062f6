"""A strict MQTT 3.1.1 publisher on a bare socket.

A message counts as published only when its PUBACK has come in. The socket's
window holds at most 100 messages without one, like a well-behaved device.
"""

import socket
import struct

from harness import Failure, check

WINDOW = 100


def length(n):
    """A length as MQTT writes it."""
    out = bytearray()
    while True:
        n, byte = divmod(n, 128)
        out.append(byte | (128 if n else 0))
        if not n:
            return bytes(out)


def read_packet(connection):
    """The first byte and the body of the next packet."""
    def read(n):
        data = b""
        while len(data) < n:
            more = connection.recv(n - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data
    first, size, shift = read(1)[0], 0, 0
    while True:
        byte = read(1)[0]
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return first, read(size)


def publish_packet(topic, payload, packet_id, retain=False):
    """A PUBLISH of QoS 1, or of QoS 0 if packet_id is 0."""
    if isinstance(topic, str):
        topic = topic.encode()
    if isinstance(payload, str):
        payload = payload.encode()
    first = 0x30 | (2 if packet_id else 0) | (1 if retain else 0)
    size = 2 + len(topic) + (2 if packet_id else 0) + len(payload)
    identifier = struct.pack(">H", packet_id) if packet_id else b""
    return b"".join((bytes((first,)), length(size),
                     struct.pack(">H", len(topic)), topic, identifier,
                     payload))


class Publisher:
    def __init__(self, port, timeout=60.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
        answer = self._read(4)
        check(answer == b"\x20\x02\x00\x00", f"CONNACK {answer!r}")
        self.acknowledged = 0
        self.last_id = 0
        self.outstanding = []
        self.waiting = []
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.drain()
            self.socket.sendall(b"\xe0\x00")
        self.socket.close()

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            check(more, "the broker closed the publisher's connection")
            data += more
        return data

    def publish(self, topic, payload, qos=1, retain=False):
        """Queues a message; sends when the window is full."""
        if qos == 0:
            self.waiting.append(publish_packet(topic, payload, 0, retain))
            return
        self.last_id = self.last_id % 65535 + 1
        self.outstanding.append(self.last_id)
        self.waiting.append(
            publish_packet(topic, payload, self.last_id, retain))
        if len(self.outstanding) >= WINDOW:
            self._send()
            # Half a window at once: fewer system calls than one by one.
            self._receive(WINDOW // 2)

    def drain(self):
        """Returns when everything is acknowledged; how many there are."""
        self._send()
        self._receive(0)
        return self.acknowledged

    def _send(self):
        if self.waiting:
            self.socket.sendall(b"".join(self.waiting))
            self.waiting.clear()

    def _receive(self, allowed):
        """Reads acknowledgements until at most `allowed` are missing."""
        while len(self.outstanding) > allowed:
            data = self.socket.recv(65536)
            if not data:
                raise Failure("the broker closed the publisher's connection")
            data = self.rest + data
            whole = len(data) - len(data) % 4
            self.rest = data[whole:]
            expected = b"".join(b"\x40\x02" + struct.pack(">H", x)
                                for x in self.outstanding[:whole // 4])
            # mosquitto acknowledges in order.
            check(data[:whole] == expected, "an acknowledgement is wrong")
            del self.outstanding[:whole // 4]
            self.acknowledged += whole // 4


def publish_all(port, messages):
    """Publishes (topic, payload) pairs; returns how many are acknowledged."""
    with Publisher(port) as publisher:
        for topic, payload in messages:
            publisher.publish(topic, payload)
        return publisher.drain()


def topic_matches(topic_filter, topic):
    """MQTT's own matching of a filter."""
    if topic.startswith("$") != topic_filter.startswith("$"):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for i, x in enumerate(wanted):
        if x == "#":
            return True
        if i >= len(levels) or x not in ("+", levels[i]):
            return False
    return len(wanted) == len(levels)
