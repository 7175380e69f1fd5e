# SPDX-License-Identifier: GPL-2.0
"""Two ends of ours in every combination of echo, Demand mode, authentication, IP
version and hops, all at once. In virtual time and on Debian's kernels."""

from pairs import (ECHO, HOSTS, INTERVAL, MULTIPLIER, TYPES, VERIFY, VIRTUAL, Matrix, Pair, batch,
                   links)
from result import check, equal, main, remark, test, within
from tool import Monitor, bfdnl, now, sleep
from wire import MS, S, US


matrix = Matrix()
COUNT = f'{len(matrix.pairs)} combinations'


@test(f'{COUNT} of echo, Demand mode, authentication, IP version and hops: all come Up')
def up():
    matrix.address()
    for end in (0, 1):
        batch(end, [f'key set {n} type {t} password "key {n}"' for n, t in enumerate(TYPES) if n])
    matrix.each(Pair.add)
    matrix.await_(lambda p, end: {'local-state': 'up', 'remote-state': 'up'}, 40 * S)


@test('each of them is in its detection mode, with the intervals that both agreed on')
def settled():
    matrix.settled()


@test('for 10 s nobody flaps and no packet is dropped; who is asked for silence keeps it')
def stay():
    with matrix.steady():
        start = now()
        sent = matrix.statistics('send-packet-count')
        echoes = matrix.statistics('receive-echo-count')
        sleep(10 * S)
        now_sent = matrix.statistics('send-packet-count')
        now_echoes = matrix.statistics('receive-echo-count')
        # to ask takes time as well; jitter shortens intervals by a quarter
        most = (now() - start) * 4 // 3 // US
    for end in (0, 1):
        for i, p in enumerate(matrix.pairs):
            who = f'h{end + 1} of {p}'
            n = now_sent[end][i] - sent[end][i]
            tx = p.running(end)['negotiated-tx-interval']
            # a Poll of either is answered by the other
            polls = p.demand.count(True) * (most // VERIFY + 2)
            least = 10 * S // US // tx if VIRTUAL and tx else 1 if tx else 0
            within(n, least, (most // tx + 1 if tx else 0) + polls,
                   f'packets sent by {who}')
            n = now_echoes[end][i] - echoes[end][i]
            if p.echo[end]:
                within(n, 10 * S // US // ECHO // (1 if VIRTUAL else 3), most // ECHO + 1,
                       f'echoes that came back to {who}')
            else:
                equal(n, 0, f'echoes that came back to {who}')


@test('intervals and multipliers of all are changed while Up: no flap, nothing dropped')
def timers():
    with matrix.steady():
        for factor, multiplier in ((2, MULTIPLIER + 1), (1, MULTIPLIER)):
            for p in matrix.pairs:
                p.interval, p.multiplier = INTERVAL * factor, multiplier
            matrix.set(lambda p, _: p.timers())
            matrix.settled()


@test('echo and Demand mode of all are switched to the opposite and back while Up: no flap')
def modes():
    with matrix.steady():
        for _ in (0, 1):
            for p in matrix.pairs:
                p.switch()
            matrix.set(Pair.modes)
            matrix.settled()


@test('every session goes to another type of authentication and back while Up: no flap')
def keys():
    with matrix.steady(drops=False):
        for shift in (1, -1):
            for p in matrix.pairs:
                p.auth = (p.auth + shift) % len(TYPES)
            for end, how in ((0, ' delayed'), (1, '')):
                # pylint: disable-next=cell-var-from-loop
                matrix.each(lambda p, end: f'session auth {p.words(end)}{p.key() or " none"}{how}',
                            (end,))
            matrix.keyed()
            matrix.settled()
            sleep((VERIFY + 5 * MULTIPLIER * INTERVAL) * US)


def cut():
    links('qdisc add dev {} clsact', 'filter add dev {} ingress matchall action drop',
          'filter add dev {} egress matchall action drop')


def mend():
    links('qdisc del dev {} clsact')


def losses(monitor):
    """By address, the events of sessions that left Up."""
    return {e['source-addr']: e for e in monitor.events
            if e['event'] == 'state' and e['old-state'] == 'up'}


@test('the links are cut: every session goes Down, for the right reason, in its time')
def down():
    monitors = [Monitor(host) for host in HOSTS]
    for m in monitors:
        # it begins with all sessions
        m.wait(lambda _, m=m: len(m.events) >= len(matrix.pairs), 20 * S)
    t = now()
    cut()
    cut_took = (now() - t) // US
    try:
        while min(len(losses(m)) for m in monitors) < len(matrix.pairs) and now() < t + 20 * S:
            sleep(50 * MS)
            for m in monitors:
                m.read()
        matrix.await_(lambda p, end: {'local-state': 'down',
                                      'local-diagnostic': p.diagnostic(end)}, 20 * S)
        for end, m in enumerate(monitors):
            lost = losses(m)
            late = []
            for p in matrix.pairs:
                check(p.addr[end] in lost, f'no event of h{end + 1} of {p}')
                took = (lost[p.addr[end]]['monotonic'] - t) // US
                low, high = p.failure(end)
                within(took, low, high + cut_took, f'the time, in us, of h{end + 1} of {p}')
                late.append(took)
            remark(f'h{end + 1}: Down after {min(late) / 1000:.1f} to {max(late) / 1000:.1f} ms')
    finally:
        for m in monitors:
            m.close()
        mend()


@test('the links are back: every session comes Up again, as it was')
def up_again():
    matrix.settled()


@test('one end of each is deleted and made anew: Up again, with other sequence numbers')
def anew():
    discriminators = [s['remote-discriminator'] for _, s in matrix.show(0)]
    t = now()
    bfdnl(HOSTS[1], 'session flush')
    matrix.each(Pair.add, (1,))
    matrix.settled()
    took = now() - t
    remark(f'Up and agreed on everything {took / S:.1f} s later')
    if VIRTUAL:
        # AdminDown was said at 1 s; after two such detection times its sequence is forgotten.
        # Then three packets and some Poll Sequences follow each other, at 1 s each.
        within(took, 0, 2 * MULTIPLIER * S + 8 * S, 'the time it took')
    for (p, s), old in zip(matrix.show(0), discriminators):
        check(s['remote-discriminator'] != old, f'an old discriminator: {p}')


@test('at the end nothing is left')
def end():
    for host in HOSTS:
        bfdnl(host, 'session flush')
        equal(bfdnl(host, 'session show'), [], 'sessions')
        equal({k['use-count'] for k in bfdnl(host, 'key show')}, {0}, 'use counts of keys')


main()
