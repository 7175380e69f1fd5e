# SPDX-License-Identifier: GPL-2.0
"""What bfdagentd tells Prometheus of real sessions."""

import os
import time

from agent import Agent, clean, cut, other_end, sessions, until
from prometheus import Metrics, expressions, promtool, scrape, used
from result import DEBUG, check, equal, main, remark, test
from tool import Batch, bfdnl, sh

h1, h2 = os.environ['h1'], os.environ['h2']
PEER = '192.0.2.2'
CONFIG = 'agent: { rest: { }; };\n'
MANY = 200 if DEBUG else 1000


def with_agent(function):
    def run():
        sh(f'rm -f {os.environ["lib_tmp"]}/{h1}.*')
        with Agent(h1, CONFIG) as agent:
            try:
                function(agent)
                equal(agent.process.poll(), None, "the agent's status")
            finally:
                clean()
    return run


def metrics(**headers):
    return Metrics(scrape(h1, headers=headers)[1])


def add(*more):
    bfdnl(h1, 'session add dest-addr', PEER, 'tx 20ms rx 20ms', *more)


def is_up():
    return sessions()[PEER]['session-running']['local-state'] == 'up'


@test('promtool finds nothing wrong with it')
@with_agent
def clean_text(_):
    other_end()
    add()
    until(is_up, 'up')
    kind, text = scrape(h1)
    equal(kind, 'text/plain; version=0.0.4; charset=utf-8', 'the type')
    promtool('check', 'metrics', text=text)
    kind, other = scrape(h1, headers={'Accept': 'application/openmetrics-text;version=1.0.0'})
    equal(kind, 'application/openmetrics-text; version=1.0.0; charset=utf-8', 'the type')
    check(other.endswith('\n# EOF\n'), 'the end is missing')
    equal(Metrics(other).names(), Metrics(text).names(), 'the names')


@test('a fall is seen: state, diagnostic, counters, time')
@with_agent
def fall(_):
    other_end()
    add()
    until(is_up, 'up')
    m = metrics()
    equal(m('bfd_session_up', remote=PEER, type='path-ip-sh'), 1, 'up')
    equal(m('bfd_session_state', remote=PEER), 3, 'the state')
    equal(m('bfd_sessions', state='up'), 1, 'sessions up')
    equal(m('bfd_session_detection_time_seconds', remote=PEER), 0.06, 'the detection time')
    equal(m('bfd_session_downs_total', remote=PEER), 0, 'falls')
    detections = m('bfd_lateness_seconds_count', kind='detection')
    changed = m('bfd_session_last_change_timestamp_seconds', remote=PEER)
    until(lambda: metrics()('bfd_session_receive_packets_total', remote=PEER) > 20, 'packets')
    cut(True)
    until(lambda: not is_up(), 'down')
    m = metrics()
    equal(m('bfd_session_up', remote=PEER), 0, 'up')
    equal(m('bfd_session_local_diagnostic', remote=PEER), 1, 'the diagnostic')
    equal(m('bfd_session_downs_total', remote=PEER), 1, 'falls')
    equal(m('bfd_sessions', state='down'), 1, 'sessions down')
    equal(m('bfd_lateness_seconds_count', kind='detection'), detections + 1, 'detections')
    at = m('bfd_session_last_change_timestamp_seconds', remote=PEER)
    check(changed < at <= time.time(), f'changed at {changed}, then at {at}')
    check(m('bfd_session_transmit_packets_total', remote=PEER) > 20, 'nothing was sent')
    bfdnl(h1, 'session set dest-addr', PEER, 'admin-down')
    m = metrics()
    equal(m('bfd_session_state', remote=PEER), 0, 'the state')
    equal(m('bfd_sessions', state='admin-down'), 1, 'sessions taken down')


@test('a session that is made anew is the same series; packets dropped have a reason')
@with_agent
def identity(_):
    other_end()
    add()
    until(is_up, 'up')

    def series():
        return {k for n, k in metrics().samples if n == 'bfd_session_up'}

    before = series()
    equal(len(before), 1, 'series')
    bfdnl(h1, 'session del dest-addr', PEER)
    dropped = metrics()('bfd_dropped_packets_total', reason='no-session')
    # the peer takes us for down, and asks for no session of ours, after a while
    until(lambda: metrics()('bfd_dropped_packets_total', reason='no-session') +
          metrics()('bfd_dropped_packets_total', reason='your-discriminator') > dropped,
          'packets are dropped')
    add()
    # the kernel chooses our address with the first packet
    until(lambda: series() == before, f'{series()} becomes {before}')


@test('what the dashboard and the alerts ask for is there')
@with_agent
def files(_):
    other_end()
    add()
    until(is_up, 'up')
    there = metrics().names()
    for name, text in expressions().items():
        equal(used(text) - there, set(), f'what {name} asks for, and nobody tells')
        check(len(used(text)) > 8, f'{name} asks for {used(text)}')


@test(f'{MANY} sessions are told')
@with_agent
def many(agent):
    batch = Batch(h1)
    for i in range(MANY):
        batch('session', 'add', 'dest-addr', f'10.9.{i // 250}.{1 + i % 250}', 'source-addr',
              '192.0.2.1', 'multihop', 'passive')
    batch.close()
    _, text = scrape(h1)
    m = Metrics(text)
    equal(sum(n == 'bfd_session_up' for n, _ in m.samples), MANY, 'sessions')
    remark(f'{MANY} sessions: {len(text) >> 10} KiB; agent {agent.rss()} KiB')


main()
