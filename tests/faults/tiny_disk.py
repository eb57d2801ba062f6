"""File systems of a few megabytes that only this process tree sees."""

import ctypes
import os
import subprocess
import tempfile
from pathlib import Path

from outcome import Skipped

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)
_private = False


def _tool(*arguments):
    try:
        done = subprocess.run([str(x) for x in arguments], text=True,
                              capture_output=True, timeout=60, check=False)
    except OSError as e:
        raise Skipped(f"{arguments[0]}: {e.strerror}") from e
    if done.returncode != 0:
        raise Skipped(f"{arguments[0]} {arguments[-1]}: "
                      f"{(done.stderr or done.stdout).strip()}")


def _unshare(flags):
    if _libc.unshare(flags) != 0:
        raise Skipped("no mount namespace of its own: "
                      + os.strerror(ctypes.get_errno()))


def make_mounts_private():
    """From here on, mounts of this process are its own affair. Raises Skipped
    if that is not allowed."""
    global _private
    if _private:
        return
    if os.geteuid() == 0:
        _unshare(_CLONE_NEWNS)
    else:
        user, group = os.geteuid(), os.getegid()
        _unshare(_CLONE_NEWNS | _CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _tool("mount", "--make-rprivate", "/")
    _private = True


class TinyDisk:
    """A file system of `size` bytes on the folder `at`."""

    def __init__(self, kind, at, size):
        make_mounts_private()
        self.at = at
        at.mkdir(parents=True, exist_ok=True)
        if kind == "tmpfs":
            _tool("mount", "-t", "tmpfs", "-o", f"size={size}", "none", at)
        else:
            image = at.with_name(at.name + ".image")
            with open(image, "wb") as file:
                file.truncate(size)
            _tool("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image)
            _tool("mount", "-o", "loop", image, at)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.at)], check=False)

    def free(self):
        info = os.statvfs(self.at)
        return info.f_bavail * info.f_frsize

    def fill(self, leave=0):
        """A foreign file takes all but `leave` bytes."""
        with open(self.at / "ballast", "ab", buffering=0) as file:
            block = bytes(1 << 16)
            try:
                while self.free() > leave:
                    file.write(block[:max(1, min(len(block),
                                                 self.free() - leave))])
            except OSError:
                pass

    def drain(self):
        """Deletes the foreign file."""
        (self.at / "ballast").unlink()


def kinds():
    """The file systems that can be mounted here, and why not the others."""
    result, missing = [], {}
    for kind in ("tmpfs", "ext4"):
        folder = Path(tempfile.mkdtemp(prefix="rrdflow-disk."))
        try:
            with TinyDisk(kind, folder / "disk", 4 << 20):
                result.append(kind)
        except Skipped as e:
            missing[kind] = str(e)
        finally:
            for x in folder.iterdir():
                x.rmdir() if x.is_dir() else x.unlink()
            folder.rmdir()
    if not result:
        raise Skipped("; ".join(missing.values()))
    return result, missing
