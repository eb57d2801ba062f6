"""Reads an RRD file as javascriptRRD does, the library of the original's page:
the layout by hand, with the versions and the alignments that it knows."""

import struct

from harness import check


class JavascriptRrd:
    """One file, from bytes. Little-endian, of a 64-bit machine."""

    def __init__(self, data):
        self.data = data
        check(data[:4] == b"RRD\0", "no RRD file")
        version = data[4:9]
        check(version in (b"0001\0", b"0003\0", b"0004\0"),
              f"version {version!r}: javascriptRRD refuses it")
        check(struct.unpack_from("<d", data, 16)[0] == 8.642135e+130,
              "not the float cookie of a 64-bit machine")
        sources, archives, self.step = struct.unpack_from("<QQQ", data, 24)
        at = 48 + 10 * 8
        self.sources = []
        for _ in range(sources):
            self.sources.append((self._text(at), self._text(at + 20)))
            at += 120
        definitions = []
        for _ in range(archives):
            rows, steps = struct.unpack_from("<QQ", data, at + 24)
            definitions.append((self._text(at), rows, steps))
            at += 120
        self.last_update = struct.unpack_from("<Q", data, at)[0]
        at += 16 + 112 * sources + 80 * sources * archives
        pointers = struct.unpack_from(f"<{archives}Q", data, at)
        at += 8 * archives
        self.archives = []
        for (cf, rows, steps), pointer in zip(definitions, pointers):
            check(pointer < rows, f"row {pointer} of {rows}")
            self.archives.append((cf, rows, steps, pointer, at))
            at += 8 * rows * sources
        check(at == len(data), f"{len(data)} bytes instead of {at}")

    def _text(self, at):
        return self.data[at:at + 20].split(b"\0", 1)[0].decode()

    def rows(self, archive=0):
        """{end of the row: [value of each source]}, as the page's chart."""
        _, rows, steps, pointer, at = self.archives[archive]
        n = len(self.sources)
        step = self.step * steps
        last = self.last_update - self.last_update % step
        values = struct.unpack_from(f"<{rows * n}d", self.data, at)
        result = {}
        for i in range(rows):
            place = (pointer + 1 + i) % rows
            result[last - (rows - 1 - i) * step] = list(
                values[place * n:(place + 1) * n])
        return result
