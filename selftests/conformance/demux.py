# SPDX-License-Identifier: GPL-2.0
"""Which session a packet is for: RFC 5880, 6.3 and 6.8.6; RFC 5881, 3 and 6."""

import os

from peer import Tap
from registry import TEXT, bug, outside, rule
from result import check, equal
from stage import LINK_LOCAL, T, V6, every_family, fresh, host, replace, tool, up
from tool import Session, ToolError
from wire import DOWN, frame

OTHER = {'src': '192.0.2.3', 'my': 0x03030303}


def by_the_other_link(s, **fields):
    """As from our peer, on the link e3 - p3."""
    tap = Tap(os.environ['peer'], 'p3')
    link = s.peer.link
    tap.sock.send(frame(link['src'], link['dst'], bytes(replace(s.peer.says, **fields)),
                        b'\2\0\0\0\2\1', b'\2\0\0\0\2\2'))
    tap.close()


@rule('5880', '6.8.6', 'MUST', 'Your Discriminator alone selects the session')
@rule('5880', '6.3', TEXT, 'once it echoes our discriminator, the source address of a peer may '
                           'change')
@bug(4)
def your_discriminator():
    def over(link):
        with up(link=link) as s:
            other = '2001:db8::3' if link else '192.0.2.3'
            s.accepts({'src': other})
            s.peer.send({'src': other}, state=DOWN)
            s.is_now('down', 'neighbor-down')
    every_family(over)


@rule('5880', '6.8.6', 'MUST', 'Your Discriminator selects the session also against the address of '
                               'another session')
@bug(3, 4)
def address_of_another_session():
    with up() as one, up(link=OTHER) as two:
        one.hush()
        # from the peer of session two, but it says that it is for session one
        two.hush()
        two.peer.send(your=one.session.discr, state=DOWN)
        one.is_now('down')
        two.is_up()


@rule('5880', '6.8.6', 'MUST', 'a first packet goes to the session of its sender, and to no other')
@bug(3)
def first_packet_of_its_sender():
    with up() as one, fresh(link=OTHER) as two:
        two.hush()
        two.peer.send(state=DOWN)
        two.is_now('init')
        one.is_up()
        equal(one.session.show()['remote-discriminator'], one.peer.says.my, 'of session one')


@rule('5880', '6.8.6', 'MUST', 'of several sessions with a peer, a first packet is for the one '
                               'with its destination address')
@bug(3, 41)
def first_packet_by_destination():
    call = tool()
    with fresh() as s:
        other = call('session add dest-addr 192.0.2.2 source-addr 192.0.2.11 interface e1')[0]
        try:
            s.hush()
            s.peer.send({'dst': '192.0.2.11'}, state=DOWN)
            s.is_now('down')
            shown = call('session show id', other['id'])[0]
            equal(shown['session-running']['local-state'], 'init', 'the other session')
        finally:
            call('session del id', other['id'])


@rule('5881', '3', 'MUST', 'a first packet is for the session bound to its sender, interface and '
                           'protocol')
def first_packet_by_interface():
    def over(link):
        with fresh(link=link) as s:
            s.hush()
            s.refused('no-session', lambda: by_the_other_link(s, state=DOWN))
            s.is_now('down')
            s.peer.send(state=DOWN)
            s.is_now('init')
    every_family(over)


@rule('5881', '3', TEXT, 'a session is bound to its interface: packets by another one are '
                         'discarded')
@rule('5881', '6', 'MUST', 'packets go over the one-hop path that is watched')
@rule('5880', '6.3', TEXT, 'packets with our discriminator may arrive by another interface',
      deviates='RFC 5881, 3 binds a single-hop session to its interface; without one (interface '
               'not given) packets are taken from any')
def bound_to_interface():
    with up() as s:
        s.refused('wrong-path', lambda: by_the_other_link(s, your=s.session.discr, state=DOWN),
                  own=True)
        s.run(5 * T)
        at = s.mark()
        s.run(20 * T)
        check(len(s.sent(at)) > 20, 'packets on the interface')


@rule('5881', '2', 'MUST', 'IPv4 and IPv6 over one link are two sessions')
def two_protocols():
    with up() as four, up(link=V6) as six:
        four.is_up()
        four.refused('wrong-path', lambda: six.peer.send(your=four.session.discr, state=DOWN),
                     own=True)
        six.hush()
        six.peer.say(state=DOWN)
        six.is_now('down')
        four.is_up()


@rule('5881', '2', 'MUST', 'two sessions of a pair of systems use separate paths')
@rule('5881', '3', TEXT, 'there is one session for two systems, an interface and a protocol')
@bug(46)
def one_session_a_path():
    with fresh() as s:
        for again in ('dest-addr 192.0.2.2 source-addr 192.0.2.1 interface e1',
                      'dest-addr 192.0.2.2 interface e1', 'dest-addr 192.0.2.2'):
            try:
                twice = Session(host(), again, tool=tool())
            except ToolError:
                continue
            twice.delete()
            check(False, f'a second session was made: {again}')
        s.is_now('down')


@rule('5881', '3', TEXT, 'a link-local neighbor is another one on each link')
@bug(41)
def link_local_on_two_links():
    call = tool()
    with fresh(link=LINK_LOCAL) as s:
        other = call('session add dest-addr fe80::2 interface e3')[0]
        try:
            s.hush()
            by_the_other_link(s, state=DOWN, my=0x05050505)
            s.is_now('down')
            shown = call('session show id', other['id'])[0]
            equal(shown['session-running']['local-state'], 'init', 'the session of the other link')
            equal(shown['remote-discriminator'], 0x05050505, 'its peer')
            s.peer.send(state=DOWN)
            s.is_now('init')
        finally:
            call('session del id', other['id'])


@rule('5880', '6.3', TEXT, 'our discriminator stays the same, also when the session comes up again')
def stays():
    with up() as s:
        discr = s.session.discr
        s.hush()
        s.peer.say(state=DOWN)
        s.talk()
        check(s.up(), 'not up again')
        check(all(p.bfd.my == discr for p in s.sent()), 'another discriminator')


@rule('5881', '4', 'MAY', 'the source port helps to find the session: it is not looked at')
@rule('5881', '4', 'MUST', 'it is the discriminators that decide, not the source port')
def source_port_is_no_matter():
    with up() as s:
        for port in (49151, 1024, 1, 65535, 3784):
            s.accepts({'sport': port})


@rule('5881', '6', 'MUST', 'on a point-to-point link, a first packet is accepted with any source '
                           'address',
      deviates='only on links that are point-to-point: on others it would mix hosts up, and the '
               'peer is who has the configured address')
def any_source_address():
    with fresh() as s:
        s.hush()
        s.refused('no-session', lambda: s.peer.send({'src': '198.51.100.9'}, state=DOWN))


@rule('5881', '6', 'MUST NOT', 'the source address of a packet is used to tell the session, once '
                               'our discriminator is known')
@rule('5881', '6', 'MUST NOT', 'a changed source address of the peer becomes our destination')
@rule('5881', '6', 'MUST', 'the destination stays what was configured')
@bug(4)
def source_address_changes():
    def over(link):
        with up(link=link) as s:
            usual = s.peer.link['src']
            s.peer.link['src'] = '2001:db8::3' if link else '192.0.2.3'
            s.peer.hears = None
            at = s.tap.mark()
            for _ in range(30):
                s.peer.send()
                s.run(T)
            new = [p for p in s.tap.sent(at) if p.bfd.my == s.session.discr]
            check(len(new) > 20 and all(p.dst == usual for p in new), 'another destination')
            s.peer.link['src'] = usual
            s.no_flap()
    every_family(over)


outside('5880', '6.3', TEXT, 'the discriminator of a live session may be changed',
        'a permission; it is chosen when the session is made')
outside('5881', '6', 'MAY', "the application may be told that the neighbor's source address "
                            'changed', 'not told: the address is no part of the session')
