# SPDX-License-Identifier: GPL-2.0
"""What becomes of sessions when the socket that owns them is closed."""

import os
import select
import signal
import socket
import struct
import subprocess
import sys

from nl import REQUEST, ACK, Netlink, Refused, U, addr, attr, attrs, u8, u32
from peer import Bench
from result import DEBUG, check, equal, main, test, within
from tool import Monitor, bfdnl, now, sh, sleep
from wire import ADMIN_DOWN, DOWN, MS, S, UP

h1, other_ns = os.environ['h1'], os.environ['peer']
KEEP, TAKE_DOWN, DELETE = range(3)


class Owner(Netlink):
    """A socket of a program that makes sessions; PORTID: bound to this one."""

    def __init__(self, portid=0, ns=h1):
        super().__init__(ns, portid)

    def add(self, policy=None, last=2, body=b''):
        return self._number(self.call('SESSION_NEW', addr('DEST_ADDR', f'192.0.2.{last}') +
                                      (b'' if policy is None else u8('OWNER_EXIT', policy)) + body))

    @staticmethod
    def _number(answer):
        return struct.unpack('I', dict(attrs(answer[0][4:]))[U['BFD_A_ID']])[0]

    def set(self, number, *attributes):
        self.call('SESSION_SET', u32('ID', number) + b''.join(attributes))

    @property
    def portid(self):
        return self.sock.getsockname()[0]


def sessions():
    return {s['id']: s for s in bfdnl(h1, 'session show')}


def state_of(number):
    s = sessions().get(number)
    return s and s['session-running']['local-state']


def clean(function):
    """A test that begins and ends without sessions."""
    def run(*args):
        bfdnl(h1, 'session flush')
        try:
            function(*args)
        finally:
            bfdnl(h1, 'session flush')
    return run


@test('keep, the default: the session outlives the socket')
@clean
def keep():
    for policy in (None, KEEP):
        owner = Owner()
        number = owner.add(policy)
        owner.close()
        equal(state_of(number), 'down', 'the state')
        equal(sessions()[number]['owner-exit'], 'keep', 'owner-exit')
        bfdnl(h1, 'session flush')


@test('delete: the session goes with the socket, at once, and that is an event')
@clean
def delete():
    monitor = Monitor(h1)
    owner = Owner()
    number = owner.add(DELETE)
    equal(sessions()[number]['owner-exit'], 'delete', 'owner-exit')
    since = monitor.mark()
    owner.close()
    equal(sessions(), {}, 'the sessions')
    monitor.mark()
    equal([(e['event'], e['id']) for e in monitor.events[since:]], [('deleted', number)],
          'the events')
    monitor.close()


@test('admin-down: AdminDown as by an operator; then the session is nobody\'s')
@clean
def admin_down():
    monitor = Monitor(h1)
    owner = Owner()
    number = owner.add(TAKE_DOWN)
    since = monitor.mark()
    owner.close()
    s = sessions()[number]
    equal(s['session-running']['local-state'], 'adminDown', 'the state')
    equal(s['session-running']['local-diagnostic'], 'admin-down', 'local-diagnostic')
    equal(s['admin-down'], True, 'admin-down')
    equal(s['owner-exit'], 'keep', 'owner-exit')
    check(monitor.state(ADMIN_DOWN, since=since), 'no event')
    bfdnl(h1, 'session set id', number, 'admin-up')
    equal(state_of(number), 'down', 'the state after admin-up')
    monitor.close()


def up_and_dies(policy):
    """A session that is Up: the peer is told AdminDown."""
    with Bench('tx 10ms rx 10ms') as b:
        b.settle()
        owner = Owner()
        owner.set(b.session.id, u8('OWNER_EXIT', policy))
        b.run(1 * S)
        equal(b.session.state, UP, 'the state')
        at = b.mark()
        owner.close()
        b.run(100 * MS)
        packets = b.sent(at, state=ADMIN_DOWN)
        check(packets, 'the peer is not told')
        equal({p.bfd.diag for p in packets}, {7}, 'the diagnostic')
        if policy == DELETE:
            equal(len(packets), 1, 'the number of packets')
            equal(sessions(), {}, 'the sessions')
        else:
            equal(b.session.state, ADMIN_DOWN, 'the state')


test('delete: the peer of an Up session is told AdminDown, once', DELETE)(clean(up_and_dies))
test('admin-down: the peer of an Up session is told AdminDown', TAKE_DOWN)(clean(up_and_dies))


@test('who sets another policy owns the session from then on')
@clean
def taken_over():
    first, second, third = Owner(), Owner(), Owner()
    number = first.add(DELETE)
    second.set(number, u8('OWNER_EXIT', DELETE))
    # changes of something else do not
    third.set(number, u8('LOCAL_MULTIPLIER', 9))
    first.close()
    third.close()
    equal(state_of(number), 'down', 'the state after the others were closed')
    second.close()
    equal(sessions(), {}, 'the sessions')


@test('back to keep: nobody owns it')
@clean
def released():
    first, second = Owner(), Owner()
    number = first.add(DELETE)
    second.set(number, u8('OWNER_EXIT', KEEP))
    equal(sessions()[number]['owner-exit'], 'keep', 'owner-exit')
    first.close()
    second.close()
    equal(state_of(number), 'down', 'the state')


@test('several sessions of one socket, each by its own policy; those of others stay')
@clean
def several():
    one, other = Owner(), Owner()
    gone = [one.add(DELETE, 10 + i) for i in range(5)]
    down = [one.add(TAKE_DOWN, 20 + i) for i in range(5)]
    kept = [one.add(KEEP, 30 + i) for i in range(5)] + [other.add(DELETE, 40 + i) for i in range(5)]
    one.close()
    found = sessions()
    equal([i for i in gone if i in found], [], 'what should be gone')
    equal({state_of(i) for i in down}, {'adminDown'}, 'the states of the second kind')
    equal({state_of(i) for i in kept}, {'down'}, 'the states of the rest')
    other.close()
    equal(len(sessions()), 10, 'the number of sessions at last')


@test('a request that is refused makes nobody an owner')
@clean
def refused():
    first, second = Owner(), Owner()
    number = first.add(KEEP)
    for act in (lambda: second.add(DELETE),
                lambda: second.set(number, u8('OWNER_EXIT', DELETE), u8('PATH_DIAGNOSTIC', 5)),
                lambda: second.set(number, u8('OWNER_EXIT', DELETE), u8('OWNER_EXIT', 9))):
        try:
            act()
            check(False, 'it was accepted')
        except Refused:
            pass
    second.close()
    equal(state_of(number), 'down', 'the state')
    first.close()


@test('a session deleted before its owner ends: nothing is left of either')
@clean
def deleted():
    owner = Owner()
    owner.call('SESSION_DEL', u32('ID', owner.add(DELETE)))
    kept = owner.add(TAKE_DOWN)
    bfdnl(h1, 'session del id', kept)
    number = Owner().add(KEEP)
    owner.close()
    equal(state_of(number), 'down', 'the state of another session')


@test('a socket with the same port number later does not own the old sessions')
@clean
def reused():
    owner = Owner(portid=4242)
    number = owner.add(TAKE_DOWN)
    owner.close()
    bfdnl(h1, 'session set id', number, 'admin-up')
    again = Owner(portid=4242)
    equal(again.portid, 4242, 'the port number')
    again.add(DELETE, 3)
    again.close()
    equal({i: state_of(i) for i in sessions()}, {number: 'down'}, 'the states')


@test('sockets with the same port number elsewhere are others: namespace, protocol')
@clean
def elsewhere():
    owner = Owner(portid=4243)
    number = owner.add(DELETE)
    there = Owner(portid=4243, ns=other_ns)
    there.close()
    route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    route.bind((4243, 0))
    route.close()
    equal(state_of(number), 'down', 'the state')
    owner.close()
    equal(sessions(), {}, 'the sessions')


@test('a second descriptor keeps the socket open')
@clean
def duplicated():
    owner = Owner()
    number = owner.add(DELETE)
    copy = owner.sock.dup()
    owner.close()
    equal(state_of(number), 'down', 'the state')
    copy.close()
    equal(sessions(), {}, 'the sessions')


PROGRAM = '''
import os, sys, time
sys.path.insert(0, os.environ['PYTHONPATH'])
from nl import Netlink, addr, u8
n = Netlink(sys.argv[1])
for i in range(int(sys.argv[2])):
    n.call('SESSION_NEW', addr('DEST_ADDR', f'10.{i >> 8}.{i & 255}.1') + u8('OWNER_EXIT', int(sys.argv[3])))
print('ready', flush=True)
time.sleep(1e6)
'''


def program(count, policy):
    p = subprocess.Popen([sys.executable, '-B', '-c', PROGRAM, h1, str(count), str(policy)],
                         stdout=subprocess.PIPE)
    equal(p.stdout.readline(), b'ready\n', 'what the program says')
    equal(len(sessions()), count, 'the number of sessions')
    return p


@test('a process that is killed: delete, and admin-down')
@clean
def killed():
    for policy, left in ((DELETE, {}), (TAKE_DOWN, {'adminDown': 5})):
        p = program(5, policy)
        p.send_signal(signal.SIGKILL)
        p.wait()
        found = {}
        for s in sessions().values():
            state = s['session-running']['local-state']
            found[state] = found.get(state, 0) + 1
        equal(found, left, 'the sessions by state')
        bfdnl(h1, 'session flush')


@test('thousands of sessions of one process: all go, every event is there, others live on')
@clean
def many():
    count = 200 if DEBUG else 2000
    with Bench('tx 10ms rx 10ms') as b:
        b.settle()
        sh(f'ip -n {h1} route add 10.0.0.0/8 dev e1')
        p = subprocess.Popen([sys.executable, '-B', '-c', PROGRAM, h1, str(count), str(DELETE)],
                             stdout=subprocess.PIPE)
        b.run(until=lambda: select.select([p.stdout], [], [], 0)[0], limit=600 * S)
        since = b.monitor.mark()
        p.kill()
        b.run(5 * S)
        p.wait()
        b.monitor.mark()
        gone = [e for e in b.monitor.events[since:] if e['event'] == 'deleted']
        equal(len(gone), count, 'the number of events')
        equal(list(sessions()), [b.session.id], 'the sessions left')
        equal(b.session.stat('down-count'), 0, 'down-count of the other')
        sh(f'ip -n {h1} route del 10.0.0.0/8 dev e1')


@test('the module is unloaded while sockets own sessions')
@clean
def unloaded():
    owner = Owner()
    owner.add(DELETE)
    owner.add(TAKE_DOWN, 3)
    sh('rmmod bfd')
    owner.close()
    sh('insmod "$BFD_KO" seed=7')


@test('a namespace is deleted while a socket in it owns sessions')
def namespace():
    sh('ip netns add gone && ip -n gone link set lo up')
    owner = Owner(ns='gone')
    owner.add(DELETE)
    owner.add(TAKE_DOWN, 3)
    sh('ip netns del gone')
    sleep(1 * S)
    owner.close()
    sleep(1 * S)


main()
