# SPDX-License-Identifier: GPL-2.0
"""What is discarded, in which order: RFC 5880, 6.8.6."""

from registry import TEXT, bug, long, outside, rule
from result import equal
from stage import MS, TUS, every_family, fresh, up
from wire import ADMIN_DOWN, DOWN, INIT, UP, Bfd


@rule('5880', '6.8.6', 'MUST', 'a version other than 1 is discarded')
@bug(7)
@long
def version():
    def over(link):
        with up(link=link) as s:
            for v in (0, 2, 3, 4, 5, 6, 7):
                s.drops('version', version=v)
    every_family(over)


@rule('5880', '6.8.6', 'MUST', 'Length below 24 is discarded')
@bug(9)
def length_below_24():
    with up() as s:
        for n in (0, 1, 12, 23):
            s.drops('length', length=n)


@rule('5880', '6.8.6', 'MUST', 'Length below 26 with the A bit is discarded')
@bug(9)
def length_below_26():
    with up() as s:
        for n in (24, 25):
            s.drops('length', length=n, auth=1, tail=b'\1\3')


@rule('5880', '6.8.6', 'MUST', 'Length beyond the payload of UDP is discarded')
@bug(9)
def length_beyond_payload():
    def over(link):
        with up(link=link) as s:
            for n in (25, 26, 48, 255):
                s.drops('length', length=n)
    every_family(over)


@rule('5880', '6.8.6', 'MUST', 'a payload without room for the mandatory section is discarded')
@bug(2, 9)
def no_room():
    with up() as s:
        whole = bytes(Bfd(my=1, your=s.session.discr, state=UP))
        for n in (0, 1, 3, 4, 8, 12, 23):
            s.drops('too-short', payload=whole[:n])


@rule('5880', '6.8.6', TEXT, 'Length may be shorter than the payload: the rest is no matter')
def trailing_bytes():
    with up() as s:
        s.accepts(tail=b'x')
        s.accepts(tail=b'\xff' * 1000)


@rule('5880', '6.8.6', 'MUST', 'Detect Mult 0 is discarded')
def detect_mult():
    with up() as s:
        s.drops('detect-mult', mult=0)


@rule('5880', '6.8.6', 'MUST', 'the M bit is discarded')
@rule('5880', '4.1', 'MUST', 'M is zero on receipt')
@bug(6)
def multipoint():
    with up() as s:
        s.drops('multipoint', multipoint=1)


@rule('5880', '6.8.6', 'MUST', 'My Discriminator 0 is discarded')
def my_discriminator():
    with up() as s:
        s.drops('my-discriminator', my=0)


@rule('5880', '6.8.6', 'MUST', 'a Your Discriminator that names no session is discarded')
def your_discriminator():
    with up() as s:
        for your in (s.session.discr ^ 1, int.from_bytes(s.session.discr.to_bytes(4, 'little')),
                     0xffffffff):
            s.drops('your-discriminator', your=your)


@rule('5880', '6.8.6', 'MUST', 'Your Discriminator 0 in Init or Up is discarded, whatever our '
                               'state')
@bug(1, 2)
def zero_in_init_or_up():
    with fresh() as s:
        s.hush()
        for state in (INIT, UP):
            s.drops('state', your=0, state=state)
        s.is_now('down')
    with up() as s:
        for state in (INIT, UP):
            s.drops('state', your=0, state=state)
        s.is_up()


@rule('5880', '6.8.6', TEXT, 'Your Discriminator 0 in Down or AdminDown is for a session, '
                             'whatever our state')
@bug(1)
def zero_in_down():
    for state in (DOWN, ADMIN_DOWN):
        with up() as s:
            s.hush()
            s.peer.say(your=0, state=state)
            s.is_now('down', 'neighbor-down')


@rule('5880', '6.8.6', 'MUST', 'the A bit is discarded if no authentication is in use')
@bug(10)
def auth_unexpected():
    with up() as s:
        s.drops('auth-unexpected', own=True, auth=1, length=33, tail=b'\1\x09\1secret')


@rule('5880', '6.8.6', 'MUST', 'the rules are applied in their order, and the first one decides')
def order():
    wrong = [('version', {'version': 0}), ('length', {'length': 20}), ('detect-mult', {'mult': 0}),
             ('multipoint', {'multipoint': 1}), ('my-discriminator', {'my': 0}),
             ('your-discriminator', {'your': 1})]
    with up() as s:
        for i, (reason, _) in enumerate(wrong):
            s.drops(reason, **{k: v for _, f in wrong[i:] for k, v in f.items()})


@rule('5880', '6.8.6', 'MUST', 'nothing of a discarded packet is learned or answered')
@bug(2, 10)
def nothing_learned():
    with up() as s:
        at = s.mark()
        for reason, wrong in (('detect-mult', {'mult': 0}), ('version', {'version': 0}),
                              ('my-discriminator', {'my': 0}), ('your-discriminator', {'your': 1}),
                              ('multipoint', {'multipoint': 1})):
            s.drops(reason, poll=1, **wrong)
        equal(s.sent(at, final=1), [], 'answers')


@rule('5880', '6.8.6', TEXT, 'a packet with P and F, which nobody may send, is discarded')
@bug(5)
def poll_and_final():
    with up() as s:
        s.drops('poll-and-final', poll=1, final=1)


@rule('5880', '6.8.6', TEXT, 'bfd.RemoteDiscr, bfd.RemoteState, bfd.RemoteMinRxInterval and what '
                             'else a packet says are taken from every packet accepted')
@rule('5880', '6.3', TEXT, 'the peer may change its discriminator; the session goes on')
def learned():
    with up() as s:
        s.peer.say(my=0x77777777, diag=8, tx=345678, rx=456789, mult=44)
        show = s.session.show()
        r = show['session-running']
        equal(show['remote-discriminator'], 0x77777777, 'remote-discriminator')
        equal(show['remote-multiplier'], 44, 'remote-multiplier')
        equal(r['remote-state'], 'up', 'remote-state')
        equal(r['remote-diagnostic'], 'reverse-concatenated-path-down', 'remote-diagnostic')
        equal(r['remote-desired-min-tx-interval'], 345678, 'remote-desired-min-tx-interval')
        equal(r['remote-required-min-rx-interval'], 456789, 'remote-required-min-rx-interval')
        equal(s.answer(poll=1)[-1].bfd.your, 0x77777777, 'Your Discriminator')
        s.no_flap()


@rule('5880', '6.8.6', TEXT, 'diagnostics that are not assigned yet are taken like any other')
@rule('5880', '6', TEXT, 'what no rule forbids is accepted')
@long
def unknown_diag():
    with up() as s:
        for diag in range(32):
            s.accepts(diag=diag)
        s.no_flap()


@rule('5880', '6.8.6', TEXT, 'the transmit interval follows every packet accepted')
def transmit_interval_follows():
    with up() as s:
        s.peer.say(rx=5 * TUS)
        equal(s.session.running('negotiated-tx-interval'), 5 * TUS, 'negotiated-tx-interval')
        s.peer.say(rx=TUS)
        equal(s.session.running('negotiated-tx-interval'), TUS, 'negotiated-tx-interval')


@rule('5880', '6.8.6', TEXT, 'the Detection Time follows every packet accepted')
def detection_time_follows():
    with up() as s:
        s.peer.say(tx=5 * TUS, mult=7)
        equal(s.session.running('detection-time'), 35 * TUS, 'detection-time')
        s.peer.say(tx=3 * TUS, mult=200)
        equal(s.session.running('detection-time'), 600 * TUS, 'detection-time')


@rule('5880', '6.8.6', 'MAY', 'a packet for which there is no session is discarded; none is made')
def no_session():
    with up() as s:
        s.drops('no-session', your=0, state=DOWN, link={'src': '192.0.2.3'})
        equal(len(s.session.bfdnl('session show')), 1, 'sessions')


@rule('5880', '6.8.6', TEXT, 'in AdminDown a packet is discarded after its values were taken')
def admin_down():
    with up() as s:
        s.session.set('admin-down')
        s.hush()
        s.run(10 * MS)
        dropped = s.session.drops().get('admin-down', 0)
        s.peer.send(state=UP, rx=3000000)
        show = s.session.show()
        equal(show['session-statistics']['drops'].get('admin-down', 0), dropped + 1, 'drops')
        equal(show['session-running']['remote-required-min-rx-interval'], 3000000,
              'remote-required-min-rx-interval')
        s.is_now('adminDown', 'admin-down')


outside('5880', '6.8.6', 'MAY', 'a packet for no session may make a new one',
        'sessions are made by operators and agents, never by who sends packets')
