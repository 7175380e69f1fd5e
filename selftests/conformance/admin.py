# SPDX-License-Identifier: GPL-2.0
"""Administrative control and failures told from outside: RFC 5880, 6.8.15 to 6.8.17."""

from registry import TEXT, absent, bug, exact, outside, rule
from result import check, equal, within
from stage import MS, S, T, TUS, fresh, host, pace, up
from tool import sh
from wire import ADMIN_DOWN, DOWN, UP


@rule('5880', '6.8.16', 'MUST', 'a session that is disabled goes to AdminDown, with a diagnostic')
@rule('5880', '6.1', 'MAY', 'a session can be kept down in AdminDown, with a diagnostic')
@rule('5880', '6.8.16', 'MAY', 'the diagnostic is Administratively Down')
@bug(15, 25)
def disabled():
    with up() as s:
        at = s.mark()
        s.session.set('admin-down')
        equal([(p.bfd.state, p.bfd.diag) for p in s.sent(at)], [(ADMIN_DOWN, 7)], 'what is said')
        s.is_now('adminDown', 'admin-down')


@rule('5880', '6.8.16', 'MUST', 'a session that is enabled goes to Down')
def enabled():
    with fresh('admin-down') as s:
        s.hush()
        s.run(1 * S)
        at = s.mark()
        s.session.set('admin-up')
        equal(s.sent(at)[0].bfd.state, DOWN, 'what is said')
        s.is_now('down', 'none')
        s.talk()
        check(s.up(), 'not up')


@rule('5880', '6.8.16', 'SHOULD', 'in AdminDown packets are sent for at least a Detection Time')
@rule('5880', '6.8.16', 'MAY', 'in AdminDown packets are sent without an end')
@bug(25)
@exact
def goes_on_telling():
    with up() as s:
        at = s.mark()
        s.session.set('admin-down')
        s.run(60 * S)
        told = s.sent(at)
        check(len(told) >= 60, f'{len(told)} packets in a minute')
        check(all((p.bfd.state, p.bfd.diag) == (ADMIN_DOWN, 7) for p in told), 'said otherwise')
        pace(told[1:], 1 * S)


@rule('5880', '6.8.16', 'SHOULD', 'a session that is deleted goes on saying AdminDown for a Detection '
                                  'Time',
      deviates='it says so once: what a session needs to send is gone with it. To set admin-down '
               'first keeps on telling')
def deleted():
    with up() as s:
        at = s.mark()
        s.session.delete()
        equal([(p.bfd.state, p.bfd.diag) for p in s.sent(at)], [(ADMIN_DOWN, 7)], 'the last words')
        s.run(2 * S)
        equal(len(s.sent(at)), 1, 'packets')


@rule('5880', '6.8.16', TEXT, 'who is told AdminDown does not take it for a failure of the path')
@bug(47)
def neighbor_disabled():
    with up(watch=True) as s:
        at = s.monitor.mark()
        s.hush()
        s.peer.say(state=ADMIN_DOWN, diag=7)
        s.monitor.mark()
        told = [e for e in s.monitor.events[at:] if e['event'] == 'state']
        equal([(e['new-state'], e['local-diagnostic'], e['remote-diagnostic']) for e in told],
              [('down', 'neighbor-down', 'admin-down')], 'the event')


@rule('5880', '6.8.16', 'MAY', 'a path that is known to be gone takes the session down with '
                               'diagnostic Path Down')
@bug(42)
def path_down():
    sh(f'ip -n {host()} link add x1 type dummy && ip -n {host()} addr add 203.0.113.129/25 dev x1')
    sh(f'ip -n {host()} link set x1 up')
    call = None
    try:
        with up() as s:
            call = s.session.bfdnl
            made = call('session add dest-addr 203.0.113.130 interface x1')[0]
            sh(f'ip -n {host()} link del x1')
            shown = call('session show id', made['id'])[0]
            equal(shown['session-running']['local-state'], 'down', 'the state')
            call('session del id', made['id'])
            s.no_flap()
    finally:
        sh(f'ip -n {host()} link del x1', check=False)


outside('5880', '6.8.15', 'MUST', 'a reset of the forwarding plane leads to Down with diagnostic 4',
        'here the forwarding plane is the kernel that runs BFD: nothing resets one without the other')
