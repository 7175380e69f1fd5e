# SPDX-License-Identifier: GPL-2.0
"""The REST interface of bfdagentd, with real sessions."""

import json
import os
import resource
import statistics
import subprocess
import threading
import time

from agent import Agent, clean, cut, other_end, sessions, until
from rest import Hook, Rest
from result import DEBUG, check, equal, main, remark, test
from tool import Batch, bfdnl, sh

h1, h2 = os.environ['h1'], os.environ['h2']
PEER = '192.0.2.2'
FAST = {'desired-min-tx-interval': 20000, 'required-min-rx-interval': 20000}
CONFIG = 'agent: { rest: { }; };\n'
MANY = 100 if DEBUG else 1000
seen, promised = set(), set()


def with_agent(config=CONFIG):
    def decorate(function):
        def run():
            # what survives an agent is not to survive a test
            sh(f'rm -f {os.environ["lib_tmp"]}/{h1}.*')
            with Agent(h1, config) as agent:
                try:
                    rest = Rest(h1)
                    rest.document.sound()
                    function(agent, rest)
                    seen.update(rest.document.used)
                    promised.update((m.upper(), p, int(s))
                                    for p, item in rest.document.json['paths'].items()
                                    for m, o in item.items() if m != 'parameters'
                                    for s in o['responses'] if s[0] == '2')
                    equal(agent.process.poll(), None, "the agent's status")
                finally:
                    Hook.close_all()
                    clean()
        return run
    return decorate


def state(rest, discr):
    return rest.get(f'/v1/sessions/{discr}')['session-running']['local-state']


@test('a session is made, comes up, is changed with an ETag, and deleted')
@with_agent()
def life(_, rest):
    other_end()
    status, headers, s = rest.ask('POST', '/v1/sessions', {'dest-addr': PEER} | FAST, 201)
    discr, url = s['local-discriminator'], headers['Location']
    equal(sessions()[PEER]['local-discriminator'], discr, 'the discriminator')
    until(lambda: state(rest, discr) == 'up', 'up')
    _, headers, s = rest.ask('GET', url, status=200)
    check(s['session-statistics']['receive-packet-count'] > 0, 'no packets are counted')
    tag = headers['ETag']
    equal(rest.ask('GET', url, headers={'If-None-Match': tag})[0], 304, 'the status')
    rest.ask('PATCH', url, {'local-multiplier': 7}, 200, {'If-Match': tag})
    equal(sessions()[PEER]['local-multiplier'], 7, 'the multiplier')
    rest.ask('PATCH', url, {'local-multiplier': 8}, 412, {'If-Match': tag})
    rest.post('/v1/sessions', {'dest-addr': PEER, 'local-multiplier': 7}, 200)
    equal(rest.post('/v1/sessions', {'dest-addr': PEER, 'local-multiplier': 9}, 409)['field'],
          'local-multiplier', 'the field at fault')
    equal(len(rest.get('/v1/sessions?local-state=up')['sessions']), 1, 'sessions that are up')
    rest.delete(url)
    equal(sessions(), {}, 'the sessions')
    rest.get(url, 404)
    rest.get('/v1/statistics')
    check('bfd_kernel_up 1\n' in rest.get('/metrics'), 'no metrics')
    equal(rest.get('/v1/health')['status'], 'ok', 'the health')


@test('what is wrong is refused with a reason and a field: by the agent, by the kernel')
@with_agent()
def wrong(_, rest):
    for body, status, field in (
            ({}, 400, 'dest-addr'), ({'dest-addr': 'x'}, 400, 'dest-addr'),
            ({'dest-addr': PEER, 'local-multiplier': 0}, 400, 'local-multiplier'),
            ({'dest-addr': PEER, 'x': 0}, 400, 'x'),
            ({'dest-addr': PEER, 'interface': 'none'}, 400, 'interface'),
            ({'dest-addr': PEER, 'source-addr': '198.51.100.9'}, 400, 'source-addr'),
            ({'dest-addr': PEER, 'authentication': {'key': 9, 'key-id': 1}}, 400, 'key')):
        answer = rest.post('/v1/sessions', body, status)
        equal(answer.get('field'), field, f'the field at fault of {body}: {answer}')
    rest.post('/v1/sessions', 'nonsense', 400)
    rest.post('/v1/sessions', '{' * 70000, 413)
    bfdnl(h1, 'session add dest-addr', PEER)
    discr = sessions()[PEER]['local-discriminator']
    rest.patch(f'/v1/sessions/{discr}', {'local-multiplier': 9}, 409)
    rest.delete(f'/v1/sessions/{discr}', 409)
    equal(list(sessions()), [PEER], 'the sessions')


@test('long poll and server-sent events tell of changes; curl reads them')
@with_agent()
def events(_, rest):
    at = rest.get('/v1/events')['next']
    with subprocess.Popen(['ip', 'netns', 'exec', h1, 'curl', '-sN', '-H',
                           'Accept: text/event-stream', 'http://127.0.0.1:5880/v1/events'],
                          stdout=subprocess.PIPE, text=True) as curl:
        equal(curl.stdout.readline(), ':\n', 'the first line')
        other_end()
        rest.post('/v1/sessions', {'dest-addr': PEER} | FAST)
        got = []
        while not got or got[-1]['new-state'] != 'up':
            answer = rest.get(f'/v1/events?after={at}&wait=20')
            check(answer['events'], 'nothing happened')
            check('lost' not in answer, 'something was lost')
            got += answer['events']
            at = answer['next']
        equal(got[0]['event'], 'created', 'the first event')
        lines = []
        while len(lines) < len(got):
            line = curl.stdout.readline()
            if line.startswith('data: '):
                lines.append(json.loads(line[6:]))
        equal(lines, got, 'what curl was told')
        curl.terminate()


@test('a URL is called with each change; one that is dead delays nobody; both survive kill -9')
@with_agent()
def notify(agent, rest):
    hook = Hook(h1)
    rest.post('/v1/notifications', {'url': 'http://127.0.0.1:1/'})
    mine = rest.post('/v1/notifications', {'url': hook.url, 'events': ['state'],
                                           'filter': {'dest-addr': PEER}})
    hook.status = 500
    other_end()
    rest.post('/v1/sessions', {'dest-addr': PEER} | FAST)
    hook.wait(2)
    hook.status = 204
    until(lambda: [e for e in hook.wait(0) if e['new-state'] == 'up'], 'up')
    until(lambda: not rest.get(f'/v1/notifications/{mine["id"]}')['waiting'], 'all is told')
    hook.told.clear()
    cut(True)
    told = hook.wait(1)
    equal([(e['old-state'], e['new-state'], e['local-diagnostic']) for e in told],
          [('up', 'down', 'control-expiry')], 'what was told')
    at, event = hook.told[0]
    remark(f'kernel to web server: {(at - event["time"]) / 1000:.0f} us')
    for thing in hook.wait(1):
        rest.document.value(thing, {'$ref': '#/components/schemas/Event'}, 'the call')
    agent.kill()
    cut(False)
    until(lambda: sessions()[PEER]['session-running']['local-state'] == 'up', 'up without us')
    hook.told.clear()
    agent.start()
    told = hook.wait(1)
    equal((told[0]['event'], told[0]['new-state']), ('snapshot', 'up'), 'after a restart')
    for n in rest.get('/v1/notifications')['notifications']:
        if n['url'] != hook.url:
            check(n['failures'] > 0, 'the dead URL does not fail')
    rest.get(f'/v1/notifications/{mine["id"]}')
    rest.delete(f'/v1/notifications/{mine["id"]}')
    url = f'/v1/sessions/{sessions()[PEER]["local-discriminator"]}'
    equal(rest.get(url)['held'], True, 'held after a restart')
    rest.delete(url)


@test("Contrail's client: addresses, states, news")
@with_agent()
def contrail(agent, rest):
    other_end()
    client = f"/Session/{rest.put('/Session', {})['client-id']}"
    config = {'Address': PEER, 'DesiredMinTxInterval': 20000, 'RequiredMinRxInterval': 20000,
              'DetectionMultiplier': 3}
    rest.put(f'{client}/IpConnection', {'Address': PEER}, 400)
    equal(rest.put(f'{client}/IpConnection', config), {}, 'the answer')
    states = {}
    while states.get(PEER) != 'Up':
        states = rest.get(f'{client}/Monitor')
    got = rest.get(f'{client}/IpConnection/{PEER}')
    equal({k: got[k] for k in config}, config, 'the configuration')
    equal((got['LocalSessionState'], got['RemoteSessionState']), ('Up', 'Up'), 'the states')
    hook = Hook(h1)
    rest.put(f'{client}/Monitor', {'Url': hook.url})
    agent.kill()
    agent.start()
    equal(hook.wait(1), [{PEER: 'Up'}], 'after a restart')
    rest.get(f'{client}/Monitor')
    threading.Timer(0.2, cut, [True]).start()
    equal(rest.get(f'{client}/Monitor'), {PEER: 'Down'}, 'the news')
    equal(hook.wait(2)[1], {PEER: 'Down'}, 'the call')
    equal(len(rest.get(f'{client}/IpConnection')), 1, 'connections')
    equal(rest.delete(f'{client}/IpConnection/{PEER}', 200), {}, 'the answer')
    equal(sessions(), {}, 'the sessions')
    rest.get(f'{client}/IpConnection/{PEER}', 404)
    equal(rest.delete(client, 200), {}, 'the answer')
    equal(rest.put(f'{client}/IpConnection', config, 404)['error'],
          f'Unknown client-id: {client[9:]}', 'the error')


@test('a health check reports success and failure')
@with_agent()
def health(_, rest):
    hook = Hook(h1)
    other_end()
    made = rest.post('/v1/health-checks', {'target': PEER, 'delay': 0.02, 'timeout': 0.02,
                                           'max-retries': 3, 'url': hook.url})
    url = f'/v1/health-checks/{made["id"]}'
    until(lambda: rest.get(url)['status'] == 'success', 'success')
    equal(rest.patch(url, {'max-retries': 4})['max-retries'], 4, 'the retries')
    cut(True)
    until(lambda: rest.get(url)['status'] == 'failure', 'failure')
    # the first is how things are when it is made
    until(lambda: [e['status'] for e in hook.wait(0)][-2:] == ['success', 'failure'],
          'both are told')
    told = hook.wait(0)
    for result in told:
        rest.document.value(result, {'$ref': '#/components/schemas/HealthCheckResult'}, 'call')
    rest.get('/v1/health-checks')
    rest.delete(url)
    equal(sessions(), {}, 'the sessions')


def far(i):
    return f'10.9.{1 + i // 250}.{1 + i % 250}'


def make_many(rest):
    sh(f'ip -n {h1} addr add 10.9.0.1/16 dev e1')
    with subprocess.Popen(['ip', '-n', h2, '-batch', '-'], stdin=subprocess.PIPE,
                          text=True) as ip:
        ip.communicate(''.join(f'addr add {far(i)}/16 dev e2\n' for i in range(MANY)))
    batch = Batch(h2)
    for i in range(MANY):
        batch('session', 'add', 'dest-addr', '10.9.0.1', 'source-addr', far(i),
              'tx', '300ms', 'rx', '300ms')
    batch.close()
    c = rest.connect()
    for i in range(MANY):
        c.request('POST', '/v1/sessions', json.dumps(
            {'dest-addr': far(i), 'source-addr': '10.9.0.1', 'desired-min-tx-interval': 300000,
             'required-min-rx-interval': 300000}), {'Content-Type': 'application/json'})
        answer = c.getresponse()
        equal((answer.status, bool(answer.read())), (201, True), 'the status')
    c.close()


def latency(told):
    us = sorted((at - e['time']) / 1000 for at, e in told)
    return f'median {statistics.median(us):.0f} us, worst {us[-1]:.0f} us'


def read_stream(rest, told):
    c = rest.connect()
    c.request('GET', '/v1/events', headers={'Accept': 'text/event-stream'})
    answer = c.getresponse()
    while line := answer.readline():
        if line.startswith(b'data: '):
            told.append((time.time_ns(), json.loads(line[6:])))


def falls(told):
    return [(at, e) for at, e in list(told) if e.get('new-state') == 'down' and
            e.get('old-state') == 'up']


@test(f'{MANY} sessions fall at once: each is told, on a stream and to two web servers')
@with_agent('agent: { rest: { queue = 4096; }; };')
def many(agent, rest):
    make_many(rest)
    until(lambda: rest.get('/v1/statistics')['netns']['number-of-sessions-up'] == MANY,
          'all up', 60)
    pages, after = 0, 0
    while after is not None:
        page = rest.get(f'/v1/sessions?limit=300&after={after}')
        pages += len(page['sessions'])
        after = page.get('next')
    equal(pages, MANY, 'sessions on all pages')
    stream, one, batch = [], Hook(h1, 8081), Hook(h1, 8082)
    threading.Thread(target=read_stream, args=(rest, stream), daemon=True).start()
    rest.post('/v1/notifications', {'url': one.url, 'events': ['state']})
    rest.post('/v1/notifications', {'url': batch.url, 'events': ['state'], 'batch': 1000})
    time.sleep(1)
    sh(f'ip -n {h1} link set e1 down')
    for told in (stream, one.told, batch.told):
        until(lambda told=told: len(falls(told)) >= MANY, 'all falls', 60)
        equal(len({e['local-discriminator'] for _, e in falls(told)}), MANY, 'sessions that fell')
        positions = [e['position'] for _, e in list(told)]
        equal(positions, sorted(positions), 'the order')
    remark(f'{MANY} falls at once, kernel to client: stream {latency(falls(stream))}; '
           f'URL {latency(falls(one.told))}; URL in batches {latency(falls(batch.told))}; '
           f'agent {agent.rss()} KiB')
    sh(f'ip -n {h1} link set e1 up')


@test('garbage, a crowd of silent clients and readers that do not read keep nobody waiting')
@with_agent('agent: { rest: { connections = 128; history = 64; }; };')
def hostile(agent, rest):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    deaf = [rest.connect() for _ in range(20)]
    for c in deaf:
        c.request('GET', '/v1/events', headers={'Accept': 'text/event-stream'})
    rest.post('/v1/sessions', {'dest-addr': PEER} | FAST)
    crowd = []
    for i in range(min(10000, hard - 200)):
        crowd.append(rest.connect())
        if i % 3 == 0:
            crowd[-1].sock.send(b'\x16\x03\x01\xff' * 10)
        elif i % 3 == 1:
            crowd[-1].sock.send(b'POST /v1/sessions HTTP/1.1\r\nContent-Length: 9\r\n')
    start = time.monotonic()
    equal(rest.get('/v1/health')['status'], 'ok', 'the health')
    remark(f'answered within {(time.monotonic() - start) * 1000:.0f} ms beside {len(crowd)} '
           f'connections; agent {agent.rss()} KiB')
    for _ in range(100):
        bfdnl(h1, 'session set dest-addr', PEER, 'admin-down')
        bfdnl(h1, 'session set dest-addr', PEER, 'admin-down off')
    rest.get('/v1/sessions')
    check(agent.rss() < 60000, f'the agent has {agent.rss()} KiB')
    for c in crowd + deaf:
        c.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@test('every success that the document promises was seen, and nothing else')
def complete():
    equal(promised - seen, set(), 'what the document promises and nobody saw')


main()
