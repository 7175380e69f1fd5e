# SPDX-License-Identifier: GPL-2.0
"""usage: run.py [--all] [--rfc N] [--section S] [--json FILE] [NAME...]

Run the tests of all rules, or of those of an RFC, a section (6.8 means 6.8.1,
too), or whose test's name begins with NAME. One line for every rule, for
lib.sh's scenario(). What was seen is written to FILE, or conformance.json in /out
if that is there. On a real kernel, tests that need an exact clock are left out, and
without --all those that have to wait long; the peer has one CPU, so that what it says
arrives in the order in which it says it. There, an emulated CPU may stand still for
longer than a test bears: one that fails is tried once more if a CPU has stood still
meanwhile, see Witness, and not otherwise. What the module logged of it is told.
"""

import argparse
import json
import os
import re
import threading
import time
import traceback

import registry
from result import Failed, not_ok, ok, remark
from stage import MS, S, VIRTUAL, now
from tool import sh

STILL = 100 * MS    # on a real kernel, no test bears more than this in every place


def wanted(rule, options):
    section = options.section
    test = rule.test
    return test and (VIRTUAL or not test.exact and (options.all or not test.long)) and \
        (not options.rfc or rule.rfc == options.rfc) and \
        (not section or rule.section == section or rule.section.startswith(section + '.')) and \
        (not options.name or any(test.name.startswith(n) for n in options.name))


class Witness(threading.Thread):
    """Sees how long a CPU stands still, or how long we wait for it."""

    ROUND = 20 * MS

    def __init__(self, cpu):
        super().__init__(daemon=True)
        self.cpu = cpu
        self.longest = 0
        self.start()

    def run(self):
        os.sched_setaffinity(0, {self.cpu})     # of this thread
        last = now()
        while True:
            time.sleep(self.ROUND / S)
            last, before = now(), last
            self.longest = max(self.longest, last - before - self.ROUND)


witnesses = []


def log_lines(since):
    """What the module has logged of sessions that went down."""
    for line in sh('dmesg', check=False).splitlines():
        found = re.match(r'\[ *([0-9.]+)\] bfd: session', line)
        if found and float(found[1]) * S >= since:
            yield line


def verdict(test):
    """Run it, on a real kernel again if it had no fair chance; return '' or what is wrong."""
    if VIRTUAL:
        return attempt(test)
    for w in witnesses:
        w.longest = 0
    start = now()
    wrong = attempt(test)
    if not wrong:
        return ''
    still = {w.cpu: w.longest for w in witnesses}
    told = ', '.join(f'CPU {cpu} {ns // MS} ms' for cpu, ns in still.items())
    remark(f'{test.name}: {wrong}; stood still for at most: {told}')
    for line in log_lines(start):
        remark(line)
    return attempt(test) if max(still.values()) > STILL else wrong


def attempt(test):
    """Run it; return '' or what is wrong."""
    try:
        test.function()
    except Failed as e:
        return str(e)[:500] or 'failed'
    except Exception as e:      # pylint: disable=broad-except
        where = traceback.extract_tb(e.__traceback__)
        at = [f'{os.path.basename(f.filename)}:{f.lineno}' for f in where][1:]
        return f"{type(e).__name__}: {e} ({' '.join(at)})"
    return ''


def title(rule):
    where = f'RFC {rule.rfc}, {rule.section}, {rule.level}: ' if rule.rfc else 'attack: '
    return f'{where}{rule.text} ({rule.test.name})'.replace('#', '')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--rfc')
    parser.add_argument('--section')
    parser.add_argument('--json', default='/out/conformance.json' if os.path.isdir('/out') else '')
    parser.add_argument('name', nargs='*', default=os.environ.get('BFD_ONLY', '').split())
    options = parser.parse_args()

    if not VIRTUAL:
        cpus = os.sched_getaffinity(0)
        witnesses.extend(Witness(cpu) for cpu in sorted(cpus))
        # not the first: new sessions have their timers there
        os.sched_setaffinity(0, {max(cpus)})
    results = {}
    seconds = {}
    for rule in registry.load():
        if not wanted(rule, options):
            continue
        name = rule.test.name
        if name not in results:
            start = now()
            results[name] = verdict(rule.test)
            seconds[name] = round((now() - start) / S, 1)
        if results[name]:
            not_ok(title(rule), results[name])
        else:
            ok(title(rule))
    failed = [name for name, why in results.items() if why]
    longest = sorted(seconds, key=seconds.get)[:-6:-1]
    remark(f'{sum(seconds.values()):.0f} s, {", ".join(f"{n} {seconds[n]}" for n in longest)}')
    remark(f'{len(results)} tests, {len(failed)} failed: {" ".join(failed)}')
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as f:
            json.dump({'virtual': VIRTUAL, 'results': results, 'seconds': seconds}, f, indent=1)


main()
