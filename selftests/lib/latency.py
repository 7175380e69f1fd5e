# SPDX-License-Identifier: GPL-2.0
"""How soon clients of bfdagentd know: sessions fail at one instant, because their
link leaves its VRF, and a client notes when it hears of each. Clients only keep
what they read, and when; it is looked into when all is over."""

import json
import os
import select
import socket
import struct
import subprocess
import time

from agent import Agent, until
from bus import ADDRESS, Bus
from freebfd import Freebfd
from nl import SOL_NETLINK, U, Netlink, attr, attrs
from result import equal
from rest import Rest
from tool import S, bfdnl, netns, sh

NETLINK_ADD_MEMBERSHIP, SO_RCVBUFFORCE = 1, 33
UP = 3
PATIENCE = 60           # s, for all to have heard
QUIET_S = 2             # then it is looked whether all have


def clocks():
    """Two of them: not everybody is told the time by the same one."""
    return (time.clock_gettime_ns(time.CLOCK_MONOTONIC),
            time.clock_gettime_ns(time.CLOCK_REALTIME))


def lines_of(chunks):
    """The lines that CHUNKS, (clocks, bytes), consist of, and when they were complete."""
    rest = b''
    for at, data in chunks:
        *lines, rest = (rest + data).split(b'\n')
        for line in lines:
            yield at, line


class Reader:
    """A client with one descriptor."""

    name, settings = '', ''

    def __init__(self, ns):
        self.ns = ns
        self.chunks = []
        self.fd = self.open()

    def open(self):
        """Return a descriptor, or what has one."""
        raise NotImplementedError

    def read(self, _):
        data = os.read(self.fd, 1 << 16)
        self.chunks.append((clocks(), data))

    def descriptors(self):
        return [self.fd]

    def falls(self):
        """(received, happened, whose) of every fall, ns."""
        raise NotImplementedError

    def close(self):
        os.close(self.fd)


class Events(Reader):
    """The kernel's own events."""

    name = 'netlink'

    def open(self):
        self.netlink = Netlink(self.ns)
        sock = self.netlink.sock
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.group())
        return sock.fileno()

    def group(self):
        answer = self.netlink.call(3, attr(2, Netlink.FAMILY), family=16)
        for _, group in attrs(dict(attrs(answer[0][4:]))[7]):
            found = dict(attrs(group))
            if found[1] == b'events\0':
                return struct.unpack('I', found[2])[0]
        raise KeyError('events')

    def read(self, _):
        self.chunks.append((clocks(), self.netlink.sock.recv(1 << 17)))

    def falls(self):
        for at, data in self.chunks:
            while data:
                size, = struct.unpack_from('I', data)
                event = dict(attrs(data[20:size])).get(U['BFD_A_EVENT'], b'')
                data = data[(size + 3) & ~3:]
                number = {k: int.from_bytes(v, 'little') for k, v in attrs(event)}
                if number.get(U['BFD_A_EVENT_OLD_STATE']) == UP:
                    yield (at[0], number[U['BFD_A_EVENT_MONOTONIC']],
                           number[U['BFD_A_EVENT_SEQUENCE']])

    def close(self):
        self.netlink.close()


class Monitor(Reader):
    """FreeBFD's protocol."""

    name, settings = 'FreeBFD', 'monitor: { };'

    def open(self):
        self.client = Freebfd(self.ns)
        self.client.ask('subscribe', 'all')
        self.client.drain(1)
        return self.client.sock.fileno()

    def falls(self):
        for at, line in lines_of(self.chunks):
            e = json.loads(line)
            if e['state'] in ('down', 'expired') and 'time' in e:
                yield at[1], e['time'], e['session']

    def close(self):
        self.client.close()


def fallen(e):
    return e.get('old-state') == 'up' and e.get('new-state') == 'down'


class Stream(Reader):
    """Server-sent events, read by curl."""

    name, settings = 'SSE (curl)', 'rest: { };'

    def open(self):
        self.curl = subprocess.Popen(
            ['ip', 'netns', 'exec', self.ns, 'curl', '-sN', '-H', 'Accept: text/event-stream',
             'http://127.0.0.1:5880/v1/events'], stdout=subprocess.PIPE)
        fd = self.curl.stdout.fileno()
        equal(os.read(fd, 1000)[:1], b':', 'what comes first')
        return fd

    def falls(self):
        for at, line in lines_of(self.chunks):
            if line.startswith(b'data: ') and fallen(e := json.loads(line[6:])):
                yield at[0], e['monotonic'], e['local-discriminator']

    def close(self):
        self.curl.terminate()
        self.curl.stdout.close()
        self.curl.wait()


class Poll(Reader):
    """Long polls, one after the other, over one connection."""

    name, settings = 'long poll', 'rest: { };'

    def open(self):
        rest = Rest(self.ns)
        self.sock = rest.connect().sock
        self.answer = b''
        self.ask(rest.get('/v1/events')['next'])
        return self.sock.fileno()

    def ask(self, after):
        self.sock.sendall(f'GET /v1/events?wait=60&limit=1000&after={after} HTTP/1.1\r\n'
                          'Host: localhost\r\n\r\n'.encode())

    def read(self, _):
        self.answer += self.sock.recv(1 << 17)
        head, _, body = self.answer.partition(b'\r\n\r\n')
        size = int(head.lower().partition(b'content-length:')[2].split(b'\r', 1)[0] or -1)
        if len(body) != size:
            return
        self.chunks.append((clocks(), body))
        self.answer = b''
        self.ask(int(body.rpartition(b'"next":')[2].strip(b'}')))

    def falls(self):
        for at, body in self.chunks:
            for e in json.loads(body)['events']:
                if fallen(e):
                    yield at[0], e['monotonic'], e['local-discriminator']

    def close(self):
        self.sock.close()


ANSWER = b'HTTP/1.1 204 No Content\r\n\r\n'


class Url(Reader):
    """A small web server that is called: one event a call."""

    name, settings, more = 'URL', 'rest: { };', {}

    def open(self):
        with netns(self.ns):
            self.server = socket.create_server(('127.0.0.1', 0), backlog=100)
        self.rest = Rest(self.ns)
        port = self.server.getsockname()[1]
        url = f'http://127.0.0.1:{port}/'
        self.id = self.rest.post('/v1/notifications',
                                 {'url': url, 'events': ['state'], **self.more})['id']
        self.peers = {}         # what they have sent of a request
        return self.server

    def descriptors(self):
        return [self.server, *self.peers]

    def read(self, sock):
        if sock is self.server:
            self.peers[sock.accept()[0]] = b''
            return
        data = sock.recv(1 << 16)
        if not data:
            self.peers.pop(sock).close()
            return
        self.peers[sock] += data
        head, blank, body = self.peers[sock].partition(b'\r\n\r\n')
        if not blank:
            return
        size = int(head.lower().partition(b'content-length:')[2].split(b'\r', 1)[0])
        if len(body) < size:
            return
        self.chunks.append((clocks(), body))
        self.peers[sock] = b''
        sock.sendall(ANSWER)

    def falls(self):
        for at, body in self.chunks:
            told = json.loads(body)
            for e in told if isinstance(told, list) else [told]:
                if fallen(e):
                    yield at[0], e['monotonic'], e['local-discriminator']

    def close(self):
        self.rest.delete(f'/v1/notifications/{self.id}')
        for sock in self.descriptors():
            sock.close()


class Batches(Url):
    """The same, several events a call."""

    name, more = 'URL, batch', {'batch': 100}


class Signal(Reader):
    """D-Bus: a bus, and busctl."""

    # more than these limits allow by default: 100 at once, then one in 20 ms
    name, settings = 'D-Bus', f'hooks: {{ burst = 10000; dbus = "{ADDRESS}"; }};'

    def open(self):
        self.bus = Bus()
        return self.bus.out.fileno()

    def falls(self):
        for at, line in lines_of(self.chunks):
            _, whose, old, new, _, when, *_ = json.loads(line)['payload']['data']
            if (old, new) == ('up', 'down'):
                yield at[1], when, whose

    def close(self):
        self.bus.close()


FIFO = os.environ['lib_tmp'] + '/fifo'


class Command(Reader):
    """A command that is run for every event; a shell, here."""

    name = 'hook'
    settings = ('hooks: { burst = 10000; run = [ "/bin/sh", "-c", '
                f'"read -r l; printf \'%s\\\\n\' \\"$l\\" >{FIFO}" ]; }};')

    def open(self):
        os.mkfifo(FIFO)
        return os.open(FIFO, os.O_RDWR)

    def falls(self):
        for at, line in lines_of(self.chunks):
            if fallen(e := json.loads(line)):
                yield at[0], e['monotonic'], e['local-discriminator']

    def close(self):
        super().close()
        os.unlink(FIFO)


READERS = Events, Monitor, Stream, Poll, Url, Batches, Signal


# ---- sessions ----

def far(i):
    return f'10.9.{1 + i // 250}.{1 + i % 250}'


class Crowd:
    """Sessions over e3 of $h1, in the VRF red, to e4 of $h2; those of $h1 are in the
    agent's file."""

    def __init__(self, count):
        self.count = count
        self.h1, self.h2 = os.environ['h1'], os.environ['h2']
        sh(f'ip -n {self.h1} addr add 10.9.0.1/16 dev e3')
        self.run(['ip', '-n', self.h2, '-batch', '-'],
                 (f'addr add {far(i)}/16 dev e4' for i in range(count)))
        self.run(['bfdnl', '-n', self.h2, '-b', '-'],
                 (f'session add dest-addr 10.9.0.1 source-addr {far(i)} tx 300ms rx 300ms'
                  for i in range(count)))

    @staticmethod
    def run(command, lines):
        subprocess.run(command, input='\n'.join(lines) + '\n', text=True, check=True)

    def config(self, frontends):
        return (f'agent: {{ {frontends} }};\n'
                'defaults = { desired-min-tx-interval = "300ms"; '
                'required-min-rx-interval = "300ms"; };\nsessions = (' +
                ','.join(f'{{ dest-addr = "{far(i)}"; source-addr = "10.9.0.1"; '
                         'interface = "e3"; vrf = "red"; }'
                         for i in range(self.count)) + ');\n')

    def up(self):
        return bfdnl(self.h1, 'stats show')['netns']['number-of-sessions-up']

    def cut(self):
        return subprocess.Popen(['ip', '-n', self.h1, 'link', 'set', 'e3', 'nomaster'])

    def mend(self):
        sh(f'ip -n {self.h1} link set e3 vrf red')

    def measure(self, agent, kind):
        """All fail; how long each took to reach a client of this KIND, and all to fail, ns."""
        until(lambda: self.up() == self.count, 'all up', PATIENCE)
        agent.reload(self.config(kind.settings))
        reader = kind(self.h1)
        try:
            reader.chunks.clear()
            with self.cut():
                falls = self.collect(reader)
            equal(self.fallen(falls), self.count, f'falls told by {kind.name}')
        finally:
            self.mend()
            reader.close()
        happened = [when for _, when, _ in falls]
        return sorted(received - when for received, when, _ in falls), max(happened) - min(happened)

    @staticmethod
    def fallen(falls):
        return len({whose for *_, whose in falls})

    def collect(self, reader):
        """Read until all was heard, and nothing comes any more."""
        falls = []
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.fallen(falls) < self.count:
            ready = select.select(reader.descriptors(), [], [], QUIET_S)[0]
            for fd in ready:
                reader.read(fd)
            if not ready:
                falls = list(reader.falls())
        return falls


def measure(crowd, readers=READERS):
    """[(who, delays, how long all took to fail)], and the agent's memory at the end, KiB."""
    found = []
    with Agent(crowd.h1, crowd.config('')) as agent:
        for kind in readers:
            found.append((kind.name, *crowd.measure(agent, kind)))
        return found, agent.rss()


def figures(delays, spread):
    return f'{len(delays)} within {spread / 1e6:.1f} ms: median {delays[len(delays) // 2] / 1e6:.1f} ms, worst {delays[-1] / 1e6:.1f} ms'


def main():
    """For scripts/bench: JSON."""
    import sys                  # pylint: disable=import-outside-toplevel
    found, rss = measure(Crowd(int(sys.argv[1])), READERS + (Command,))
    json.dump({'delays-ns': {name: delays for name, delays, _ in found},
               'spread-ns': {name: spread for name, _, spread in found},
               'agent-kib': rss}, sys.stdout)


if __name__ == '__main__':
    main()
