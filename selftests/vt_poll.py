# SPDX-License-Identifier: GPL-2.0
"""Poll Sequences: RFC 5880, 6.5, 6.8.3 and 6.8.7."""

from peer import Bench
from result import check, equal, main, test, within
from tool import now
from wire import ADMIN_DOWN, DOWN, INIT, MS, S, UP, gaps

SLOT_NS = 65536


def bench(options='tx 10ms rx 10ms', **fields):
    b = Bench(options, **fields)
    b.settle()
    return b


def no_both(b):
    check(not b.sent(poll=1, final=1), 'a packet with P and F')


def pace(packets, interval_us, mult=3):
    """Scheduled packets keep 75-100 % of an interval."""
    found = gaps(packets)
    check(found, 'no packets')
    within(min(found), interval_us * 750, interval_us * 1000, 'the least gap')
    within(max(found), interval_us * 750, interval_us * (900 if mult == 1 else 1000),
           'the longest gap')


def periodic(b, since, **fields):
    return b.sent(since, final=0, **fields)


@test('the change at Up is polled for, on scheduled packets, until the Final')
def first():
    with Bench('tx 10ms rx 10ms') as b:
        b.peer.answers = False
        at = b.mark()
        b.run(1 * S)
        # shorter than the second before: it need not wait for the Final
        packets = periodic(b, at)
        pace(packets, 10000)
        check(all(p.bfd.poll for p in packets), 'not all packets poll')
        check(all((p.bfd.tx, p.bfd.rx) == (10000, 10000) for p in packets), 'wrong intervals')
        # what told the change of state was not on schedule
        first_up = next(p for p in b.sent() if p.bfd.state == UP)
        check(not first_up.bfd.poll, 'the packet between the scheduled ones polls')
        equal(b.session.running('poll-active'), True, 'poll-active')
        at = b.mark()
        b.peer.send(final=1)
        b.run(200 * MS)
        equal(b.sent(at, poll=1), [], 'Polls after the Final')
        pace(periodic(b, at), 10000)
        no_both(b)


@test('a longer interval of ours takes effect after the Final, not before')
def longer_tx():
    with bench() as b:
        b.peer.answers = False
        at = b.mark()
        b.session.set('tx 50ms')
        b.run(2 * S)
        packets = periodic(b, at)
        pace(packets, 10000)
        check(all(p.bfd.poll and p.bfd.tx == 50000 for p in packets),
              'not all packets poll for 50 ms')
        equal(b.session.running('negotiated-tx-interval'), 10000, 'the interval in use')
        b.peer.send(final=1)
        at = b.mark()
        b.run(1 * S)
        packets = periodic(b, at)
        equal([p for p in packets if p.bfd.poll], [], 'Polls after the Final')
        pace(packets, 50000)
        equal(b.session.running('negotiated-tx-interval'), 50000, 'the interval in use')
        equal(b.session.stat('down-count'), 0, 'down-count')


@test('a shorter interval of ours takes effect at once, and is polled for')
def shorter_tx():
    with bench('tx 300ms rx 10ms') as b:
        b.peer.answers = False
        b.run(1 * S)
        at = b.mark()
        last = periodic(b, 0)[-1].time
        b.session.set('tx 20ms')
        changed = now()
        b.run(1 * S)
        packets = periodic(b, at)
        within(packets[0].time, changed - MS, max(changed + SLOT_NS, last + 20 * MS),
               'the time of the next packet')
        pace(packets, 20000)
        check(all(p.bfd.poll and p.bfd.tx == 20000 for p in packets), 'not all packets poll')


@test('a shorter interval asked of the peer takes effect after the Final, not before')
def shorter_rx():
    with bench('tx 10ms rx 100ms') as b:
        b.peer.answers = False
        b.session.set('rx 10ms')
        at = b.mark()
        b.run(1 * S)
        check(all(p.bfd.poll and p.bfd.rx == 10000 for p in periodic(b, at)),
              'not all packets poll')
        equal(b.session.running('detection-time'), 300000, 'detection-time before the Final')
        b.peer.send(final=1)
        equal(b.session.running('detection-time'), 30000, 'detection-time after the Final')
        b.run(1 * S)
        equal(b.session.stat('down-count'), 0, 'down-count')


@test('a longer interval asked of the peer takes effect at once')
def longer_rx():
    with bench() as b:
        b.peer.answers = False
        b.session.set('rx 200ms')
        equal(b.session.running('detection-time'), 600000, 'detection-time')
        at = b.mark()
        b.run(1 * S)
        check(all(p.bfd.poll and p.bfd.rx == 200000 for p in periodic(b, at)),
              'not all packets poll')
        equal(b.session.stat('down-count'), 0, 'down-count')


@test('a second change during a Poll Sequence waits for the first Final')
def second():
    with bench() as b:
        b.peer.answers = False
        b.session.set('tx 50ms')
        b.run(200 * MS)
        at = b.mark()
        b.session.set('tx 20ms rx 30ms')
        b.run(500 * MS)
        check(all(p.bfd.poll and (p.bfd.tx, p.bfd.rx) == (50000, 10000) for p in periodic(b, at)),
              'the first Poll Sequence speaks of the second change')
        at = b.mark()
        b.peer.send(final=1)
        b.run(3 * S)
        check(periodic(b, at, poll=1), 'no second Poll Sequence')
        check(all((p.bfd.tx, p.bfd.rx) == (20000, 30000) for p in periodic(b, at, poll=1)),
              'the second Poll Sequence says something else')
        at = b.mark()
        b.peer.send(final=1)
        b.run(1 * S)
        equal(b.sent(at, poll=1), [], 'Polls after the second Final')
        pace(periodic(b, at), 20000)


@test('a late Final is no answer to the next Poll Sequence')
def late():
    with bench() as b:
        b.peer.answers = False
        # The Final takes 200 ms: every Poll of that time is answered
        b.session.set('tx 20ms')
        b.run(200 * MS)
        first_poll = b.sent(poll=1)[-1].time
        b.peer.send(final=1)
        at = b.mark()
        b.session.set('tx 60ms')
        b.run(150 * MS)
        check(not b.sent(at, poll=1), 'a Poll less than a round trip after the last one')
        b.peer.send(final=1)            # the second answer to the old sequence
        b.run(2 * S)
        polls = b.sent(at, poll=1)
        check(polls and polls[0].time - first_poll >= 190 * MS, 'a Poll too early')
        pace(periodic(b, at)[-20:], 20000)
        equal(b.session.running('negotiated-tx-interval'), 20000, 'the interval in use')


@test('a Final nobody polled for changes nothing')
def unasked():
    with bench() as b:
        b.peer.answers = False
        b.session.set('tx 50ms')
        b.peer.send(final=1)            # no Poll has left yet
        at = b.mark()
        b.run(1 * S)
        check(all(p.bfd.poll for p in periodic(b, at)), 'the Poll Sequence has ended')
        pace(periodic(b, at), 10000)


@test('a peer that never answers keeps the session up and the Poll going')
def never():
    with bench() as b:
        b.peer.answers = False
        b.session.set('tx 30ms rx 30ms')
        b.run(10 * S)
        at = b.mark()
        b.run(1 * S)
        check(all(p.bfd.poll for p in periodic(b, at)), 'the Poll Sequence has ended')
        equal(b.session.stat('down-count'), 0, 'down-count')
        equal(b.session.running('local-state'), 'up', 'the state')


@test('nothing is polled for when nothing changes, nor for a multiplier')
def multiplier():
    with bench() as b:
        b.peer.answers = False
        at = b.mark()
        b.session.set('tx 10ms rx 10ms')
        b.run(200 * MS)
        b.session.set('mult 7')
        b.run(200 * MS)
        equal(b.sent(at, poll=1), [], 'Polls')
        equal(b.sent(at)[-1].bfd.mult, 7, 'Detect Mult')
        check(not b.session.running('poll-active'), 'poll-active')


def answer(b, **fields):
    """A Poll is answered once, at once, with the rest of the packet as ever."""
    for _ in range(5):
        at = b.mark()
        b.peer.send(poll=1, **fields)
        asked = b.received(at, poll=1)[-1]
        finals = b.sent(at, final=1)
        equal(len(finals), 1, 'the number of Finals')
        within(finals[0].time - asked.time, 0, 1000, 'the time to the Final, ns,')
        f = finals[0].bfd
        check(not f.poll, 'a Final with P')
        equal((f.my, f.your), (b.session.discr, b.peer.says.my), 'the discriminators')
        b.run(3 * MS)


@test('every Poll is answered at once: Up')
def answer_up():
    with bench() as b:
        answer(b)
        at = b.mark()
        b.run(100 * MS)
        pace(periodic(b, at), 10000)


@test('every Poll is answered at once: Up, during our own Poll Sequence')
def answer_polling():
    with bench() as b:
        b.peer.answers = False
        b.session.set('tx 50ms')
        b.run(100 * MS)
        answer(b)
        at = b.mark()
        b.run(300 * MS)
        check(all(p.bfd.poll for p in periodic(b, at)), 'the Poll Sequence has ended')
        no_both(b)


@test('every Poll is answered at once: Down and Init')
def answer_down():
    with Bench(up=False) as b:
        b.peer.auto = False
        # AdminDown of the peer keeps us Down
        answer(b, state=ADMIN_DOWN)
        equal(b.session.state, DOWN, 'the state')
        b.peer.says.your = b.session.discr
        answer(b, state=DOWN)
        equal(b.session.state, INIT, 'the state')


@test('every Poll is answered at once: the peer asks for silence')
def answer_silent():
    with bench() as b:
        b.peer.says.rx = 0
        b.peer.send()
        answer(b)


@test('a Final does not disturb the schedule')
def schedule():
    with bench() as b:
        at = b.mark()
        for _ in range(200):
            b.run(7 * MS)
            b.peer.send(poll=1)
        pace(periodic(b, at), 10000)
        equal(len(b.sent(at, final=1)), 200, 'the number of Finals')


@test('a flood of Polls: each is answered, the schedule holds')
def flood():
    with bench() as b:
        at = b.mark()
        for _ in range(20):
            for _ in range(50):
                b.peer.send(poll=1)
            b.run(5 * MS)
        equal(len(b.sent(at, final=1)), 1000, 'the number of Finals')
        pace(periodic(b, at), 10000)


@test('timer changes up and down, with a peer that answers: no flap')
def walk():
    with bench() as b:
        for us in (20000, 5000, 300000, 1000, 1000000, 2500000, 3300, 10000):
            b.session.set(f'tx {us}us rx {us}us')
            b.settle()
            b.run(max(us, 10000) * 3000)
            at = b.mark()
            b.run(max(us, 10000) * 8000)
            pace(periodic(b, at), max(us, 10000))
            equal(b.session.running('detection-time'), 3 * max(us, 10000), 'detection-time')
        equal(b.session.stat('down-count'), 0, 'down-count')
        no_both(b)


main()
