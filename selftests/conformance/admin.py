# SPDX-License-Identifier: GPL-2.0
"""Administrative control and failures told from outside: RFC 5880, 6.8.15 to 6.8.17."""

import os

from registry import TEXT, bug, exact, long, outside, rule
from result import check, equal
from stage import S, fresh, host, pace, peer_at, tool, up
from tool import Session, sh
from wire import ADMIN_DOWN, DOWN


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
@long
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


@rule('5880', '6.8.16', 'SHOULD', 'a session that is deleted goes on saying AdminDown for a '
                                  'Detection Time',
      deviates='it says so once: what a session needs to send is gone with it. To set admin-down '
               'first keeps on telling')
@long
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
        equal([(e['new-state'], e['local-diagnostic'], e['remote-diagnostic'])
               for e in s.changes(at, 1)],
              [('down', 'neighbor-down', 'admin-down')], 'the event')


@rule('5880', '6.8.16', 'MAY', 'a path that is known to be gone takes the session down with '
                               'diagnostic Path Down')
@bug(42)
@long
def path_down():
    ns, peer = host(), os.environ['peer']
    new_link = (f'ip link add x1 netns {ns} address 02:00:00:00:09:01 type veth '
                f'peer name y1 netns {peer} address 02:00:00:00:09:02; '
                f'ip -n {ns} addr add 203.0.113.129/30 dev x1; ip -n {ns} link set x1 up; '
                f'ip -n {peer} link set y1 up; ip -n {ns} neigh replace 203.0.113.130 '
                'lladdr 02:00:00:00:09:02 nud permanent dev x1')
    link = {'src': '203.0.113.130', 'dst': '203.0.113.129', 'ifname': 'y1',
            'src_mac': b'\2\0\0\0\x09\2', 'dst_mac': b'\2\0\0\0\x09\1'}
    sh(new_link)
    try:
        session = Session(ns, 'dest-addr 203.0.113.130 interface x1 mult 9', tool=tool())
        for _ in range(2):              # the second time after the link was made again
            p = peer_at(link)
            check(p.up(), 'not up')
            p.close()
            sh(f'ip -n {ns} link del x1')
            equal((session.state, session.running('local-diagnostic')), (DOWN, 'path-down'),
                  'the state and diagnostic')
            sh(new_link)
        session.delete()
    finally:
        sh(f'ip -n {ns} link del x1', check=False)


outside('5880', '6.8.15', 'MUST', 'a reset of the forwarding plane leads to Down with diagnostic 4',
        'here the forwarding plane is the kernel that runs BFD: nothing resets one without the '
        'other')
