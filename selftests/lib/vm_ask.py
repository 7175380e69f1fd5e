#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Answer questions of a shell script about sessions, events and packets.

Runs as long as the script, because starting an interpreter (or jq) for every
question is what takes the time in an emulated machine. See lib/vm.sh, which
speaks with it: one line a question, fields divided by tabs:

    sessions  NETNS SECONDS EXPRESSION      until it is true, or SECONDS have passed
    stats     NETNS EXPRESSION
    events    FILE  EXPRESSION              what bfdnl -j monitor has written
    packets   FILE  EXPRESSION              of a capture
    json      FILE  EXPRESSION

EXPRESSIONs are Python's, about v, the list (or object); names have _ for -, and
what is not there is None. Also there: each(COUNT, FUNCTION of a session d, its
d.session_running and d.session_statistics). The answer is one line: 0, 1 (not
true) or 2 (no answer), a tab, the value, with vertical tabs for line breaks.
"""

import json
import subprocess
import sys
import time

from wire import S, STATES, read_pcap

FLAGS = ('poll', 'final', 'cpi', 'auth', 'demand', 'multipoint')


class Object(dict):
    def __getattr__(self, name):
        return self.get(name)


def decode(text):
    return json.loads(text, object_hook=lambda d: Object(
        {k.replace('-', '_'): v for k, v in d.items()}))


def bfdnl(netns, *words):
    return decode(subprocess.run(['bfdnl', '-n', netns, '-j', '-s', *words], check=True,
                                 capture_output=True, text=True).stdout)


def read_events(path):
    with open(path, encoding='utf-8') as f:
        return [decode(line) for line in f if line.endswith('\n')]


def read_packets(path):
    packets = []
    for p in read_pcap(path):
        if p.dport != 3784 or not p.bfd:
            continue
        packets.append(Object(vars(p.bfd), time=p.time / S, src=p.src, dst=p.dst, ttl=p.ttl,
                              dscp=p.tos >> 2, sport=p.sport, state=STATES[p.bfd.state],
                              auth_seq=int.from_bytes(p.bfd.tail[4:8], 'big')))
    return packets


def read_json(path):
    with open(path, encoding='utf-8') as f:
        return decode(f.read())


def evaluate(expression, v):
    def each(count, function):
        return len(v) == count and all(
            function(d, d.session_running, d.session_statistics) for d in v)

    # the expressions are the test's own
    return eval(expression, {'v': v, 'each': each})     # pylint: disable=eval-used


def ask_sessions(netns, seconds, expression):
    end = time.monotonic() + float(seconds)
    while True:
        value = evaluate(expression, bfdnl(netns, 'session', 'show'))
        if value or time.monotonic() >= end:
            return value
        time.sleep(0.05)


QUESTIONS = {
    'sessions': ask_sessions,
    'stats': lambda netns, expression: evaluate(expression, bfdnl(netns, 'stats', 'show')),
    'events': lambda path, expression: evaluate(expression, read_events(path)),
    'packets': lambda path, expression: evaluate(expression, read_packets(path)),
    'json': lambda path, expression: evaluate(expression, read_json(path)),
}


def text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ''
    if isinstance(value, (list, set, tuple)):
        return ' '.join(text(x) for x in value)
    return str(value)


def main():
    for line in sys.stdin:
        kind, *args = line.rstrip('\n').split('\t')
        try:
            value = QUESTIONS[kind](*args)
            answer = f'{0 if value else 1}\t{text(value)}'
        except Exception as e:                          # pylint: disable=broad-except
            answer = f'2\t{type(e).__name__}: {e}'
        print(answer.replace('\n', '\v'), flush=True)


main()
