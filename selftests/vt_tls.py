# SPDX-License-Identifier: GPL-2.0
"""bfdagentd's REST interface beyond the machine: TLS and a token, or nothing."""

import os
import subprocess

from agent import Agent, clean, until
from result import check, equal, main, test
from tool import netns, sh

h1, h2, tmp = os.environ['h1'], os.environ['h2'], os.environ['lib_tmp']
HERE = '192.0.2.1'
TOKEN = 'a-token-of-some-length'
# curl's own words for how it ended
GOOD, NO_CONNECTION, NO_TLS, UNTRUSTED, TRUSTS_NOBODY = 0, 7, 35, 60, 77
CA = """[ca]
default_ca = this
[this]
database = {tmp}/index
rand_serial = yes
new_certs_dir = {tmp}
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:{here}
"""


def certificate(name):
    sh(f'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes '
       f'-keyout {tmp}/{name}.key -out {tmp}/{name}.crt -subj /CN=bfd '
       f'-addext subjectAltName=IP:{HERE} 2>/dev/null')


def expired(name):
    certificate(name)
    for file, text in ('ca', CA.format(tmp=tmp, here=HERE)), ('index', ''):
        with open(f'{tmp}/{file}', 'w', encoding='ascii') as f:
            f.write(text)
    sh(f'openssl req -new -key {tmp}/{name}.key -subj /CN=bfd -out {tmp}/csr && '
       f'openssl ca -batch -selfsign -notext -config {tmp}/ca -keyfile {tmp}/{name}.key '
       f'-in {tmp}/csr -out {tmp}/{name}.crt -startdate 20200101000000Z '
       f'-enddate 20200201000000Z 2>/dev/null')


def config(cert='good', key='good', address=HERE, token=True):
    with open(f'{tmp}/token', 'w', encoding='ascii') as f:
        f.write(TOKEN + '\n')
    return (f'agent: {{ rest: {{ listen = "{address}:5880";\n'
            f'certificate = "{tmp}/{cert}.crt"; key = "{tmp}/{key}.key";\n' +
            (f'token-file = "{tmp}/token";\n' if token else '') + '}; };\n')


def curl(path, *args, trust='good', scheme='https', ns=h2, token=TOKEN):
    """How curl ended, and the status of the answer."""
    if token:
        args += ('-H', f'Authorization: Bearer {token}')
    if trust:
        args += ('--cacert', f'{tmp}/{trust}.crt')
    with netns(ns):
        done = subprocess.run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-m', '20',
                               *args, f'{scheme}://{HERE}:5880{path}'],
                              stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, int(done.stdout)


def refused(text):
    """What a start with this configuration ends with."""
    file = f'{tmp}/refused.conf'
    with open(file, 'w', encoding='ascii') as f:
        f.write(text)
    with netns(h1):
        done = subprocess.run(['bfdagentd', '-c', file, '-l', f'{tmp}/refused.ledger'],
                              stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    check(done.returncode, 'it was taken')
    return done.stderr


@test('another machine is answered over TLS, with the token and not without')
def exposed():
    certificate('good')
    certificate('other')
    with Agent(h1, config()):
        equal(curl('/v1/health'), (GOOD, 200), 'with the token')
        equal(curl('/v1/health', '--tls-max', '1.2'), (GOOD, 200), 'with TLS 1.2')
        for path in '/v1/health', '/v1/sessions', '/v1/events', '/metrics', '/Session':
            equal(curl(path, token=None), (GOOD, 401), f'{path} without a token')
            equal(curl(path, token=TOKEN + 'x'), (GOOD, 401), f'{path} with another token')
        equal(curl('/', token=None), (GOOD, 200), 'the page that asks for the token')
        check(curl('/v1/health', trust=None) in ((UNTRUSTED, 0), (TRUSTS_NOBODY, 0)),
              'who trusts nobody is answered')
        equal(curl('/v1/health', trust='other'), (UNTRUSTED, 0), 'who trusts somebody else')
        check(curl('/v1/health', scheme='http')[1] in (0, 400), 'an answer without TLS')
        status, _ = curl('/v1/health', '--tls-max', '1.1', '--ciphers', 'DEFAULT@SECLEVEL=0')
        equal(status, NO_TLS, 'with TLS 1.1')


@test('what would expose the sessions is refused, with file and line')
def settings():
    told = refused(config(token=False))
    check('refused.conf:1' in told and 'beyond this machine' in told, told)
    told = refused(f'agent: {{ rest: {{ listen = "0.0.0.0:5880"; token-file = "{tmp}/token"; }}; }};')
    check('beyond this machine' in told, told)
    told = refused(f'agent: {{ rest: {{ certificate = "{tmp}/good.crt"; }}; }};')
    check('come together' in told, told)


@test('a key that is missing or of another certificate is told, and nobody is served')
def keys():
    with open(f'{tmp}/junk.key', 'w', encoding='ascii') as f:
        f.write('junk\n')
    for key, words in (('missing', f'{tmp}/missing.key: No such file'),
                       ('other', 'certificate and key'), ('junk', 'certificate and key')):
        with Agent(h1, config(key=key)) as agent:
            until(lambda agent=agent, words=words: words in agent.said(), words)
            equal(curl('/v1/health')[0], NO_CONNECTION, f'curl with the key {key}')
            agent.reload(config())
            until(lambda: curl('/v1/health') == (GOOD, 200), 'it is put right by a reload')
        os.unlink(agent.log)


@test('a certificate is renewed by a reload; one that has expired is not trusted')
def renewal():
    expired('old')
    with Agent(h1, config('old', 'old')) as agent:
        equal(curl('/v1/health', trust='old'), (UNTRUSTED, 0), 'an expired certificate')
        agent.reload(config())
        until(lambda: curl('/v1/health') == (GOOD, 200), 'the new one is served')
        certificate('good')
        agent.reload(config())
        until(lambda: curl('/v1/health') == (GOOD, 200), 'a newer one in the same file')
    clean()


main()
