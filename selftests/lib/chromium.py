# SPDX-License-Identifier: GPL-2.0
"""Headless Chromium, spoken to over a pipe (Chrome DevTools Protocol)."""

import base64
import json
import os
import select
import subprocess
import tempfile
import time

FLAGS = ('--headless=new', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu',
         '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions',
         '--disable-background-networking', '--disable-component-update', '--no-proxy-server',
         '--disable-features=Translate,OptimizationHints,MediaRouter', '--hide-scrollbars')


class Chromium:
    """with Chromium() as page: one tab."""

    def __init__(self, width=1280, height=900):
        self.complaints = []    # of the console, of the content security policy
        self.number = 0
        self.buffer = b''
        self.session = None
        self.directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # it reads from descriptor 3 and writes to 4
        read, self.to = os.pipe()
        self.back, write = os.pipe()
        os.set_inheritable(read, True)
        os.set_inheritable(write, True)
        self.process = subprocess.Popen(
            ['/bin/sh', '-c', f'exec "$@" 3<&{read} 4>&{write}', 'sh', 'chromium', *FLAGS,
             f'--user-data-dir={self.directory.name}', f'--window-size={width},{height}',
             'about:blank'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(read, write))
        os.close(read)
        os.close(write)
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target,
                                 flatten=True)['sessionId']
        for domain in 'Page', 'Runtime', 'Log':
            self.call(f'{domain}.enable')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        self.directory.cleanup()

    def message(self, end):
        while b'\0' not in self.buffer:
            ready, _, _ = select.select([self.back], [], [], max(0, end - time.monotonic()))
            got = os.read(self.back, 1 << 20) if ready else b''
            if not got:
                raise TimeoutError('Chromium does not answer')
            self.buffer += got
        text, _, self.buffer = self.buffer.partition(b'\0')
        return json.loads(text)

    def note(self, message):
        """What the page complains of"""
        params = message.get('params', {})
        if message['method'] == 'Runtime.exceptionThrown':
            self.complaints.append(params['exceptionDetails'].get('exception', {}).get(
                'description', 'exception'))
        elif message['method'] == 'Log.entryAdded' and params['entry']['level'] == 'error':
            self.complaints.append(params['entry']['text'] + ' ' + params['entry'].get('url', ''))
        elif message['method'] == 'Page.javascriptDialogOpening':
            self.complaints.append('a dialog: ' + params['message'])
            self.call('Page.handleJavaScriptDialog', accept=True)

    def call(self, method, **params):
        self.number += 1
        number = self.number
        request = {'id': number, 'method': method, 'params': params}
        if self.session:
            request['sessionId'] = self.session
        os.write(self.to, json.dumps(request).encode() + b'\0')
        end = time.monotonic() + 60
        while True:
            answer = self.message(end)
            if answer.get('id') == number:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]}')
                return answer['result']
            if 'method' in answer:
                self.note(answer)

    def go(self, url):
        self.call('Page.navigate', url=url)

    def run(self, script):
        """The value of an expression in the page"""
        result = self.call('Runtime.evaluate', expression=script, returnByValue=True,
                           awaitPromise=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(f'{script}: {result["exceptionDetails"]}')
        return result['result'].get('value')

    def holds(self, script):
        """A page that is not complete yet lacks what is asked about."""
        try:
            return self.run(script)
        except RuntimeError:
            return False

    def until(self, script, seconds=30):
        end = time.monotonic() + seconds
        while not self.holds(script):
            if time.monotonic() > end:
                raise TimeoutError(f'never true: {script}; {self.complaints}')
            time.sleep(0.05)

    def text(self, selector):
        return self.run(f'document.querySelector({json.dumps(selector)})?.innerText')

    def dark(self, on):
        self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if on else 'light'}])

    def size(self, width, height):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def screenshot(self, file):
        shot = self.call('Page.captureScreenshot', format='png')
        with open(file, 'wb') as f:
            f.write(base64.b64decode(shot['data']))
