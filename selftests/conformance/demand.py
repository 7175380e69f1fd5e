# SPDX-License-Identifier: GPL-2.0
"""Demand mode: RFC 5880, 6.6, 6.8.4, 6.8.6, 6.8.7, 6.8.14; and 6.8.17."""

import contextlib

from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal, within
from stage import MS, S, T, TUS, USUAL, VIRTUAL, fresh, on_time, pace, up
from wire import DOWN, INIT, UP


@contextlib.contextmanager
def ours(options='', usual=USUAL, demand=0, **fields):
    """with ours() as s: we are in Demand mode; the peer sends nothing periodically.
    DEMAND: it is in Demand mode as well."""
    with up(f'{usual} demand-enabled {options}', **fields) as s:
        s.run(until=lambda: s.peer.hears.demand)
        check(s.peer.hears.demand, 'the D bit is not set')
        s.settle()
        s.run(10 * T)
        if demand:
            s.peer.say(demand=1)
            s.run(10 * T)
        yield s


@contextlib.contextmanager
def theirs(options='', **fields):
    """with theirs() as s: the peer is in Demand mode."""
    with up(f'{USUAL} {options}', **fields) as s:
        s.peer.say(demand=1)
        s.run(10 * T)
        yield s


def asked_once(s, at):
    """What the session says from AT on, all of it Polls: one, unless a real peer took its time
    to answer; then again nothing."""
    s.expect(since=at)
    s.run(until=lambda: not s.session.running('poll-active'))
    s.run(30 * T)
    said = s.sent(at)
    check(all(p.bfd.poll for p in said), 'something else than Polls')
    equal(len(said) if VIRTUAL else 1, 1, 'Polls')
    return said[0].bfd


def both(**fields):
    return ours(demand=1, **fields)


def poll_now(s):
    s.session.bfdnl('session poll id', s.session.id)


# ---- the peer's ----

@rule('5880', '6.8.6', 'MUST', 'the peer in Demand mode, both Up: no periodic packets')
@rule('5880', '6.8.7', 'MUST NOT', 'packets are sent periodically to a peer in Demand mode, but '
                                   'for Polls')
@rule('5880', '6.6', TEXT, 'the D bit of the peer ends our periodic packets')
@rule('5880', '6.8.6', TEXT, 'bfd.RemoteDemandMode is the D bit of the last packet')
@rule('5880', '6.1', TEXT, 'Demand mode, once Up, ends the periodic packets of the other side')
@bug(29)
@long
def ceases():
    with theirs() as s:
        at = s.mark()
        s.run(50 * T)
        equal(s.sent(at), [], 'packets')
        s.no_flap()


@rule('5880', '6.8.6', 'MUST', 'the peer no longer in Demand mode: periodic packets again')
@rule('5880', '6.8.14', 'MUST', 'the peer no longer in Demand mode: periodic packets again')
@bug(29)
@long
def begins_again():
    with theirs() as s:
        for _ in range(3):
            s.peer.say(demand=0)
            at = s.mark()
            s.run(20 * T)
            check(len(s.sent(at)) >= 15, f'{len(s.sent(at))} packets')
            s.peer.say(demand=1)
            s.run(3 * T)
        s.no_flap()


@rule('5880', '6.8.6', 'MUST', 'the D bit means nothing unless both are Up')
@bug(1, 29)
@long
def only_if_up():
    with theirs() as s:
        s.peer.auto = False
        s.peer.period = 1 * S
        s.peer.says.tx = 1000000
        s.peer.say(state=INIT)          # Up here, Init there
        at = s.mark()
        s.run(20 * T)
        check(len(s.sent(at)) >= 15, 'no packets to a peer in Init')
        s.peer.say(state=DOWN)
        at = s.mark()
        s.run(2500 * MS)
        check(len(s.sent(at)) >= 2, 'no packets to a peer in Down')
        s.talk()
        s.peer.says.demand = 0
        check(s.up(), 'not up again')


@rule('5880', '6.6', 'MUST', 'with Demand mode on either side, what is changed is polled for')
@rule('5880', '6.8.12', TEXT, 'the peer in Demand mode: a changed multiplier is polled for')
@bug(24, 29)
@long
def changes_are_polled():
    with theirs() as s:
        for option, field, value in (('mult 7', 'mult', 7), (f'tx {3 * TUS}us', 'tx', 3 * TUS),
                                     (f'rx {3 * TUS}us', 'rx', 3 * TUS)):
            at = s.mark()
            s.session.set(option)
            equal(getattr(asked_once(s, at), field), value, field)
        s.no_flap()


@rule('5880', '6.5', TEXT, 'after the Poll Sequence a peer in Demand mode is sent nothing again')
@long
def silent_again():
    with theirs() as s:
        s.peer.answers = False
        s.session.set('mult 9')
        at = s.mark()
        s.run(10 * T)
        check(len(s.sent(at)) > 5, 'the Poll is not repeated')
        check(all(p.bfd.poll for p in s.sent(at)), 'something else than Polls')
        s.peer.send(final=1)
        at = s.mark()
        s.run(50 * T)
        equal(s.sent(at), [], 'packets')


@rule('5880', '6.8.7', 'MUST', 'a Poll is answered also in Demand mode, of either side')
def answered():
    for side in (ours, theirs, both):
        with side() as s:
            for _ in range(3):
                finals = [p for p in s.answer(poll=1) if p.bfd.final]
                equal(len(finals), 1, 'Finals')
            s.no_flap()


@rule('5880', '6.8.3', TEXT, 'the peer in Demand mode: a shorter interval of its own need not be '
                             'honored at once, since nothing is sent')
@long
def remote_rx_in_demand():
    with theirs() as s:
        at = s.mark()
        s.peer.say(rx=TUS // 2)
        s.run(20 * T)
        equal([p for p in s.sent(at) if not p.bfd.poll], [], 'packets')
        s.no_flap()


# ---- ours ----

@rule('5880', '6.8.7', 'MUST NOT', 'D is set unless both are Up')
@rule('5880', '6.6', 'MUST NOT', 'D is set unless both are Up')
@rule('5880', '6.8.7', 'MUST', 'D is bfd.DemandMode if both are Up, else 0')
@rule('5880', '4.1', TEXT, 'D: Demand mode is active here')
@rule('5880', '6.8.6', TEXT, 'every packet may make Demand mode active, or not')
@bug(29)
@long
def d_bit():
    with fresh(f'{USUAL} demand-enabled') as s:
        s.hush()
        s.run(1 * S)
        s.peer.says.your = s.session.discr
        s.peer.send(state=DOWN, tx=1000000)
        s.peer.say(state=INIT, tx=1000000)
        s.is_up()
        s.run(20 * T)
        check(not any(p.bfd.demand for p in s.sent()), 'D before the peer was Up')
        s.peer.say(state=UP)
        at = s.mark()
        s.run(20 * T)
        check(s.sent(at, demand=1), 'D is not set')
        at = s.mark()
        s.peer.say(state=INIT)
        s.run(20 * T)
        check(not any(p.bfd.demand for p in s.sent(at)[1:]), 'D although the peer is not Up')


@rule('5880', '6.6', 'MUST', 'a changed D bit is polled for')
@rule('5880', '6.6', 'MAY', 'Demand mode is turned on and off at any time, without a change of '
                            'state')
@rule('5880', '6.8.14', 'MAY', 'Demand mode is started and stopped at any time')
@bug(29)
def d_bit_is_polled():
    with up() as s:
        for option, bit in (('demand-enabled', 1), ('demand-enabled off', 0)) * 2:
            s.peer.answers = False
            s.session.set(option)
            check(s.expect(demand=bit).bfd.poll, f'{option}: not polled for')
            s.peer.answers = True
            s.settle()
            s.run(5 * T)
            equal(s.sent()[-1].bfd.demand, bit, 'the D bit')
        s.no_flap()


@rule('5880', '6.6', TEXT, 'who asked for silence does not take it for a failure')
@rule('5880', '6.8.4', TEXT, 'in Demand mode silence is no failure')
@bug(29)
@exact
def silence_is_no_failure():
    with ours() as s:
        at = s.mark()
        s.run(300 * T)
        equal([p for p in s.received(at) if not p.bfd.final], [], 'packets of the peer')
        s.no_flap()


@rule('5880', '6.6', TEXT, 'Demand mode of ours alone: we go on to send periodically')
@exact
def we_go_on():
    with ours() as s:
        at = s.mark()
        s.run(100 * T)
        pace(s.periodic(at), T)


@rule('5880', '6.6', TEXT, 'both in Demand mode: no periodic packets at all')
@long
def both_silent():
    with both() as s:
        at = s.mark()
        s.run(60 * T)
        equal(s.sent(at) + s.received(at), [], 'packets')
        s.no_flap()


@rule('5880', '6.6', TEXT, 'a Poll Sequence verifies that the path works, when that is wanted')
@rule('5880', '6.1', TEXT, 'either side may verify the path by a Poll Sequence')
@long
def verified():
    for side in (ours, both):
        with side() as s:
            for _ in range(3):
                at = s.mark()
                poll_now(s)
                s.run(20 * T)
                check(s.sent(at, poll=1) and s.received(at, final=1), 'no Poll, or no Final')
            s.no_flap()


@rule('5880', '6.6', TEXT, 'the path may be verified from time to time (demand-poll-interval)')
@exact
def verified_from_time_to_time():
    with both(options=f'demand-poll-interval {20 * TUS}us') as s:
        at = s.mark()
        s.run(205 * T)
        within(len(s.sent(at, poll=1)), 8, 11, 'Polls')
        s.no_flap()


@rule('5880', '6.8.4', 'MUST', 'in Demand mode a Poll that is not answered for a Detection Time '
                               'leads to Down with diagnostic 1')
@rule('5880', '6.8.4', TEXT, 'in Demand mode the Detection Time is bfd.DetectMult times the '
                             'greater of bfd.DesiredMinTxInterval and bfd.RemoteMinRxInterval')
@rule('5880', '6.6', TEXT, 'an unanswered Poll is repeated until the Detection Time ends, then the '
                           'session is Down')
@rule('5880', '6.6', TEXT, 'the Detection Time in Demand mode is that of what we send')
@rule('5880', '6.1', TEXT, 'in Demand mode a Poll without an answer leads to Down')
@bug(29)
@exact
def unanswered():
    for options, rx, time in (('tx 10ms rx 500ms mult 3', 10000, 30),
                              ('tx 10ms rx 10ms mult 5', 40000, 200),
                              ('tx 20ms rx 10ms mult 2', 10000, 40)):
        for side in ({}, {'demand': 1}):
            with ours(usual=options, rx=rx, mult=17, **side) as s:
                s.peer.answers = False
                s.hush()
                at = s.mark()
                poll_now(s)
                p = s.fell()
                first = s.sent(at, poll=1)[0].time
                on_time(p.time, first + time * MS, f'Down with {options}')
                equal(p.bfd.diag, 1, 'Diag')
                check(len(s.sent(at, poll=1)) >= 2, 'the Poll is not repeated')


@rule('5880', '6.6', TEXT, 'Demand mode of ours alone: Polls are the periodic packets')
@exact
def polls_on_schedule():
    with ours() as s:
        s.peer.answers = False
        at = s.mark()
        s.run(20 * T)
        s.session.set('mult 30')
        s.run(20 * T)
        check(s.sent(at, poll=1), 'no Polls')
        pace(s.sent(at), T)


@rule('5880', '6.8.14', TEXT, 'Demand mode that ends: the peer speaks again, and is watched again')
@bug(29)
@exact
def watched_again():
    with ours() as s:
        s.session.set('demand-enabled off')
        s.settle()
        s.run(20 * T)
        equal(s.session.running('detection-time'), 30000, 'detection-time')
        s.hush()
        last = s.received()[-1].time
        on_time(s.fell().time, last + 30 * MS, 'Down')


@rule('5880', '6.6', TEXT, 'Down, or a peer that restarts, is noticed in Demand mode')
@bug(1, 29)
@long
def restart_in_demand():
    for side in (ours, both):
        with side() as s:
            s.peer.auto = False
            s.peer.say(my=0x0c0c0c0c, your=0, state=DOWN)
            s.is_now('down', 'neighbor-down')
            s.talk()
            check(s.up(), 'not up again')


# ---- concatenated paths ----

@rule('5880', '6.8.17', 'MAY', 'a failure beyond the path is told by a diagnostic; the session '
                               'stays Up')
@rule('5880', '4.1', TEXT, 'Diag 6 and 8: the failure is in a path concatenated with this one')
def concatenated():
    with up() as s:
        for name, diag in (('concatenated-path-down', 6), ('reverse-concatenated-path-down', 8),
                           ('none', 0)):
            s.session.set(f'path-diagnostic {name}')
            s.run(3 * T)
            equal(s.sent()[-1].bfd.diag, diag, 'Diag')
        s.no_flap()


@rule('5880', '6.8.17', 'MUST', 'that diagnostic is polled for if the peer is in Demand mode')
@long
def concatenated_in_demand():
    with theirs() as s:
        at = s.mark()
        s.session.set('path-diagnostic concatenated-path-down')
        equal(asked_once(s, at).diag, 6, 'Diag')


@rule('5880', '6.8.17', TEXT, 'a failure of the session itself has its own diagnostic')
def concatenated_then_down():
    with up() as s:
        s.session.set('path-diagnostic concatenated-path-down')
        s.run(3 * T)
        s.hush()
        equal(s.answer(state=DOWN)[-1].bfd.diag, 3, 'Diag')


outside('5880', '6.6', TEXT, 'the round trip is shorter than the Detection Time',
        'the operator decides')
outside('5880', '6.6', TEXT, 'Demand mode needs another means to imply connectivity',
        'the operator decides, and may poll from time to time')
outside('5880', '6.8.17', TEXT, 'the interworking agent tells again after the session failed',
        'the agent does; events tell it when')
