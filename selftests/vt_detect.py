# SPDX-License-Identifier: GPL-2.0
"""When silence is taken for a failure: RFC 5880, 6.8.4."""

from peer import Bench
from result import check, equal, main, remark, test, within
from wire import DOWN, S

SLOT = 65536
CLOCK = 1000            # ns; what reading the clocks may hide


def silence(interval_us, mult, runs=3, local_mult=3):
    worst = 0
    with Bench(f'tx {interval_us} rx {interval_us} mult {local_mult}', tx=interval_us,
               rx=interval_us, mult=mult) as b:
        detection = interval_us * mult * 1000
        for _ in range(runs):
            b.settle()
            b.run(7 * interval_us * 1000)
            equal(b.session.running('detection-time'), interval_us * mult, 'detection-time')
            at = b.monitor.mark()
            b.peer.period = 0
            b.peer.auto = False
            b.peer.run(detection + S)
            e = b.monitor.state(DOWN, since=at)
            check(e, 'no event')
            equal(e['local-diagnostic'], 'control-expiry', 'the diagnostic')
            times = [p.time for p in b.received() if p.time < e['monotonic']][:-6:-1]
            late = e['monotonic'] - times[0] - detection
            within(late, -CLOCK, SLOT + CLOCK, 'the time behind the deadline, ns,')
            worst = max(worst, late)
            told = e['last-receive-times']
            equal(len(told), 5, 'the number of receive times')
            check(all(abs(a - b) <= CLOCK for a, b in zip(told, times)),
                  f'receive times {told}, on the wire {times}')
            # and up again
            b.peer.period = None
            b.peer.auto = True
            b.peer.says.state = DOWN
            check(b.up(), 'it does not come up again')
    remark(f'{interval_us} us x {mult}: at most {worst / 1000} us late')


for interval, mult in ((1000, 3), (3300, 3), (10000, 3), (10000, 1), (300000, 3), (1000000, 255)):
    test(f'detection time {interval} us x {mult}', interval, mult,
         runs=1 if mult == 255 else 3)(silence)

main()
