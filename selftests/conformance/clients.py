# SPDX-License-Identifier: GPL-2.0
"""What RFC 5882 asks of BFD itself; most of it is for the protocols that use BFD."""

from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal
from stage import MS, S, T, USUAL, fresh, up
from tool import Monitor
from wire import ADMIN_DOWN, DOWN, INIT

CLIENTS = 'what uses BFD decides how it reacts; events tell it all it needs'


@rule('5882', '2', 'SHOULD', 'there is one session for a path of a data protocol, shared by all '
                             'who want to know')
@bug(46)
@long
def shared():
    with fresh(watch=True) as s:
        second = Monitor(s.ns)
        try:
            second.wait(lambda e: e.get('id') == s.session.id)
            check(s.up(), 'not up')
            for monitor in (s.monitor, second):
                check(monitor.state('up'), 'a listener was not told')
        finally:
            second.close()


@rule('5882', '3.3', 'SHOULD NOT', 'a session that comes up looks like a failure to clients')
@long
def coming_up_is_no_failure():
    with fresh(watch=True) as s:
        at = s.monitor.mark()
        check(s.up(), 'not up')
        told = s.changes(at, 1)
        check(all(e['old-state'] != 'up' for e in told), 'an event tells of a failure')
        equal(s.session.stat('down-count'), 0, 'down-count')


@rule('5882', '3.1', 'MAY', 'clients may be told late of a session that flaps, or at once: every '
                            'change is told at once, and in order')
@exact
def every_change_is_told():
    with up(watch=True) as s:
        s.hush()
        at = s.monitor.mark()
        for state in (DOWN, DOWN, INIT, DOWN, INIT):
            s.peer.send(state=state)
        told = s.changes(at, 5)
        equal([e['new-state'] for e in told], ['down', 'init', 'up', 'down', 'up'], 'the states')
        sequence = [e['sequence'] for e in told]
        check(sequence == sorted(sequence), f'the order is {sequence}')


@rule('5882', '3.2', 'SHOULD NOT', "the neighbor's AdminDown is shown to clients as a failure of "
                                   'the path')
@bug(47)
@long
def admin_down_is_no_failure():
    for says, remote in ((dict(state=ADMIN_DOWN, diag=7), ('adminDown', 'admin-down')),
                         (dict(state=DOWN, diag=1), ('down', 'control-expiry'))):
        with up(watch=True) as s:
            s.hush()
            at = s.monitor.mark()
            s.peer.say(**says)
            e = s.changes(at, 1)[0]
            r = s.session.show()['session-running']
            equal((r['remote-state'], r['remote-diagnostic']), remote, 'the peer')
            equal((e['new-state'], e['local-diagnostic'], e['remote-diagnostic']),
                  ('down', 'neighbor-down', remote[1]), 'the event')


@rule('5882', '8', 'SHOULD', 'before a planned outage AdminDown can be said for a Detection Time')
@rule('5882', '3.2', 'SHOULD NOT', 'our own AdminDown is shown to clients as a failure of the path')
@long
def own_admin_down_is_no_failure():
    with up(watch=True) as s:
        at, sent = s.monitor.mark(), s.mark()
        s.session.set('admin-down')
        s.run(3 * T)
        equal({p.bfd.state for p in s.sent(sent)}, {ADMIN_DOWN}, 'what is said')
        e = s.changes(at, 1)[0]
        equal((e['new-state'], e['local-diagnostic']), ('adminDown', 'admin-down'), 'the event')
        equal(s.session.stat('down-count'), 0, 'down-count')


@rule('5882', '2', TEXT, 'clients are told when the session leaves Up, at once and with the reason')
@bug(47)
@exact
def failure_is_told():
    with up(watch=True) as s:
        s.hush()
        last = s.received()[-1].time
        at = s.monitor.mark()
        s.run(1 * S)
        e = s.monitor.state('down', since=at)
        check(e, 'nobody was told')
        check(0 <= e['monotonic'] - last - 30 * MS < MS, f"told at {e['monotonic'] - last} ns")
        equal((e['old-state'], e['local-diagnostic']), ('up', 'control-expiry'), 'the event')


@rule('5882', '4.3.1', TEXT, 'a session goes on while what uses it is restarted (C bit)')
@long
def survives_clients():
    with up(watch=True) as s:
        check(all(p.bfd.cpi for p in s.sent()), 'a packet without C')
        s.monitor.process.kill()
        s.run(20 * T)
        s.no_flap()


@rule('5882', '8', 'SHOULD', 'a session that is removed says AdminDown for a Detection Time',
      deviates='once; see RFC 5880, 6.8.16')
def removed_is_admin_down():
    with up() as s:
        at = s.mark()
        s.session.delete()
        at = s.begins(at, state=ADMIN_DOWN)
        s.run(3 * T)
        equal([p.bfd.state for p in s.sent(at)], [ADMIN_DOWN], 'the last words')


@rule('5882', '6', TEXT, 'packets are marked (DSCP) like the data whose path they watch')
def marked():
    with up() as s:
        check(all(p.tos >> 2 == 48 for p in s.sent()), 'not CS6 at first')
    with up(USUAL + ' dscp 46') as s:
        s.answer(poll=1)
        check(s.sent() and all(p.tos >> 2 == 46 for p in s.sent()), 'not as told')


for _section, _level, _text in (
        ('3.1', 'SHOULD', 'clients that were not told at once are told if the session does not '
                          'come back'),
        ('3.2', 'SHOULD', 'a client without other means takes AdminDown for a failure'),
        ('3.3', 'MAY', 'a client comes up before its session'),
        ('4.1', 'MUST', 'a protocol may come up while either side is in AdminDown'),
        ('4.1', 'SHOULD', 'a protocol stays down if both sides want BFD and it does not come up'),
        ('4.1', 'SHOULD NOT', 'a protocol stays down because the neighbor does not run BFD'),
        ('4.2', 'SHOULD NOT', 'a protocol reacts to Up that ends in AdminDown of either side'),
        ('4.2.1', 'SHOULD', 'traffic is moved away from the path that failed'),
        ('4.2.1', 'MAY', 'the state of the session is used to see a failing protocol early'),
        ('4.2.1', 'SHOULD', 'the protocol shows the lost path, or times its neighbor out'),
        ('4.2.2.1', 'SHOULD', 'the same with several data protocols in one topology'),
        ('4.2.2.2', 'SHOULD', 'the same in the topology concerned'),
        ('4.3.1', 'SHOULD', 'a Graceful Restart is aborted by a failure, if both sides set C'),
        ('4.3.2.1', 'SHOULD NOT', 'a planned restart is aborted, if fate is shared'),
        ('4.3.2.2', 'SHOULD', 'an unplanned restart shows as a change of topology'),
        ('4.3.2.2', 'MAY', 'timers are raised before a planned restart'),
        ('4.3.2.2', 'SHOULD NOT', 'who restarts sends BFD before its neighbors know'),
        ('5', 'SHOULD', 'a static route is withdrawn while the session is not Up'),
        ('5', 'SHOULD NOT', 'a static route is withdrawn if the neighbor does not run BFD'),
        ('10.1.2', 'MUST', 'sessions for OSPF virtual links are multihop'),
        ('10.2', 'SHOULD', 'sessions for external BGP are authenticated')):
    outside('5882', _section, _level, _text, CLIENTS)
outside('5882', '4.4', 'MUST', 'several protocols that want the same path share one session',
        'there cannot be a second session for a path (RFC 5881, 2); to count its users is for an '
        'agent')
outside('5882', '7', TEXT, 'over several parallel links there may be one session or one a link',
        'over bonds and bridges a session runs as over any interface')
