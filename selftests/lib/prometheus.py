# SPDX-License-Identifier: GPL-2.0
"""What bfdagentd tells Prometheus, and what of it the files for Prometheus use."""

import http.client
import json
import os
import re
import subprocess

from result import check, equal
from tool import netns

FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     '../../Documentation/agent/prometheus')
SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)', re.ASCII)
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)', re.ASCII)


def scrape(ns, port=5880, headers=None, status=200):
    """Return Content-Type and text."""
    with netns(ns):
        c = http.client.HTTPConnection('127.0.0.1', port, timeout=40)
        c.connect()
    c.request('GET', '/metrics', headers=headers or {})
    r = c.getresponse()
    text = r.read().decode()
    c.close()
    equal(r.status, status, f'the status; {text}')
    return r.headers['Content-Type'], text


def labels_of(text):
    found = LABEL.findall(text)
    equal(','.join(f'{n}="{v}"' for n, v in found), text, 'the labels')
    return tuple(sorted(found))


class Metrics:
    """Samples by name and labels; the text has to be as the format wants it."""

    def __init__(self, text):
        self.samples, self.types = {}, {}
        family = None
        for line in text.splitlines():
            word = line.split(' ', 3)
            if line == '# EOF':
                continue
            if line.startswith('# HELP '):
                family = word[2]
                check(family not in self.types, f'{family} comes twice')
                check(word[3].endswith('.'), f'{family} has no help')
            elif line.startswith('# TYPE '):
                equal(word[2], family, 'the family of the type')
                self.types[family] = word[3]
            else:
                self.sample(line, family)
        for family, kind in self.types.items():
            if kind == 'histogram':
                self.histogram(family)

    def sample(self, line, family):
        match = SAMPLE.fullmatch(line)
        check(match, f'what is {line!r}?')
        name, labels, value = match.groups()
        check(name.startswith(family), f'{name} is not of {family}')
        key = name, labels_of(labels or '')
        check(key not in self.samples, f'{key} comes twice')
        self.samples[key] = float(value)

    def histogram(self, family):
        kinds = {k for (n, k) in self.samples if n == f'{family}_count'}
        check(kinds, f'{family} has no counts')
        for kind in kinds:
            buckets = [(float(dict(k)['le']), v) for (n, k), v in self.samples.items()
                       if n == f'{family}_bucket' and set(kind) <= set(k)]
            equal(buckets, sorted(buckets), 'the buckets')
            equal([v for _, v in buckets], sorted(v for _, v in buckets), 'the counts')
            equal(buckets[-1], (float('inf'), self.samples[f'{family}_count', kind]), 'all')
            total = self.samples[f'{family}_sum', kind]
            check(total <= sum(b[1] for b in buckets) * 1e3, f'{family} {kind}: {total} s')

    def __call__(self, name, **labels):
        """The one sample of this name with these labels."""
        want = set(labels.items())
        found = [v for (n, k), v in self.samples.items() if n == name and want <= set(k)]
        equal(len(found), 1, f'samples of {name} {labels}')
        return found[0]

    def names(self):
        return {n for n, _ in self.samples}


def dashboard():
    with open(f'{FILES}/bfd-dashboard.json', encoding='utf-8') as f:
        return json.load(f)


def panels():
    """The title of the panel, the expression, the legend of each line."""
    return [(p['title'], t['expr'], t['legendFormat'])
            for p in dashboard()['panels'] for t in p['targets']]


def expressions():
    """What the dashboard and the alerts ask for, by the file."""
    found = [expr for _, expr, _ in panels()]
    found += [v['query'] for v in dashboard()['templating']['list'] if v['type'] == 'query']
    with open(f'{FILES}/bfd.rules.yml', encoding='utf-8') as f:
        rules = f.read()
    return {'bfd-dashboard.json': ' '.join(found), 'bfd.rules.yml': rules}


def used(text):
    return set(re.findall(r'\b(?:bfd|process)_[a-z_]+[a-z]\b(?!\()', text))


def promtool(*args, text=None):
    done = subprocess.run(['promtool', *args], input=text, text=True, capture_output=True,
                          check=False)
    equal((done.returncode, done.stderr), (0, ''), f'promtool: {done.stdout}')
