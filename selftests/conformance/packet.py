# SPDX-License-Identifier: GPL-2.0
"""What is in a Control packet: RFC 5880, 4.1 and the end of 6.8.7."""

from registry import TEXT, bug, long, rule
from result import check, equal
from stage import S, T, TUS, every_family, fresh, replace, tool, up
from tool import ToolError
from wire import ADMIN_DOWN, DOWN, INIT, UP


@rule('5880', '4.1', TEXT, 'the version is 1')
@rule('5880', '6.8.7', 'MUST', 'Version is 1 in every packet')
@long
def version():
    with up() as s:
        s.run(10 * T)
        check(s.sent() and all(p.bfd.version == 1 for p in s.sent()), 'another version')


@rule('5880', '4.1', TEXT, 'Diag is the reason of the last change of state')
@rule('5880', '6.8.7', 'MUST', 'Diag is bfd.LocalDiag')
@bug(15)
def diagnostic():
    with up() as s:
        equal(s.sent()[-1].bfd.diag, 0, 'Diag when Up')
        s.hush()
        equal(s.answer(state=DOWN)[0].bfd.diag, 3, 'Diag after the neighbor said Down')
        s.session.set('admin-down')
        s.mark()
        equal(s.sent()[-1].bfd.diag, 7, 'Diag in AdminDown')


@rule('5880', '4.1', TEXT, 'Sta is the state as the sender sees it')
@rule('5880', '6.8.7', 'MUST', 'Sta is bfd.SessionState')
@rule('5880', '6.2', TEXT, 'each system tells its state in every packet')
@long
def state():
    with fresh() as s:
        s.hush()
        s.run(1 * S)
        s.mark()
        equal(s.sent()[-1].bfd.state, DOWN, 'Sta at the beginning')
        s.peer.says.your = s.session.discr
        equal(s.answer(state=DOWN)[-1].bfd.state, INIT, 'Sta in Init')
        equal(s.answer(state=INIT)[-1].bfd.state, UP, 'Sta in Up')
        at = s.mark()
        s.session.set('admin-down')
        equal(s.sent(at)[-1].bfd.state, ADMIN_DOWN, 'Sta in AdminDown')


@rule('5880', '4.1', TEXT, 'P asks for a packet with F; it is clear otherwise')
@rule('5880', '6.8.7', 'MUST', 'P is set during a Poll Sequence, else clear')
@long
def poll_bit():
    with up() as s:
        at = s.mark()
        s.run(10 * T)
        equal(s.sent(at, poll=1), [], 'Polls')
        s.peer.answers = False
        s.session.set(f'tx {2 * TUS}us')
        at = s.begins(s.mark(), poll=1)
        s.run(10 * T)
        check(s.sent(at) and all(p.bfd.poll for p in s.sent(at)), 'not all packets poll')


@rule('5880', '4.1', TEXT, 'F answers a packet with P; it is clear otherwise')
@rule('5880', '6.8.7', 'MUST', 'F is set in the answer to a packet with P, else clear')
def final_bit():
    with up() as s:
        at = s.mark()
        s.run(10 * T)
        equal(s.sent(at, final=1), [], 'Finals')
        equal(len([p for p in s.answer(poll=1) if p.bfd.final]), 1, 'packets with F')


@rule('5880', '4.1', TEXT, 'C: this BFD does not share fate with its control plane')
@rule('5880', '6.8.7', 'MUST', 'C is set if BFD goes on through a disruption of the control plane')
@long
def control_plane_independent():
    with up() as s:
        check(all(p.bfd.cpi for p in s.sent()), 'a packet without C')
        # nobody but the kernel keeps it up: the tool that made it is not running any more
        s.run(50 * T)
        s.no_flap()


@rule('5880', '4.1', TEXT, 'a peer with C, or without, is the same to the protocol')
@bug(8)
@long
def remote_cpi():
    with up() as s:
        for cpi in (1, 0, 1):
            s.peer.says.cpi = cpi
            s.run(10 * T)
        s.no_flap()


@rule('5880', '4.1', TEXT, 'A is clear without an Authentication Section')
@rule('5880', '6.8.7', 'MUST', 'A is clear if no authentication is in use')
def auth_bit():
    with up() as s:
        check(not any(p.bfd.auth for p in s.sent()), 'a packet with A')


@rule('5880', '4.1', TEXT, 'D is clear if Demand mode is not active')
@rule('5880', '6.8.7', 'MUST NOT', 'D is set if bfd.DemandMode is 0')
def demand_bit():
    with up() as s:
        s.run(10 * T)
        check(not any(p.bfd.demand for p in s.sent()), 'a packet with D')


@rule('5880', '4.1', 'MUST', 'M is zero when sent')
@rule('5880', '6.8.7', 'MUST', 'M is 0')
def multipoint_bit():
    with up() as s:
        s.answer(poll=1)
        check(not any(p.bfd.multipoint for p in s.sent()), 'a packet with M')


@rule('5880', '4.1', TEXT, 'Detect Mult is what the peer is to multiply by')
@rule('5880', '6.8.7', 'MUST', 'Detect Mult is bfd.DetectMult')
def detect_mult():
    with up() as s:
        equal(s.sent()[-1].bfd.mult, 3, 'Detect Mult')
        s.session.set('mult 255')
        equal(s.answer(poll=1)[-1].bfd.mult, 255, 'Detect Mult')


@rule('5880', '6.8.1', 'MUST', 'bfd.DetectMult is not zero')
def detect_mult_not_zero():
    with up() as s:
        try:
            s.session.set('mult 0')
        except ToolError:
            pass
        else:
            check(False, 'multiplier 0 was taken')
        equal(s.answer(poll=1)[-1].bfd.mult, 3, 'Detect Mult')


@rule('5880', '4.1', TEXT, 'Length is the length of the packet')
@rule('5880', '6.8.7', 'MUST', 'Length is 24 without an Authentication Section')
def length():
    with up() as s:
        s.answer(poll=1)
        check(all(p.bfd.length == 24 and len(p.payload) == 24 for p in s.sent()), 'another length')


@rule('5880', '4.1', TEXT, 'My Discriminator is unique and not zero')
@rule('5880', '6.8.1', 'MUST', 'bfd.LocalDiscr is unique on the system and not zero')
@rule('5880', '6.3', 'MUST', 'the discriminator of a session is unique on the system')
@rule('5880', '6.8.7', 'MUST', 'My Discriminator is bfd.LocalDiscr')
def my_discriminator():
    call = tool()
    try:
        made = [call(f'session add dest-addr 192.0.2.{n} interface e1')[0]['local-discriminator']
                for n in range(20, 60)]
    finally:
        call('session flush')
    check(len(set(made)) == 40 and 0 not in made, f'the discriminators are {sorted(made)}')
    with up() as s:
        check(all(p.bfd.my == s.session.discr for p in s.sent()), 'another discriminator')


@rule('5880', '6.8.1', 'MUST', 'bfd.LocalDiscr is unique also if operators choose it')
def my_discriminator_chosen():
    call = tool()
    with up('local-discriminator 4711') as s:
        equal(s.sent()[-1].bfd.my, 4711, 'My Discriminator')
        for discr in (4711, 0):
            try:
                call(f'session add dest-addr 192.0.2.20 interface e1 local-discriminator {discr}')
            except ToolError:
                continue
            call('session flush')
            check(False, f'{discr} was taken')


@rule('5880', '6.8.1', 'SHOULD', 'bfd.LocalDiscr is random')
@rule('5880', '9', TEXT, 'discriminators are random, against replays')
def random_discriminator():
    call = tool()
    made = []
    for _ in range(20):
        made.append(call('session add dest-addr 192.0.2.20 interface e1')[0]['local-discriminator'])
        call('session flush')
    check(len(set(made)) == 20, 'some are equal')
    # 20 of 2^32: neither small nor near each other
    check(max(made) - min(made) > 1 << 28, f'they are {sorted(made)}')
    for bit in range(32):
        check(0 < sum(d >> bit & 1 for d in made) < 20, f'bit {bit} is the same in all')


@rule('5880', '4.1', TEXT, "Your Discriminator is the peer's, or zero if that is not known")
@rule('5880', '6.8.7', 'MUST', 'Your Discriminator is bfd.RemoteDiscr')
@rule('5880', '6.3', TEXT, 'the discriminator received is echoed back')
@rule('5880', '6.8.1', 'MUST', 'bfd.RemoteDiscr is zero at first')
@long
def your_discriminator():
    with fresh() as s:
        s.hush()
        s.run(2 * S)
        check(s.sent() and all(p.bfd.your == 0 for p in s.sent()), 'not zero before the peer spoke')
        for discr in (1, 0xffffffff, 0x80000000, 0x01020304):
            s.peer.says.my = discr
            equal(s.answer(poll=1)[-1].bfd.your, discr, 'Your Discriminator')


@rule('5880', '6.8.7', 'MUST', 'Desired Min TX Interval is bfd.DesiredMinTxInterval')
@rule('5880', '6.8.7', 'MUST', 'Required Min RX Interval is bfd.RequiredMinRxInterval')
def intervals():
    with up('tx 123456us rx 234567us') as s:
        p = s.answer(poll=1)[-1].bfd
        equal((p.tx, p.rx), (123456, 234567), 'the intervals')


@rule('5880', '4.1', TEXT, 'a Desired Min TX Interval of zero is reserved: it cannot be set')
def zero_tx_not_set():
    with up() as s:
        try:
            s.session.set('tx 0')
        except ToolError:
            pass
        else:
            check(False, '0 was taken')


@rule('5880', '4.1', TEXT, 'a peer that sends the reserved Desired Min TX Interval 0 does no harm')
def zero_tx_received():
    with up() as s:
        s.peer.say(tx=0)
        s.run(20 * T)
        equal(s.session.running('detection-time'), s.peer.says.mult * TUS, 'detection-time')
        s.no_flap()


@rule('5880', '4.1', TEXT, 'Required Min Echo RX Interval is 0 from who does not loop Echo packets')
@rule('5880', '6.8.7', 'MUST', 'Required Min Echo RX Interval is 0 if Echo packets are not looped')
@bug(40)
def no_echo():
    def over(link):
        with up(link=link) as s:
            check(all(p.bfd.echo_rx == 0 for p in s.sent()), 'another value')
    every_family(over)


@rule('5880', '6.8.7', 'MUST', 'packets of every kind say the same but for P and F')
def same_contents():
    with up() as s:
        s.peer.answers = False
        final = s.answer(poll=1)[-1].bfd
        at = s.mark()
        s.run(2 * T)
        usual = s.sent(at)[-1].bfd
        equal(replace(final, final=0), usual, 'the Final')
        s.session.set('mult 7')
        s.run(2 * T)
        equal(s.sent()[-1].bfd, replace(usual, mult=7), 'the packet after a change')
