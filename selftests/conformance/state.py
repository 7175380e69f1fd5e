# SPDX-License-Identifier: GPL-2.0
"""The state machine: RFC 5880, 6.1, 6.2 and the end of 6.8.6."""

from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal
from stage import MS, S, fresh, on_time, pace, up
from wire import ADMIN_DOWN, DOWN, INIT, UP


def reach(s, state):
    """A session in this state; the peer has not been heard, in Down."""
    s.hush()
    s.peer.says.your = s.session.discr
    if state != DOWN:
        s.peer.send(state=DOWN)
    if state == UP:
        s.peer.send(state=INIT)


def table(ours, transitions):
    """{what the peer says: (the state then, the diagnostic)}"""
    for said, (then, diag) in transitions.items():
        with fresh() as s:
            reach(s, ours)
            s.peer.send(state=said)
            s.is_now(then, diag)


@rule('5880', '6.8.6', 'MUST', 'in Down: Down leads to Init, Init to Up, Up and AdminDown to '
                               'nothing')
@rule('5880', '6.2', TEXT, 'Down lasts until the peer says that it is not Up')
@rule('5880', '6.1', TEXT, 'there is a three-way handshake: Down, Init, Up')
@bug(1)
def down():
    table(DOWN, {DOWN: ('init', 'none'), INIT: ('up', 'none'), UP: ('down', 'none'),
                 ADMIN_DOWN: ('down', 'none')})


@rule('5880', '6.8.6', 'MUST', 'in Init: Init and Up lead to Up, Down to nothing, AdminDown to '
                               'Down with diagnostic 3')
@rule('5880', '6.2', TEXT, 'Init lasts until the peer says Init or Up')
def init():
    table(INIT, {INIT: ('up', 'none'), UP: ('up', 'none'), DOWN: ('init', 'none'),
                 ADMIN_DOWN: ('down', 'neighbor-down')})


@rule('5880', '6.8.6', 'MUST', 'in Up: Down and AdminDown lead to Down with diagnostic 3, Init and '
                               'Up to nothing')
@rule('5880', '6.2', TEXT, 'Up lasts until the peer says Down or is silent')
def up_state():
    table(UP, {INIT: ('up', 'none'), UP: ('up', 'none'), DOWN: ('down', 'neighbor-down'),
               ADMIN_DOWN: ('down', 'neighbor-down')})


@rule('5880', '6.8.6', 'MUST', 'in AdminDown nothing that is received changes the state')
def admin_down():
    for said in (ADMIN_DOWN, DOWN, INIT, UP):
        with fresh('admin-down') as s:
            s.hush()
            s.peer.says.your = s.session.discr
            s.peer.send(state=said)
            s.is_now('adminDown', 'admin-down')


@rule('5880', '6.2', TEXT, "AdminDown of the peer keeps us Down until it ends")
@long
def remote_admin_down():
    with up() as s:
        s.peer.auto = False
        s.peer.say(state=ADMIN_DOWN, diag=7)
        s.run(2 * S)
        s.is_now('down', 'neighbor-down')
        s.peer.says.state = DOWN
        s.talk()
        check(s.up(), 'not up again')


@rule('5880', '6.1', TEXT, 'a session that went Down comes up only after the peer has left Up')
def handshake_after_down():
    with up() as s:
        s.peer.say(mult=3)
        s.hush()
        s.run(60 * S, until=lambda: not s.session.state == UP)
        s.is_now('down', 'control-expiry')
        for _ in range(5):
            s.peer.send(state=UP)
        s.is_now('down')
        s.talk()
        check(s.up(), 'not up again')


@rule('5880', '6.2', TEXT, 'Init ends in Down with diagnostic 1 after a Detection Time of silence')
@rule('5880', '6.8.4', 'MUST', 'in Init: a Detection Time of silence leads to Down with diagnostic '
                               '1')
@bug(17)
@exact
def init_expires():
    with fresh() as s:
        s.hush()
        s.peer.send(state=DOWN, tx=20000, mult=5)
        sent = s.received()[-1].time
        p = s.expect(state=DOWN)
        on_time(p.time, sent + 100 * MS, 'Down')
        equal(p.bfd.diag, 1, 'Diag')


@rule('5880', '6.1', 'MUST', 'a system in the Active role sends, whether it has heard the peer or '
                             'not')
@rule('5880', '6.1', TEXT, 'a session begins with slow, periodic packets')
@rule('5881', '3', 'MUST', 'both sides are active, with Your Discriminator zero at first')
@exact
def active():
    with fresh() as s:
        s.hush()
        s.run(20 * S)
        check(len(s.sent()) >= 20, f'{len(s.sent())} packets in 20 s')
        check(all((p.bfd.state, p.bfd.your) == (DOWN, 0) for p in s.sent()), 'said otherwise')
        pace(s.sent(), 1 * S)


@rule('5880', '6.1', 'MUST NOT', 'a system in the Passive role begins to send before it has '
                                 'received')
@rule('5880', '6.8.7', 'MUST NOT', 'a system in the Passive role sends if bfd.RemoteDiscr is zero')
@bug(16, 17)
@long
def passive():
    with fresh('passive') as s:
        s.hush()
        s.run(2 * S)
        equal(s.sent(), [], 'packets before the peer')
        s.talk()
        check(s.up(), 'not up')


@rule('5880', '6.8.7', 'MUST NOT', 'a system in the Passive role goes on sending after the peer '
                                   'has been forgotten')
@bug(16)
@exact
def passive_again():
    with up('passive tx 10ms rx 10ms') as s:
        s.hush()
        s.run(1 * S)
        s.is_now('down', 'control-expiry')
        at = s.mark()
        s.run(10 * S)
        equal(s.sent(at), [], 'packets after the peer was forgotten')
        s.talk()
        s.peer.says.state = DOWN
        check(s.up(), 'not up again')


@rule('5880', '6.2', TEXT, 'each side may begin: the other one follows')
@rule('5880', '6.1', TEXT, 'a session is Up when packets pass in both directions')
def who_begins():
    with fresh() as s:          # the peer begins
        check(s.up(), 'not up')
    with fresh() as s:          # we begin
        s.hush()
        s.expect(state=DOWN)
        s.talk()
        check(s.up(), 'not up')


@rule('5880', '6.2', TEXT, 'a peer that restarts is noticed, and the session comes up again')
@rule('5880', '6.8.6', TEXT, 'a peer that restarts may have a new discriminator')
@bug(1, 48)
def restart():
    with up() as s:
        for n in range(1, 4):
            s.peer.says.my = 0x1000 + n
            s.peer.says.your = 0
            s.peer.says.state = DOWN
            s.peer.send()
            check(s.up(), 'not up again')
            equal(s.session.show()['remote-discriminator'], 0x1000 + n, 'remote-discriminator')
        equal(s.session.stat('down-count'), 3, 'down-count')


@rule('5880', '6.2', TEXT, 'a peer that does not hear us keeps us in Down or Init: Up means both '
                           'directions')
@bug(48)
@long
def one_way():
    with up() as s:
        # the peer hears nothing: it says so with diagnostic 1, and goes on in Down
        s.peer.auto = False
        s.peer.say(state=DOWN, diag=1, your=0, tx=1000000)
        s.run(2 * S)
        check(s.session.state in (DOWN, INIT), 'Up although the peer does not hear')
        equal(s.session.running('remote-diagnostic'), 'control-expiry', 'remote-diagnostic')
        s.talk()
        s.peer.says.diag = 0
        check(s.up(), 'not up again')


@rule('5880', '6.8.1', 'MUST', 'bfd.SessionState is Down at first')
@rule('5880', '6.8.1', 'MUST', 'bfd.RemoteSessionState is Down at first')
@rule('5880', '6.8.1', 'MUST', 'bfd.LocalDiag is zero at first')
@rule('5880', '6.8.1', 'MUST', 'bfd.RemoteMinRxInterval is 1 at first')
@rule('5880', '6.8.1', 'MUST', 'bfd.RemoteDemandMode is zero at first')
def at_first():
    with fresh() as s:
        s.hush()
        r = s.session.show()['session-running']
        equal((r['local-state'], r['remote-state'], r['local-diagnostic'],
               r['remote-required-min-rx-interval'], r['detection-mode']),
              ('down', 'down', 'none', 1, 'async-without-echo'), 'the variables')
        equal(s.session.show()['remote-discriminator'], 0, 'remote-discriminator')


@rule('5880', '6.8.1', TEXT, 'a change of state is reported to those who want to know')
def reported():
    with fresh(watch=True) as s:
        s.hush()
        at = s.monitor.mark()
        s.peer.say(state=DOWN, your=s.session.discr)
        s.peer.say(state=INIT)
        s.peer.say(state=DOWN)
        equal([(e['old-state'], e['new-state']) for e in s.changes(at, 3)],
              [('down', 'init'), ('init', 'up'), ('up', 'down')], 'the events')


outside('5880', '6.1', 'MUST', 'at least one of the two systems is active',
        'the operator of both decides; being active is the default')
outside('5880', '6.2', 'MAY', 'a session may be held in Down',
        'a permission; AdminDown is used to hold sessions')
