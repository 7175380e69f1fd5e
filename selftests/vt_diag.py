# SPDX-License-Identifier: GPL-2.0
"""Path diagnostics: RFC 5880, 6.8.17."""

from peer import Bench
from result import check, equal, main, test, within
from tool import now
from wire import ADMIN_DOWN, DOWN, MS, S, UP

CONCATENATED, ADMIN, REVERSE = 6, 7, 8
NAMES = {0: 'none', CONCATENATED: 'concatenated-path-down',
         REVERSE: 'reverse-concatenated-path-down'}


def bench(options='tx 100ms rx 10ms', **fields):
    b = Bench(options, **fields)
    b.settle()
    b.run(1 * S)
    return b


def set_diag(b, diag):
    b.session.set('path-diagnostic', NAMES[diag])


def told(b, diag):
    """It is told at once, stays told, and the session stays Up."""
    at = b.mark()
    t = now()
    set_diag(b, diag)
    b.run(2 * S)
    packets = b.sent(at)
    check(all(p.bfd.diag == diag and p.bfd.state == UP and not p.bfd.poll for p in packets),
          'a packet that says something else, or polls')
    within(packets[0].time - t, 0, 5 * MS, 'the time to the first packet')
    check(len(packets) > 15, 'no periodic packets')
    equal(b.session.running('local-diagnostic'), NAMES[diag], 'local-diagnostic')
    equal(b.session.show()['path-diagnostic'], NAMES[diag], 'path-diagnostic')
    equal(b.session.stat('down-count'), 0, 'down-count')


@test('told at once and in every packet from then on, and withdrawn, without a flap')
def tells():
    with bench() as b:
        for diag in (CONCATENATED, REVERSE, 0, REVERSE, CONCATENATED, 0):
            told(b, diag)


@test('the same diagnostic again is no news')
def again():
    with bench() as b:
        set_diag(b, CONCATENATED)
        b.run(1 * S)
        at = b.mark()
        for _ in range(20):
            set_diag(b, CONCATENATED)
        equal(b.sent(at), [], 'packets')


@test('it does not disturb the pace: the next packet comes an interval later')
def pace():
    with bench() as b:
        at = b.mark()
        b.run(250 * MS)
        set_diag(b, CONCATENATED)
        b.run(1 * S)
        times = [p.time for p in b.sent(at)]
        news = next(p.time for p in b.sent(at) if p.bfd.diag)
        after = times[times.index(news) + 1]
        within(after - news, 75 * MS, 100 * MS, 'the time to the next packet')


@test('a peer in Demand mode is told by a Poll Sequence')
def remote_demand():
    with bench('tx 10ms rx 100ms') as b:
        b.peer.say(demand=1)
        b.run(1 * S)
        for diag in (CONCATENATED, REVERSE, 0):
            at = b.mark()
            set_diag(b, diag)
            b.run(1 * S)
            equal([(p.bfd.poll, p.bfd.diag) for p in b.sent(at)], [(1, diag)], 'what is sent')
        # until it is answered
        b.peer.answers = False
        at = b.mark()
        set_diag(b, CONCATENATED)
        b.run(1 * S)
        check(len(b.sent(at, poll=1, diag=CONCATENATED)) > 90, 'the Poll is not repeated')
        equal(b.session.stat('down-count'), 0, 'down-count')


@test('in Demand mode of ours a Poll Sequence tells it as well')
def own_demand():
    with bench('tx 10ms rx 10ms demand-enabled') as b:
        at = b.mark()
        set_diag(b, REVERSE)
        b.run(1 * S)
        check(b.sent(at, poll=1, diag=REVERSE), 'no Poll')
        check(b.received(at, final=1), 'no Final')
        equal(b.session.stat('down-count'), 0, 'down-count')


@test('to a peer that asks for silence one packet tells it')
def silenced():
    with bench() as b:
        b.peer.say(rx=0)
        b.run(1 * S)
        at = b.mark()
        set_diag(b, CONCATENATED)
        b.run(1 * S)
        equal([p.bfd.diag for p in b.sent(at)], [CONCATENATED], 'what is sent')


@test('a failure overwrites it; when the session is Up again it is told again')
def fails():
    with bench('tx 10ms rx 10ms') as b:
        set_diag(b, CONCATENATED)
        b.run(200 * MS)
        since = b.monitor.mark()
        b.peer.auto, b.peer.period = False, 9 * MS
        b.peer.say(state=DOWN)
        e = b.monitor.state(DOWN, since=since)
        equal(e['local-diagnostic'], 'neighbor-down', 'local-diagnostic')
        at = b.mark()
        b.run(1 * S)
        equal({p.bfd.diag for p in b.sent(at)}, {3}, 'the diagnostics sent while Down')
        at = b.mark()
        b.peer.auto = True
        b.up()
        b.run(1 * S)
        up = b.sent(at, state=UP)
        check(up and all(p.bfd.diag == CONCATENATED for p in up), 'not told from the first on')


@test('AdminDown is told in its place, and what is set then is told when Up')
def admin_down():
    with bench('tx 10ms rx 10ms') as b:
        set_diag(b, CONCATENATED)
        at = b.mark()
        b.session.set('admin-down')
        b.run(1 * S)
        equal({p.bfd.diag for p in b.sent(at, state=ADMIN_DOWN)}, {ADMIN},
              'the diagnostics sent in AdminDown')
        equal({p.bfd.state for p in b.sent(at)}, {ADMIN_DOWN}, 'the states sent')
        set_diag(b, REVERSE)
        equal(b.session.running('local-diagnostic'), 'admin-down', 'local-diagnostic')
        b.session.set('admin-up')
        b.up()
        b.run(1 * S)
        equal(b.sent()[-1].bfd.diag, REVERSE, 'the diagnostic sent when Up')


@test('asked for with the session: nothing of it before Up, and all of Up')
def created():
    with Bench('tx 10ms rx 10ms path-diagnostic reverse-concatenated-path-down') as b:
        b.run(1 * S)
        equal({p.bfd.diag for p in b.sent() if p.bfd.state != UP}, {0}, 'before Up')
        equal({p.bfd.diag for p in b.sent(state=UP)}, {REVERSE}, 'while Up')


@test("the peer's is reported, with an event, and changes nothing else")
def remote():
    with bench('tx 10ms rx 10ms') as b:
        for diag in (CONCATENATED, REVERSE, 0):
            b.run(200 * MS)
            since = b.monitor.mark()
            b.peer.say(diag=diag)
            e = b.monitor.wait(lambda e: e['event'] == 'parameters', since=since)
            check(e, 'no event')
            equal(e['session-running']['remote-diagnostic'], NAMES[diag], 'remote-diagnostic')
            equal(b.session.running('remote-diagnostic'), NAMES[diag], 'remote-diagnostic shown')
        equal(b.session.stat('down-count'), 0, 'down-count')


main()
