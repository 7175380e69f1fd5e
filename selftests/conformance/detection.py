# SPDX-License-Identifier: GPL-2.0
"""The Detection Time: RFC 5880, 6.8.4."""

from registry import TEXT, bug, exact, rule
from result import equal
from stage import MS, S, on_time, replace, up


def detects(s, after):
    """The peer falls silent."""
    s.hush()
    last = s.received()[-1].time
    p = s.fell(limit=after + 5 * S)
    on_time(p.time, last + after, 'Down')
    equal(p.bfd.diag, 1, 'Diag')


@rule('5880', '6.8.4', TEXT, "the Detection Time is the peer's Detect Mult times the greater of "
                             "bfd.RequiredMinRxInterval and its Desired Min TX Interval")
@rule('5880', '6.8.4', 'MUST', 'in Up: a Detection Time of silence leads to Down with diagnostic 1')
@rule('5880', '6.1', TEXT, 'a session whose peer is silent is declared Down, and the peer told')
@bug(23)
@exact
def detection_time():
    # ours: multiplier 50 and an interval of sending that must not count
    for rx, theirs, mult in ((10, 10, 3), (10, 70, 3), (70, 10, 3), (10, 10, 5), (50, 20, 2),
                             (10, 10, 255)):
        with up(f'tx 30ms rx {rx}ms mult 50', tx=theirs * 1000, mult=mult) as s:
            equal(s.session.running('detection-time'), max(rx, theirs) * mult * 1000,
                  'detection-time')
            detects(s, max(rx, theirs) * mult * MS)


@rule('5880', '6.8.4', TEXT, 'the largest Detection Time there is: 255 times 2^32 us')
@bug(27)
@exact
def largest():
    with up() as s:
        s.peer.say(tx=0xffffffff, rx=0xffffffff, mult=255)
        equal(s.session.running('detection-time'), 0xffffffff * 255, 'detection-time')
        s.hush()
        s.run(3600 * S)                 # of 12.7 days
        s.is_up()


@rule('5880', '6.8.4', TEXT, 'with multiplier 1, jitter of the peer is no failure, one lost packet '
                             'is')
@exact
def multiplier_1():
    with up(mult=1) as s:
        s.peer.period = 9 * MS
        s.run(2 * S)
        s.no_flap()
        detects(s, 10 * MS)


@rule('5880', '6.8.4', TEXT, 'a session is not declared Down early: a packet just in time keeps it '
                             'Up')
@exact
def just_in_time():
    with up() as s:
        s.hush()
        s.peer.send()
        for _ in range(50):
            s.run(30 * MS - 200000)
            s.peer.send()
        s.no_flap()


@rule('5880', '6.8.4', TEXT, 'discarded packets do not count as received')
@exact
def discarded_do_not_count():
    wrong = ({'version': 0}, {'mult': 0}, {'my': 0}, {'multipoint': 1}, {'auth': 1, 'length': 28,
             'tail': b'\1\4\1x'}, {'length': 23}, {'poll': 1, 'final': 1})
    for fields in wrong:
        with up() as s:
            s.hush()
            s.peer.says = replace(s.peer.says, **fields)
            last = s.received()[-1].time
            s.peer.period = 5 * MS
            p = s.fell()
            on_time(p.time, last + 30 * MS, f'Down with {fields}')


@rule('5880', '6.8.6', TEXT, 'every packet that was not discarded counts as received')
@exact
def all_others_count():
    with up() as s:
        s.hush()
        for n in range(100):
            s.run(20 * MS)
            s.peer.send(poll=n & 1, final=n % 3 == 2 and not n & 1, diag=n % 32, tail=b'x' * n)
        s.no_flap()


@rule('5880', '6.8.4', TEXT, 'detection times differ by direction')
@exact
def by_direction():
    with up('tx 10ms rx 40ms mult 9', tx=10000, rx=100000, mult=2) as s:
        p = s.sent()[-1].bfd
        equal(s.session.running('detection-time'), 80000, 'ours')
        equal(p.mult * max(p.tx, s.peer.says.rx), 900000, "the peer's, from what we say")
        detects(s, 80 * MS)


@rule('5880', '6.8.4', TEXT, 'loss of fewer packets in a row than Detect Mult is no failure')
@bug(48)
@exact
def some_loss():
    with up() as s:
        s.peer.period = 10 * MS
        for _ in range(30):
            s.run(50 * MS)
            s.peer.period = 0
            s.run(19 * MS)              # two packets are missing
            s.peer.period = 10 * MS
        s.no_flap()
