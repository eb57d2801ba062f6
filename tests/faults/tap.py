"""A relay between the service and its broker that sees every message go and
every acknowledgement come, to the millisecond."""

import collections
import socket
import struct
import threading
import time

PUBLISH, PUBACK = 3, 4
# Seconds for which acknowledgements are remembered.
KEPT = 10.0


def packets(buffer):
    """The whole MQTT packets in a buffer, as (first byte, body); the rest."""
    result, at = [], 0
    while len(buffer) - at >= 2:
        length, shift, i = 0, 0, at + 1
        while i < len(buffer):
            length |= (buffer[i] & 127) << shift
            shift += 7
            i += 1
            if buffer[i - 1] < 128:
                break
        else:
            break
        if len(buffer) - i < length:
            break
        result.append((buffer[at], buffer[i:i + length]))
        at = i + length
    return result, buffer[at:]


def published(first, body):
    """Packet id (0 for QoS 0) and topic of a PUBLISH, and the rest."""
    size, = struct.unpack_from(">H", body)
    topic, at = body[2:2 + size], 2 + size
    number = 0
    if first & 6:
        number, = struct.unpack_from(">H", body, at)
        at += 2
    return number, topic, body[at:]


class Tap:
    """Relays connections to a broker on loopback. A message's key is what
    `key(topic, rest)` makes of it; `rest` ends with the payload. Remembers for
    `kept` seconds what was acknowledged."""

    def __init__(self, broker_port, key, kept=KEPT):
        self.broker_port = broker_port
        self.key = key
        self.kept = kept
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.acknowledged = collections.deque()
        self.count = 0
        self.threads = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Wakes the thread that accepts, which a close alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def settle(self):
        """After the service's end: everything that it sent has been seen."""
        for x in self.threads:
            x.join(10)
        self.threads = [x for x in self.threads if x.is_alive()]

    def recent(self):
        """The last seconds' acknowledgements as {key: time.monotonic()}, the
        first one if there are several."""
        with self.lock:
            result = {}
            for when, key in self.acknowledged:
                result.setdefault(key, when)
            return result

    def forget(self):
        with self.lock:
            self.acknowledged.clear()

    def _accept(self):
        while True:
            try:
                service, _ = self.listener.accept()
                broker = socket.create_connection(
                    ("127.0.0.1", self.broker_port))
            except OSError:
                return
            for x in (service, broker):
                x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pending = {}
            for arguments in ((broker, service, self._to_service, pending),
                              (service, broker, self._to_broker, pending)):
                thread = threading.Thread(target=self._relay, args=arguments,
                                          daemon=True)
                thread.start()
                self.threads.append(thread)

    def _relay(self, source, target, look, pending):
        rest = b""
        try:
            while data := source.recv(65536):
                found, rest = packets(rest + data)
                look(found, pending)
                target.sendall(data)
        except OSError:
            pass
        # The other direction goes on: it may still hold acknowledgements.
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _to_service(self, found, pending):
        for first, body in found:
            if first >> 4 == PUBLISH:
                number, topic, rest = published(first, body)
                if number:
                    pending[number] = self.key(topic, rest)

    def _to_broker(self, found, pending):
        now = time.monotonic()
        for first, body in found:
            if first >> 4 != PUBACK:
                continue
            number, = struct.unpack_from(">H", body)
            key = pending.pop(number, None)
            with self.lock:
                self.count += 1
                self.acknowledged.append((now, key))
                while self.acknowledged[0][0] < now - self.kept:
                    self.acknowledged.popleft()
