"""A tiny MQTT server on a bare socket, which sends what no decent one would.

One client at a time. It answers CONNECT, SUBSCRIBE, UNSUBSCRIBE and PINGREQ by
itself; what else it does is the test's to say.
"""

import socket
import struct
import threading

import cases  # noqa: F401: finds the harness

from harness import check, wait_for
from publisher import length, read_packet

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
UNSUBSCRIBE, UNSUBACK, PINGREQ, DISCONNECT = 10, 11, 12, 14


def packet(kind, body, flags=0):
    return bytes((kind << 4 | flags,)) + length(len(body)) + body


def text(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">H", len(data)) + data


class RawBroker:
    def __init__(self, version=5, suback=None, connack=None):
        self.version = version
        # filter (bytes) -> reason code
        self.suback = suback or (lambda _: 1)
        self.connack = connack
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.connects = 0
        # The number of the newest connection that has subscribed.
        self.subscribed = 0
        # (SUBSCRIBE or UNSUBSCRIBE, filter), in order, and what is held.
        self.asked = []
        self.filters = set()
        self.client = None
        self.acknowledged = []
        self.disconnects = 0
        self.last_id = 0
        self.lock = threading.Lock()
        self.muted = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.drop()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._serve(client)
            except OSError:
                pass
            finally:
                client.close()

    @staticmethod
    def _read(client):
        first, body = read_packet(client)
        return first >> 4, body

    def _properties(self, none=b"\0"):
        return none if self.version == 5 else b""

    def _serve(self, client):
        kind, _ = self._read(client)
        if kind != CONNECT:
            # It only probed the port.
            return
        self.connects += 1
        if self.connack is not None:
            client.sendall(self.connack)
        else:
            client.sendall(packet(CONNACK, b"\0\0" + self._properties()))
        with self.lock:
            self.client = client
            self.muted = False
        while True:
            kind, body = self._read(client)
            if kind == SUBSCRIBE:
                self._subscribe(client, body)
            elif kind == UNSUBSCRIBE:
                self._unsubscribe(body)
                self._answer(client, packet(
                    UNSUBACK, body[:2] + self._properties()
                    + self._properties(b"\0")))
            elif kind == PINGREQ:
                self._answer(client, packet(13, b""))
            elif kind == PUBACK:
                self.acknowledged.append(struct.unpack(">H", body[:2])[0])
            elif kind == DISCONNECT:
                self.disconnects += 1
                return

    def _answer(self, client, data):
        with self.lock:
            if not self.muted:
                client.sendall(data)

    def _subscribe(self, client, body):
        at, answer = 2, body[:2] + self._properties()
        if self.version == 5:
            at += 1 + body[at]
        while at < len(body):
            size, = struct.unpack_from(">H", body, at)
            wanted = body[at + 2:at + 2 + size]
            code = self.suback(wanted)
            answer += bytes((code,))
            self.asked.append((SUBSCRIBE, wanted.decode()))
            if code < 0x80:
                self.filters.add(wanted.decode())
            at += 2 + size + 1
        self._answer(client, packet(SUBACK, answer))
        self.subscribed = self.connects

    def _unsubscribe(self, body):
        at = 2
        if self.version == 5:
            at += 1 + body[at]
        while at < len(body):
            size, = struct.unpack_from(">H", body, at)
            gone = body[at + 2:at + 2 + size].decode()
            self.asked.append((UNSUBSCRIBE, gone))
            self.filters.discard(gone)
            at += 2 + size

    def publish_packet(self, topic, payload, packet_id=0, dup=False,
                       retain=False):
        payload = payload.encode() if isinstance(payload, str) else payload
        flags = (2 if packet_id else 0) | (8 if dup else 0) | retain
        identifier = struct.pack(">H", packet_id) if packet_id else b""
        return packet(PUBLISH, text(topic) + identifier + self._properties()
                      + payload, flags)

    def wait_client(self, connection=1):
        wait_for("the raw broker has a client",
                 lambda: self.subscribed >= connection, interval=0.01)

    def send(self, data):
        """Whole packets, as they are."""
        with self.lock:
            self.client.sendall(data)

    def send_last(self, data):
        """Bytes as they are; nothing is sent after them."""
        with self.lock:
            self.muted = True
            self.client.sendall(data)

    def drop(self):
        """Ends the connection."""
        if self.client:
            try:
                self.client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def publish(self, messages):
        """(topic, payload) pairs with QoS 1; returns when all are
        acknowledged."""
        first = self.last_id + 1
        for topic, payload, *_ in messages:
            self.last_id += 1
            self.send(self.publish_packet(topic, payload, self.last_id))
        wanted = set(range(first, self.last_id + 1))
        wait_for("the raw broker's messages are acknowledged",
                 lambda: wanted <= set(self.acknowledged), 20, 0.01)
        check(self.last_id < 65536, "too many messages")
