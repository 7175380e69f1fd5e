# SPDX-License-Identifier: GPL-2.0
"""Poll Sequences: RFC 5880, 6.5, and the answers of 6.8.7."""

from registry import TEXT, bug, exact, long, rule
from result import check, equal
from stage import MS, S, T, TUS, fresh, on_time, pace, up
from wire import ADMIN_DOWN, DOWN, UP


@rule('5880', '6.5', TEXT, 'a Poll Sequence is periodic packets with P, until there is a Final')
@rule('5880', '6.5', TEXT, 'after the Final packets have P clear again')
@rule('5880', '6.8.6', 'MUST', 'a Final ends the Poll Sequence')
@long
def until_the_final():
    with up() as s:
        s.peer.answers = False
        s.session.set(f'tx {2 * TUS}us')
        at = s.begins(s.mark(), poll=1)
        s.run(20 * T)
        check(len(s.sent(at)) > 5 and all(p.bfd.poll for p in s.sent(at)), 'not all packets poll')
        s.peer.send(final=1)
        at = s.begins(s.mark(), poll=0)
        s.run(20 * T)
        check(s.sent(at) and not any(p.bfd.poll for p in s.sent(at)), 'Polls after the Final')


@rule('5880', '6.5', 'MUST', 'Polls are the scheduled packets, if there are any')
@rule('5880', '6.5', 'MUST NOT', 'additional packets are sent for a Poll Sequence')
@bug(21)
@exact
def on_schedule():
    with up() as s:
        s.peer.answers = False
        at = s.mark()
        s.run(200 * MS)
        s.session.set('tx 20ms')
        s.run(1 * S)
        pace(s.sent(at), 10 * MS)
    with fresh() as s:                  # as at the beginning
        s.peer.answers = False
        check(s.up(), 'not up')
        at = s.mark()
        s.run(1 * S)
        pace(s.sent(at), 10 * MS)
        first = [p for p in s.sent() if p.bfd.state == UP][0]
        check(not first.bfd.poll, 'the packet that tells Up, off schedule, polls')


@rule('5880', '6.5', 'MUST NOT', 'a packet has both P and F')
@bug(5)
@long
def not_both():
    with up() as s:
        s.peer.answers = False
        s.session.set(f'tx {2 * TUS}us')
        for _ in range(20):
            equal(len([p for p in s.answer(poll=1) if p.bfd.final]), 1, 'Finals')
            s.run(T)
        check(any(p.bfd.poll for p in s.sent()), 'no Polls')
        check(not s.sent(poll=1, final=1), 'a packet with both')


@rule('5880', '6.5', TEXT, 'a Poll that is lost is repeated; nothing else depends on the Final')
@long
def repeated():
    with up() as s:
        s.peer.answers = False
        s.session.set(f'tx {2 * TUS}us rx {2 * TUS}us')
        s.run(40 * T)
        at = s.mark()
        s.run(10 * T)
        check(s.sent(at) and all(p.bfd.poll for p in s.sent(at)), 'the Poll Sequence has ended')
        s.no_flap()


@rule('5880', '6.8.6', 'MUST', 'a Final that nobody asked for changes nothing')
@exact
def unasked_final():
    with up() as s:
        at = s.mark()
        s.peer.send(final=1)
        equal(s.sent(at), [], 'answers')
        s.peer.answers = False
        s.session.set(f'tx {2 * TUS}us')
        s.peer.send(final=1)            # no Poll has left yet
        at = s.mark()
        s.run(10 * T)
        check(s.sent(at) and all(p.bfd.poll for p in s.sent(at)), 'the Poll Sequence has ended')


def answered(s, **fields):
    for _ in range(3):
        asked = s.mark()
        finals = [p for p in s.answer(poll=1, **fields) if p.bfd.final]
        equal([(p.bfd.final, p.bfd.poll) for p in finals], [(1, 0)], 'F and P of the answers')
        polled = s.received(asked, poll=1)[-1].time
        on_time(finals[0].time, polled, 'the Final')


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered with a Final as soon as practicable')
@rule('5880', '6.5', TEXT, 'a Poll is answered at once, beside the periodic packets')
@rule('5880', '6.8.6', TEXT, 'P is answered with a packet that has F, and not P')
def answered_up():
    with up() as s:
        answered(s)


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered in every state: Down, Init')
def answered_down():
    with fresh() as s:
        s.hush()
        answered(s, state=ADMIN_DOWN)
        s.is_now('down')
        s.peer.says.your = s.session.discr
        s.peer.send(state=DOWN)
        s.is_now('init')
        answered(s, state=DOWN)


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered in every state: AdminDown',
      deviates='6.8.6 says that a packet is discarded in AdminDown, and then processing ends: '
               'there is no answer')
@long
def answered_admin_down():
    with fresh('admin-down') as s:
        s.hush()
        s.run(2 * S)
        equal(s.answer(poll=1), [], 'answers')


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered also in the Passive role')
def answered_passive():
    with fresh('passive') as s:
        s.hush()
        s.peer.send(state=ADMIN_DOWN)   # it may speak from now on
        answered(s, state=ADMIN_DOWN)


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered also if the peer wants no periodic packets')
def answered_in_silence():
    with up() as s:
        s.peer.say(rx=0)
        s.run(5 * T)
        answered(s)


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered without regard to the transmission timer, which '
                               'is not disturbed')
@exact
def schedule_is_kept():
    with up() as s:
        at = s.mark()
        for _ in range(100):
            s.run(7 * MS)
            s.peer.send(poll=1)
        pace(s.periodic(at), 10 * MS)
        equal(len(s.sent(at, final=1)), 100, 'Finals')


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered also while we are polling')
def answered_while_polling():
    with up() as s:
        s.peer.answers = False
        s.session.set(f'tx {2 * TUS}us')
        s.expect(poll=1)
        answered(s)
        at = s.mark()
        s.run(5 * T)
        check(s.periodic(at) and all(p.bfd.poll for p in s.periodic(at)), 'our Poll has ended')
