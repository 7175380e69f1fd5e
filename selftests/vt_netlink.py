# SPDX-License-Identifier: GPL-2.0
"""Messages that bfdnl would not send."""

import errno
import os
import random
import socket

from nl import DUMP, NESTED, REQUEST, Netlink, Refused, U, addr, attr, attrs, u8, u32
from result import DEBUG, check, equal, main, remark, test
from tool import bfdnl

h1 = os.environ['h1']
nl = Netlink(h1)
DEST = addr('DEST_ADDR', '192.0.2.2')
E1 = attr('INTERFACE', b'e1\0')
SOURCE = addr('SOURCE_ADDR', '192.0.2.1')
COMMANDS = [n for n in U if n.startswith('BFD_CMD_') and
            not n.endswith(('_NTF', '_UNSPEC', '_MAX'))]


def sessions():
    return bfdnl(h1, 'session show')


def name_of(error):
    return errno.errorcode[error.errno].replace('ENOTSUP', 'EOPNOTSUPP')    # one number


def refused(code, words, command, body, blamed=None, **kwargs):
    """It is refused with this errno, a message with WORDS, and the attribute that is BLAMED."""
    before = sessions()
    try:
        nl.call(command, body, **kwargs)
        check(False, 'it was accepted')
    except Refused as e:
        equal(name_of(e), code, 'the error')
        check(e.message, 'there is no message')
        check(words in e.message, f'the message is "{e.message}"')
        if blamed is not None:
            equal(e.offset, blamed, 'the offset of the attribute')
    equal(sessions(), before, 'the sessions')


HERE = 20       # of the first attribute in a message
for name, args in {
        'no dest-addr': ('EINVAL', 'dest-addr is missing', 'SESSION_NEW', b''),
        'an address of 5 bytes': ('EINVAL', '4 or 16', 'SESSION_NEW',
                                  attr('DEST_ADDR', b'12345'), HERE),
        'an address of 3 bytes': ('ERANGE', '', 'SESSION_NEW', attr('DEST_ADDR', b'123'), HERE),
        'an address of 17 bytes': ('ERANGE', '', 'SESSION_NEW', attr('DEST_ADDR', b'1' * 17), HERE),
        'addresses of two families': ('EINVAL', 'different families', 'SESSION_NEW',
                                      DEST + addr('SOURCE_ADDR', '2001:db8::1'), HERE + 8),
        'a link-local address without a link': ('EINVAL', 'needs an interface', 'SESSION_NEW',
                                                addr('DEST_ADDR', 'fe80::2'), HERE),
        'an id': ('EINVAL', 'kernel chooses', 'SESSION_NEW', DEST + u32('ID', 5), HERE + 8),
        'an interface without its end': ('EINVAL', '', 'SESSION_NEW',
                                         DEST + attr('INTERFACE', b'e1'), HERE + 8),
        'a long interface': ('EINVAL', '', 'SESSION_NEW',
                             DEST + attr('INTERFACE', b'x' * 16 + b'\0'), HERE + 8),
        'an empty interface': ('EINVAL', 'no name', 'SESSION_NEW', DEST + attr('INTERFACE', b'\0'),
                               HERE + 8),
        'an ifindex that is not': ('ENODEV', 'ifindex', 'SESSION_NEW', DEST + u32('IFINDEX', 9999),
                                   HERE + 8),
        'two interfaces': ('EINVAL', 'different interfaces', 'SESSION_NEW',
                           DEST + attr('INTERFACE', b'e1\0') + u32('IFINDEX', 1)),
        'an interval of 2 bytes': ('EINVAL', '', 'SESSION_NEW',
                                   DEST + attr('DESIRED_MIN_TX_INTERVAL', b'\1\2'), HERE + 8),
        'an interval of 8 bytes': ('EINVAL', '', 'SESSION_NEW',
                                   DEST + attr('DESIRED_MIN_TX_INTERVAL', bytes(8)), HERE + 8),
        'an interval below 1 ms': ('ERANGE', '', 'SESSION_NEW',
                                   DEST + u32('DESIRED_MIN_TX_INTERVAL', 999), HERE + 8),
        'rx below 1 ms': ('ERANGE', '1 ms', 'SESSION_NEW',
                          DEST + u32('REQUIRED_MIN_RX_INTERVAL', 1), HERE + 8),
        'a boolean of 2': ('ERANGE', '', 'SESSION_NEW', DEST + u8('PASSIVE', 2), HERE + 8),
        'a state': ('EINVAL', '', 'SESSION_NEW', DEST + attr('SESSION_RUNNING', b''), HERE + 8),
        'an unknown attribute': ('EINVAL', '', 'SESSION_NEW', DEST + u32(200, 1), HERE + 8),
        'attribute 0': ('EINVAL', '', 'SESSION_NEW', DEST + u32(0, 1)),
        'trailing bytes': ('EINVAL', '', 'SESSION_NEW', DEST + b'xx'),
        'an attribute longer than the message': ('EINVAL', '', 'SESSION_NEW',
                                                 attr('DEST_ADDR', b'1234', length=400)),
        'an attribute shorter than its header': ('EINVAL', '', 'SESSION_NEW',
                                                 attr('DEST_ADDR', b'1234', length=2)),
        'multihop without a source': ('EINVAL', 'source-addr is missing', 'SESSION_NEW',
                                      DEST + u8('PATH_TYPE', 1)),
        'multihop with an interface': ('EINVAL', 'no interface', 'SESSION_NEW',
                                       DEST + SOURCE + u8('PATH_TYPE', 1) +
                                       attr('INTERFACE', b'e1\0'), HERE + 24),
        'multihop by ifindex': ('EINVAL', 'no interface', 'SESSION_NEW',
                                DEST + SOURCE + u8('PATH_TYPE', 1) + u32('IFINDEX', 1), HERE + 24),
        'multihop to a link-local address': ('EINVAL', 'link-local', 'SESSION_NEW',
                                             addr('SOURCE_ADDR', '2001:db8::1') +
                                             addr('DEST_ADDR', 'fe80::2') + u8('PATH_TYPE', 1),
                                             HERE + 20),
        'multihop from a link-local address': ('EINVAL', 'link-local', 'SESSION_NEW',
                                               addr('SOURCE_ADDR', 'fe80::1') +
                                               addr('DEST_ADDR', '2001:db8::2') +
                                               u8('PATH_TYPE', 1), HERE),
        'multihop with echo': ('EINVAL', 'multiple hops', 'SESSION_NEW',
                               DEST + SOURCE + u8('PATH_TYPE', 1) +
                               u32('REQUIRED_MIN_ECHO_RX_INTERVAL', 50000), HERE + 24),
        'a VRF without a name': ('EINVAL', 'no name', 'SESSION_NEW', DEST + attr('VRF', b'\0'),
                                 HERE + 8),
        'a VRF that is not': ('ENODEV', 'no such VRF', 'SESSION_NEW', DEST + attr('VRF', b'red\0'),
                              HERE + 8),
        'an interface as a VRF': ('EINVAL', 'not a VRF', 'SESSION_NEW', DEST + attr('VRF', b'e1\0'),
                                  HERE + 8),
        'an interface that is not': ('ENODEV', 'no such interface', 'SESSION_NEW',
                                     DEST + attr('INTERFACE', b'e9\0'), HERE + 8),
        'a source that is not ours': ('EADDRNOTAVAIL', 'not an address of this host',
                                      'SESSION_NEW', DEST + addr('SOURCE_ADDR', '192.0.2.9'),
                                      HERE + 8),
        'an unknown path type': ('ERANGE', '', 'SESSION_NEW', DEST + u8('PATH_TYPE', 9), HERE + 8),
        'echoes without an interface': ('EINVAL', 'interface', 'SESSION_NEW',
                                        DEST + u8('ECHO_ENABLED', 1), HERE + 8),
        'loops without an interface': ('EINVAL', 'interface', 'SESSION_NEW', DEST +
                                       u32('REQUIRED_MIN_ECHO_RX_INTERVAL', 50000), HERE + 8),
        'echoes faster than 1 ms': ('ERANGE', '1 ms', 'SESSION_NEW', DEST + E1 +
                                    u32('DESIRED_MIN_ECHO_TX_INTERVAL', 999), HERE + 16),
        'echoes that are none': ('EINVAL', 'no echoes', 'SESSION_NEW', DEST + E1 +
                                 u32('DESIRED_MIN_ECHO_TX_INTERVAL', 0) + u8('ECHO_ENABLED', 1),
                                 HERE + 16),
        'unaffiliated and passive': ('EINVAL', 'unaffiliated', 'SESSION_NEW', DEST + E1 +
                                     u8('UNAFFILIATED_ECHO', 1) + u8('PASSIVE', 1), HERE + 24),
        'unaffiliated and admin-down': ('EINVAL', 'unaffiliated', 'SESSION_NEW', DEST + E1 +
                                        u8('UNAFFILIATED_ECHO', 1) + u8('ADMIN_DOWN', 1),
                                        HERE + 24),
        'unaffiliated that loops': ('EINVAL', 'unaffiliated', 'SESSION_NEW', DEST + E1 +
                                    u8('UNAFFILIATED_ECHO', 1) +
                                    u32('REQUIRED_MIN_ECHO_RX_INTERVAL', 50000), HERE + 24),
        'unaffiliated without echoes': ('EINVAL', 'nothing without', 'SESSION_NEW', DEST + E1 +
                                        u8('UNAFFILIATED_ECHO', 1) + u8('ECHO_ENABLED', 0),
                                        HERE + 24),
        'set: unaffiliated': ('EINVAL', '', 'SESSION_SET', DEST + u8('UNAFFILIATED_ECHO', 1),
                              HERE + 8),
        'an echo source that is not': ('ENODEV', 'no such', 'ECHO_SOURCE_SET', attr(1, b'e9\0'),
                                       HERE),
        'no echo source': ('EINVAL', 'interface is missing', 'ECHO_SOURCE_SET', b''),
        'a verification interval below 1 ms': ('ERANGE', '1 ms', 'SESSION_NEW',
                                               DEST + u32('DEMAND_POLL_INTERVAL', 999), HERE + 8),
        'a diagnostic that is not of a path': ('EINVAL', 'concatenated-path-down', 'SESSION_NEW',
                                               DEST + u8('PATH_DIAGNOSTIC', 5), HERE + 8),
        'a diagnostic that there is not': ('ERANGE', '', 'SESSION_NEW',
                                           DEST + u8('PATH_DIAGNOSTIC', 9), HERE + 8),
        'an unknown policy for the owner': ('ERANGE', '', 'SESSION_NEW',
                                            DEST + u8('OWNER_EXIT', 3), HERE + 8),
        'poll: no session named': ('EINVAL', 'which session', 'SESSION_POLL', b''),
        'poll: no such session': ('ENOENT', 'no such session', 'SESSION_POLL', DEST, HERE),
        'poll: options': ('EINVAL', '', 'SESSION_POLL', DEST + u8('PASSIVE', 1), HERE + 8),
        'set: no session named': ('EINVAL', 'which session', 'SESSION_SET', b''),
        'set: other addresses': ('ENOENT', 'no such session', 'SESSION_SET', DEST, HERE),
        'get: options': ('EINVAL', '', 'SESSION_GET', u32('DESIRED_MIN_TX_INTERVAL', 5000), HERE),
        'del: options': ('EINVAL', '', 'SESSION_DEL', DEST + u8('PASSIVE', 1), HERE + 8),
        'flush: an attribute': ('EINVAL', '', 'SESSION_FLUSH', DEST),
        'clear: an attribute': ('EINVAL', '', 'STATS_CLEAR', DEST)}.items():
    # what is not supported: until it is
    test('refused: ' + name, *args)(refused)


@test('what a session is cannot be changed')
def fixed():
    bfdnl(h1, 'session flush')
    bfdnl(h1, 'session add dest-addr 192.0.2.2 source-addr 192.0.2.1 interface e1')
    number = u32('ID', sessions()[0]['id'])
    for other in (addr('DEST_ADDR', '192.0.2.3'), addr('DEST_ADDR', '2001:db8::2'),
                  addr('SOURCE_ADDR', '192.0.2.7'), attr('INTERFACE', b'lo\0'),
                  u32('LOCAL_DISCRIMINATOR', 5), u8('PATH_TYPE', 1), attr('VRF', b'red\0')):
        refused('EINVAL', 'delete the session', 'SESSION_SET', number + other, HERE + 8)
    bfdnl(h1, 'session flush')


@test('a dump takes no attributes and no unknown command is taken')
def odd():
    for command in (0, 100, U['BFD_CMD_SESSION_STATE_NTF']):
        try:
            nl.call(command, b'')
            check(False, f'command {command} was accepted')
        except Refused as e:
            equal(name_of(e), 'EOPNOTSUPP', f'command {command}')
    refused('EINVAL', '', 'SESSION_GET', DEST, flags=REQUEST | DUMP)


@test('the answer to a request is the session')
def answer():
    made = nl.call('SESSION_NEW', DEST)
    equal(len(made), 1, 'the number of answers')
    told = dict(attrs(made[0][4:]))
    equal(told[U['BFD_A_DEST_ADDR']], socket.inet_aton('192.0.2.2'), 'dest-addr')
    equal(nl.call('SESSION_DEL', attr('ID', told[U['BFD_A_ID']])), [], 'the answer to a deletion')


@test('1,000 sessions in a dump, whole and each once')
def dump():
    count = 250 if DEBUG else 1000
    for n in range(count):
        nl.call('SESSION_NEW', addr('DEST_ADDR', f'10.9.{n // 250}.{n % 250 + 1}'))
    for _ in range(3):
        found = nl.call('SESSION_GET', flags=REQUEST | DUMP)
        ids = [dict(attrs(m[4:]))[U['BFD_A_ID']] for m in found]
        equal((len(ids), len(set(ids))), (count, count), 'sessions, different ones')
    equal(len(sessions()), count, 'what bfdnl shows')
    bfdnl(h1, 'session flush')
    equal(sessions(), [], 'the sessions')


def shake(rng, data):
    """Change a message a little."""
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        kind = rng.randrange(4)
        at = rng.randrange(len(data) + 1)
        if kind == 0 and data:
            data[at % len(data)] = rng.randrange(256)
        elif kind == 1:
            del data[at:at + rng.randrange(1, 5)]
        elif kind == 2:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
    return bytes(data)


@test('random messages: all are answered, none harms')
def noise():
    rng = random.Random(5880)
    good = [DEST, DEST + attr('INTERFACE', b'e1\0') + addr('SOURCE_ADDR', '192.0.2.1'),
            addr('DEST_ADDR', 'fe80::2') + u32('IFINDEX', 2) + u8('LOCAL_MULTIPLIER', 3),
            DEST + u32('DESIRED_MIN_TX_INTERVAL', 10000) + u32('REQUIRED_MIN_RX_INTERVAL', 0),
            DEST + SOURCE + u8('PATH_TYPE', 1) + u8('RX_TTL', 5), DEST + attr('VRF', b'red\0'),
            u32('ID', 1) + u8('ADMIN_DOWN', 1), u32('LOCAL_DISCRIMINATOR', 77),
            DEST + attr(U['BFD_A_AUTHENTICATION'] | NESTED, u32(1, 1) + u8(2, 1)), b'']
    outcome = {}
    for n in range(1000 if DEBUG else 5000):
        body = rng.randbytes(rng.randrange(60)) if n % 8 == 0 else shake(rng, rng.choice(good))
        flags = REQUEST | rng.choice((4, 4, 4, DUMP))
        command = U[rng.choice(COMMANDS)]
        try:
            nl.call(command, body, flags=flags)
            result = 'accepted'
        except Refused as e:
            result = name_of(e)
        outcome[result] = outcome.get(result, 0) + 1
        if n % 500 == 0:
            bfdnl(h1, 'session flush')
    remark(outcome)
    check(set(outcome) <= {'accepted', 'EINVAL', 'ERANGE', 'EEXIST', 'ENOENT', 'ENODEV',
                           'EOPNOTSUPP', 'EADDRNOTAVAIL', 'ENOTUNIQ'}, f'results: {outcome}')
    bfdnl(h1, 'session flush')
    equal(sessions(), [], 'the sessions')


@test('the wheel is empty when the last session is gone')
def empty():
    stats = bfdnl(h1, 'stats show')
    equal([sum(c['wheel-occupancy']) for c in stats['cpus']], [0], 'timers')
    equal([c['sessions'] for c in stats['cpus']], [0], 'sessions')
    equal(stats['netns']['packet-rate'], 0, 'packet-rate')


main()
