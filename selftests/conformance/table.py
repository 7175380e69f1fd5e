# SPDX-License-Identifier: GPL-2.0
"""usage: table.py [--check] [RESULTS.json...]

Write Documentation/conformance.md: each rule, its test and what came of it. RESULTS
are files of run.py; what they do not tell is taken from the table that is there.
--check: write nothing; fail if the table is not what it would be.
"""

import json
import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, '../lib')]

import registry                         # noqa: E402 pylint: disable=wrong-import-position
from bugs import BUGS                   # noqa: E402 pylint: disable=wrong-import-position

PATH = os.path.join(here, '../../Documentation/conformance.md')
RFCS = {'5880': 'Bidirectional Forwarding Detection',
        '5881': 'Single hop over IPv4 and IPv6',
        '5882': 'Generic application: what concerns BFD itself',
        '5883': 'Multihop paths',
        '9747': 'Unaffiliated Echo'}
KINDS = {'deviates': 'another way', 'outside': 'not ours', 'absent': 'not there'}
HEAD = """# Conformance

Every rule of the RFCs that asks something of a BFD system, in our words, and its
test. Made by `selftests/conformance/table.py`; do not edit.

The tests are Python functions in `selftests/conformance`: `poll.not_both` is
`not_both()` in `poll.py`. A scripted peer says anything on the wire, the session
under test is the module's. They run on a virtual clock, where deadlines are kept
to a slot of the module's wheel (65.536 µs), on a plain and on a debug kernel; and
on Debian's kernels, but for those that need an exact clock.

    scripts/uml -- bash selftests/vt_conformance.sh --section 6.8.6
    scripts/vm -- bash selftests/vm_conformance.sh --all
    make -C selftests table         # all of them, and this page anew

| Result | |
| --- | --- |
| pass | on the virtual clock and on a real kernel |
| pass, exact | on the virtual clock; needs an exact clock |
| another way | not followed to the letter, for the reason given; the test shows what is done |
| not ours | for operators, protocols above, the other end; or a permission that is not used |
| not there | an option that was not taken |
"""


def section_key(section):
    return [int(p) if p.isdigit() else ord(p[0]) for p in section.split('.')]


# what a cell says of where a test has passed
EXACT = 'pass, exact'
SAID = {'pass': {'virtual', 'real'}, EXACT: {'virtual'},
        'pass, not on a real kernel yet': {'virtual'},
        'pass, not on the virtual clock yet': {'real'}, 'FAILS': set()}


def old_results():
    """{test: where it has passed}, of the table that is there."""
    results = {}
    if os.path.exists(PATH):
        with open(PATH, encoding='utf-8') as f:
            for line in f:
                m = re.match(r'\|.*\| `([a-z0-9_.]+)` \| (.+?)(?: <br>.*)? \|$', line)
                if m:
                    results[m[1]] = set(SAID.get(m[2].removeprefix('another way, '), ()))
    return results


def merge(results, paths):
    for path in paths:
        with open(path, encoding='utf-8') as f:
            run = json.load(f)
        where = 'virtual' if run['virtual'] else 'real'
        for name, why in run['results'].items():
            seen = results.setdefault(name, set())
            if why:
                seen.discard(where)
            else:
                seen.add(where)
    return results


def has_passed(test, results):
    """Wherever it is to be run."""
    return results.get(test.name, set()) >= ({'virtual'} if test.exact else {'virtual', 'real'})


def result_of(rule, results):
    if not rule.test:
        return f'{KINDS[rule.kind]} <br> {rule.why}'
    seen = results.get(rule.test.name, set())
    if rule.test.exact and has_passed(rule.test, results):
        result = EXACT
    else:
        result = next(text for text, where in SAID.items() if where == seen and text != EXACT)
    if rule.kind == 'deviates':
        return f'another way, {result} <br> {rule.why}'
    return result


def row(*cells):
    return '| ' + ' | '.join(c.replace('|', '\\|') for c in cells) + ' |\n'


def tested(rule):
    return f'`{rule.test.name}`' if rule.test else ''


def summary(rules):
    yield row('RFC', 'rules', 'tested', 'another way', 'not ours', 'not there')
    yield row(*['---'] * 6)
    for rfc, name in RFCS.items():
        mine = [r for r in rules if r.rfc == rfc]
        kinds = [r.kind for r in mine]
        yield row(f'{rfc} {name}', str(len(mine)),
                  *(str(kinds.count(k)) for k in ('tested', 'deviates', 'outside', 'absent')))


def page(rules, results):
    yield HEAD
    yield '\n'
    yield from summary(rules)
    for rfc, name in RFCS.items():
        mine = [r for r in rules if r.rfc == rfc]
        if not mine:
            continue
        yield f'\n## RFC {rfc}: {name}\n'
        for section in sorted({r.section for r in mine}, key=section_key):
            yield f'\n### {section}\n\n'
            yield row('', 'Rule', 'Test', 'Result')
            yield row(*['---'] * 4)
            for r in mine:
                if r.section == section:
                    level = '' if r.level == registry.TEXT else r.level
                    yield row(level, r.text, tested(r), result_of(r, results))
    attacks = [r for r in rules if not r.rfc and r.test]
    if attacks:
        yield '\n## Attacks\n\nAfter each of them the session is Up, and a counter tells.\n\n'
        yield row('Attack', 'Test', 'Result')
        yield row(*['---'] * 3)
        for r in attacks:
            yield row(r.text, tested(r), result_of(r, results))
    optional = [r for r in rules if not r.rfc and not r.test]
    if optional:
        yield '\n## Other documents\n\n'
        yield row('Document', 'Why it is not there')
        yield row('---', '---')
        for r in optional:
            yield row(r.text, r.why)
    yield '\n## Bugs seen in the field\n\nWhat implementations were seen to get wrong, and the '
    yield 'tests that show that we do not.\n\n'
    yield row('', 'Bug', 'Tests')
    yield row('---', '---', '---')
    for number, text in BUGS.items():
        names = dict.fromkeys(f'`{r.test.name}`' for r in rules if number in r.bugs)
        yield row(str(number), text, ', '.join(names))


def complaints(rules, text, results):
    """What must not be in a repository."""
    for number in BUGS:
        if not any(number in r.bugs for r in rules):
            yield f'bug {number} has no test'
    for r in rules:
        for number in r.bugs:
            if number not in BUGS:
                yield f'{r.test.name}: there is no bug {number}'
        if r.test and 'virtual' not in results.get(r.test.name, ()):
            yield f'{r.test.name} has not been seen to pass'
    if os.path.exists(PATH):
        with open(PATH, encoding='utf-8') as f:
            if f.read() == text:
                return
    yield 'Documentation/conformance.md is not what the rules say: make -C selftests table'


def main():
    args = sys.argv[1:]
    rules = registry.load()
    only_check = '--check' in args
    results = merge(old_results(), [a for a in args if a != '--check'])
    text = ''.join(page(rules, results))
    if only_check:
        wrong = list(dict.fromkeys(complaints(rules, text, results)))
        for line in wrong:
            print('table.py:', line)
        sys.exit(1 if wrong else 0)
    with open(PATH, 'w', encoding='utf-8') as f:
        f.write(text)


main()
