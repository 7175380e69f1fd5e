#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Take every CPU for SECONDS with a SCHED_FIFO process of priority 99.

usage: vm_hog.py SECONDS [flood]

With flood, they send datagrams to 203.0.113.1, for which there is a routing
loop: softirqs get no end of work, leave it to ksoftirqd, and ksoftirqd does not
come to run. Prints how late the module's timers were meanwhile, and for how long
an ordinary process did not run; fails if that was not nearly all the time: then
nothing was tested. Exit status 3: the CPUs themselves stood still for STALL or
more, because the machine that emulates them was busy.
"""

import json
import os
import socket
import subprocess
import sys
import time

PAUSE = 0.01                        # between datagrams; each takes 254 hops
STALL = 0.02


class Clock:
    """Knows the longest time between two looks."""

    def __init__(self, end):
        self.end = end
        self.last = time.monotonic()
        self.longest = 0

    def goes_on(self):
        now = time.monotonic()
        self.longest = max(self.longest, now - self.last)
        self.last = now
        return now < self.end


def spin(clock):
    count = 0
    while clock.goes_on():
        count += 1
    return count


def flood(clock):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)         # or others run while it waits
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    sock.connect(('203.0.113.1', 9))
    count, following = 0, 0
    while clock.goes_on():
        if clock.last >= following:
            following = clock.last + PAUSE
            sock.send(b'junk')
            count += 1
    return count


def ksoftirqd(cpu):
    """Its state: R when it waits for the CPU."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as f:
            name, rest = f.read().split('(', 1)[1].rsplit(') ', 1)
        if name == f'ksoftirqd/{cpu}':
            return rest[0]
    return '?'


def hog(cpu, start, end, work):
    os.sched_setaffinity(0, {cpu})
    while time.monotonic() < start:
        time.sleep(0.01)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))
    if not cpu:                     # our children are as urgent as we are
        subprocess.run(['bfdnl', 'stats', 'clear'], check=True)
    clock = Clock(end)
    count = work(clock)
    waits = ksoftirqd(cpu)
    if not cpu:
        stats = json.loads(subprocess.check_output(['bfdnl', '-j', 'stats', 'show']))
        for n in stats['cpus']:
            print(f"CPU {n['cpu']}: {n['sessions']} sessions, latest {n['late-max'] / 1000:.3f} ms, "
                  f"later than 1, 5, 20 ms: {n['tx-late-1ms']} {n['tx-late-5ms']} "
                  f"{n['tx-late-20ms']}, stall guard {n['stall-guard']}", flush=True)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    print(f'CPU {cpu}: {count} rounds, the longest {clock.longest * 1000:.1f} ms; '
          f'ksoftirqd {waits}', flush=True)
    # Linux before 6.4 then leaves softirqs to ksoftirqd
    release = tuple(int(n) for n in os.uname().release.split('.')[:2])
    if work is flood and waits != 'R' and release < (6, 4):
        print('ksoftirqd had nothing to do')
        return 1
    return 3 if clock.longest > STALL else 0


def witness(end):
    """The longest time that we, an ordinary process, had to wait."""
    longest, last = 0, time.monotonic()
    while last < end:
        time.sleep(0.01)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


def main():
    seconds = float(sys.argv[1])
    work = flood if sys.argv[2:] == ['flood'] else spin
    start = time.monotonic() + 1
    end = start + seconds
    children = []
    for cpu in sorted(os.sched_getaffinity(0)):
        pid = os.fork()
        if not pid:
            os._exit(hog(cpu, start, end, work))
        children.append(pid)
    longest = witness(end + 0.5)
    status = max(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children)
    print(f'an ordinary process waited {longest:.2f} s')
    if longest < 0.9 * seconds:
        raise SystemExit(f'the CPUs were not taken: an ordinary process waited only {longest:.2f} s')
    sys.exit(status)


main()
