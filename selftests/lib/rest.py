# SPDX-License-Identifier: GPL-2.0
"""A client of bfdagentd's REST interface, and a web server for it to call."""

import http.client
import http.server
import json
import threading
import time

from openapi import Document
from result import equal
from tool import netns


class Rest:
    """Each answer is held against the OpenAPI document that the agent serves."""

    def __init__(self, ns, port=5880):
        self.ns = ns
        self.port = port
        self.document = Document({'paths': {'/v1/openapi.json': {'get': {'responses': {
            '200': {'content': {'application/json': {'schema': {'type': 'object'}}}}}}}}})
        self.document = Document(self.get('/v1/openapi.json'))
        self.document.used.add(('GET', '/v1/openapi.json', 200))

    def connect(self):
        with netns(self.ns):
            c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=40)
            c.connect()
        return c

    def ask(self, method, url, body=None, status=None, headers=None):
        """Return the status, the headers and the body, decoded."""
        c, asked = self.connect(), body
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        head = {'Content-Type': 'application/json'} if body is not None else {}
        c.request(method, url, body, head | (headers or {}))
        r = c.getresponse()
        text = r.read()
        kind = r.headers.get('Content-Type')
        value = text.decode() if kind and '/json' not in kind else json.loads(text or 'null')
        c.close()
        if status:
            equal(r.status, status, f'{method} {url}: {value}: the status')
        self.document.answer(method, url, r.status, kind, value)
        if r.status < 300:
            self.document.request(method, url, asked)
        return r.status, r.headers, value

    def get(self, url, status=200):
        return self.ask('GET', url, status=status)[2]

    def post(self, url, body, status=201):
        return self.ask('POST', url, body, status)[2]

    def put(self, url, body, status=200):
        return self.ask('PUT', url, body, status)[2]

    def patch(self, url, body, status=200):
        return self.ask('PATCH', url, body, status)[2]

    def delete(self, url, status=204):
        return self.ask('DELETE', url, None, status)[2]


class Hook:
    """A web server in a namespace that remembers what it was told, and when."""

    running = []

    def __init__(self, ns, port=8080):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                at = time.time_ns()
                hook.told += [(at, e) for e in hook.events(json.loads(body))]
                self.send_response(hook.status)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *_):
                pass

        self.told = []
        self.status = 204
        self.url = f'http://127.0.0.1:{port}/'
        with netns(ns):
            self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
        self.server.daemon_threads = True
        Hook.running.append(self)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @staticmethod
    def events(body):
        return body if isinstance(body, list) else [body]

    def wait(self, count, seconds=10):
        end = time.monotonic() + seconds
        while len(self.told) < count and time.monotonic() < end:
            time.sleep(0.01)
        return [e for _, e in self.told]

    @classmethod
    def close_all(cls):
        for hook in cls.running:
            hook.server.shutdown()
            hook.server.server_close()
        cls.running.clear()
