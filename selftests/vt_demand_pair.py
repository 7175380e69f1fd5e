# SPDX-License-Identifier: GPL-2.0
"""Two ends of ours: Demand mode of one, the other, or both."""

import os

from nl import ask, u32
from peer import Tap
from result import DEBUG, check, equal, main, test, within
from tool import Monitor, Session, now, sh, sleep
from wire import DOWN, MS, S, UP

h1, h2 = os.environ['h1'], os.environ['h2']


class Pair:
    """A session of ours at each end."""

    def __init__(self, one, other):
        self.tap = Tap(h1, 'e1')
        self.monitors = [Monitor(h1), Monitor(h2)]
        self.ends = [Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.1 interface e1', one),
                     Session(h2, 'dest-addr 192.0.2.1 source-addr 192.0.2.2 interface e2', other)]
        for s in self.ends:
            s.wait(UP)
        sleep(5 * S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.ends:
            s.delete()
        for m in self.monitors:
            m.close()
        self.tap.close()

    def no_flap(self):
        for s in self.ends:
            equal((s.state, s.stat('down-count')), (UP, 0), 'state and down-count')

    def modes(self):
        return [s.running('detection-mode') == 'demand-without-echo' for s in self.ends]

    def speaks(self, ns):
        """Which ends send anything within NS."""
        at = self.tap.mark()
        sleep(ns)
        return [bool(self.tap.sent(at)), bool(self.tap.received(at))]


def settled(p, one, other):
    equal(p.modes(), [one, other], 'who is in Demand mode')
    equal([s.running('remote-demand') for s in p.ends], [other, one], 'remote-demand')
    # it is the other one that is silent
    equal(p.speaks(10 * S), [not other, not one], 'who speaks')
    p.no_flap()


def modes(one, other):
    timers = 'tx 20ms rx 20ms mult 3'
    with Pair(timers + ' demand-enabled' * one, timers + ' demand-enabled' * other) as p:
        settled(p, one, other)
        for s in p.ends:
            ask(s, 'SESSION_POLL')
        sleep(1 * S)
        settled(p, one, other)
        # changes are told
        for s in p.ends:
            s.set('tx 30ms mult 5')
            sleep(1 * S)
        equal([s.running('remote-desired-min-tx-interval') for s in p.ends], [30000] * 2,
              'remote-desired-min-tx-interval')
        equal([s.show()['remote-multiplier'] for s in p.ends], [5, 5], 'remote-multiplier')
        settled(p, one, other)
        # and off again, on both at once
        for s in p.ends:
            s.set('demand-enabled off')
        sleep(2 * S)
        settled(p, False, False)


for _one, _other in ((False, False), (True, False), (False, True), (True, True)):
    test(f'Demand mode here {"on" if _one else "off"}, there {"on" if _other else "off"}',
         _one, _other)(modes)


@test('every change of Demand mode at both ends, at once and one after the other: no flap')
def changes():
    with Pair('tx 20ms rx 50ms', 'tx 100ms rx 10ms') as p:
        state = [False, False]
        for i in range(8 if DEBUG else 40):
            which = ((0,), (1,), (0, 1))[i % 3]
            for end in which:
                state[end] = not state[end]
                p.ends[end].set('demand-enabled' + ('' if state[end] else ' off'))
            sleep(1 * S if i % 2 else 37 * MS)
        sleep(2 * S)
        settled(p, *state)


def dies(one, other):
    """Nothing comes from the other end any more: who verifies finds out, and says so."""
    timers = 'tx 20ms rx 20ms mult 3'
    with Pair(timers + ' demand-enabled' * one, timers + ' demand-enabled' * other) as p:
        ask(p.ends[0], 'SESSION_SET', u32('DEMAND_POLL_INTERVAL', 1000000))
        sleep(3 * S)
        since = p.monitors[0].mark()
        t = now()
        sh(f'tc -n {h2} qdisc add dev e2 root netem loss 100%')
        try:
            e = p.monitors[0].state(DOWN, 5 * S, since)
            check(e, 'it stays Up')
            equal(e['local-diagnostic'], 'control-expiry', 'local-diagnostic')
            within(e['monotonic'] - t, 60 * MS, 1100 * MS, 'the time it took')
            e = p.monitors[1].state(DOWN, 5 * S)
            check(e, 'the other end stays Up')
            equal(e['local-diagnostic'], 'neighbor-down', 'local-diagnostic of the other end')
        finally:
            sh(f'tc -n {h2} qdisc del dev e2 root')
        sleep(10 * S)
        equal([s.state for s in p.ends], [UP, UP], 'the states when the link is back')


for _one, _other in ((True, False), (True, True)):
    test(f'the link fails: found by verification ({"both" if _other else "one"} in Demand mode)',
         _one, _other)(dies)


main()
