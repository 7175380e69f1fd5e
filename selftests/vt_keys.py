# SPDX-License-Identifier: GPL-2.0
"""Keys: objects of a namespace, shared by sessions, never read back."""

import errno
import os
import subprocess

from auth import TYPES, Keys, auth_body, key_body
from nl import DUMP, REQUEST, Netlink, Refused, U, addr, attr, u8, u32
from result import check, equal, main, test
from tool import Monitor, Session, bfdnl, sh, sleep
from wire import MS, S, UP

h1, other = os.environ['h1'], os.environ['other']
HERE = 20                       # where attributes begin in a message
keys, other_keys = Keys(h1), Keys(other)
SECRET = b'tell nobody'
DEST = addr('DEST_ADDR', '192.0.2.2')


def refused(name, message, command, body=b'', offset=None, who=None, **kwargs):
    try:
        (who or keys).nl.call(command, body, **kwargs)
    except Refused as e:
        equal(errno.errorcode.get(e.errno), name, f'the error of {command}')
        check(message in e.message, f'the message is "{e.message}"')
        if offset is not None:
            equal(e.offset, offset, 'the attribute at fault')
        return
    check(False, f'{command} was accepted')


def clear():
    for ns, keyring in ((h1, keys), (other, other_keys)):
        bfdnl(ns, 'session flush')
        for number, _, _ in keyring.show():
            keyring.delete(number)


def fresh(name):
    """A test that begins and ends without sessions and keys."""
    def add(function):
        def run():
            clear()
            try:
                function()
            finally:
                clear()
        return test(name)(run)
    return add


@fresh('a key is made, replaced, listed and deleted')
def life():
    equal(keys.show(), [], 'keys')
    numbers = (1, 2, 77, 1 << 31, (1 << 32) - 1)
    for n in numbers:
        keys.set(n, 4, SECRET)
    equal(keys.show(), [(n, 4, 0) for n in numbers], 'keys')
    keys.set(77, 1, b'x')
    equal(keys.get(77), (77, 1, 0), 'the key')
    for n in numbers:
        keys.delete(n)
    equal(keys.show(), [], 'keys')


@fresh('a dump of more keys than fit in a message')
def many():
    for n in range(1, 1000):
        keys.set(n * 4000000, n % 5 + 1, SECRET)
    equal(keys.show(), [(n * 4000000, n % 5 + 1, 0) for n in range(1, 1000)], 'keys')


@fresh('secrets: 1 to 16 bytes, 20 for SHA1')
def lengths():
    for kind in range(1, 6):
        longest = 20 if kind >= 4 else 16
        for n in (1, longest):
            keys.set(5, kind, bytes(n))
        for n in (longest + 1, 20, 21, 100):
            if n > longest:
                refused('EINVAL' if n <= 20 else 'ERANGE', 'too long' if n <= 20 else '',
                        'KEY_SET', key_body(6, kind, bytes(n)), HERE + 16)
        refused('ERANGE', '', 'KEY_SET', key_body(6, kind, b''), HERE + 16)
    equal(keys.show(), [(5, 5, 0)], 'keys')


@fresh('requests that are wrong')
def wrong():
    keys.set(5, 4, SECRET)
    n, kind, secret = u32('KEY_NUMBER', 6), u8('KEY_TYPE', 4), attr('KEY_SECRET', SECRET)
    for body in (kind + secret, n + secret, n + kind, b''):
        refused('EINVAL', 'a number, a type and a secret', 'KEY_SET', body)
    refused('ERANGE', '', 'KEY_SET', key_body(0, 4, SECRET), HERE)
    for value in (0, 6, 255):
        refused('ERANGE', '', 'KEY_SET', key_body(6, value, SECRET), HERE + 8)
    refused('EINVAL', '', 'KEY_SET', n + kind + secret + u32('KEY_USE_COUNT', 1))
    for command in ('KEY_GET', 'KEY_DEL'):
        refused('EINVAL', 'which key', command)
        refused('ENOENT', 'no such key', command, n, HERE)
        refused('ERANGE', '', command, u32('KEY_NUMBER', 0), HERE)
        refused('EINVAL', '', command, n + kind, HERE + 8)
    refused('EINVAL', 'no attributes', 'KEY_GET', n, flags=REQUEST | DUMP)
    equal(keys.show(), [(5, 4, 0)], 'keys')


@fresh('what a session asks of keys that is wrong, and nothing is done')
def wrong_use():
    keys.set(5, 4, SECRET)
    s = Session(h1, 'dest-addr 192.0.2.2 tx 200ms')
    for command, first in (('SESSION_NEW', addr('DEST_ADDR', '192.0.2.3')),
                           ('SESSION_SET', u32('ID', s.id) +
                            u32('DESIRED_MIN_TX_INTERVAL', 5000))):
        at = HERE + len(first)
        for error, message, body, offset in (
                ('ENOENT', 'no such key', auth_body(6, 1), at + 4),
                ('EINVAL', 'needs a key-id', auth_body(5), at),
                ('EINVAL', 'no authentication', auth_body(0, 1), at + 12),
                ('EINVAL', 'needs a key', attr(U['BFD_A_AUTHENTICATION'] | 0x8000,
                                               u8('AUTH_KEY_ID', 1)), at),
                ('EINVAL', 'needs a key', attr(U['BFD_A_AUTHENTICATION'] | 0x8000, b''), at),
                ('ERANGE', '', auth_body(5, 1, 2), at + 20),
                ('EINVAL', '', attr(U['BFD_A_AUTHENTICATION'] | 0x8000, u32('AUTH_KEY', 5) +
                                    u8('AUTH_KEY_ID', 1) + u8('AUTH_TYPE', 4)), at + 20)):
            refused(error, message, command, first + body, offset)
    refused('EINVAL', 'new session', 'SESSION_NEW', addr('DEST_ADDR', '192.0.2.3') +
            auth_body(5, 1, 1))
    equal(len(bfdnl(h1, 'session show')), 1, 'sessions')
    equal((s.show()['desired-min-tx-interval'], keys.session(s.id)), (200000, None),
          'the session')
    equal(keys.show(), [(5, 4, 0)], 'keys')


@fresh('a key in use is neither changed nor deleted')
def in_use():
    keys.set(5, 4, SECRET)
    keys.set(6, 4, SECRET)
    made = [Session(h1, f'dest-addr 192.0.2.{n} key 5 key-id {n}') for n in (2, 3, 4)]
    keys.use(made[2].id, 6, 1, 1)
    equal(keys.show(), [(5, 4, 3), (6, 4, 1)], 'keys')
    for number in (5, 6):
        refused('EBUSY', 'in use', 'KEY_DEL', u32('KEY_NUMBER', number), HERE)
        refused('EBUSY', 'in use', 'KEY_SET', key_body(number, 4, SECRET), HERE)
    made[0].delete()
    keys.use(made[1].id, 0)
    keys.use(made[2].id, 6, 1)
    equal(keys.show(), [(5, 4, 0), (6, 4, 1)], 'keys')
    keys.set(5, 1, b'x')
    keys.delete(5)
    # what was refused has left nothing
    refused('EEXIST', '', 'SESSION_NEW', addr('DEST_ADDR', '192.0.2.3') + auth_body(6, 1))
    equal(keys.show(), [(6, 4, 1)], 'keys')


@fresh('keys belong to their namespace')
def namespaces():
    keys.set(5, 4, SECRET)
    equal(other_keys.show(), [], 'keys there')
    refused('ENOENT', 'no such key', 'KEY_DEL', u32('KEY_NUMBER', 5), who=other_keys)
    refused('ENOENT', 'no such key', 'SESSION_NEW', addr('DEST_ADDR', '203.0.113.1') +
            auth_body(5, 1), who=other_keys)


@fresh('a limit on keys')
def limit():
    parameters = '/sys/module/bfd/parameters/'
    try:
        sh(f'echo 3 >{parameters}max_keys')
        for n in range(1, 4):
            keys.set(n, 4, SECRET)
        refused('ENOSPC', 'as many keys', 'KEY_SET', key_body(4, 4, SECRET))
        keys.set(3, 1, b'x')            # in place of one
        keys.delete(1)
        keys.set(4, 4, SECRET)
        equal(keys.show(), [(2, 4, 0), (3, 1, 0), (4, 4, 0)], 'keys')
    finally:
        sh(f'echo 4096 >{parameters}max_keys')


@fresh("a user's own namespace has fewer keys")
def userns():
    script = '''
import sys
sys.path.insert(0, sys.argv[1])
from auth import Keys
from nl import Refused
keys, n = Keys(""), 0
try:
    while n < 1000:
        keys.set(n + 1, 1, b"x")
        n += 1
except Refused as e:
    print(n, e.message)
'''
    out = subprocess.run(['unshare', '-Urn', 'python3', '-c', script,
                          os.environ['PYTHONPATH']], capture_output=True, text=True, check=False)
    equal(out.stdout.split(' ', 1)[0], '64', f'keys (then: {out.stdout}{out.stderr})')


@fresh('everybody may list keys, and nobody else may change them')
def users():
    keys.set(5, 4, SECRET)
    script = '''
import sys
sys.path.insert(0, sys.argv[1])
from auth import Keys
from nl import Refused
keys = Keys("")
print(keys.show(), keys.get(5))
for what in (lambda: keys.set(6, 4, b"x"), lambda: keys.delete(5)):
    try:
        what()
    except Refused as e:
        print(e.errno)
'''
    out = sh(f"ip netns exec {h1} setpriv --reuid 12345 --clear-groups --no-new-privs "
             f"--bounding-set=-all --inh-caps=-all python3 -c '{script}' $PYTHONPATH")
    equal(out.split('\n')[:3], ['[(5, 4, 0)] (5, 4, 0)', '1', '1'], 'results')


@fresh('no message of the kernel ever carries a secret')
def secret():
    seen = []
    nl = Netlink(h1)
    receive = nl.sock.recv

    class Spy:
        """The socket, and what came by it."""

        def __getattr__(self, name):
            return getattr(sock, name)

        def recv(self, *args):
            data = receive(*args)
            seen.append(data)
            return data
    sock, nl.sock = nl.sock, Spy()
    keyring = Keys.__new__(Keys)
    keyring.nl = nl
    # a listener that keeps what it is sent
    listener = Netlink(h1)
    group = bfdnl_group(listener)
    listener.sock.setsockopt(270, 1, group)     # NETLINK_ADD_MEMBERSHIP
    for kind in range(1, 6):
        keyring.set(kind, kind, SECRET)
        s = Session(h1, f'dest-addr 192.0.2.2 key {kind} key-id 1')
        for body in (DEST, u32('ID', s.id)):
            nl.call('SESSION_GET', body)
        nl.call('SESSION_GET', flags=REQUEST | DUMP)
        nl.call('KEY_GET', u32('KEY_NUMBER', kind))
        nl.call('KEY_GET', flags=REQUEST | DUMP)
        nl.call('STATS_GET', flags=REQUEST | DUMP)
        keyring.use(s.id, kind, 2, 1)
        keyring.use(s.id, kind, 3)
        keyring.session(s.id)
        for bad in (key_body(kind, kind, SECRET), key_body(9, kind, SECRET + bytes(9))):
            try:
                nl.call('KEY_SET', bad)
            except Refused:
                pass
        sleep(10 * MS)
        s.delete()
    listener.sock.settimeout(0.1)
    events = 0
    try:
        while True:
            seen.append(listener.sock.recv(1 << 17))
            events += 1
    except (BlockingIOError, TimeoutError):
        pass
    check(events >= 15, f'{events} events')
    check(len(seen) > 60, f'{len(seen)} messages')
    equal([d for d in seen if SECRET in d], [], 'messages with the secret')
    check(SECRET.decode() not in sh('dmesg'), 'it is in the log')
    listener.close()
    sock.close()


def bfdnl_group(nl):
    """The number of the multicast group."""
    from nl import attrs        # pylint: disable=import-outside-toplevel
    import struct               # pylint: disable=import-outside-toplevel
    answer = nl.call(3, attr(2, b'bfd\0'), family=16)[0]
    groups = dict(attrs(dict(attrs(answer[4:]))[7]))
    return struct.unpack('I', dict(attrs(groups[1]))[2])[0]


@fresh('events tell of authentication')
def events():
    keys.set(5, 4, SECRET)
    m = Monitor(h1)
    # with a source address: that routing chose one would be an event, too
    s = Session(h1, 'dest-addr 192.0.2.2 source-addr 192.0.2.1 key 5 key-id 9')
    keys.use(s.id, 0)
    keys.use(s.id, 5, 1)
    m.mark()
    told = [(e['event'], e.get('authentication', {}).get('key'),
             e.get('authentication', {}).get('key-id'),
             e.get('authentication', {}).get('type')) for e in m.events if e['event'] != 'snapshot']
    m.close()
    equal(told, [('created', 5, 9, 'keyed-sha1'), ('parameters', None, None, None),
                 ('parameters', 5, 1, 'keyed-sha1')], 'events')
    show = s.show()
    equal(show['authentication'], {'key': 5, 'key-id': 1, 'type': TYPES[3]}, 'the session')


@test('a namespace dies, and the module goes, with keys in use')
def death():
    sh('ip netns add doomed; ip -n doomed link set lo up')
    doomed = Keys('doomed')
    for n in range(1, 6):
        doomed.set(n, n, SECRET)
        Session('doomed', f'dest-addr 192.0.2.{n} key {n} key-id 1')
        doomed.use(Session('doomed', f'dest-addr 198.51.100.{n}').id, n, 1, 1)
    doomed.nl.close()
    sh('ip netns del doomed')
    sleep(1 * S)
    for n in range(1, 6):
        keys.set(n, n, SECRET)
        Session(h1, f'dest-addr 192.0.2.{n + 1} key {n} key-id 1')
    keys.nl.close()
    other_keys.nl.close()
    sh('rmmod bfd')
    sh('insmod $BFD_KO')
    again = Keys(h1)
    equal(again.show(), [], 'keys')
    # and what is made then works
    again.set(1, 5, SECRET)
    fresh_there = Keys(other)
    fresh_there.set(1, 5, SECRET)
    pair = [Session(h1, 'dest-addr 203.0.113.2 interface e3 key 1 key-id 1'),
            Session(other, 'dest-addr 203.0.113.1 interface o3 key 1 key-id 1')]
    for s in pair:
        s.wait(UP)


main()
