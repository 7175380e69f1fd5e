# SPDX-License-Identifier: GPL-2.0
"""Results of a scenario, for lib.sh: one line each."""

import os
import sys
import traceback

DEBUG = 'debug' in os.environ.get('BFD_KERNEL', '')


class Failed(Exception):
    """The current test has failed; the next may go on."""


def _print(line):
    print(' '.join(str(line).split('\n')), flush=True)


def remark(text):
    _print(f'# {text}')


def ok(name):
    _print('ok ' + name)


def skip(name, why):
    _print(f'skip {name} # {why}')


def not_ok(name, why):
    _print(f'not ok {name} # {why}')


def check(condition, why):
    """End the current test unless CONDITION holds."""
    if not condition:
        raise Failed(why)


def equal(value, expected, what):
    check(value == expected, f'{what} is {value}, expected {expected}')


def within(value, low, high, what):
    check(low <= value <= high, f'{what} is {value}, expected {low} to {high}')


tests = []


def test(name, *args, **kwargs):
    """Decorator: a function that is one test, run by main(); or several, with ARGS."""
    def add(function):
        tests.append((name, function, args, kwargs))
        return function
    return add


def run(name, function, *args, **kwargs):
    """Run one test. Returns what it returns."""
    try:
        result = function(*args, **kwargs)
    except Failed as e:
        not_ok(name, e)
    except Exception as e:      # pylint: disable=broad-except
        where = traceback.extract_tb(e.__traceback__)[-1]
        not_ok(name, f'{type(e).__name__}: {e} ({os.path.basename(where.filename)}:'
                     f'{where.lineno})')
    else:
        ok(name)
        return result
    return None


def main(only=None):
    """Run all tests, or those whose names contain ONLY or an argument."""
    only = only or os.environ.get('BFD_ONLY') or (sys.argv[1] if len(sys.argv) > 1 else '')
    for name, function, args, kwargs in tests:
        if only in name:
            run(name, function, *args, **kwargs)
