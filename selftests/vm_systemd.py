# SPDX-License-Identifier: GPL-2.0
"""bfdagentd and its units under systemd, which has booted in $h1; see vm_systemd.sh."""

import contextlib
import fcntl
import glob
import http.client
import json
import os
import ssl
import subprocess
import sys
import threading
import time

import agent
from agent import sessions
from freebfd import Freebfd
from prometheus import Metrics, scrape
from rest import Hook, Rest
from result import check, equal, main, remark, test
from tool import Monitor, netns, sh

H1 = os.environ['h1']
SYSTEMD = os.environ.get('SYSTEMD')
ROOT = f'/proc/{SYSTEMD}/root'
AGENT, RESTORE, FRR = 'bfdagentd.service', 'bfdnl-restore.service', 'frr.service'
SOCKETS = 'bfdagentd-rest.socket', 'bfdagentd-monitor.socket'
V4, V6, MORE, LATE = '192.0.2.2', '2001:db8::2', '192.0.2.99', '198.51.100.2'
BY_FRR, BY_REST, BY_MONITOR = (f'192.0.2.{i}' for i in (12, 13, 14))
MONITORED = f'{BY_MONITOR}%e1,source-addr=192.0.2.1'
EXPOSURE = 20           # tenths; systemd-analyze calls it OK up to 50
CAP_NET_ADMIN = 12
SIGNALS = os.environ.get('lib_tmp', '') + '/signals'


def config(*more, v4='', rest=''):
    """The file: two sessions and MORE, settings of the first and of the front end REST."""
    own = [f'dest-addr = "{V4}"; source-addr = "192.0.2.1"; {v4}',
           f'dest-addr = "{V6}"; source-addr = "2001:db8::1";', *more]
    # the machine that emulates this one may stand still for a second
    return ('defaults = { local-multiplier = 10; };\nsessions = (' +
            ',\n'.join('{ %s %s }' % (s, '' if 'interface' in s else 'interface = "e1";')
                       for s in own) +
            f');\nagent = {{ monitor = {{ }}; rest = {{ {rest} }};\n'
            'hooks = { run = [ "/etc/bfdnl/hook" ]; dbus = "system"; };\n'
            'frr = { connect = "127.0.0.1:50700"; }; };\n')


def until(condition, what, timeout=60):
    """What is asked for takes processes to find out."""
    agent.until(lambda: condition() or time.sleep(0.2), what, timeout)


# ---- systemd ----

def enter(*words):
    return ['nsenter', '-t', SYSTEMD, '-m', '-p', *words]


def inside(*words, good=(0,)):
    """Run it among systemd's processes and mounts; return its output."""
    done = subprocess.run(enter(*words), text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    check(done.returncode in good,
          f'{" ".join(words)}: status {done.returncode}, {done.stdout.strip()}')
    return done.stdout.strip()


def ctl(*words, good=(0,)):
    return inside('systemctl', *words, good=good)


def show(units, *names):
    """Properties of a unit, or a list of those of several."""
    several = not isinstance(units, str)
    found = [dict(line.split('=', 1) for line in part.splitlines())
             for part in ctl('show', *(units if several else [units]),
                             f'-p{",".join(names)}').split('\n\n')]
    return found if several else found[0]


def is_active():
    return show(AGENT, 'ActiveState')['ActiveState'] == 'active'


def said(unit):
    """Its journal."""
    return inside('journalctl', '-q', '--no-pager', '-o', 'cat', '-u', unit)


def write(text):
    with open(f'{ROOT}/etc/bfdnl/bfd.conf', 'w', encoding='ascii') as f:
        f.write(text)


# ---- sessions ----

def states():
    return {a: s['session-running']['local-state'] for a, s in sessions().items()}


def all_up(*addrs):
    until(lambda: all(states().get(a) == 'up' for a in addrs), f'{addrs} are up: {states()}')


@contextlib.contextmanager
def undisturbed():
    """What there is stays: no session fails, or is made anew."""
    monitor = Monitor(H1)
    before = {a: s['local-discriminator'] for a, s in sessions().items()}
    try:
        yield
        monitor.mark()
        equal([(e['event'], e.get('dest-addr'), e.get('new-state')) for e in monitor.events
               if e['event'] in ('state', 'deleted') and e.get('dest-addr') in before], [],
              'what happens to sessions')
        after = sessions()
        equal({a: after[a]['local-discriminator'] for a in before}, before, 'the sessions')
    finally:
        monitor.close()


def frr_peer():
    peers = json.loads(inside('vtysh', '-d', 'bfdd', '-c', 'show bfd peers json'))
    return next(p for p in peers if p['peer'] == BY_FRR)


def connections():
    """Of the agent and bfdd, as they are named on both sides."""
    return set(sh(f'ip netns exec {H1} ss -Htn state established dport = 50700').split('\n'))


# ---- the boot ----

@test('boot: first the file is applied, then the agent comes, then FRR; sockets listen before')
def boot():
    until(lambda: inside('systemctl', 'is-system-running', good=range(256)) in
          ('running', 'degraded'), 'it boots', timeout=120)
    equal(ctl('--failed', '--plain', '--no-legend'), '', 'units that have failed')
    equal(inside('journalctl', '-q', '--no-pager', '-o', 'cat', '_PID=1', '-g', 'cycle',
                 good=(0, 1)), '', 'what systemd says of cycles')
    at = 'InactiveExitTimestampMonotonic', 'ActiveEnterTimestampMonotonic'
    units = RESTORE, AGENT, FRR, 'network.target', *SOCKETS
    found = show(units, *at, 'ActiveState')
    equal([u['ActiveState'] for u in found], ['active'] * len(units), f'the states of {units}')
    begin, ready = ({n: int(u[t]) for n, u in zip(units, found)} for t in at)
    for first, then in ((RESTORE, AGENT), (AGENT, FRR), (AGENT, 'network.target'),
                        *((s, AGENT) for s in SOCKETS)):
        check(ready[first] <= begin[then], f'{then} does not wait for {first}')
    remark(f'applied within {(ready[RESTORE] - begin[RESTORE]) / 1e6:.1f} s, the agent ready '
           f'within {(ready[AGENT] - begin[AGENT]) / 1e6:.1f} s')
    all_up(V4, V6, BY_FRR)
    until(lambda: frr_peer()['status'] == 'up', 'FRR knows')


@test('the units are without fault, and expose little')
def units():
    told = inside('systemd-analyze', 'verify', '--man=no', 'multi-user.target', AGENT, RESTORE,
                  *SOCKETS, good=(0, 1))
    equal([line for line in told.splitlines() if 'bfd' in line or 'cycle' in line], [],
          'what systemd says')
    for unit in AGENT, RESTORE:
        told = inside('systemd-analyze', 'security', '--no-pager', f'--threshold={EXPOSURE}', unit)
        remark(told.splitlines()[-1].strip('→ '))


@test('it counts as started when the file is applied, not before')
def readiness():
    lock, = glob.glob(f'{ROOT}/run/bfdnl/netns-*.ledger.lock')
    write(config(f'dest-addr = "{MORE}";'))
    with undisturbed(), open(lock, 'rb') as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        ctl('restart', '--no-block', AGENT)
        wanted = {'ActiveState': 'activating', 'SubState': 'start'}
        until(lambda: show(AGENT, *wanted) == wanted, 'it starts')
        time.sleep(1)
        equal(show(AGENT, *wanted), wanted, 'what it does')
        check(MORE not in sessions(), 'it was applied')
        fcntl.flock(f, fcntl.LOCK_UN)
        until(is_active, 'it is ready')
        check(MORE in sessions(), 'it was not applied')
    equal(show(AGENT, 'StatusText')['StatusText'], '/etc/bfdnl/bfd.conf is applied', 'the status')


@test('mistakes are told by both units with file and line, and change nothing')
def mistakes():
    with undisturbed():
        write(config('dest-addr = "192.0.2.300";'))
        ctl('reload', AGENT, good=(1,))
        ctl('restart', RESTORE, good=(1,))
        running, restore = show((AGENT, RESTORE), 'ActiveState', 'Result', 'ExecMainStatus')
        equal((running['ActiveState'], restore['ActiveState'], restore['Result'],
               restore['ExecMainStatus']), ('active', 'failed', 'exit-code', '1'), 'the states')
        for unit in AGENT, RESTORE:
            until(lambda u=unit: '/etc/bfdnl/bfd.conf:4: ' in said(u), f'{unit} tells')
        write(config(f'dest-addr = "{MORE}";'))
        ctl('restart', RESTORE)


@test('a link that comes late: what the kernel refuses is tried again')
def late():
    write(config(f'dest-addr = "{MORE}";', f'dest-addr = "{LATE}"; interface = "late";'))
    with undisturbed():
        ctl('restart', RESTORE, good=(1,))
        until(lambda: show(RESTORE, 'SubState')['SubState'] == 'auto-restart', 'it waits')
        check(LATE not in sessions(), 'there is a session')
        sh(f'ip -n {H1} link add late type dummy; ip -n {H1} link set late up')
        until(lambda: show(RESTORE, 'ActiveState')['ActiveState'] == 'active', 'it succeeds')
        equal(sessions()[LATE]['interface'], 'late', 'the interface')


@test('a reload applies the difference')
def difference():
    pid = show(AGENT, 'MainPID')
    write(config())
    ctl('reload', AGENT)
    until(lambda: set(sessions()) == {V4, V6, BY_FRR}, 'what is not described is deleted')
    with undisturbed():
        write(config(v4='desired-min-tx-interval = "200ms";'))
        ctl('reload', AGENT)
        until(lambda: sessions()[V4]['desired-min-tx-interval'] == 200000, 'it is changed')
        equal(sessions()[V6]['desired-min-tx-interval'], 300000, 'what is not changed')
        until(is_active, 'it is ready again')
    equal(show(AGENT, 'MainPID'), pid, 'the process')


# ---- what it may do ----

def listen():
    """Collect the signals that a client without any power gets; it ends with systemd."""
    with open(SIGNALS, 'w', encoding='utf-8') as f:
        subprocess.Popen(enter('setpriv', '--reuid', '65534', '--clear-groups', 'dbus-monitor',
                               '--system', "type='signal',interface='org.bfdnl.Agent1'"),
                         stdout=f, stderr=f)
    until(signals, 'there is a bus')


def signals():
    with open(SIGNALS, encoding='utf-8') as f:
        return f.read()


rest = hook = made = None


@test('it is confined, and all it offers works: REST, calls, monitor, hooks, D-Bus, metrics')
def works():
    global rest, hook, made     # pylint: disable=global-statement
    with open(f'{ROOT}/proc/{show(AGENT, "MainPID")["MainPID"]}/status', encoding='ascii') as f:
        status = dict(line.strip().partition(':\t')[::2] for line in f)
    equal({n: int(status[n], 16) for n in ('CapEff', 'CapPrm', 'CapBnd', 'CapAmb')},
          {'CapEff': 1 << CAP_NET_ADMIN, 'CapPrm': 1 << CAP_NET_ADMIN,
           'CapBnd': 1 << CAP_NET_ADMIN, 'CapAmb': 0}, 'its powers')
    equal((status['NoNewPrivs'], status['Seccomp']), ('1', '2'), 'privileges, filter')
    rest, hook = Rest(H1), Hook(H1)
    rest.post('/v1/notifications', {'url': hook.url, 'events': ['state']})
    listen()
    session = rest.post('/v1/sessions', {'dest-addr': BY_REST, 'source-addr': '192.0.2.1',
                                         'interface': 'e1', 'local-multiplier': 10})
    made = session['local-discriminator']
    client = Freebfd(H1)
    client.ask('subscribe', MONITORED, **{'local-multiplier': 10})
    check(client.state('up'), 'the monitor is not told')
    all_up(BY_REST, BY_MONITOR)
    until(lambda: {(e['dest-addr'], e['new-state']) for _, e in hook.told} >=
          {(BY_REST, 'up'), (BY_MONITOR, 'up')}, f'the URL is told: {hook.told}')
    until(lambda: f'"{BY_REST}%e1' in (text := signals()) and '"up"' in text,
          f'the bus is told: {signals()}')
    file = f'{ROOT}/run/bfdnl/told/{BY_REST}'
    until(lambda: os.path.exists(file), 'the hook is run')
    hooked(file)
    until(lambda: f'the hook was told of {BY_REST}' in said(AGENT), 'what the hook says is logged')
    metrics = Metrics(scrape(H1)[1])
    equal(metrics('bfd_session_up', remote=BY_REST), 1, 'up')
    equal(metrics('bfd_agent_notifications_delivered_total') >= 2, True, 'calls are counted')
    client.close()


def hooked(file):
    def lines():
        with open(file, encoding='utf-8') as f:
            return f.read().splitlines()

    until(lambda: lines()[-1:] == ['end'], f'the hook ends: {lines()}')
    event = json.loads(next(li for li in lines() if li.startswith('event '))[len('event '):])
    equal((event['dest-addr'], event['new-state']), (BY_REST, 'up'), 'the event')
    equal([li for li in lines() if li.startswith('may ')],
          ['may write to its directory', 'may use the network'], 'what the hook may do')
    check(f'CapEff:\t{1 << CAP_NET_ADMIN:016x}' in lines(), f'its powers: {lines()}')


@test('TLS with a key that only root may read')
def tls():
    write(config(rest='certificate = "/etc/bfdnl/cert.pem"; key = "/etc/bfdnl/key.pem";'))
    ctl('reload', AGENT)

    def ask():
        context = ssl.create_default_context(cafile=f'{ROOT}/etc/bfdnl/cert.pem')
        with netns(H1):
            c = http.client.HTTPSConnection('127.0.0.1', 5880, timeout=20, context=context)
            try:
                c.connect()
            except OSError:
                return None
        c.request('GET', '/v1/health')
        return c.getresponse().status
    until(lambda: ask() == 200, 'it is HTTPS')
    write(config())
    ctl('reload', AGENT)
    until(lambda: ask() is None, 'it is HTTP')


# ---- its ends ----

def born_again(restarts):
    """There is another agent, and it is ready: on a busy machine not the first."""
    now = show(AGENT, 'NRestarts', 'ActiveState')
    return int(now['NRestarts']) > restarts and now['ActiveState'] == 'active'


def restarts():
    return int(show(AGENT, 'NRestarts')['NRestarts'])


def find_all_again():
    """What clients have asked for is still theirs."""
    session = rest.get(f'/v1/sessions/{made}')
    equal((session['dest-addr'], session['held'], session['session-running']['local-state']),
          (BY_REST, True, 'up'), 'the session of REST')
    equal([n['url'] for n in rest.get('/v1/notifications')['notifications']], [hook.url],
          'who is called')
    client = Freebfd(H1)
    client.ask('subscribe', MONITORED, **{'local-multiplier': 10})
    check(client.answer('subscribe')['result'] == 'ok' and client.state('up'), 'the monitor')
    return client


@test('killed: it comes back, and with it clients and their sessions; FRR notices nothing')
def killed():
    before, count = connections(), restarts()
    equal(len(before - {''}) > 0, True, 'bfdd is connected')
    check(int(show(AGENT, 'NFileDescriptorStore')['NFileDescriptorStore']) > 0, 'nothing is kept')
    with undisturbed():
        inside('kill', '-9', show(AGENT, 'MainPID')['MainPID'])
        equal(rest.get('/v1/health')['status'], 'ok', 'the health, asked for at once')
        until(lambda: born_again(count), 'it is there again')
        find_all_again().close()
        equal(frr_peer()['status'], 'up', 'the state of FRR')
        equal(connections(), before, "bfdd's connections")
    counters = json.loads(inside('vtysh', '-d', 'bfdd', '-c', 'show bfd peers counters json'))
    equal([c['session-down'] for c in counters if c['peer'] == BY_FRR], [0], 'failures for FRR')


@test('it stands still: systemd kills and restarts it')
def watchdog():
    count = restarts()
    with undisturbed():
        inside('kill', '-STOP', show(AGENT, 'MainPID')['MainPID'])
        start = time.monotonic()
        until(lambda: born_again(count), 'it is there again')
        remark(f'restarted within {time.monotonic() - start:.1f} s, with WatchdogSec=6')
        find_all_again().close()
    until(lambda: 'Watchdog timeout' in said(AGENT), 'systemd says why')


class Crowd(threading.Thread):
    """New clients, one after the other."""

    def __init__(self):
        super().__init__()
        self.answered = self.cut = self.refused = 0
        self.ended = False

    def run(self):
        while not self.ended:
            try:
                with netns(H1):
                    c = http.client.HTTPConnection('127.0.0.1', 5880, timeout=30)
                    c.connect()
            except ConnectionRefusedError:
                self.refused += 1
                continue
            try:
                c.request('GET', '/v1/health')
                self.answered += c.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                self.cut += 1
            c.close()


@test('restarted: no client is refused')
def restarted():
    crowd = Crowd()
    with undisturbed():
        crowd.start()
        try:
            for _ in range(2):
                ctl('restart', AGENT)
        finally:
            crowd.ended = True
            crowd.join()
        find_all_again().close()
    remark(f'{crowd.answered} clients were answered, {crowd.cut} lost their connection')
    check(not crowd.refused and crowd.answered > 20, f'{crowd.refused} were refused')


@test('stopped: sessions stay; who connects to one of its sockets starts it')
def activated():
    ctl('stop', FRR)    # it would speak itself
    for port, ask in ((5880, lambda: equal(rest.get('/v1/health')['status'], 'ok', 'the health')),
                      (5643, lambda: find_all_again().close())):
        with undisturbed():
            ctl('stop', AGENT)
            equal(show(AGENT, 'ActiveState', 'Result', 'NFileDescriptorStore'),
                  {'ActiveState': 'inactive', 'Result': 'success', 'NFileDescriptorStore': '0'},
                  'the state')
            equal(ctl('is-active', *SOCKETS), 'active\nactive', 'the sockets')
            ask()
            until(is_active, f'port {port} has started it')


if '--configure' in sys.argv:
    print(config())
else:
    main()
