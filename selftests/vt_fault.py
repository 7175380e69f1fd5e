# SPDX-License-Identifier: GPL-2.0
"""Every allocation fails once: requests are done whole or not at all."""

import ctypes
import errno
import os

from auth import SHA1, TYPES, Keys, auth_body, key_body
from nl import DUMP, REQUEST, Netlink, addr, attr, u8, u32
from result import check, equal, main, remark, test
from tool import Monitor, Session, bfdnl, sh, sleep
from wire import S, UP

h1, h2 = os.environ['h1'], os.environ['h2']
FAULTS = '/sys/kernel/debug/failslab/'
libc = ctypes.CDLL(None, use_errno=True)
nth = os.open('/proc/thread-self/fail-nth', os.O_RDWR)
nl = Netlink(h1)
DEST = addr('DEST_ADDR', '192.0.2.2')


class Fault:
    """with Fault(N): the Nth allocation (or copy from or to the user) fails."""

    def __init__(self, n):
        self.n = n

    def __enter__(self):
        os.pwrite(nth, b'%d' % self.n, 0)
        return self

    def __exit__(self, *_):
        try:
            self.left = int(os.pread(nth, 32, 0))
        except OSError:         # reading it copies to the user, too
            self.left = 1
        while True:
            try:
                os.pwrite(nth, b'0', 0)
                return
            except OSError:
                pass


def each_fault(what, undo, first=1, limit=3000):
    """Let the allocations of WHAT() fail, one in each attempt, until all have.

    WHAT(fault) enters "with fault" for the system call and raises OSError.
    UNDO(error) is called after every attempt. Return: attempts that failed, allocations."""
    failed = 0
    for n in range(first, first + limit):
        fault, error = Fault(n), None
        try:
            what(fault)
        except OSError as e:
            error = e
        undo(error)
        if fault.left:
            check(error is None, f'it fails without a fault: {error}')
            return failed, n - 1
        failed += error is not None
    check(False, f'more than {limit} allocations')
    return None


def request(command, body=b'', flags=REQUEST | 4):
    """What to do for each_fault(): a request. Only its handling may fail."""
    def what(fault):
        with fault:
            nl.send(command, body, flags)
        nl.answers()
    return what


def check_all_or_nothing(error, value, before, after):
    """ENOBUFS: the request was not sent, or it was done and only the answer is lost."""
    allowed = [after] if error is None else [before]
    if error is not None and error.errno == errno.ENOBUFS:
        allowed.append(after)
    check(value in allowed, f'after {error}: {value}, expected one of {allowed}')


def drain():
    """A lost answer leaves the socket with an error."""
    nl.sock.settimeout(0.01)
    while True:
        try:
            nl.sock.recv(1 << 17)
        except (BlockingIOError, TimeoutError):
            break
        except OSError:
            continue
    nl.sock.settimeout(5)


def sessions():
    return bfdnl(h1, 'session show')


def wheel():
    s = bfdnl(h1, 'stats show')
    return (sum(c['sessions'] for c in s['cpus']),
            sum(sum(c['wheel-occupancy']) for c in s['cpus']), s['netns']['packet-rate'])


def new(body):
    ports = set()

    def undo(error):
        drain()
        there = sessions()
        # ENOBUFS: it was done, and only the answer is lost
        if error is None or error.errno == errno.ENOBUFS:
            check(len(there) <= 1, f'{len(there)} sessions')
            check(error or there, 'no session and no error')
        else:
            equal(len(there), 0, f'after {error}: the number of sessions')
        if there:
            ports.add(there[0]['source-port'])
            bfdnl(h1, 'session flush')
        equal(wheel(), (0, 0, 0), 'sessions and timers on the wheel, packet rate')
    failed, total = each_fault(request('SESSION_NEW', body), undo)
    remark(f'{total} allocations, {failed} errors')
    check(failed >= 3, 'no fault did harm')
    # a session that was not made keeps no source port: the least free one is given
    equal(len(ports), 1, f'the number of source ports {ports}')
    # the port is free: nobody holds the socket
    sh(f'ip netns exec {h1} python3 -c "import socket; '
       f'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind((\'0.0.0.0\', 3784)); '
       f'socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).bind((\'::\', 3784))"')


test('new, IPv4, with the socket', DEST)(new)
test('new, IPv6, with the socket', addr('DEST_ADDR', '2001:db8::2'))(new)
test('new, everything given', addr('DEST_ADDR', 'fe80::2') + attr('INTERFACE', b'e1\0') +
     addr('SOURCE_ADDR', 'fe80::1') + u32('LOCAL_DISCRIMINATOR', 77))(new)
ECHO = u8('ECHO_ENABLED', 1) + u32('REQUIRED_MIN_ECHO_RX_INTERVAL', 50000)
E1 = attr('INTERFACE', b'e1\0')
test('new, with echoes', DEST + E1 + ECHO)(new)
test('new, unaffiliated', DEST + E1 + u8('UNAFFILIATED_ECHO', 1))(new)


@test('set, echoes')
def change_echo():
    Session(h1, 'dest-addr 192.0.2.2 interface e1')

    def undo(error):
        drain()
        show = sessions()[0]
        echoes = show['echo-enabled'], show['required-min-echo-rx-interval']
        # ENOBUFS: it was done, and only the answer is lost
        if error is None or error.errno == errno.ENOBUFS:
            check(echoes == (True, 50000) or error, f'echoes are {echoes}')
            check(echoes in ((True, 50000), (False, 0)), f'echoes are {echoes}')
        else:
            equal(echoes, (False, 0), f'after {error}: echoes')
        bfdnl(h1, 'session flush')
        Session(h1, 'dest-addr 192.0.2.2 interface e1')
    remark(each_fault(request('SESSION_SET', DEST + ECHO), undo))
    bfdnl(h1, 'session flush')


@test('the echo source')
def echo_source():
    def undo(error):
        drain()
    for command, body in (('ECHO_SOURCE_SET', attr(1, b'e1\0')), ('ECHO_SOURCE_GET', b''),
                          ('ECHO_SOURCE_SET', attr(1, b'\0'))):
        remark((command, each_fault(request(command, body), undo)))


keys = Keys(h1)


@test('new, with a key')
def new_with_key():
    keys.set(1, SHA1, b'secret')
    new(DEST + auth_body(1, 1))
    equal(keys.show(), [(1, SHA1, 0)], 'keys')
    keys.delete(1)


def key(kind):
    """A key of this type in place of a password, or a new one."""
    for before in ([(1, 1, 0)], []):
        def prepare():
            for number, _, _ in keys.show():
                keys.delete(number)
            for number, old_kind, _ in before:
                keys.set(number, old_kind, b'x')

        def undo(error):
            drain()
            check_all_or_nothing(error, keys.show(), before, [(1, kind, 0)])
            prepare()
        prepare()
        failed, total = each_fault(request('KEY_SET', key_body(1, kind, b'secret')), undo)
        remark(f'{total} allocations, {failed} errors')
        check(failed >= 1, 'no fault did harm')
    before = []
    prepare()


for n, name in enumerate(TYPES, 1):
    test(f'key set, {name}', n)(key)


@test('set: authentication, at once and delayed')
def authentication():
    keys.set(1, SHA1, b'secret')
    for late in (0, 1):
        s = Session(h1, 'dest-addr 192.0.2.2')
        done = (0, None, None, (1, 9, SHA1)) if late else (1, 9, SHA1, None)

        def undo(error):
            drain()
            check_all_or_nothing(
                error, (keys.session(s.id), keys.show(), s.show()['desired-min-tx-interval']),
                (None, [(1, SHA1, 0)], 300000), (done, [(1, SHA1, 1)], 50000))
            keys.use(s.id, 0)
            s.set('tx 300ms')
        failed, total = each_fault(request('SESSION_SET', u32('ID', s.id) + auth_body(1, 9, late) +
                                           u32('DESIRED_MIN_TX_INTERVAL', 50000)), undo)
        remark(f'{total} allocations, {failed} errors')
        check(failed >= 1, 'no fault did harm')
        s.delete()
    keys.delete(1)


@test('keys: get, dump, del')
def key_get():
    for n in range(1, 6):
        keys.set(n, n, b'secret')
    for command, body, flags in (('KEY_GET', u32('KEY_NUMBER', 3), REQUEST | 4),
                                 ('KEY_GET', b'', REQUEST | DUMP)):
        remark((command, each_fault(request(command, body, flags), lambda error: drain())))

    def undo(error):
        drain()
        check_all_or_nothing(error, len(keys.show()), 5, 4)
        keys.set(3, 3, b'secret')
    remark(('KEY_DEL', each_fault(request('KEY_DEL', u32('KEY_NUMBER', 3)), undo)))
    equal(keys.show(), [(n, n, 0) for n in range(1, 6)], 'keys')
    for n in range(1, 6):
        keys.delete(n)


@test('set')
def change():
    s = Session(h1, 'dest-addr 192.0.2.2')
    def undo(error):
        drain()
        now = s.show()['desired-min-tx-interval']
        check(now in (300000, 50000), f'the interval is {now}')
        if error is None:
            equal(now, 50000, 'the interval')
        s.set('tx 300ms')
    remark(each_fault(request('SESSION_SET', u32('ID', s.id) +
                              u32('DESIRED_MIN_TX_INTERVAL', 50000)), undo))
    s.delete()


@test('get, dump, statistics')
def get():
    made = [Session(h1, f'dest-addr 192.0.2.{n}') for n in range(2, 6)]
    for command, body, flags in (('SESSION_GET', DEST, REQUEST | 4),
                                 ('SESSION_GET', b'', REQUEST | DUMP),
                                 ('STATS_GET', b'', REQUEST | DUMP),
                                 ('STATS_CLEAR', b'', REQUEST | 4)):
        remark((command, each_fault(request(command, body, flags), lambda error: drain())))
    equal(len(sessions()), 4, 'the number of sessions')
    for s in made:
        s.delete()


@test('del and flush')
def delete():
    for command in ('SESSION_DEL', 'SESSION_FLUSH'):
        Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.1')

        def undo(error):
            drain()
            if not sessions():
                equal(wheel(), (0, 0, 0), 'sessions and timers on the wheel, packet rate')
                Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.1')
        remark((command, each_fault(
            request(command, DEST if command == 'SESSION_DEL' else b''), undo)))
        bfdnl(h1, 'session flush')


@test('events, packets and answers under failing atomic allocations')
def atomic():
    monitor = Monitor(h1)
    for ns in (h1, h2):
        Keys(ns).set(1, 5, b'secret')
    options = 'tx 10ms rx 10ms mult 5 key 1 key-id 1 echo echo-tx 10ms echo-rx 5ms'
    pair = [Session(h1, 'dest-addr 192.0.2.2 interface e1 ' + options),
            Session(h2, 'dest-addr 192.0.2.1 interface e2 ' + options)]
    for s in pair:
        s.wait(UP)
    set_faults('ignore-gfp-wait', 1)
    set_faults('probability', 10)
    try:
        sleep(90 * S)       # what is needed for packets is fetched for many at a time
    finally:
        set_faults('probability', 0)
        set_faults('ignore-gfp-wait', 0)
    for s in pair:
        s.wait(UP)
    show = pair[0].show()
    st = show['session-statistics']
    remark(f"{st['send-packet-count']} sent, {st['send-failed-packet-count']} failed, "
           f"{st['down-count']} times down")
    check(st['send-failed-packet-count'] > 100, 'no transmission failed')
    sleep(1 * S)
    equal(pair[0].running('last-send-error'), 0, 'the last error')
    monitor.mark()
    told = [e for e in monitor.events if 'session-running' in e or e['event'] == 'state'][-1]
    equal(told.get('new-state') or told['session-running']['local-state'], 'up',
          'what the listener believes')
    monitor.close()
    for s in pair:
        s.delete()


def set_faults(name, value):
    with open(FAULTS + name, 'w', encoding='ascii') as f:
        f.write(str(value))


def last_ones(what, undo, count):
    """The last COUNT allocations of WHAT(): those of the module."""
    fault = Fault(100000)
    what(fault)
    undo(None)
    total = fault.n - fault.left
    return each_fault(what, undo, max(1, total - count))


@test('loading the module')
def load():
    sh('rmmod bfd')
    with open(os.environ['BFD_KO'], 'rb') as f:
        image = f.read()

    def what(fault):
        with fault:
            ret = libc.syscall(175, image, len(image), b'')     # init_module
        if ret:
            raise OSError(ctypes.get_errno(), 'init_module')

    def undo(error):
        equal(os.path.isdir('/sys/module/bfd'), error is None, 'loaded')
        if error is None:
            sh('rmmod bfd')

    # the namespaces that are there are set up with it
    failed, total = last_ones(what, undo, 70)
    remark(f'{total} allocations, the last 70 failed: {failed} errors')
    check(failed, 'no fault did harm')
    sh('insmod $BFD_KO')


main()
