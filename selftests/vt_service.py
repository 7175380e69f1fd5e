# SPDX-License-Identifier: GPL-2.0
"""bfdagentd as a service manager sees it."""

import glob
import os
import signal
import socket
import subprocess

from agent import clean
from freebfd import Freebfd
from rest import Rest
from result import check, equal, main, remark, test
from tool import bfdnl, netns, sh

H1, TMP = os.environ['h1'], os.environ['lib_tmp']
FILE = f'{TMP}/service.conf'
UNITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../userspace/systemd')
EXPOSURE = 25           # tenths; what systemd-analyze calls OK ends at 50


class Service:
    """with Service(CONFIG, SOCKETS): the agent; SOCKETS, {name: socket}, are passed to it."""

    def __init__(self, config, sockets=None, env=None):
        with open(FILE, 'w', encoding='ascii') as f:
            f.write(config)
        self.path = f'{TMP}/service.notify'
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        self.notify.settimeout(20)
        self.start(sockets or {}, env or {})

    def start(self, sockets, env):
        """Descriptors from 3 on, as sd_listen_fds(3) has it; the shell knows its own pid."""
        moves = ' '.join(f'{3 + i}<&{s.fileno()}' for i, s in enumerate(sockets.values()))
        line = (f'exec {moves}; ' if sockets else '') + \
            f'LISTEN_PID=$$ exec bfdagentd -c {FILE} -l {TMP}/service.ledger'
        env = {**os.environ, 'NOTIFY_SOCKET': self.path, **env}
        if sockets:
            env |= {'LISTEN_FDS': str(len(sockets)), 'LISTEN_FDNAMES': ':'.join(sockets)}
        with netns(H1):
            self.process = subprocess.Popen(['bash', '-c', line], env=env,
                                            pass_fds=[s.fileno() for s in sockets.values()])

    def hear(self, word):
        """The next message with WORD, and those before."""
        heard = []
        while True:
            heard.append(self.notify.recv(4096).decode())
            if word in heard[-1]:
                return heard

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.notify.close()
        os.unlink(self.path)
        clean()


def listener(port):
    with netns(H1):
        sock = socket.create_server(('127.0.0.1', port))
    # out of the way of where it is going to be
    high = os.dup2(sock.fileno(), 50 + port % 10, inheritable=True)
    sock.close()
    return socket.socket(fileno=high)


@test('it is ready when the file is applied, and tells of its end')
def ready():
    with Service('sessions = ( { dest-addr = "192.0.2.2"; } );\n') as service:
        service.hear('READY=1')
        equal(len(bfdnl(H1, 'session show')), 1, 'sessions')
        service.process.send_signal(signal.SIGHUP)
        heard = service.hear('READY=1')
        check('RELOADING=1' in heard[0], f'heard: {heard}')
        service.process.terminate()
        service.hear('STOPPING=1')
        equal(service.process.wait(), 0, 'the status')


@test('the watchdog is fed as often as it wants')
def watchdog():
    with Service('agent: { rest: { }; };\n', env={'WATCHDOG_USEC': '500000'}) as service:
        service.hear('READY=1')
        for _ in range(4):
            service.notify.settimeout(0.5)
            service.hear('WATCHDOG=1')


@test('sockets that were passed are served, with whoever has connected before')
def passed():
    sockets = {'rest': listener(5991), 'monitor': listener(5992)}
    early = Freebfd(H1, ('127.0.0.1', 5992))
    early.ask('list')
    for _ in range(2):          # a restart refuses nobody
        with Service('agent: { rest: { }; monitor: { }; };\n', sockets) as service:
            equal(early.answer('list').get('sessions'), [], 'the list')
            equal(Rest(H1, 5991).get('/v1/health')['status'], 'ok', 'the health')
            equal(service.process.poll(), None, "the agent's status")
        early = Freebfd(H1, ('127.0.0.1', 5992))
        early.ask('list')
    for sock in sockets.values():
        sock.close()


@test('systemd understands the units, and finds little that they expose')
def units():
    for path in glob.glob(f'{UNITS}/*.service.in'):
        unit = f'{TMP}/{os.path.basename(path)[:-3]}'
        with open(path, encoding='ascii') as f, open(unit, 'w', encoding='ascii') as out:
            out.write(f.read().replace('@BINDIR@', '/bin').replace('@SBINDIR@', '/bin')
                      .replace('/bin/bfd', '/bin/true -'))
        equal(sh(f'systemd-analyze verify --man=no {unit} 2>&1 | grep "^{unit}" || true'), '',
              f'what is wrong with {path}')
    told = sh(f'systemd-analyze security --offline=true --threshold={EXPOSURE} '
              f'{TMP}/bfdagentd.service')
    remark(told.splitlines()[-1].strip('→ '))


main()
