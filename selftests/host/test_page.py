# SPDX-License-Identifier: GPL-2.0
"""The status page in headless Chromium, before an agent with a fake kernel.

PAGE_SERVER is the agent; screenshots go to the directory PAGE_SHOTS if it is given.
"""

import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../lib'))
# pylint: disable=wrong-import-position
from chromium import Chromium
from result import check, equal, remark, main, test

SERVER = os.environ['PAGE_SERVER']
SHOTS = os.environ.get('PAGE_SHOTS')
URL = 'http://127.0.0.1:5880/'
TOKEN = 'a-token-of-some-length'
MANY = 10000
# as long as a name may be
EVIL = '<img/src=x:/>'
EVIL2 = '"\'><script>a()'


class Server:
    """The agent with its fake kernel"""

    def __init__(self, *args):
        self.process = subprocess.Popen([SERVER, '127.0.0.1:5880', *args], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        equal(self.process.stdout.readline(), 'ready\n', 'the first line')

    def __enter__(self):
        return self

    def __call__(self, *lines):
        for line in lines:
            self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        for line in lines:
            equal(self.process.stdout.readline(), 'done\n', line)

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            equal(self.process.wait(20), 0, "the server's status")
        finally:
            self.process.kill()


def shot(page, name):
    if SHOTS:
        page.screenshot(f'{SHOTS}/{name}.png')


def rows(page):
    return page.run("document.querySelectorAll('#rows tr').length")


def tile(page, index):
    return page.text(f'#tiles li:nth-child({index}) b')


def some(server):
    states = ['up'] * 17 + ['down', 'init', 'adminDown']
    for i in range(40):
        server(f'add {i + 1} 192.0.2.{i + 2} {states[i % 20]} eth{i % 4} '
               f'{"blue" if i % 5 == 0 else "-"}')


@test('sessions, states, lateness; an event is shown as it happens')
def life():
    with Server() as server, Chromium() as page:
        page.size(1280, 1100)
        some(server)
        page.go(URL)
        page.until("document.getElementById('live').className === 'on'")
        page.until("document.querySelectorAll('#rows tr').length === 40")
        equal([tile(page, i) for i in (1, 2, 3, 4)], ['34', '2', '2', '2'], 'the tiles')
        equal(page.text('#rows tr:first-child .state'), 'down', 'what comes first')
        page.until("document.querySelectorAll('#late svg').length === 4")
        check(page.run("document.querySelectorAll('#late rect').length") >= 20, 'no bars')
        shot(page, 'light')
        page.dark(True)
        shot(page, 'dark')
        page.dark(False)
        start = time.monotonic()
        server('state 3 down')
        page.until("document.querySelector('#tiles li:nth-child(2) b').innerText === '3'")
        remark(f'seen {1000 * (time.monotonic() - start):.0f} ms after it happened')
        check('192.0.2.4' in page.text('#events li:first-child'), 'the event is not told')
        server('delete 4')
        page.until("document.querySelectorAll('#rows tr').length === 39")
        server('add 99 2001:db8::99 init eth9 -')
        page.until("document.querySelectorAll('#rows tr').length === 40")
        page.run("document.querySelector('#rows td button').click()")
        page.until("!document.getElementById('detail').hidden")
        check('local-discriminator' in page.text('#detail-list'), 'no details')
        shot(page, 'detail')
        page.run("document.getElementById('close').click()")
        page.size(420, 900)
        shot(page, 'narrow')
        check(page.run('document.documentElement.scrollWidth <= innerWidth'),
              'it is wider than a small window')
        equal(page.complaints, [], 'what the page complains of')


@test('a name that is markup is shown as it is, and does nothing')
def hostile():
    with Server() as server, Chromium() as page:
        server(f'add 1 192.0.2.2 up {EVIL} {EVIL2}', f'add 2 192.0.2.3 down {EVIL2} {EVIL}')
        page.go(URL)
        page.until("document.querySelectorAll('#rows tr').length === 2")
        server('state 1 down')
        page.until("document.querySelectorAll('#events time').length === 1")
        page.run("document.querySelector('#rows td button').click()")
        page.until("!document.getElementById('detail').hidden")
        body = page.text('body')
        for name in (EVIL, EVIL2):
            check(name in body, f'{name} is not shown: {body}')
        equal(page.run("document.querySelectorAll('img, #main script, #late ~ svg').length"), 0,
              'elements that are not ours')
        equal(page.run("fetch('https://192.0.2.1/').then(() => 'let through', () => 'kept')"),
              'kept', 'what is asked of others')
        page.run("document.body.insertAdjacentHTML('beforeend', '<p id=x onclick=\"y=1\">x</p>')")
        page.run("document.getElementById('x').click()")
        equal(page.run('typeof y'), 'undefined', 'what markup did')
        check(any('Content Security Policy' in c for c in page.complaints),
              'the policy keeps nothing')
        check(not any('dialog' in c for c in page.complaints), f'{page.complaints}')


@test('the token is asked for, kept for the tab, and shown with each request')
def token():
    with tempfile.NamedTemporaryFile('w') as f:
        f.write(TOKEN + '\n')
        f.flush()
        with Server(f.name) as server, Chromium() as page:
            server('add 1 192.0.2.2 up eth0 -')
            page.go(URL)
            page.until("!document.getElementById('login').hidden")
            shot(page, 'login')
            for word in ('wrong', TOKEN):
                page.run(f"document.getElementById('token').value = '{word}';"
                         "document.querySelector('#login button').click()")
                if word != TOKEN:
                    page.until("document.getElementById('login-text').innerText.includes('not')")
            page.until("document.querySelectorAll('#rows tr').length === 1")
            equal(page.run("document.getElementById('token').value"), '', 'the field')
            equal(page.run('document.cookie + localStorage.length'), '0', 'what else is kept')
            page.call('Page.reload')
            page.until("document.querySelectorAll('#rows tr').length === 1")
            server('state 1 down')
            page.until("document.querySelector('#rows .state')?.innerText === 'down'")


@test(f'{MANY} sessions: a hundred are shown at a time, and found by their names')
def many():
    with Server() as server, Chromium() as page:
        page.size(1280, 1100)
        server(*(f'add {i} 10.{i >> 16}.{i >> 8 & 255}.{i & 255} '
                 f'{"down" if i % 1000 == 7 else "up"} eth{i % 8} -' for i in range(1, MANY + 1)))
        start = time.monotonic()
        page.go(URL)
        page.until(f"document.getElementById('range').innerText === '1 to 100 of {MANY}'", 60)
        remark(f'{MANY} sessions are there after {time.monotonic() - start:.1f} s')
        equal(rows(page), 100, 'rows')
        equal(page.text('#rows tr:nth-child(10) .state'), 'down', 'the tenth')
        equal(page.text('#rows tr:nth-child(11) .state'), 'up', 'the eleventh')
        page.run("document.getElementById('next').click()")
        equal(page.text('#range'), f'101 to 200 of {MANY}', 'the next page')
        shot(page, 'many')
        page.run("const f = document.getElementById('filter'); f.value = '10.0.39.16';"
                 "f.dispatchEvent(new Event('input'))")
        equal(page.text('#range'), '1 to 1 of 1', 'what is found')
        start = time.monotonic()
        server(*(f'state {i} down' for i in range(2, 1001, 2)))
        page.until("document.querySelector('#tiles li:nth-child(2) b').innerText === '510'")
        remark(f'500 falls at once are shown after {time.monotonic() - start:.1f} s')
        equal(page.complaints, [], 'what the page complains of')


@test('when the agent is gone that is said; when it is back, all is as it is then')
def gone():
    with Chromium() as page:
        with Server() as server:
            server('add 1 192.0.2.2 up eth0 -', 'add 2 192.0.2.3 up eth0 -')
            page.go(URL)
            page.until("document.querySelectorAll('#rows tr').length === 2")
        page.until("document.getElementById('live').className === 'off'")
        shot(page, 'gone')
        with Server() as server:
            server('add 3 192.0.2.4 down eth0 -')
            page.until("document.querySelectorAll('#rows tr').length === 1")
            page.until("document.getElementById('notice').hidden")


main()
