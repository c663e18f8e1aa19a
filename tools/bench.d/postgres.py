# SPDX-License-Identifier: GPL-2.0-or-later
"""A PostgreSQL server of our own for as long as a block runs: its data and socket in a scratch folder."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
import time

import common

NOBODY = 65534


def programs():
    """The folder of initdb and postgres, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        return None
    return os.path.dirname(found[-1] if found else on_path)


def as_nobody(command, **more):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, user=NOBODY, group=NOBODY, extra_groups=[],
                            cwd="/", **more)


@contextlib.contextmanager
def server():
    """Yields its socket's folder; a table of pgbench is filled."""
    where = programs()
    scratch = tempfile.mkdtemp(prefix="bench.pg.")
    child = None
    try:
        os.chown(scratch, NOBODY, NOBODY)
        data = os.path.join(scratch, "data")
        made = as_nobody([os.path.join(where, "initdb"), "-D", data, "-A", "trust", "-U", "postgres",
                          "--no-sync"])
        if made.wait(120):
            raise common.Failed("initdb: status %d" % made.returncode)
        child = as_nobody([os.path.join(where, "postgres"), "-D", data, "-k", scratch,
                           "-c", "listen_addresses="])
        ready = os.path.join(where, "pg_isready")
        deadline = time.monotonic() + 60
        while subprocess.run([ready, "-q", "-h", scratch], check=False).returncode:
            if child.poll() is not None or time.monotonic() > deadline:
                raise common.Failed("postgres: it is not ready within a minute")
            time.sleep(0.2)
        common.run([os.path.join(where, "pgbench"), "-h", scratch, "-U", "postgres", "-i", "-q", "-s",
                    "10", "postgres"])
        yield scratch
    finally:
        if child:
            child.terminate()
            child.wait(30)
        shutil.rmtree(scratch, ignore_errors=True)


def pgbench(socket, seconds):
    """Reads of one row each, by eight clients."""
    return [os.path.join(programs(), "pgbench"), "-h", socket, "-U", "postgres", "-n", "-S", "-c", "8",
            "-j", "2", "-T", str(seconds), "postgres"]
