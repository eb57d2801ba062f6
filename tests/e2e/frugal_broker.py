"""A broker of MQTT 5 that grants little and says so: it keeps sessions for an
hour, wants a word every second, and knows no subscription identifiers."""

import socket
import struct
import threading

from publisher import read_packet

# Session expiry, server keep alive, no subscription identifiers.
_PROPERTIES = (b"\x11" + struct.pack(">I", 3600)
               + b"\x13" + struct.pack(">H", 1) + b"\x29\x00")


class FrugalBroker:
    """Answers one client after the other; keeps what was sent to it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.keep_alives = []
        self.subscribes = []
        self.pings = 0

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    @property
    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                # Silent for longer than it wants: out.
                client.settimeout(1.5)
                try:
                    while self._answer(client):
                        pass
                except OSError:
                    pass

    def _answer(self, client):
        kind, body = read_packet(client)
        if kind == 0x10:
            self.keep_alives.append(struct.unpack(">H", body[8:10])[0])
            answer = b"\x00\x00" + bytes([len(_PROPERTIES)]) + _PROPERTIES
            client.sendall(b"\x20" + bytes([len(answer)]) + answer)
        elif kind == 0x82:
            self.subscribes.append(body)
            client.sendall(b"\x90\x04" + body[:2] + b"\x00" + body[-1:])
        elif kind == 0xc0:
            self.pings += 1
            client.sendall(b"\xd0\x00")
        return kind not in (None, 0xe0)
