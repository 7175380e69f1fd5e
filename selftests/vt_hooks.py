# SPDX-License-Identifier: GPL-2.0
"""Hooks of the agent: a real command, a real bus, real sessions."""

import json
import os

from agent import Agent, until
from bus import ADDRESS, Bus
from result import check, equal, main, test
from tool import bfdnl

h1, h2 = os.environ['h1'], os.environ['h2']
TMP = os.environ['lib_tmp']
OUT = TMP + '/hook'

def config(hooks):
    return 'agent: { hooks: { %s }; };\n' % hooks


def pair():
    for ns, last in (h1, 2), (h2, 1):
        bfdnl(ns, f'session add dest-addr 192.0.2.{last} tx 20ms rx 20ms')
    until(lambda: state() == 'up')


def state():
    return bfdnl(h1, 'session show')[0]['session-running']['local-state']


def toggle():
    """The other end goes down, and up again."""
    for on, result in ('on', 'down'), ('off', 'up'):
        bfdnl(h2, 'session set dest-addr 192.0.2.1 admin-down', on)
        until(lambda result=result: state() == result)


def clean():
    for ns in (h1, h2):
        bfdnl(ns, 'session flush')
    if os.path.exists(OUT):
        os.unlink(OUT)


def events():
    """What the command was told so far."""
    if not os.path.exists(OUT):
        return []
    with open(OUT, encoding='utf-8') as f:
        return [json.loads(line) for line in f if line.endswith('\n')]


def cleaned(function):
    def run():
        try:
            function()
        finally:
            clean()
    return run


@test('a command is told every change, as JSON on its standard input')
@cleaned
def command():
    pair()
    with Agent(h1, config(f'run = [ "/bin/sh", "-c", "cat >>{OUT}" ];')):
        toggle()
        until(lambda: len(events()) == 2)
        down, up = events()
        equal((down['old-state'], down['new-state']), ('up', 'down'), 'the first change')
        equal(down['local-diagnostic'], 'neighbor-down', 'the diagnostic')
        equal(up['new-state'], 'up', 'the second change')
        equal(down['dest-addr'], '192.0.2.2', 'the peer')
        equal(up['left-out'], 0, 'what was left out')


@test('a command that is slower than the session is told the last state, and how many it missed')
@cleaned
def slow():
    pair()
    with Agent(h1, config(f'run = [ "/bin/sh", "-c", "cat >>{OUT}; exec sleep 30" ];'
                          'timeout = "60s"; session-burst = 100;')) as agent:
        for _ in range(3):
            toggle()
        until(lambda: len(events()) == 2, timeout=60)
        equal(events()[1]['left-out'], 4, 'what was left out')
        equal(events()[1]['new-state'], 'up', 'the last state')
        equal(agent.process.poll(), None, "the agent's status")


@test('a D-Bus signal is sent for every change')
@cleaned
def signal():
    bus = Bus()
    try:
        pair()
        with Agent(h1, config(f'dbus = "{ADDRESS}";')):
            toggle()
            down, up = (json.loads(bus.out.readline())['payload']['data'] for _ in range(2))
            equal(down[:5], ['state', down[1], 'up', 'down', 'neighbor-down'], 'the first signal')
            check(down[1].startswith('192.0.2.2'), f'the session is {down[1]}')
            equal(up[3], 'up', 'the second signal')
    finally:
        bus.close()


main()
