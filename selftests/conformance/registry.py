# SPDX-License-Identifier: GPL-2.0
"""The rules of the RFCs, and the test of each.

A test is a function under one or more @rule. What needs none, or has none, is
listed all the same: by outside() if it is not for this implementation to keep,
by absent() if it is an option that was not taken. Rules are in our words.
"""

import importlib
import os
from dataclasses import dataclass, field

# The kinds of statements; TEXT: says what is to be done without such a word.
LEVELS = ('MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'TEXT')
TEXT = 'TEXT'
TOPICS = ('packet', 'receive', 'demux', 'state', 'transmit', 'timers', 'poll', 'detection',
          'keep', 'admin', 'singlehop', 'clients', 'authentication', 'echoes', 'demand', 'multihop',
          'unaffiliated', 'attack', 'optional')


@dataclass
class Test:
    """A function; EXACT: it means something on a virtual clock only; LONG: it has to wait."""
    name: str                   # topic.function
    function: object
    exact: bool = False
    long: bool = False


@dataclass
class Rule:
    rfc: str
    section: str
    level: str
    text: str
    test: Test = None
    kind: str = 'tested'        # or: deviates, outside, absent
    why: str = ''               # if not simply tested
    bugs: tuple = ()            # lines of bugs.py


rules = []
tests = {}
attacks = []                    # tests that no single rule asks for
_bugs = {}


@dataclass
class _Mark:
    """What decorators below @rule have said of a function."""
    exact: bool = False
    long: bool = False
    bugs: tuple = field(default_factory=tuple)


def _mark(function):
    if not hasattr(function, 'mark'):
        function.mark = _Mark()
    return function.mark


def _test(function):
    name = f"{function.__module__.rsplit('.', maxsplit=1)[-1]}.{function.__name__}"
    mark = _mark(function)
    if name not in tests:
        tests[name] = Test(name, function, mark.exact, mark.long)
    if tests[name].function is not function:
        raise ValueError(f'two tests are called {name}')
    return tests[name]


def rule(rfc, section, level, text, deviates=''):
    """Decorator: the function tests this. DEVIATES: it tests what is done instead, for a reason."""
    assert level in LEVELS, level

    def add(function):
        kind = 'deviates' if deviates else 'tested'
        rules.append(Rule(rfc, section, level, text, _test(function), kind, deviates,
                          _mark(function).bugs))
        return function
    return add


def attack(text):
    """Decorator: no single rule, but whoever is attacked must stand it."""
    def add(function):
        attacks.append(Rule('', '', '', text, _test(function), bugs=_mark(function).bugs))
        return function
    return add


def exact(function):
    """Decorator, below @rule: needs a clock without noise."""
    _mark(function).exact = True
    return function


def long(function):
    """Decorator, below @rule: takes its time on a real kernel, which gives it to --all only."""
    _mark(function).long = True
    return function


def bug(*numbers):
    """Decorator, below @rule: implementations were seen to get this wrong, see bugs.py."""
    def add(function):
        _mark(function).bugs += numbers
        return function
    return add


def outside(rfc, section, level, text, why):
    """It is for somebody else to keep: protocols above, operators, the other end."""
    assert level in LEVELS, level
    rules.append(Rule(rfc, section, level, text, kind='outside', why=why))


def absent(rfc, section, level, text, why):
    """An option that was not taken."""
    assert level in LEVELS, level
    rules.append(Rule(rfc, section, level, text, kind='absent', why=why))


def load():
    here = os.path.dirname(os.path.abspath(__file__))
    for topic in TOPICS:
        if os.path.exists(os.path.join(here, topic + '.py')):
            importlib.import_module(topic)
    return rules + attacks
