# SPDX-License-Identifier: GPL-2.0
"""A real Prometheus asks bfdagentd in $h1; see vm_prometheus.sh."""

import datetime
import functools
import http.client
import http.server
import json
import math
import os
import re
import subprocess
import threading
import urllib.parse

import agent
from agent import Agent, sessions
from prometheus import FILES, Metrics, panels, promtool, scrape
from result import check, equal, main, remark, test
from tool import bfdnl, net_drops, netns, sh

H1, H2, TMP = os.environ['h1'], os.environ['h2'], os.environ['lib_tmp']
FAILS, STAYS, STRANGER, NOWHERE = '192.0.2.2', '192.0.2.3', '192.0.2.4', '203.0.113.1'
TOKEN = 'a-token-for-prometheus'
AGENT = f'agent: {{ rest: {{ token-file = "{TMP}/token"; }}; }};\n'
# The rules are used as they are; only how often is quicker than in earnest.
CONFIG = f'''
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: [ {FILES}/bfd.rules.yml ]
alerting: {{ alertmanagers: [ {{ static_configs: [ {{ targets: [ 127.0.0.1:9093 ] }} ] }} ] }}
scrape_configs:
  - job_name: bfd
    authorization: {{ credentials_file: {TMP}/token }}
    static_configs: [ {{ targets: [ 127.0.0.1:5880 ] }} ]
'''
VARIABLES = {'$job': 'bfd', '$instance': '.*', '$__rate_interval': '5m', '$__range': '5m'}
until = functools.partial(agent.until, timeout=60)


class Prometheus:
    """with Prometheus(): it runs in $h1."""

    def __enter__(self):
        with open(f'{TMP}/prometheus.yml', 'w', encoding='ascii') as f:
            f.write(CONFIG)
        with open(f'{TMP}/prometheus.log', 'w', encoding='utf-8') as log, netns(H1):
            self.process = subprocess.Popen(
                ['prometheus', f'--config.file={TMP}/prometheus.yml',
                 f'--storage.tsdb.path={TMP}/tsdb', '--web.listen-address=127.0.0.1:9090'],
                stdout=log, stderr=log)
        try:
            until(self.is_ready, 'Prometheus starts')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def is_ready(self):
        check(self.process.poll() is None, 'Prometheus ends')
        try:
            return self.ask('/-/ready')[0] == 200
        except OSError:
            return False

    @staticmethod
    def ask(path, **query):
        with netns(H1):
            c = http.client.HTTPConnection('127.0.0.1', 9090, timeout=40)
            c.connect()
        c.request('GET', f'{path}?{urllib.parse.urlencode(query)}')
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, text

    def api(self, path, **query):
        answer = json.loads(self.ask(f'/api/v1/{path}', **query)[1])
        equal(answer['status'], 'success', f'{path} {query}: {answer.get("error")}: the status')
        check(not answer.get('warnings'), f'{path} {query}: {answer.get("warnings")}')
        return answer['data']

    def query(self, text):
        """Return a list of (labels, value)."""
        return [(r['metric'], float(r['value'][1]))
                for r in self.api('query', query=text)['result']]

    def value(self, text):
        """The only one, or None."""
        found = self.query(text)
        check(len(found) < 2, f'{text}: {found}')
        return found[0][1] if found else None

    def alert(self, name, remote):
        """Its state."""
        found = {a['state'] for a in self.api('alerts')['alerts']
                 if (a['labels']['alertname'], a['labels'].get('remote')) == (name, remote)}
        check(len(found) < 2, f'{name} {remote} is {found}')
        return found.pop() if found else 'inactive'


class Alertmanager:
    """What Prometheus tells of alerts: the last word on each, by name and remote."""

    def __init__(self):
        told = self.told = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                for a in json.loads(body):
                    told[a['labels']['alertname'], a['labels'].get('remote')] = a
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with netns(H1):
            self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 9093), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def is_over(self, *alert):
        """Whether it was told that it has ended."""
        end = datetime.datetime.fromisoformat(self.told[alert]['endsAt'][:19] + '+00:00')
        return end <= datetime.datetime.now(datetime.timezone.utc)


def cut(on):
    """Nothing arrives of the peer that is to fail."""
    sh(f'ip netns exec {H1} nft ' +
       (f"'add table ip cut; add chain ip cut in {{ type filter hook input priority 0; "
        f"ip saddr {FAILS} drop; }}'" if on else 'delete table ip cut'))


def state(addr):
    return sessions()[addr]['session-running']['local-state']


def page():
    return scrape(H1, headers={'Authorization': f'Bearer {TOKEN}'})[1]


@test('the target is up, and all that is told arrives')
def arrives():
    until(lambda: p.value('up{job="bfd"}') == 1, 'the target is up')
    target, = p.api('targets')['activeTargets']
    equal((target['health'], target['lastError']), ('up', ''), 'the target')
    text = page()
    promtool('check', 'metrics', text=text)
    there = {labels['__name__'] for labels, _ in p.query('{job="bfd"}')}
    equal(Metrics(text).names() - there, set(), 'what is told and did not arrive')
    kinds = p.api('metadata')
    equal({n: kinds[n][0]['type'] for n in ('bfd_session_up', 'bfd_lateness_seconds',
                                            'bfd_dropped_packets')},
          {'bfd_session_up': 'gauge', 'bfd_lateness_seconds': 'histogram',
           'bfd_dropped_packets': 'counter'}, 'the types')
    equal(p.api('label/instance/values', **{'match[]': 'bfd_kernel_up{job="bfd"}'}),
          ['127.0.0.1:5880'], 'the instances')


@test('states and counters are those of the kernel')
def values():
    until(lambda: {state(a) for a in (FAILS, STAYS)} == {'up'}, 'up')
    for addr in FAILS, STAYS:
        until(lambda a=addr: p.value(f'bfd_session_up{{remote="{a}"}}') == 1, 'up is told')
    equal(p.query('bfd_session_state == 3 unless on (remote) bfd_session_up == 1'), [],
          'sessions that are in state 3 and not up')
    until(lambda: net_drops(H1).get('no-session', 0) > 5, 'a stranger is dropped')
    bfdnl(H2, f'session del source-addr {STRANGER} dest-addr 192.0.2.1')
    count = net_drops(H1)['no-session']
    until(lambda: p.value('bfd_dropped_packets_total{reason="no-session"}') == count,
          f'{count} drops are told')
    equal(net_drops(H1)['no-session'], count, 'drops')


@test('the rules are in force')
def rules():
    with open(f'{FILES}/bfd.rules.yml', encoding='ascii') as f:
        names = re.findall(r'- alert: (\w+)', f.read())
    until(lambda: all(r['health'] == 'ok' for r in all_rules()), f'{all_rules()} are evaluated')
    equal([r['name'] for r in all_rules()], names, 'the rules')
    equal([r.get('lastError') for r in all_rules()], [None] * len(names), 'errors')
    equal(p.alert('BfdSessionDown', FAILS), 'inactive', 'the alert')


def all_rules():
    return [r for g in p.api('rules')['groups'] for r in g['rules']]


@test('a session fails: the alert waits; meanwhile every panel of the dashboard has data')
def dashboard():
    falls = bfdnl(H1, f'session show dest-addr {FAILS}')[0]['session-statistics']['down-count']
    cut(True)
    until(lambda: p.value(f'bfd_session_up{{remote="{FAILS}"}}') == 0, 'down is told')
    equal(p.value(f'bfd_session_downs_total{{remote="{FAILS}"}}'), falls + 1, 'falls')
    equal(p.value(f'bfd_session_local_diagnostic{{remote="{FAILS}"}}'), 1, 'the diagnostic')
    until(lambda: p.alert('BfdSessionDown', FAILS) == 'pending', 'it is noticed')
    count = 0
    for title, text, legend in panels():
        for name, value in VARIABLES.items():
            text = text.replace(name, value)
        check('$' not in text, f'{title}: what is {text}?')
        until(lambda t=text: any(math.isfinite(v) for _, v in p.query(t)), f'{title}: {text}')
        for label in set(re.findall(r'{{(\w+)}}', legend)) - {'interface', 'vrf'}:
            check(all(label in labels for labels, _ in p.query(text)), f'{title}: no {label}')
        count += 1
    remark(f'{count} expressions')
    check(count > 20, f'{count} expressions')


@test('lateness is a histogram that quantiles can be computed of')
def quantiles():
    for kind in 'sending', 'detection':
        low, high = (p.value(f'histogram_quantile({q}, sum by (le) (increase('
                             f'bfd_lateness_seconds_bucket{{kind="{kind}"}}[5m])))')
                     for q in (0.01, 1))
        # asked for last, it knows of all that is in the buckets
        most = p.value(f'bfd_lateness_max_seconds{{kind="{kind}"}}')
        check(None not in (low, high, most), f'{kind}: {low} to {high}, {most}')
        remark(f'{kind}: {low * 1e3:.3f} to {high * 1e3:.3f} ms, the latest {most * 1e3:.3f} ms')
        # buckets are powers of two: the last one ends at twice what is in it at most
        check(0 < low <= high <= max(2 * most, 2e-6), f'{kind}: {low} to {high}, {most}')


@test('the alert fires, for this session and not for one that is up, and is resolved')
def fires():
    until(lambda: p.alert('BfdSessionDown', FAILS) == 'firing', 'it fires')
    equal(p.alert('BfdSessionDown', STAYS), 'inactive', 'the alert of a session that is up')
    name = 'BfdSessionDown', FAILS
    until(lambda: name in manager.told, 'it is sent')
    told = manager.told[name]
    equal((told['labels']['severity'], told['labels']['interface'], told['annotations']['summary']),
          ('critical', 'e1', f'BFD session to {FAILS} is down'), 'what is sent')
    check(not manager.is_over(*name), 'it is over')
    cut(False)
    until(lambda: p.alert(*name) == 'inactive', 'it is resolved')
    equal(state(FAILS), 'up', 'the state')
    until(lambda: manager.is_over(*name), 'the end is sent')


def pairs():
    """They fail after 3 s: the machine that emulates this one may stand still for a second."""
    for addr in FAILS, STAYS, STRANGER:
        bfdnl(H2, f'session add dest-addr 192.0.2.1 source-addr {addr} interface e2 '
                  'tx 100ms rx 100ms local-multiplier 30')
    for addr in FAILS, STAYS:
        bfdnl(H1, f'session add dest-addr {addr} source-addr 192.0.2.1 interface e1 '
                  'tx 100ms rx 100ms local-multiplier 30')
    # there is no way to it
    bfdnl(H1, f'session add dest-addr {NOWHERE} source-addr 192.0.2.1 multihop')


with open(f'{TMP}/token', 'w', encoding='ascii') as file:
    file.write(TOKEN)
pairs()
manager = Alertmanager()
with Agent(H1, AGENT), Prometheus() as p:
    main()
