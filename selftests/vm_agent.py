# SPDX-License-Identifier: GPL-2.0
"""bfdagentd: how soon clients know, hostile clients, sudden deaths."""

import contextlib
import http.client
import itertools
import json
import os
import random
import resource
import socket
import statistics
import threading
import time

import latency
from agent import Agent, clean, until
from freebfd import Freebfd
from rest import Hook, Rest
from result import Failed, check, equal, main, remark, test
from tool import bfdnl, netns, sh

H1, H2 = os.environ['h1'], os.environ['h2']
TMP = os.environ['lib_tmp']
MANY = 1000
CROWD = int(os.environ.get('CROWD', 10000))             # connections
CHANGES = int(os.environ.get('CHANGES', 1000))
REST, MONITOR = ('127.0.0.1', 5880), ('127.0.0.1', 5643)
BOUND = 48 << 10        # KiB that hostile clients may make the agent use
PATIENCE = 10            # s that a good one may have to wait beside them, on a slow machine

crowd = latency.Crowd(MANY)


@test(f'{MANY} sessions that fail at once are told by every front end')
def delays():
    found, rss = latency.measure(crowd)
    for name, *ns in found:
        remark(f'{name}: {latency.figures(*ns)}')
    remark(f'agent: {rss} KiB')


# ---- hostile clients ----

def connect(address, buffer=None):
    with netns(H1):
        sock = socket.socket()
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setblocking(False)
    sock.connect_ex(address)
    return sock


def push(sock, data):
    """As much of DATA as goes; nobody is waited for, nor heard."""
    with contextlib.suppress(OSError):
        while data:
            data = data[sock.send(data):]


def get(path, *headers):
    return '\r\n'.join([f'GET {path} HTTP/1.1', 'Host: localhost', *headers, '', '']).encode()


def post(length, *headers):
    return '\r\n'.join(['POST /v1/sessions HTTP/1.1', 'Host: localhost',
                        'Content-Type: application/json', f'Content-Length: {length}',
                        *headers, '', '']).encode()


LIST = b'{"cmd":"list"}\n'
CHUNKED = (b'POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
           b'Transfer-Encoding: chunked\r\n\r\n')
GARBAGE = (
    (REST, b'\x16\x03\x01\xff' * 5000),
    (REST, get('/' + 'x' * 100000)),
    (REST, get('/v1/health', 'X: ' + 'y' * 1000000)),
    (REST, get('/v1/health', *(f'X{i}: y' for i in range(10000)))),
    (REST, post(1 << 60) + b'{' * 1000000),
    (REST, post(-1) + b'{'),
    (REST, post(65000) + b'[' * 65000),
    (REST, CHUNKED + (b'ffff\r\n' + b'7' * 65535 + b'\r\n') * 30),
    (REST, CHUNKED + b'fffffffffffffffffffff\r\n' + b'x' * 100000),
    (REST, get('/v1/events?after=-1&wait=99999999999999999999')),
    (MONITOR, b'\x00\xff' * 50000),
    (MONITOR, b'{"a":' * 100000),
    (MONITOR, b'{"cmd":"subscribe","session":"' + b'x' * 1000000),
    (MONITOR, b'{"cmd":"subscribe","session":"all"}' * 10000),
    (MONITOR, get('/')),
)


def deaf():
    """Clients that ask for much and read nothing."""
    socks = []
    for _ in range(30):
        socks.append(connect(REST, 4096))
        push(socks[-1], get('/v1/events', 'Accept: text/event-stream'))
    for _ in range(60):
        socks.append(connect(REST, 4096))
        push(socks[-1], get('/v1/sessions?limit=1000') * 50)
    for _ in range(30):
        socks.append(connect(MONITOR, 4096))
        push(socks[-1], b'{"cmd":"subscribe","session":"all"}\n' + LIST * 1000)
    return socks


class Good(threading.Thread):
    """A client of each kind that behaves, and how long it has to wait."""

    def __init__(self):
        super().__init__()
        self.waits = {'REST': [], 'monitor': [], 'new connection': []}
        self.failed = None
        self.ended = False
        self.monitor = Freebfd(H1)
        self.rest = http.client.HTTPConnection(*REST, timeout=30)

    def timed(self, what, function):
        start = time.monotonic()
        function()
        self.waits[what].append(time.monotonic() - start)

    def ask(self):
        with netns(H1):
            self.rest.request('GET', '/v1/health')
        answer = self.rest.getresponse()
        equal((answer.status, bool(answer.read())), (200, True), 'the status')

    def ask_anew(self):
        self.rest.close()
        self.ask()

    def ask_monitor(self):
        self.monitor.ask('unsubscribe', 'all')
        check(self.monitor.answer('unsubscribe', 30), 'no answer')

    def run(self):
        try:
            while not self.ended:
                self.timed('new connection', self.ask_anew)
                self.timed('REST', self.ask)
                self.timed('monitor', self.ask_monitor)
                time.sleep(0.01)
        except Exception as e:          # pylint: disable=broad-except
            self.failed = e

    def finish(self):
        self.ended = True
        self.join()
        self.rest.close()
        self.monitor.close()
        check(not self.failed, f'a good client is not served: {self.failed!r}')
        return self.waits


def slowloris(socks):
    """One byte of a request now and then, as long as they are allowed to."""
    text = itertools.cycle(get('/v1/health', 'X: ' + 'y' * 100))
    for _ in range(5):
        byte = bytes([next(text)])
        for sock in socks:
            push(sock, byte)
        time.sleep(0.1)


def assault(count):
    """Everything at once; what is connected in the end."""
    socks = deaf()
    for address, data in GARBAGE:
        socks.append(connect(address))
        push(socks[-1], data)
    socks += [connect(REST if i % 2 else MONITOR) for i in range(count)]
    slowloris(socks[-200:])
    return socks


def descriptors(agent):
    return len(os.listdir(f'/proc/{agent.process.pid}/fd'))


@test(f'garbage, deaf clients, slowloris and {CROWD} connections: others are served, '
      'nothing grows')
def hostile():
    hard = CROWD + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sh(f'ip netns exec {H1} sysctl -qw net.core.somaxconn=16384')
    with Agent(H1, crowd.config('monitor: { }; rest: { };')) as agent:
        before, files, sizes = agent.rss(), descriptors(agent), []
        good = Good()
        good.start()
        for count in (CROWD, CROWD // 10):
            start = time.monotonic()
            socks = assault(count)
            sizes.append(agent.rss(most=True))
            most = descriptors(agent)
            remark(f'{len(socks)} hostile connections within {time.monotonic() - start:.1f} s: '
                   f'at most {sizes[-1]} KiB, before {before}; {most} descriptors, before {files}')
            check(most < files + 256 + 64 + 100, f'the agent has {most} descriptors')
            for sock in socks:
                sock.close()
        for what, waits in good.finish().items():
            remark(f'{what}: {len(waits)} answers within {statistics.median(waits) * 1e3:.0f} ms, '
                   f'at worst {max(waits) * 1e3:.0f} ms')
            check(max(waits) < PATIENCE, f'{what}: an answer takes {max(waits):.1f} s')
        check(max(sizes) < before + BOUND, f'{sizes} KiB, before {before}')
        check(sizes[1] < sizes[0] + BOUND / 4, f'it grows: {sizes} KiB')
        until(lambda: descriptors(agent) <= files + 5, 'descriptors are given back')
        equal(agent.process.poll(), None, "the agent's status")


# ---- URLs that cannot be reached ----

class Bad:
    """Web servers that are none: TCP, but no answer, or an endless one."""

    def __init__(self):
        with netns(H1):
            self.full = socket.create_server(('127.0.0.1', 8001), backlog=0)
            self.slow = socket.create_server(('127.0.0.1', 8002), backlog=200)
            self.endless = socket.create_server(('127.0.0.1', 8003), backlog=200)
        # who comes now waits for ever
        self.socks = [connect(('127.0.0.1', 8001)) for _ in range(4)]
        self.urls = [f'http://127.0.0.1:{port}/{i}' for i in range(20)
                     for port in (1, 8001, 8002, 8003)] + [
                         f'http://192.0.2.{i}/' for i in range(60, 70)]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                sock = self.endless.accept()[0]
            except OSError:
                return
            sock.setblocking(False)
            self.socks.append(sock)
            push(sock, b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * 1000000)

    def close(self):
        for sock in (self.full, self.slow, self.endless, *self.socks):
            sock.close()


def toggles(hook, count):
    """How long the URL of HOOK had to wait for each change of a session, s."""
    hook.told.clear()
    for i in range(count):
        bfdnl(H1, 'session set dest-addr 192.0.2.3 admin-down', 'off' if i % 2 else 'on')
        until(lambda i=i: len(hook.told) > i, 'a change is told')
    return [(at - event['time']) / 1e9 for at, event in hook.told]


@test('URLs that are dead, deaf, slow or talk for ever do not delay one that is there')
def unreachable():
    bfdnl(H1, 'session add dest-addr 192.0.2.3')
    bad = Bad()
    try:
        with Agent(H1, 'agent: { rest: { queue = 64; }; };') as agent:
            rest, hook = Rest(H1), Hook(H1)
            rest.post('/v1/notifications', {'url': hook.url, 'events': ['state']})
            alone, before = toggles(hook, 20), agent.rss()
            for url in bad.urls:
                rest.post('/v1/notifications', {'url': url, 'events': ['state']})
            beside = toggles(hook, 100)
            remark(f'told within {statistics.median(alone) * 1e3:.0f} ms, at worst '
                   f'{max(alone) * 1e3:.0f} ms; beside {len(bad.urls)} bad URLs '
                   f'{statistics.median(beside) * 1e3:.0f} ms, at worst '
                   f'{max(beside) * 1e3:.0f} ms; {before} to {agent.rss(most=True)} KiB')
            check(max(beside) < 2, f'it was delayed by {max(beside):.1f} s')
            check(agent.rss(most=True) < before + BOUND, f'{before} to {agent.rss(True)} KiB')
            for n in rest.get('/v1/notifications')['notifications']:
                check(n['waiting'] <= 64, f'{n["waiting"]} wait for {n["url"]}')
                check(n['url'] == hook.url or not n['delivered'], f'{n["url"]} has answered')
    finally:
        Hook.close_all()
        bad.close()
        clean()
        sh(f'rm -f {TMP}/{H1}.*')


# ---- sudden deaths ----

def peer(i):
    return f'192.0.2.{i}'


FILE, BY_REST, BY_MONITOR = range(10, 34), range(26, 50), range(18, 42)     # all overlap
OTHERS = peer(200)
LIFE = 40               # changes, on average; then it ends within four more
BIRTH = 0.2             # s, of which not every one is survived


class Clients:
    """What each front end was asked for, and answered: that is what has to be.

    What is not answered, because the agent died, is asked the next one again."""

    def __init__(self, rng):
        self.rng = rng
        self.file, self.rest, self.watched = set(), {}, set()
        self.agent = Agent(H1, self.config())
        self.changes = self.deaths = self.again = self.happened = 0
        self.took = 0.01        # s, the last change
        self.killed = threading.Event()
        self.connect()

    def config(self):
        return ('agent: { orphan-time = "1s"; monitor: { }; rest: { }; };\nsessions = (' +
                ','.join(f'{{ dest-addr = "{peer(i)}"; }}' for i in sorted(self.file)) + ');\n')

    def connect(self):
        self.monitor = Freebfd(H1)
        self.http = http.client.HTTPConnection(*REST, timeout=30)
        with netns(H1):
            self.http.connect()

    def close(self):
        self.monitor.close()
        self.http.close()

    def ask(self, method, url, body=None):
        self.http.request(method, url, json.dumps(body) if body else None,
                          {'Content-Type': 'application/json'} if body else {})
        answer = self.http.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def tell(self, cmd, i):
        self.monitor.ask(cmd, peer(i))
        answer = self.monitor.answer(cmd, 30)
        if not answer:
            raise ConnectionError('the monitor does not answer')
        equal(answer.get('result'), 'ok', f'{cmd} {answer}: the result')

    def wanted(self):
        return self.file | set(self.rest) | self.watched

    # ---- changes; AGAIN: it was asked for before and not answered ----

    def write(self, _, __):
        self.file = set(self.rng.sample(FILE, self.rng.randrange(len(FILE))))
        self.agent.write(self.config())
        self.agent.process.send_signal(1)

    def make(self, i, again):
        status, answer = self.ask('POST', '/v1/sessions', {'dest-addr': peer(i)})
        check(status in (200, 201), f'POST: {status} {answer}')
        self.happened += again and status == 200 and i not in self.wanted()
        self.rest[i] = answer['local-discriminator']

    def alter(self, i, _):
        status, answer = self.ask('PATCH', f'/v1/sessions/{self.rest[i]}',
                                  {'admin-down': self.rng.random() < .5})
        # not what the file describes, too
        check(status in (200, 409), f'PATCH: {status} {answer}')

    def delete(self, i, again):
        status, answer = self.ask('DELETE', f'/v1/sessions/{self.rest[i]}')
        check(status == 204 or (again and status in (404, 409)), f'DELETE: {status} {answer}')
        self.happened += status != 204
        del self.rest[i]

    def subscribe(self, i, _):
        self.tell('subscribe', i)
        self.watched.add(i)

    def unsubscribe(self, i, _):
        self.tell('unsubscribe', i)
        self.watched.remove(i)

    def pick(self):
        """Something to do, and with whom"""
        choice = self.rng.choice
        what = [(self.write, None), (self.make, choice(BY_REST)), (self.make, choice(BY_REST)),
                (self.subscribe, choice(BY_MONITOR)), (self.subscribe, choice(BY_MONITOR))]
        if self.rest:
            what += [(self.alter, choice(sorted(self.rest))),
                     (self.delete, choice(sorted(self.rest)))]
        if self.watched:
            what.append((self.unsubscribe, choice(sorted(self.watched))))
        return choice(what)

    # ---- lives ----

    def kill(self):
        self.killed.set()
        self.agent.kill()
        self.deaths += 1

    def live(self):
        """Until the agent is killed at a moment of its own; what was not answered."""
        self.killed.clear()
        left, killer = self.rng.randrange(2 * LIFE), None
        while True:
            if not left:
                killer = threading.Timer(self.rng.random() * 4 * self.took, self.kill)
                killer.start()
            left -= 1
            self.changes += 1
            what, i = self.pick()
            start = time.monotonic()
            try:
                what(i, False)
            except (ConnectionError, http.client.HTTPException) as e:
                check(self.killed.is_set(), f'{what.__name__} {i} is not answered: {e!r}; '
                      f'the agent: {self.agent.process.poll()}')
                killer.join()
                return what, i
            except TimeoutError as e:
                if killer:
                    killer.join()
                raise Failed(f'{what.__name__} {i} is not answered in time') from e
            self.took = time.monotonic() - start

    def revive(self, what, i):
        """The agent and its clients are there again."""
        self.close()
        while self.rng.random() < .3:
            self.agent.spawn()
            time.sleep(self.rng.random() * BIRTH)
            self.kill()
        self.agent.start()
        self.connect()
        for watched in sorted(self.watched):
            self.tell('subscribe', watched)
        self.again += 1
        what(i, True)

    def agrees(self):
        """The kernel, the file and what the clients were told say the same."""
        wanted = {peer(i) for i in self.wanted()} | {OTHERS}
        end = time.monotonic() + 20
        while (there := self.sessions()).keys() != wanted and time.monotonic() < end:
            time.sleep(0.1)
        check(there.keys() == wanted, f'after {self.deaths} deaths {there.keys() - wanted} are '
              f'too many, {wanted - there.keys()} are missing')
        told = self.ask('GET', '/v1/sessions')[1]['sessions']
        equal({s['dest-addr'] for s in told}, wanted, 'what REST tells')
        for i, discr in self.rest.items():
            equal(there[peer(i)], discr, f'the discriminator of {peer(i)}')
        equal(sh(f'bfdnl -n {H1} apply {self.agent.file} --ledger {self.agent.ledger} --dry-run'),
              '', 'the difference to the file')

    @staticmethod
    def sessions():
        return {s['dest-addr']: s['local-discriminator'] for s in bfdnl(H1, 'session show')}


@test(f'killed at random moments of {CHANGES} changes by all front ends: '
      'kernel, file and clients agree each time')
def killed():
    clean()
    bfdnl(H1, 'session add dest-addr', OTHERS)
    clients = Clients(random.Random(int(os.environ.get('SEED', 5))))
    try:
        while clients.changes < CHANGES:
            clients.revive(*clients.live())
            clients.agrees()
        remark(f'{clients.changes} changes, {clients.deaths} deaths; {clients.happened} of '
               f'{clients.again} changes that were not answered had happened')
    except TimeoutError as e:
        raise Failed(f'no answer in time after {clients.changes} changes, '
                     f'{clients.deaths} deaths') from e
    finally:
        clients.close()
        clients.agent.stop()
        clean()


main()
