# SPDX-License-Identifier: GPL-2.0
"""
Every parameter is changed while Up, at either end and in every mode, and the
session stays Up. RFC 5880, 6.8.3, 6.8.10 to 6.8.14, 6.8.17.
"""

from peer import Bench
from result import DEBUG, check, equal, main, test, within
from wire import CS6, MS, S, UP, gaps

START = {'tx': 20000, 'rx': 20000, 'mult': 3}
OPTIONS = 'tx 20ms rx 20ms mult 3'
# who is in Demand mode: we, the peer
MODES = {'asynchronous': (0, 0), 'our Demand mode': (1, 0), "the peer's Demand mode": (0, 1),
         'Demand mode of both': (1, 1)}

# what we change: the words for it, and what our packets say then
OURS = {
    'tx longer': ('tx 70ms', {'tx': 70000}),
    'tx shorter': ('tx 5ms', {'tx': 5000}),
    'tx longer than a second': ('tx 1500ms', {'tx': 1500000}),
    'rx longer': ('rx 70ms', {'rx': 70000}),
    'rx shorter': ('rx 5ms', {'rx': 5000}),
    'rx 0': ('rx 0', {'rx': 0}),
    'both longer': ('tx 60ms rx 70ms', {'tx': 60000, 'rx': 70000}),
    'both shorter': ('tx 5ms rx 6ms', {'tx': 5000, 'rx': 6000}),
    'one longer, one shorter': ('tx 70ms rx 5ms', {'tx': 70000, 'rx': 5000}),
    'the multiplier greater': ('mult 255', {'mult': 255}),
    'the multiplier 1': ('mult 1', {'mult': 1}),
    'everything': ('tx 30ms rx 40ms mult 4 dscp 10 passive', {'tx': 30000, 'rx': 40000, 'mult': 4}),
    'passive': ('passive', {}),
    'the DSCP': ('dscp 0', {}),
    'a path diagnostic': ('path-diagnostic concatenated-path-down', {'diag': 6}),
}

# what the peer changes
THEIRS = {
    'tx longer': {'tx': 70000},
    'tx shorter': {'tx': 5000},
    'rx longer': {'rx': 70000},
    'rx shorter': {'rx': 5000},
    'rx 0': {'rx': 0},
    'both': {'tx': 5000, 'rx': 70000},
    'the multiplier greater': {'mult': 255},
    'the multiplier 1': {'mult': 1},
    'its discriminator': {'my': 0x0e0e0e0e},
    'its C bit': {'cpi': 1},
    'its diagnostic': {'diag': 8},
    'its Required Min Echo RX': {'echo_rx': 50000},
}
# where it comes from
BACK = {'tx': 20000, 'rx': 20000, 'mult': 3, 'diag': 0, 'cpi': 0, 'echo_rx': 0}


def bench(mode):
    ours, theirs = MODES[mode]
    b = Bench(OPTIONS + ' demand-enabled' * ours, tx=20000, rx=20000)
    b.settle()
    b.run(500 * MS)
    b.peer.say(demand=theirs)
    b.run(500 * MS)
    return b


def expected(b, says):
    """6.8.2, 6.8.4: what follows from what both say."""
    ours, theirs = b.session.show(), b.peer.says
    running = ours['session-running']
    tx = max(says['tx'], theirs.rx) if theirs.rx else 0
    if theirs.demand:
        tx = 0
    equal(running['negotiated-tx-interval'], tx, 'negotiated-tx-interval')
    if running['detection-mode'] == 'demand-without-echo':
        equal(running['detection-time'], says['mult'] * max(says['tx'], theirs.rx),
              'detection-time')
    else:
        equal(running['detection-time'],
              theirs.mult * max(says['rx'], theirs.tx) if says['rx'] else 0, 'detection-time')
    equal(running['poll-active'], False, 'poll-active')


def undisturbed(b, mode):
    equal((b.session.state, b.session.stat('down-count')), (UP, 0), 'state and down-count')
    equal(b.session.running('detection-mode') == 'demand-without-echo', bool(MODES[mode][0]),
          'Demand mode')


def paced(b, says):
    """Scheduled packets keep to the agreed interval, or there are none."""
    interval = max(says['tx'], b.peer.says.rx) * 1000
    at = b.mark()
    b.run(max(300 * MS, 4 * interval))
    found = gaps(b.sent(at, final=0))
    if b.peer.says.demand or not b.peer.says.rx:
        equal(found, [], 'gaps')
        return
    within(min(found), interval * 3 // 4, interval, 'the least gap')
    within(max(found), interval * 3 // 4, interval * 9 // 10 if says['mult'] == 1 else interval,
           'the longest gap')


def ours(mode, words, changed):
    with bench(mode) as b:
        says = {**START, **changed}
        at = b.mark()
        b.session.set(words)
        b.run(2 * S)
        b.settle()
        packets = b.sent(at)
        last = b.sent()[-1].bfd
        equal({k: getattr(last, k) for k in changed}, changed, 'what is said')
        if changed and any(MODES[mode]):
            check([p for p in packets if p.bfd.poll and
                   all(getattr(p.bfd, k) == v for k, v in changed.items())], 'no Poll says so')
        undisturbed(b, mode)
        expected(b, says)
        paced(b, says)
        # and back
        b.session.set(f'{OPTIONS} passive off dscp {CS6} path-diagnostic none')
        b.run(2 * S)
        b.settle()
        b.run(1 * S)
        last = b.sent()[-1].bfd
        equal({k: getattr(last, k) for k in START}, START, 'what is said at last')
        equal(last.diag, 0, 'the diagnostic')
        undisturbed(b, mode)
        expected(b, START)
        paced(b, START)


def theirs(mode, changed):
    with bench(mode) as b:
        for says in (changed, {k: v for k, v in BACK.items() if k in changed}):
            b.peer.say(poll=1, **says)
            b.run(1 * S)
            b.settle()
            undisturbed(b, mode)
            expected(b, START)
            paced(b, START)
            running = b.session.show()
            for field, name in (('tx', 'remote-desired-min-tx-interval'),
                                ('rx', 'remote-required-min-rx-interval'),
                                ('echo_rx', 'remote-required-min-echo-rx-interval')):
                equal(running['session-running'][name], getattr(b.peer.says, field), name)
            equal(running['remote-multiplier'], b.peer.says.mult, 'remote-multiplier')
            equal(running['remote-discriminator'], b.peer.says.my, 'remote-discriminator')


def some(items, mode):
    """The debug kernel is slow: there, each only in some of the modes."""
    return [x for i, x in enumerate(items) if not DEBUG or (i + list(MODES).index(mode)) % 4 == 0]


for _mode in MODES:
    for _name, (_words, _changed) in some(OURS.items(), _mode):
        test(f'{_mode}: we change {_name}, and back', _mode, _words, _changed)(ours)
    for _name, _changed in some(THEIRS.items(), _mode):
        test(f'{_mode}: the peer changes {_name}, and back', _mode, _changed)(theirs)


def modes(first, then):
    """Demand mode itself, of either."""
    with bench(first) as b:
        b.session.set('demand-enabled' + ('' if MODES[then][0] else ' off'))
        b.peer.say(demand=MODES[then][1], poll=1)
        b.run(2 * S)
        b.settle()
        b.run(1 * S)
        undisturbed(b, then)
        expected(b, START)
        paced(b, START)


for _first in MODES:
    for _then in MODES:
        if _first != _then:
            test(f'from {_first} to {_then}', _first, _then)(modes)


@test('the DSCP of packets changes with the next one')
def dscp():
    with bench('asynchronous') as b:
        for value in (0, 10, 63, CS6):
            b.session.set('dscp', value)
            at = b.mark()
            b.run(100 * MS)
            equal({p.tos >> 2 for p in b.sent(at)}, {value}, 'the DSCP')
        undisturbed(b, 'asynchronous')


main()
