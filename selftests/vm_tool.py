#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""bfdnl against the kernel, for vm_tool.sh."""

import json
import os
import re
import signal
import subprocess
import time

from result import check, equal, main, test as _test
from tool import MS, S, Monitor, Session, bfdnl, sleep

H1, H2, TMP = os.environ['h1'], os.environ['h2'], os.environ['lib_tmp']

INTERVALS = {'desired-min-tx-interval', 'required-min-rx-interval',
             'desired-min-echo-tx-interval', 'required-min-echo-rx-interval'}

SESSION = {
    'id': int, 'path-type': str, 'source-addr': str, 'dest-addr': str, 'interface': str,
    'source-port': int, 'dest-port': int, 'local-discriminator': int,
    'remote-discriminator': int, 'remote-multiplier': int, 'local-multiplier': int,
    **dict.fromkeys(INTERVALS, int), 'demand-enabled': bool, 'admin-down': bool,
    'passive': bool, 'tx-ttl': int, 'rx-ttl': int, 'dscp': int,
    'session-running': dict, 'session-statistics': dict,
    # beyond the contract
    'ifindex': int, 'echo-enabled': bool, 'demand-poll-interval': int, 'path-diagnostic': str,
    'owner-exit': str, 'express': bool, 'cpu': int,
}

RUNNING = {
    'local-state': str, 'remote-state': str, 'local-diagnostic': str,
    'remote-diagnostic': str, 'detection-mode': str, 'remote-desired-min-tx-interval': int,
    'remote-required-min-rx-interval': int, 'remote-required-min-echo-rx-interval': int,
    'negotiated-tx-interval': int, 'negotiated-rx-interval': int, 'detection-time': int,
    'echo-tx-interval-in-use': int,
    # beyond the contract
    'echo-detection-time': int, 'remote-demand': bool, 'poll-active': bool,
    'last-send-error': int,
}

STATISTICS = {
    'create-time': str, 'last-up-time': str, 'last-down-time': str, 'down-count': int,
    'admin-down-count': int, 'receive-packet-count': int, 'send-packet-count': int,
    'receive-invalid-packet-count': int, 'send-failed-packet-count': int,
    'receive-echo-count': int, 'send-echo-count': int, 'drops': dict,
    # beyond the contract
    'looped-echo-count': int,
}

STATE_EVENT = {
    'event': str, 'id': int, 'path-type': str, 'source-addr': str, 'dest-addr': str,
    'interface': str, 'ifindex': int, 'source-port': int, 'dest-port': int,
    'local-discriminator': int, 'remote-discriminator': int, 'old-state': str, 'remote-state': str,
    'new-state': str, 'remote-state': str, 'local-diagnostic': str, 'remote-diagnostic': str,
    'sequence': int, 'time': int, 'monotonic': int,
}


def test(name):
    """A test that begins and ends without sessions."""
    def add(function):
        def run():
            try:
                function()
            finally:
                flush()
        _test(name)(run)
    return add


def check_object(what, value, types):
    equal(sorted(value), sorted(types), f'keys of {what}')
    for key, kind in types.items():
        equal(type(value[key]), kind, f'type of {what}: {key}')


def tool(*words, prefix=(), stdin=None):
    """Run bfdnl in H1: status, standard output, standard error."""
    args = [w for word in words for w in word.split(' ')]
    r = subprocess.run([*prefix, 'bfdnl', *([] if prefix else ['-n', H1]), *args], text=True,
                       capture_output=True, input=stdin, check=False)
    return r.returncode, r.stdout, r.stderr


def refused(status, message, *words, **kwargs):
    got, out, err = tool(*words, **kwargs)
    line = f'"{" ".join(words)}" ends with {got} and says "{err.strip()}"'
    equal(got, status, f'{line}: status')
    equal(out, '', f'{line}: standard output')
    check(err.startswith('bfdnl: ') and re.search(message, err), f'{line}, not "{message}"')


PAIR = 'dest-addr 192.0.2.2 source-addr 192.0.2.1 interface e1'


def pair(options='tx 50ms rx 50ms'):
    ours = Session(H1, f'{PAIR} {options}')
    Session(H2, f'dest-addr 192.0.2.1 source-addr 192.0.2.2 interface e2 {options}')
    return ours


def flush():
    bfdnl(H1, 'session flush')
    bfdnl(H2, 'session flush')


@test('session show -j -s: every key and its type')
def keys():
    s = pair('tx 50ms rx 60ms local-multiplier 10')
    s.wait(3)
    sleep(300 * MS)
    bfdnl(H1, 'session set id', s.id, 'admin-down')     # so that all times are there
    time.sleep(0.2)
    bfdnl(H1, 'session set id', s.id, 'admin-up')
    s.wait(3)
    v = s.show()
    flush()
    check_object('a session', v, SESSION)
    check_object('session-running', v['session-running'], RUNNING)
    check_object('session-statistics', v['session-statistics'], STATISTICS)
    run = v['session-running']
    for key, value in {'path-type': 'path-ip-sh', 'source-addr': '192.0.2.1',
                       'dest-addr': '192.0.2.2', 'interface': 'e1', 'dest-port': 3784,
                       'local-multiplier': 10, 'desired-min-tx-interval': 50000,
                       'required-min-rx-interval': 60000, 'tx-ttl': 255, 'rx-ttl': 255,
                       'dscp': 48, 'remote-multiplier': 10}.items():
        equal(v[key], value, key)
    for key, value in {'local-state': 'up', 'remote-state': 'up', 'local-diagnostic': 'none',
                       'remote-diagnostic': 'none', 'detection-mode': 'async-without-echo',
                       'negotiated-tx-interval': 60000, 'negotiated-rx-interval': 60000,
                       'detection-time': 600000, 'remote-desired-min-tx-interval': 50000,
                       'remote-required-min-rx-interval': 60000}.items():
        equal(run[key], value, key)
    for key in ('create-time', 'last-up-time', 'last-down-time'):
        check(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z',
                           v['session-statistics'][key]), f'{key} is no date-and-time')
    equal(v['session-statistics']['admin-down-count'], 1, 'admin-down-count')


@test('session show without -s has no drops; nothing to show is []')
def no_drops():
    s = Session(H1, PAIR)
    _, out, _ = tool('-j session show')
    check('drops' not in json.loads(out)[0]['session-statistics'], 'drops are there')
    s.delete()
    equal(tool('-j session show')[:2], (0, '[]\n'), 'an empty list')
    equal(tool('-j session show dest-addr 192.0.2.77')[:2], (0, '[]\n'), 'no match')


@test('stats show -j: every key')
def stats():
    v = bfdnl(H1, 'stats show')
    equal(sorted(v), ['cpus', 'netns'], 'keys')
    equal(sorted(v['netns']), sorted([
        'number-of-sessions', 'number-of-sessions-up', 'number-of-sessions-down',
        'number-of-sessions-admin-down', 'max-sessions', 'packet-rate', 'max-packet-rate',
        'event-sequence', 'drops']), 'keys of netns')
    equal(len(v['cpus']), 2, 'number of CPUs')
    for cpu in v['cpus']:
        for key in ('cpu', 'sessions', 'late-max', 'late-histogram', 'tx-late-1ms',
                    'tx-late-5ms', 'tx-late-20ms', 'stall-guard', 'wheel-occupancy',
                    'tx-late-max', 'tx-late-histogram', 'detection-late-max',
                    'detection-late-20ms', 'detection-late-histogram', 'event-late-max',
                    'event-late-1ms', 'event-late-histogram', 'late-sum', 'event-late-sum'):
            check(key in cpu, f'{key} is missing')
        equal(sum(b['count'] for b in cpu['late-histogram']) >= 0, True, 'the histogram')


@test('the kernel refuses with status 2 and says why')
def kernel_refuses():
    Session(H1, PAIR)
    add = 'session add dest-addr '
    for message, words in (
            ('session with this peer already', add + '192.0.2.2'),
            ('session with this peer already', add + '192.0.2.2 source-addr 192.0.2.1'),
            ('no such session', 'session del id 4000000000'),
            ('no such session', 'session del dest-addr 192.0.2.3'),
            ('no such session', 'session set local-discriminator 77 admin-down'),
            ('not an address of this host', add + '192.0.2.3 source-addr 192.0.2.9'),
            ('not an address of this host', add + '2001:db8::3 source-addr 2001:db8::9'),
            ('no such interface', add + '192.0.2.3 interface nope'),
            ('desired-min-tx-interval', add + '192.0.2.3 tx 999us'),
            ('desired-min-tx-interval', add + '192.0.2.3 tx 0'),
            ('required-min-rx-interval.*1 ?ms', add + '192.0.2.3 rx 999us'),
            ('local-multiplier', add + '192.0.2.3 local-multiplier 0'),
            ('dscp', add + '192.0.2.3 dscp 64'),
            ('tx-ttl.*255', add + '192.0.2.3 tx-ttl 64'),
            ('rx-ttl.*255', add + '192.0.2.3 rx-ttl 1'),
            ('dest-addr.*unicast', add + '224.0.0.1'),
            ('dest-addr.*unicast', add + '255.255.255.255'),
            ('dest-addr.*unicast', add + 'ff02::1'),
            ('dest-addr.*broadcast', add + '192.0.2.255'),
            ('no host', add + '0.0.0.0'),
            ('no host', add + '::'),
            ('IPv4-mapped', add + '::ffff:192.0.2.3'),
            ('the same', add + '192.0.2.1 source-addr 192.0.2.1'),
            ('no such VRF', add + '192.0.2.3 vrf red'),
            ('source-addr', add + '192.0.2.3 multihop'),
            ('no interface', add + '192.0.2.3 source-addr 192.0.2.1 multihop dev e1'),
            ('id', 'session set id 0 admin-down')):
        refused(2, message, words)
    equal(len(bfdnl(H1, 'session show')), 1, 'number of sessions')
    flush()


@test('usage errors end with status 1 before the kernel is asked')
def usage():
    for message, words in (
            ('dest-addr', 'session add'), ('link-local', 'session add dest-addr fe80::2'),
            ('', 'session add dest-addr 192.0.2.300'), ('', 'session add dest-addr'),
            ('', 'session add dest-addr 192.0.2.2 tx 1h'), ('', 'session add peer 192.0.2.2 tx -1'),
            ('', 'session add peer 192.0.2.2 tx 4294967296us'),
            ('', 'session add peer 192.0.2.2 local-multiplier 256'),
            ('ambiguous', 'session add peer 192.0.2.2 re 5ms'), ('unknown', 'session add nonsense 3'),
            ('which session', 'session del'), ('nothing', 'session set id 1'),
            ('twice', 'session add peer 192.0.2.2 peer 192.0.2.3'), ('', 'sess frobnicate'),
            ('ambiguous', 's show'), ('', 'session flush now'), ('', '-nonsense session show'),
            ('families|IPv4', 'session add peer 192.0.2.2 local ::1'),
            ('', '-b /does/not/exist'), ('batch', '-b - session show')):
        refused(1, message, words)


@test('prefixes and aliases')
def prefixes():
    equal(tool('sess ad pe 192.0.2.2 local 192.0.2.1 dev e1 tx 3.3ms rx 1s mult 7')[0], 0, 'add')
    v = bfdnl(H1, 'se sh')[0]
    equal((v['desired-min-tx-interval'], v['required-min-rx-interval'], v['local-multiplier']),
          (3300, 1000000, 7), 'tx, rx, mult')
    equal(tool('session d id', str(v['id']))[0], 0, 'del')


@test('a selector that fits several sessions is refused')
def ambiguity():
    one = Session(H1, 'dest-addr fe80::2 interface e1')
    Session(H1, 'dest-addr fe80::2 interface e3')
    refused(2, 'several sessions', 'session set dest-addr fe80::2 admin-down')
    refused(2, 'several sessions', 'session del dest-addr fe80::2')
    equal(len(bfdnl(H1, 'session show dest-addr fe80::2')), 2, 'show')
    equal(tool('session del dest-addr fe80::2 interface e3')[0], 0, 'del of one')
    equal(bfdnl(H1, 'session show')[0]['id'], one.id, 'the other')
    refused(1, 'id', f'session del id {one.id} dest-addr fe80::2')
    equal(tool('session del local-discriminator', str(one.discr))[0], 0, 'del by discriminator')


@test('without privileges: shown, not changed')
def privileges():
    s = Session(H1, PAIR)
    nobody = ('ip', 'netns', 'exec', H1, 'setpriv', '--reuid=65534', '--regid=65534',
              '--clear-groups')
    equal(len(json.loads(tool('-j session show', prefix=nobody)[1])), 1, 'sessions shown')
    equal(tool('stats show', prefix=nobody)[0], 0, 'stats show')
    for words in ('session add dest-addr 192.0.2.3', f'session del id {s.id}', 'session flush',
                  f'session set id {s.id} admin-down', 'stats clear'):
        refused(2, 'permi|privilege|CAP_NET_ADMIN', words, prefix=nobody)
    s.delete()


@test('limits are refused with ENOSPC and a message')
def limits():
    params = '/sys/module/bfd/parameters/'
    for name, value, words in (('max_sessions', 1, 'as many'),
                               ('max_packet_rate', 5, 'packets a second')):
        with open(params + name, encoding='ascii') as f:
            old = f.read()
        with open(params + name, 'w', encoding='ascii') as f:
            f.write(str(value))
        try:
            Session(H1, 'dest-addr 192.0.2.2')
            refused(2, words, 'session add dest-addr 192.0.2.3')
        finally:
            with open(params + name, 'w', encoding='ascii') as f:
                f.write(old)
            flush()


@test('batch: comments, quotes, the place of an error, -force')
def batch():
    lines = ('# a comment\nsession add dest-addr "192.0.2.2"\n\nsession add \\\n'
             'dest-addr 192.0.2.3\nsession add dest-addr 192.0.2.3\n'
             'session add dest-addr 192.0.2.4\n')
    path = TMP + '/batch'
    with open(path, 'w', encoding='ascii') as f:
        f.write(lines)
    refused(2, r'batch:6: .*already', '-b ' + path)
    equal(len(bfdnl(H1, 'session show')), 2, 'sessions before the error')
    flush()
    refused(2, r'-:6: .*already', '-f -b -', stdin=lines)
    equal(len(bfdnl(H1, 'session show')), 3, 'sessions with -force')
    equal(tool('-b -', stdin='session flush\n')[0], 0, 'status')
    equal(bfdnl(H1, 'session show'), [], 'sessions at the end')


@test('monitor: snapshot, created, state, parameters, deleted; numbers without gap')
def monitor():
    other = Session(H1, 'dest-addr 192.0.2.3')
    m = Monitor(H1)
    check(m.wait(lambda e: e['event'] == 'snapshot' and e['id'] == other.id), 'no snapshot')
    s = pair()
    check(m.wait(lambda e: e['event'] == 'created' and e['id'] == s.id), 'no created')
    check(m.state('up'), 'no state event of coming up')
    sleep(1 * S)
    since = m.mark()
    bfdnl(H2, 'session flush')
    down = m.state('down', since=since)
    check(down, 'no state event of going down')
    s.set('tx 70ms')
    check(m.wait(lambda e: e['event'] == 'parameters' and
                 e['desired-min-tx-interval'] == 70000), 'no parameters')
    s.delete()
    check(m.wait(lambda e: e['event'] == 'deleted' and e['id'] == s.id), 'no deleted')
    m.close()
    check_object('a state event', {k: v for k, v in down.items() if k != 'last-receive-times'},
                 STATE_EVENT)
    equal((down['old-state'], down['new-state'], down['local-diagnostic'],
           down['remote-diagnostic']), ('up', 'down', 'neighbor-down', 'admin-down'), 'the event')
    times = down['last-receive-times']
    equal(len(times), 5, 'number of receive times')
    equal(times, sorted(times, reverse=True), 'receive times')
    check(0 <= down['monotonic'] - times[0] < S, 'the last receive time is not near')
    offset = time.clock_gettime_ns(time.CLOCK_REALTIME) - \
        time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    check(abs(down['time'] - down['monotonic'] - offset) < 50 * MS, 'the clocks do not agree')
    numbers = [e['sequence'] for e in m.events if e['event'] != 'snapshot']
    equal(numbers, list(range(numbers[0], numbers[0] + len(numbers))), 'sequence numbers')
    flush()


@test('run: a session as long as the process')
def run():
    for sig in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(['bfdnl', '-n', H1, '-j', 'run', *PAIR.split()],
                              stdout=subprocess.PIPE, text=True) as p:
            equal(json.loads(p.stdout.readline())['event'], 'created', 'the first event')
            equal(len(bfdnl(H1, 'session show')), 1, 'sessions')
            p.send_signal(sig)
            rest = p.stdout.read()
        equal(p.returncode, 0, 'status')
        check('"deleted"' in rest or not rest, 'odd output')
        equal(bfdnl(H1, 'session show'), [], 'sessions afterwards')


@test('run, killed: the session goes with the process')
def run_killed():
    with subprocess.Popen(['bfdnl', '-n', H1, '-j', 'run', *PAIR.split()],
                          stdout=subprocess.PIPE, text=True) as p:
        event = json.loads(p.stdout.readline())
        equal((event['event'], event['owner-exit']), ('created', 'delete'), 'the first event')
        p.kill()
    equal(bfdnl(H1, 'session show'), [], 'sessions afterwards')


@test('a batch owns its sessions until its end; session add alone is told so')
def batch_owner():
    refused(1, 'would end at once', f'session add {PAIR} owner-exit delete')
    lines = [f'session add {PAIR} owner-exit delete',
             'session add dest-addr 192.0.2.3 interface e1 owner-exit admin-down',
             'session add dest-addr 192.0.2.4 interface e1 owner-exit keep', 'session show']
    status, out, err = tool('-j -b -', stdin='\n'.join(lines))
    equal((status, err), (0, ''), 'the batch')
    shown = json.loads(out.splitlines()[-1])
    equal([s['owner-exit'] for s in shown], ['delete', 'admin-down', 'keep'], 'in the batch')
    left = {s['dest-addr']: s['session-running']['local-state'] for s in bfdnl(H1, 'session show')}
    equal(left, {'192.0.2.3': 'adminDown', '192.0.2.4': 'down'}, 'after the batch')


def drop_keys():
    flush()
    for ns in (H1, H2):
        for key in bfdnl(ns, 'key show'):
            bfdnl(ns, 'key del', key['key'])


@test('keys: set, replaced, in use, deleted; a secret is never shown')
def keys_tool():
    secret = 'Passw0rd-of-the-test'
    equal(tool('key show'), (0, '', ''), 'no keys')
    equal(tool('-j key show'), (0, '[]\n', ''), 'no keys, as JSON')
    equal(tool(f'key set 7 type keyed-sha1 password {secret}'), (0, '', ''), 'key set')
    equal(tool('key set 4294967295 type simple-password secret -', stdin='616263\n')[0], 0,
          'a secret from standard input')
    path = f'{TMP}/secret'
    with open(path, 'w', encoding='utf-8') as f:
        f.write('616263\n')
    equal(tool(f'key set 7 type keyed-md5 secret-file {path}'), (0, '', ''), 'another secret')
    equal(bfdnl(H1, 'key show'),
          [{'key': 7, 'type': 'keyed-md5', 'use-count': 0},
           {'key': 4294967295, 'type': 'simple-password', 'use-count': 0}], 'keys')
    s = Session(H1, f'{PAIR} key 7 key-id 1')
    equal(bfdnl(H1, 'key show 7')[0]['use-count'], 1, 'use-count')
    for words in (f'key set 7 type keyed-sha1 password {secret}', 'key del 7'):
        refused(2, 'in use', words)
    equal(s.show()['authentication'], {'key': 7, 'key-id': 1, 'type': 'keyed-md5'},
          'in the session')
    for words in ('-d -s session show', '-j -s session show', '-j key show', 'key show'):
        out = tool(words)[1]
        check('616263' not in out and 'abc' not in out, f'{words} shows the secret')
    for message, words in (
            ('no such key', 'key del 8'), ('no such key', 'key show 8'),
            ('no such key', f'session set id {s.id} key 8 key-id 1'),
            ('no such key', f'session auth id {s.id} key 8 key-id 1 delayed'),
            ('no such key', 'session add dest-addr 192.0.2.7 key 8 key-id 1')):
        refused(2, message, words)
    for message, words in (
            ('up to 16', 'key set 9 type keyed-md5 password 12345678901234567'),
            ('odd number', 'key set 9 type keyed-md5 secret abc'),
            ('keyed-sha1', 'key set 9 type sha1 secret ab'),
            ('key-id', f'session auth id {s.id} key 7')):
        refused(1, message, words)
    drop_keys()


@test('session auth: at once, delayed until the peer switches, to none; no flap')
def auth_tool():
    for ns in (H1, H2):
        bfdnl(ns, 'key set 1 type keyed-sha1 password first')
        bfdnl(ns, 'key set 2 type meticulous-keyed-sha1 password second')
    one, two = ({'key': 1, 'key-id': 11, 'type': 'keyed-sha1'},
                {'key': 2, 'key-id': 22, 'type': 'meticulous-keyed-sha1'})
    ours = pair('tx 50ms rx 50ms local-multiplier 10 key 1 key-id 11')
    peer = 'dest-addr 192.0.2.1 interface e2'
    ours.wait(3)
    m = Monitor(H1, 'id', str(ours.id))
    bfdnl(H1, 'session auth id', ours.id, 'key 2 key-id 22 delayed')
    equal(ours.show()['authentication'], {**one, 'pending': two}, 'pending')
    bfdnl(H2, 'session auth', peer, 'key 2 key-id 22')
    check(m.wait(lambda e: e.get('authentication') == two), 'no event of the switch')
    bfdnl(H1, 'session auth id', ours.id, 'none delayed')
    equal(ours.show()['authentication'],
          {**two, 'pending': {'key': None, 'key-id': None, 'type': None}}, 'none is pending')
    bfdnl(H2, 'session auth', peer, 'none')
    check(m.wait(lambda e: e['event'] == 'parameters' and 'authentication' not in e),
          'no event of its end')
    check('authentication' not in ours.show(), 'authentication is left')
    m.close()
    equal([e for e in m.events if e['event'] == 'state'], [], 'changes of state')
    drop_keys()


@test('echo and demand: what is agreed, and what details say of it')
def explained():
    ours = Session(H1, f'{PAIR} echo echo-tx 50ms tx 300ms rx 300ms')
    Session(H2, 'dest-addr 192.0.2.1 source-addr 192.0.2.2 interface e2 echo-rx 100ms '
            'tx 300ms rx 300ms demand-enabled')
    ours.wait(3)
    end = time.monotonic() + 20
    while time.monotonic() < end and not (ours.running('echo-tx-interval-in-use') and
                                          ours.running('remote-demand') and
                                          not ours.running('poll-active')):
        sleep(100 * MS)
    sleep(1 * S)
    run = ours.show()['session-running']
    equal({k: run[k] for k in ('detection-mode', 'echo-tx-interval-in-use', 'echo-detection-time',
                               'remote-demand', 'negotiated-rx-interval')},
          {'detection-mode': 'async-with-echo', 'echo-tx-interval-in-use': 100000,
           'echo-detection-time': 300000, 'remote-demand': True,
           'negotiated-rx-interval': 1000000}, 'what is agreed')
    out = tool(f'-d -s session show id {ours.id}')[1]
    for text in ('echo-tx-interval-in-use 100ms (remote: remote-required-min-echo-rx-interval '
                 '100ms is more than desired-min-echo-tx-interval 50ms)',
                 'echo-detection-time 300ms (local-multiplier 3 x echo-tx-interval-in-use 100ms)',
                 'negotiated-rx-interval 1s (local: no more than 1s is asked for while echoes '
                 'detect failures)',
                 'negotiated-tx-interval 0 (remote: the peer is in Demand mode, where only '
                 'polls are sent)', 'echo-rtt-avg '):
        check(text in ' '.join(out.split()), f'details do not say "{text}"')
    bfdnl(H1, 'session poll id', ours.id)
    bfdnl(H2, 'session flush')


@test('mistakes with the rest of the protocol get a message')
def protocol_mistakes():
    s = Session(H1, PAIR)
    for status, message, words in (
            (2, 'interface', 'session add dest-addr 192.0.2.3 echo'),
            (2, 'bfdnl: source-addr is missing: a multihop',
             'session add dest-addr 192.0.2.3 multihop'),
            (2, 'multiple hops', 'session add peer 192.0.2.3 local 192.0.2.1 multihop echo'),
            (2, 'not a VRF', 'session add dest-addr 192.0.2.3 vrf e1'),
            (2, 'not up', f'session poll id {s.id}'),
            (2, 'no such session', 'session poll id 4000000000'),
            (2, 'delete the session', f'session set id {s.id} unaffiliated-echo'),
            (2, 'no such interface', 'echo-source set nope'),
            (2, 'nothing without echoes',
             'session add dest-addr 192.0.2.3 interface e1 unaffiliated-echo echo off'),
            (1, 'one of none, ', f'session set id {s.id} path-diagnostic path-down'),
            (1, 'one of keep, ', f'session set id {s.id} owner-exit never'),
            (1, 'would end at once', f'session set id {s.id} owner-exit delete')):
        refused(status, message, words)


@test('echo-source: chosen, shown, given up')
def echo_source():
    equal(bfdnl(H1, 'echo-source show'), {}, 'at first')
    equal(tool('echo-source set e3')[0], 0, 'status')
    equal(bfdnl(H1, 'echo-source show')['interface'], 'e3', 'the interface')
    equal(tool('echo-source del')[0], 0, 'status')
    equal(bfdnl(H1, 'echo-source show'), {}, 'in the end')


@test('help and version')
def help_version():
    for words in ('help', '-V', 'session help', '-h'):
        status, out, err = tool(words)
        equal((status, err, bool(out)), (0, '', True), words)


@test('no session is left')
def left():
    equal(bfdnl(H1, 'session show') + bfdnl(H2, 'session show'), [], 'sessions')


main()
