# SPDX-License-Identifier: GPL-2.0
"""When Control packets are sent: RFC 5880, 6.8.7 and 6.8.2."""

from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal, within
from stage import DEBUG, MS, S, SLOT, T, TUS, pace, up
from wire import ADMIN_DOWN, DOWN, GapStats, gaps

LONG = (5 if DEBUG else 20) * S
# in per cent of an interval: what is sent is due on this raster, and keeps as far
# away from the limits
RASTER = 100 / 64
MARGIN = 2 * SLOT * 100 / T


@rule('5880', '6.8.7', 'MUST NOT', 'packets are sent faster than the slower of '
                                   'bfd.DesiredMinTxInterval and bfd.RemoteMinRxInterval')
@rule('5880', '6.8.7', 'MUST', 'the transmit interval is the greater of the two')
@rule('5880', '6.8.2', TEXT, 'each side can limit the rate in both directions')
@bug(22)
@exact
def slower_side_decides():
    for ours, theirs in ((10, 10), (10, 40), (40, 10)):
        with up(f'tx {ours}ms rx 10ms', rx=theirs * 1000) as s:
            at = s.mark()
            s.run(100 * max(ours, theirs) * MS)
            pace(s.periodic(at), max(ours, theirs) * MS)


@rule('5880', '6.8.7', 'MUST', 'the transmit interval is calculated anew whenever one of the two '
                               'changes')
@exact
def calculated_anew():
    with up() as s:
        for us in (50000, 20000, 10000, 5000000, 10000):
            s.peer.say(rx=us)
            equal(s.session.running('negotiated-tx-interval'), max(us, 10000), 'the interval')
            at = s.mark()
            s.run(max(us, 10000) * 10000)
            pace(s.periodic(at)[1:], max(us, 10000) * 1000)


@rule('5880', '6.8.7', 'MUST', 'every interval is reduced by a random part of up to 25 %')
@rule('5880', '6.8.7', TEXT, 'on average intervals are 12.5 % less than negotiated')
@bug(26)
@exact
def jitter():
    with up() as s:
        at = s.mark()
        s.run(LONG)
        found = GapStats.of(gaps(s.periodic(at)), T, 75 + MARGIN, 100 - MARGIN)
        within(found.least, 75, 75 + MARGIN + RASTER, 'the least gap in per cent')
        within(found.most, 100 - MARGIN - RASTER, 100, 'the longest gap in per cent')
        within(found.mean, 87, 88, 'the mean in per cent')
        check(min(found.fifths) > found.count * 0.12, f'not uniform: {found}')


@rule('5880', '6.8.7', 'MUST', 'with a multiplier of 1, an interval is at most 90 %')
@rule('5880', '6.8.7', 'MUST', 'with a multiplier of 1, an interval is at least 75 %')
@bug(26)
@exact
def jitter_of_multiplier_1():
    with up(f'tx {TUS}us rx {TUS}us mult 1') as s:
        at = s.mark()
        s.run(LONG)
        found = GapStats.of(gaps(s.periodic(at)), T, 75 + MARGIN, 90 - MARGIN)
        within(found.least, 75, 75 + MARGIN + RASTER, 'the least gap in per cent')
        within(found.most, 90 - MARGIN - RASTER, 90, 'the longest gap in per cent')
        within(found.mean, 82, 83, 'the mean in per cent')
        # one or two points of the raster in each
        check(min(found.fifths) > found.count * 0.09, f'not uniform: {found}')


@rule('5880', '6.8.7', TEXT, 'jitter differs from session to session: nothing synchronizes')
@exact
def not_in_step():
    with up() as one, up(link={'src': '192.0.2.3', 'my': 3}) as two:
        one.peer.says.mult = two.peer.says.mult = 255
        one.run(200 * MS)
        two.run(200 * MS)
        a, b = one.mark(), two.mark()
        one.run(1 * S)
        pairs = list(zip(gaps(one.periodic(a)), gaps(two.periodic(b))))
        same = sum(abs(x - y) < 2 * SLOT for x, y in pairs)
        check(same < len(pairs) / 4, f'{same} of {len(pairs)} gaps are the same')


@rule('5880', '6.8.7', 'MUST NOT', 'packets are sent periodically if bfd.RemoteMinRxInterval is '
                                   'zero')
@rule('5880', '4.1', TEXT, 'Required Min RX Interval zero: no periodic packets are wanted')
@bug(19)
@long
def silence_is_respected():
    with up() as s:
        s.peer.say(rx=0)
        at = s.mark()
        s.run(60 * T)
        equal(s.sent(at), [], 'packets')
        equal(s.session.running('negotiated-tx-interval'), 0, 'negotiated-tx-interval')
        s.no_flap()


@rule('5880', '6.8.7', TEXT, 'a peer that wants packets again gets them')
@long
def silence_ends():
    with up() as s:
        s.peer.say(rx=0)
        s.run(30 * T)
        s.peer.say(rx=TUS)
        at = s.mark()
        s.run(30 * T)
        check(len(s.periodic(at)) >= (29 if s.peer.says.mult == 3 else 10), 'no packets')
        s.no_flap()


@rule('5880', '6.8.7', 'SHOULD', 'a changed state is told between the periodic packets')
@bug(25)
def change_is_told():
    with up('tx 1s rx 1s', rx=1000000, tx=1000000) as s:
        s.hush()
        s.run(200 * MS)
        told = s.answer(state=DOWN)
        equal([(p.bfd.state, p.bfd.diag) for p in told], [(DOWN, 3)], 'what is said at once')
        at = s.mark()
        s.session.set('admin-down')
        equal([(p.bfd.state, p.bfd.diag) for p in s.sent(at)], [(ADMIN_DOWN, 7)],
              'what is said at once')


@rule('5880', '6.8.7', 'SHOULD', 'also a peer that wants silence is told of a changed state')
def change_is_told_in_silence():
    with up() as s:
        s.hush()
        s.peer.say(rx=0)
        at = s.mark()
        s.session.set('admin-down')
        equal([p.bfd.state for p in s.sent(at)], [ADMIN_DOWN], 'what is said at once')


@rule('5880', '6.1', TEXT, 'a session that went Down is back at the slow rate')
@exact
def slow_after_down():
    with up() as s:
        s.hush()
        s.fell()
        at = s.mark()
        s.run(20 * S)
        pace(s.periodic(at), 1 * S)


@rule('5880', '6.1', TEXT, 'Up, the rate is raised to what was asked for')
@exact
def fast_when_up():
    with up('tx 1ms rx 1ms', rx=1000, tx=10000) as s:
        at = s.mark()
        s.run(1 * S)
        pace(s.periodic(at), 1 * MS)


outside('5880', '6.8.7', 'MAY', 'the rate of Finals may be limited',
        'a permission: it is not limited, each Poll has its Final')
outside('5880', '6.8.7', 'MUST', 'where Finals are limited, Desired Min TX Interval tells the '
                                 'limit', 'Finals are not limited')
