# SPDX-License-Identifier: GPL-2.0
"""States, diagnostics, what is kept and what is forgotten:
RFC 5880, 6.1, 6.2, 6.8.1, 6.8.16, 6.8.18."""

from peer import Bench
from result import check, equal, main, test, within
from tool import now
from wire import ADMIN_DOWN, DOWN, INIT, MS, S, UP, gaps

SLOT = 65536


def settled(options='tx 10ms rx 10ms', **fields):
    b = Bench(options, **fields)
    b.settle()
    return b


def changes(b, since=0):
    b.monitor.mark()
    return [(e['old-state'], e['new-state'], e['local-diagnostic'])
            for e in b.monitor.events[since:] if e['event'] == 'state']


def transition(b, says, then, diag='none', **fields):
    b.peer.send(state=says, **fields)
    r = b.session.show()['session-running']
    equal((r['local-state'], r['local-diagnostic']), (then, diag), f'after state {says}')


@test('every transition of the state machine')
def machine():
    with Bench('tx 300ms rx 300ms', up=False) as b:
        b.peer.auto = False
        you = b.session.discr
        transition(b, ADMIN_DOWN, 'down')
        transition(b, UP, 'down', your=you)
        transition(b, DOWN, 'init')
        transition(b, DOWN, 'init', your=you)
        transition(b, ADMIN_DOWN, 'down', 'neighbor-down', your=you)
        transition(b, ADMIN_DOWN, 'down', 'neighbor-down', your=you)
        transition(b, DOWN, 'init', 'neighbor-down', your=you)
        transition(b, INIT, 'up', your=you)
        transition(b, INIT, 'up', your=you)
        transition(b, UP, 'up', your=you)
        transition(b, DOWN, 'down', 'neighbor-down', your=you)
        transition(b, INIT, 'up', your=you)
        transition(b, ADMIN_DOWN, 'down', 'neighbor-down', your=you)
        transition(b, DOWN, 'init', 'neighbor-down', your=you)
        transition(b, UP, 'up', your=you)
        transition(b, DOWN, 'down', 'neighbor-down')    # Your Discriminator 0: it restarted
        equal(b.session.stat('down-count'), 3, 'down-count')


@test('Init: silence takes it to Down with diagnostic 1')
def init_expiry():
    with Bench('tx 10ms rx 10ms', up=False) as b:
        b.peer.auto = False
        b.peer.period = 0
        b.peer.send(tx=20000, mult=5)
        sent = b.received()[-1].time
        equal(b.session.state, INIT, 'the state')
        b.run(1 * S)
        e = b.monitor.state(DOWN)
        within(e['monotonic'] - sent - 100 * MS, -1000, SLOT + 1000, 'the detection')
        equal(e['local-diagnostic'], 'control-expiry', 'the diagnostic')


@test('AdminDown of ours: told at once, with diagnostic 7, and kept on telling')
def admin_down():
    with settled() as b:
        at, events = b.mark(), b.monitor.mark()
        b.session.set('admin-down')
        p = b.sent(at)[0]
        equal((p.bfd.state, p.bfd.diag, p.bfd.poll), (ADMIN_DOWN, 7, 0), 'state, diagnostic, P')
        equal(changes(b, events), [('up', 'adminDown', 'admin-down')], 'the events')
        b.run(30 * S)
        packets = b.sent(at, state=ADMIN_DOWN)
        equal(len(packets), len(b.sent(at)), 'packets in AdminDown')
        check(len(packets) > 28, f'{len(packets)} packets in 30 s')
        within(max(gaps(packets[1:])), 750 * MS, 1000 * MS, 'the longest gap')
        check(all(p.bfd.diag == 7 for p in packets), 'another diagnostic')
        st = b.session.show()['session-statistics']
        equal(st['admin-down-count'], 1, 'admin-down-count')
        equal(st['down-count'], 0, 'down-count')
        # what the peer says is discarded (6.8.6)
        check(st['drops'].get('admin-down', 0) > 5, f"drops: {st['drops']}")
        at, events = b.mark(), b.monitor.mark()
        b.session.set('admin-up')
        p = b.sent(at)[0]
        equal((p.bfd.state, p.bfd.diag), (DOWN, 0), 'state and diagnostic')
        check(b.up(), 'not up again')
        equal(changes(b, events)[0], ('adminDown', 'down', 'none'), 'the first event')


@test('AdminDown from the beginning')
def admin_down_first():
    with Bench('admin-down', up=False) as b:
        b.run(20 * S)
        check(len(b.sent()) > 18, f'{len(b.sent())} packets in 20 s')
        check(all((p.bfd.state, p.bfd.diag) == (ADMIN_DOWN, 7) for p in b.sent()), 'said otherwise')
        b.session.set('admin-up')
        check(b.up(), 'not up')


@test('AdminDown of the peer: Down with diagnostic 3, no Init, and recovery')
def remote_admin_down():
    with settled() as b:
        at = b.monitor.mark()
        b.peer.auto = False
        b.peer.say(state=ADMIN_DOWN, diag=7)
        equal(changes(b, at), [('up', 'down', 'neighbor-down')], 'the events')
        r = b.session.show()['session-running']
        equal((r['remote-state'], r['remote-diagnostic']), ('adminDown', 'admin-down'), 'the peer')
        b.peer.period = 200 * MS
        b.run(10 * S)
        equal(len(changes(b, at)), 1, 'the number of changes')
        b.peer.auto = True
        b.peer.period = None
        b.peer.say(state=DOWN, diag=0)
        check(b.up(), 'not up again')


@test('deleting a session tells the peer AdminDown')
def deleted():
    with settled() as b:
        at = b.mark()
        b.session.delete()
        packets = b.sent(at)
        equal([(p.bfd.state, p.bfd.diag) for p in packets], [(ADMIN_DOWN, 7)], 'the last words')
        b.run(5 * S)
        equal(len(b.sent(at)), 1, 'packets of a deleted session')


@test('a peer that restarts is followed: new discriminator, Your Discriminator 0')
def restart():
    with settled() as b:
        for n in range(1, 4):
            at = b.monitor.mark()
            b.peer.says.my = 0x1000 + n
            b.peer.says.your = 0
            b.peer.says.state = DOWN
            b.peer.send()
            check(b.up(), 'not up again')
            equal(changes(b, at)[0], ('up', 'down', 'neighbor-down'), 'the first event')
            equal(b.session.show()['remote-discriminator'], 0x1000 + n, 'remote-discriminator')
        equal(b.session.stat('down-count'), 3, 'down-count')


@test('a peer that restarts during a Detection Time of silence')
def restart_silent():
    with settled('tx 100ms rx 100ms', tx=100000) as b:
        b.peer.period = 0
        b.peer.auto = False
        b.peer.run(1 * S)
        equal(b.session.state, DOWN, 'the state')
        b.peer.period = None
        b.peer.auto = True
        b.peer.says.my = 77
        b.peer.says.your = 0
        b.peer.says.state = DOWN
        check(b.up(), 'not up again')


def kept(b, detection):
    """What is known of the peer is kept until DETECTION after its last packet, then forgotten."""
    b.peer.auto = False
    b.peer.period = 0
    last = b.received()[-1].time
    b.run(last + detection - 2 * MS - now())
    equal(b.session.show()['remote-discriminator'], b.peer.says.my, 'before: the discriminator')
    b.run(4 * MS)
    s = b.session.show()
    equal(s['remote-discriminator'], 0, 'after: the discriminator')
    equal(s['session-running']['remote-required-min-rx-interval'], 1, 'after: RemoteMinRxInterval')
    equal(s['session-running']['remote-state'], 'down', 'after: RemoteSessionState')
    at = b.mark()
    b.run(3 * S)
    check(b.sent(at) and all(p.bfd.your == 0 for p in b.sent(at)), 'Your Discriminator on the wire')


@test('Down by detection: the peer is forgotten with it')
def kept_expiry():
    with settled() as b:
        kept(b, 30 * MS)


@test('Down by the peer: it is remembered for a Detection Time')
def kept_neighbor():
    with settled() as b:
        b.peer.auto = False
        b.peer.say(state=DOWN, tx=400000, mult=5)
        equal(b.session.state, DOWN, 'the state')
        kept(b, 2000 * MS)


@test('AdminDown of ours: the peer is remembered for a Detection Time')
def kept_admin():
    with settled(tx=100000) as b:
        b.run(500 * MS)
        b.session.set('admin-down')
        b.peer.auto = False
        kept(b, 300 * MS)


@test('AdminDown of the peer: it is remembered for a Detection Time')
def kept_remote_admin():
    with settled() as b:
        b.peer.auto = False
        b.peer.say(state=ADMIN_DOWN, tx=1000000, mult=3)
        kept(b, 3000 * MS)


@test('passive: silent until the peer is heard, and when it is forgotten')
def passive():
    with Bench('passive tx 10ms rx 10ms', up=False) as b:
        b.peer.period = 0
        b.run(30 * S)
        equal(b.sent(), [], 'packets before the peer')
        b.peer.period = None
        check(b.up(), 'not up')
        b.settle()
        b.peer.period = 0
        b.peer.auto = False
        b.run(100 * MS)
        equal(b.session.state, DOWN, 'the state')
        at = b.mark()
        b.run(30 * S)
        equal(b.sent(at), [], 'packets after the peer was forgotten')
        b.peer.period = None
        b.peer.auto = True
        b.peer.says.state = DOWN
        check(b.up(), 'not up again')


@test('passive: a Poll is answered all the same')
def passive_poll():
    with Bench('passive', up=False) as b:
        b.peer.auto = False
        b.peer.send(poll=1, state=ADMIN_DOWN)
        equal(len(b.sent(final=1)), 1, 'the number of Finals')


@test('LocalDiag is kept until Up, and told to the peer')
def diag():
    with settled() as b:
        b.peer.period = 0
        b.peer.auto = False
        b.run(100 * MS)
        at = b.mark()
        b.run(3 * S)
        check(all(p.bfd.diag == 1 for p in b.sent(at)), 'another diagnostic on the wire')
        b.peer.says.your = 0
        b.peer.send(state=DOWN)
        equal(b.session.state, INIT, 'the state')
        equal(b.session.running('local-diagnostic'), 'control-expiry', 'in Init: the diagnostic')


@test('the times and counts of the statistics')
def statistics():
    with settled() as b:
        at = b.monitor.mark()
        sent, received = len(b.sent()), len(b.received())
        st = b.session.show()['session-statistics']
        equal(st['send-packet-count'], sent, 'send-packet-count')
        equal(st['receive-packet-count'], received, 'receive-packet-count')
        check(st['create-time'] <= st['last-up-time'], 'the times')
        check('last-down-time' not in st, 'last-down-time before it ever was down')
        b.peer.period = 0
        b.peer.auto = False
        b.run(1 * S)
        st = b.session.show()['session-statistics']
        equal(st['down-count'], 1, 'down-count')
        check(st['last-down-time'] > st['last-up-time'], 'the times')
        equal(changes(b, at), [('up', 'down', 'control-expiry')], 'the events')


main()
