# SPDX-License-Identifier: GPL-2.0
"""FreeBFD's monitor protocol: a client, the agent, and real sessions."""

import os
import statistics
import subprocess
import time

from agent import Agent, clean, cut, other_end, sessions, until
from freebfd import Freebfd
from result import DEBUG, check, equal, main, remark, test
from tool import Batch, bfdnl, sh

h1, h2 = os.environ['h1'], os.environ['h2']
PEER = '192.0.2.2'
CONFIG = '''agent: { monitor: {
    desired-min-tx-interval = "20ms"; required-min-rx-interval = "20ms"; }; };
'''


def with_agent(config=CONFIG):
    def decorate(function):
        def run():
            with Agent(h1, config) as agent:
                try:
                    function(agent)
                    equal(agent.process.poll(), None, "the agent's status")
                finally:
                    clean()
        return run
    return decorate


@test('a subscription makes a session, its states are told, and its end deletes it')
@with_agent()
def life(_):
    other_end()
    m = Freebfd(h1)
    m.ask('subscribe', PEER)
    equal(m.answer('subscribe').get('result'), 'ok', 'the answer')
    check(m.state('created', PEER), 'created is not told')
    check(m.state('up', PEER), 'up is not told')
    equal(sessions()[PEER]['desired-min-tx-interval'], 20000, 'the interval')
    cut(True)
    equal(m.state('expired', PEER).get('diagnostic'), 'control-expiry', 'the diagnostic')
    cut(False)
    check(m.state('up', PEER), 'up is not told again')
    bfdnl(h2, 'session set dest-addr 192.0.2.1 admin-down on')
    equal(m.state('down', PEER).get('diagnostic'), 'neighbor-down', 'the diagnostic')
    m.ask('unsubscribe', PEER)
    equal(m.answer('unsubscribe').get('result'), 'ok', 'the answer')
    time.sleep(0.1)
    equal(sessions(), {}, 'what there is')
    m.close()


@test('two clients hold a session until the second is gone, however it goes')
@with_agent()
def two(_):
    a, b = Freebfd(h1), Freebfd(h1)
    for m in a, b:
        m.ask('subscribe', PEER)
        m.answer('subscribe')
    a.close()
    time.sleep(0.1)
    check(PEER in sessions(), 'it went with the first')
    b.close()
    time.sleep(0.1)
    equal(sessions(), {}, 'what there is')


@test('a session that is not the agent\'s survives every monitor')
@with_agent()
def foreign(_):
    bfdnl(h1, 'session add dest-addr', PEER)
    m, watcher = Freebfd(h1), Freebfd(h1)
    watcher.ask('subscribe', 'all')
    m.ask('list')
    equal(len(m.answer('list')['sessions']), 1, 'sessions in the list')
    m.ask('subscribe', PEER)
    check(m.state('down', PEER), 'its state is not told')
    m.close()
    time.sleep(0.1)
    check(PEER in sessions(), 'it was deleted')
    bfdnl(h1, 'session flush')
    check(watcher.state('destroyed'), 'destroyed is not told')


@test('a session of the configuration survives every monitor, and one that the configuration '
      'drops goes with the last')
@with_agent(CONFIG + f'sessions = ( {{ dest-addr = "{PEER}"; }} );')
def configured(agent):
    before = sessions()[PEER]['local-discriminator']
    a, b = Freebfd(h1), Freebfd(h1)
    for m in a, b:
        m.ask('subscribe', PEER)
        check(m.state('down', PEER), 'its state is not told')
    a.ask('unsubscribe', PEER)
    equal(a.answer('unsubscribe').get('result'), 'ok', 'the answer')
    a.close()
    b.close()
    time.sleep(0.2)
    equal(sessions()[PEER]['local-discriminator'], before, 'the discriminator')
    m = Freebfd(h1)
    m.ask('subscribe', PEER)
    check(m.state('down', PEER), 'its state is not told')
    agent.reload(CONFIG)
    equal(sessions()[PEER]['local-discriminator'], before, 'the discriminator')
    m.close()
    until(lambda: not sessions(), 'nobody wants it', 5)


@test('killed and started again the agent finds the session as it was')
@with_agent()
def killed(agent):
    other_end()
    m = Freebfd(h1)
    m.ask('subscribe', PEER)
    check(m.state('up', PEER), 'not up')
    before = sessions()[PEER]
    agent.kill()
    agent.start()
    m = Freebfd(h1)
    m.ask('subscribe', PEER)
    check(m.state('up', PEER), 'up is not told')
    after = sessions()[PEER]
    equal(after['local-discriminator'], before['local-discriminator'], 'the discriminator')
    equal(after['session-statistics']['down-count'], 0, 'the number of falls')
    m.close()
    time.sleep(0.1)
    equal(sessions(), {}, 'what there is')


@test('what the kernel refuses is told in its words')
@with_agent()
def refused(_):
    m = Freebfd(h1)
    m.ask('subscribe', 'fe80::7')
    check('interface' in m.answer('subscribe').get('error', ''), 'no word of an interface')
    m.ask('subscribe', PEER, **{'local-multiplier': 0})
    check(m.answer('subscribe').get('error'), 'a multiplier of 0 is not refused')
    equal(sessions(), {}, 'what there is')


DAMPED = CONFIG.replace('agent: {', '''agent: {
    dampening: { half-life = "5s"; suppress = 2000; reuse = 1000; max-suppress = "10s"; };''')


@test('a session that flaps is held down for its monitor, not for the kernel')
@with_agent(DAMPED)
def damped(agent):
    other_end()
    m = Freebfd(h1)
    m.ask('subscribe', PEER)
    for flap in range(4):
        until(lambda: sessions()[PEER]['session-running']['local-state'] == 'up', timeout=10)
        cut(True)
        until(lambda: sessions()[PEER]['session-running']['local-state'] != 'up', timeout=10)
        cut(False)
    until(lambda: sessions()[PEER]['session-running']['local-state'] == 'up', timeout=10)
    told = [line['state'] for line in m.drain() if 'state' in line]
    equal(sessions()[PEER]['session-statistics']['down-count'], 4, 'the number of falls')
    check(told[-1] == 'expired' and told.count('expired') < 4, f'told: {told}')
    check('held down' in agent.said(), 'no word of it in the log')
    check(m.state('up', PEER, 11), 'it is never released')
    m.close()


# ---- many ----

MANY = 100 if DEBUG else 1000


def many_addresses():
    sh(f'ip -n {h1} addr add 10.9.0.1/16 dev e1')
    with subprocess.Popen(['ip', '-n', h2, '-batch', '-'], stdin=subprocess.PIPE,
                          text=True) as ip:
        ip.communicate(''.join(f'addr add {far(i)}/16 dev e2\n' for i in range(MANY)))


def far(i):
    return f'10.9.{1 + i // 250}.{1 + i % 250}'


def latencies(lines):
    us = sorted((line['received'] - line['time']) / 1000 for line in lines)
    return f'median {statistics.median(us):.0f} us, worst {us[-1]:.0f} us'


@test(f'{MANY} sessions by one client: made, told, down at once, and deleted with it')
@with_agent(CONFIG.replace('20ms', '300ms'))
def many(agent):
    many_addresses()
    batch = Batch(h2)
    for i in range(MANY):
        batch('session', 'add', 'dest-addr', '10.9.0.1', 'source-addr', far(i),
              'tx', '300ms', 'rx', '300ms')
    batch.close()
    m = Freebfd(h1)
    for i in range(MANY):
        m.ask('subscribe', f'{far(i)},source-addr=10.9.0.1')
    up = set()
    while len(up) < MANY:
        line = m.state('up', timeout=30)
        check(line, f'{len(up)} came up')
        up.add(line['session'])
    m.drain(1)
    sh(f'ip -n {h1} link set e1 down')
    fallen = []
    while len(fallen) < MANY:
        line = m.wait(lambda l: l.get('state') in ('down', 'expired'), 10)
        check(line, f'{len(fallen)} falls were told')
        fallen.append(line)
    equal(len({line['session'] for line in fallen}), MANY, 'different sessions')
    remark(f'{MANY} events at once, kernel to client: {latencies(fallen)}; '
           f'agent {agent.rss()} KiB')
    sh(f'ip -n {h1} link set e1 up')
    m.close()
    until(lambda: not sessions(), timeout=10)


@test('garbage, endless lines, a crowd and a client that does not read keep nobody waiting')
@with_agent(CONFIG.replace('monitor: {', 'monitor: { queue = 131072; clients = 20;'))
def hostile(agent):
    deaf, junk, good = Freebfd(h1), Freebfd(h1), Freebfd(h1)
    junk.send(b'GET / HTTP/1.1\r\n\r\n' + b'\x00\xff' * 500 + b'\n' + b'{"a":' * 10000 + b'\n')
    check(junk.wait(lambda line: 'error' in line), 'no answer to garbage')
    junk.send(b'{"x":"' + b'y' * 1000000)
    check(junk.wait(lambda line: line.get('error') == 'it is too long'), 'an endless line')
    deaf.sock.setblocking(False)
    try:
        while True:
            deaf.send(b'nonsense\n' * 10000)
    except BlockingIOError:
        pass
    crowd = []
    for _ in range(1000):
        try:
            crowd.append(Freebfd(h1))
        except OSError:
            break
    remark(f'{len(crowd)} connections were tried')
    start = time.monotonic()
    good.ask('list')
    check(good.answer('list'), 'no answer to a good client')
    remark(f'a good client is answered within {(time.monotonic() - start) * 1e3:.1f} ms')
    for c in crowd:
        c.close()
    good.ask('subscribe', PEER)
    check(good.state('created', PEER), 'nothing is made for a good client')
    check(agent.rss() < 50000, f'the agent has {agent.rss()} KiB')


main()
