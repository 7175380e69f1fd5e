# SPDX-License-Identifier: GPL-2.0
"""bfdagentd: how soon clients know, hostile clients, sudden deaths."""

import latency
from result import main, remark, test

MANY = 1000


@test(f'{MANY} sessions that fail at once are told by every front end')
def delays():
    found, rss = latency.measure(MANY)
    for name, ns in found:
        remark(f'{name}: {latency.figures(ns)}')
    remark(f'agent: {rss} KiB')


main()
