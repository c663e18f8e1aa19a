# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads that wait in known chains of calls, again and again.

Prints a line for each, "function;function;...", outermost first, each as "name (file:line)", as
sys._current_frames() has it; then one that says "ready", and goes on until its input ends.
"""
import asyncio
import collections
import os
import socket
import subprocess
import sys
import threading
import time

lock = threading.Lock()
lock.acquire()
here, there = socket.socketpair()


class Worker:
    def waits_for_lock(self):
        self.inner()

    def inner(self):
        while True: lock.acquire(timeout=0.01)


def nested(): nested_further()


def nested_further():
    while True: time.sleep(0.01)


def on_socket():
    while True: here.recv(1)


def on_child():
    child = subprocess.Popen(["sleep", "60"])
    while True:
        try: child.wait(timeout=0.01)
        except subprocess.TimeoutExpired: pass
        if stopping: child.kill()


def numbers():
    yield 1
    while True: time.sleep(0.01)


def in_generator():
    for number in numbers(): pass


def recursive(depth):
    if depth: recursive(depth - 1)
    while True: time.sleep(0.01)


def deep(): recursive(120)


def key(item):
    while True: time.sleep(0.01)


def in_sort():
    sorted([3, 1, 2], key=key)


async def awaited():
    while True: time.sleep(0.01)


async def awaits():
    await awaited()


def in_coroutine():
    asyncio.run(awaits())


def for_gil():
    while True: pass


def chain(frame):
    names = []
    while frame:
        code = frame.f_code
        names.append("%s (%s:%d)" % (getattr(code, "co_qualname", code.co_name),
                                     os.path.basename(code.co_filename), frame.f_lineno))
        frame = frame.f_back
    return ";".join(reversed(names))


def feed():
    while True: time.sleep(0.01), there.send(b"x")


stopping = False
threads = [threading.Thread(target=target, daemon=True) for target in
           (Worker().waits_for_lock, nested, on_socket, on_child, in_generator, deep, in_sort,
            in_coroutine, for_gil, for_gil)]
for thread in threads:
    thread.start()
threading.Thread(target=feed, daemon=True).start()
time.sleep(0.3)
seen = [collections.Counter() for thread in threads]
for look in range(100):  # where each is most of the time, and not just before or after that
    frames = sys._current_frames()
    for thread, chains in zip(threads, seen):
        chains[chain(frames[thread.ident])] += 1
    time.sleep(0.005)
for chains in seen[:-1]:
    print(chains.most_common(1)[0][0])
print("ready", flush=True)
sys.stdin.read()
stopping = True
time.sleep(0.1)
os._exit(0)
