"""What a store's disk holds at one moment of a recorded life, and what a power
cut then may leave of it."""

import itertools
import os
import shutil

from power_disk import PAGE, SECTOR

# What a file is for, by its place; "names" are the entries of all folders.
DATA = ("journal", "undo", "snapshot", "rrd", "other")
KINDS = DATA + ("names",)


def kind_of(path):
    """Of a path below the store."""
    first, _, rest = path.partition("/")
    if first == "snapshot" and rest.startswith("undo-"):
        return "undo"
    return first if first in DATA else "other"


class Some:
    """Everything of these kinds has reached the disk, nothing of others."""

    def __init__(self, kinds):
        self.kinds = frozenset(kinds)

    def __str__(self):
        return "+".join(x for x in KINDS if x in self.kinds) or "nothing"

    def entry(self, has, gets):
        return gets if "names" in self.kinds else has

    def content(self, kind, has, gets):
        return b"".join(gets if kind in self.kinds else has)


class Any:
    """A random part of everything, pages torn included."""

    def __init__(self, rng):
        self.rng = rng

    def __str__(self):
        return "a random part"

    def entry(self, has, gets):
        return self.rng.choice((has, gets))

    def content(self, _, has, gets):
        pages = [self._page(x.ljust(PAGE, b"\0"), y.ljust(PAGE, b"\0"))
                 for x, y in itertools.zip_longest(has, gets, fillvalue=b"")]
        sizes = [sum(map(len, x)) for x in (has, gets)]
        return b"".join(pages)[:self.rng.choice(sizes)]

    def _page(self, has, gets):
        draw = self.rng.random()
        if has == gets or draw < 0.45:
            return has
        if draw < 0.9:
            return gets
        return b"".join(self.rng.choice((has, gets))[at:at + SECTOR]
                        for at in range(0, PAGE, SECTOR))


def choices(rng, random_ones):
    """Each kind alone, alone with the names, and all but it; and so many random
    parts."""
    sets = [set(), set(KINDS)]
    for x in KINDS:
        sets += [{x}, {x, "names"}, set(KINDS) - {x}]
    distinct = {str(Some(x)): Some(x) for x in sets}
    return list(distinct.values()) + [Any(rng) for _ in range(random_ones)]


class View:
    """The entries of folders and the pages of files, both by inode: an entry is
    (inode, "d" or "f"), the pages are a tuple of bytes."""

    def __init__(self, folders, files):
        self.folders, self.files = folders, files

    def entries(self, inode):
        return self.folders.get(inode, {})

    def pages(self, inode):
        return self.files.get(inode, ())


class Prefix:
    """A recorded life up to one moment: what the disk holds, and what the
    program sees and would find on the disk if it had synced everything."""

    def __init__(self, label, when, root, disk, seen, kinds):
        """`when`: seconds that the program had run; `root`: the inode of the
        store's folder; `kinds`: of each file, by inode."""
        self.label, self.when, self.root = label, when, root
        self.disk, self.seen, self.kinds = disk, seen, kinds

    def lay_out(self, store, kept, choice):
        """Makes of the store what `choice` leaves. The files are those of the
        recording, linked from the folder `kept`: inode and birth stay."""
        for x in store.iterdir():
            if x.is_dir():
                shutil.rmtree(x)
            else:
                x.unlink()
        written = set()
        self._folder(store, self.root, kept, choice, written)

    def _folder(self, path, inode, kept, choice, written):
        old, new = self.disk.entries(inode), self.seen.entries(inode)
        for name in sorted(old.keys() | new.keys()):
            has, gets = old.get(name), new.get(name)
            entry = has if has == gets else choice.entry(has, gets)
            if not entry:
                continue
            number, kind = entry
            if kind == "d":
                (path / name).mkdir()
                self._folder(path / name, number, kept, choice, written)
            else:
                os.link(kept / str(number), path / name)
                if number not in written:
                    self._write(path / name, number, choice)
                    written.add(number)

    def _write(self, path, inode, choice):
        has, gets = self.disk.pages(inode), self.seen.pages(inode)
        kind = self.kinds.get(inode, "other")
        with open(path, "r+b") as file:
            file.write(choice.content(kind, has, gets))
            file.truncate()
