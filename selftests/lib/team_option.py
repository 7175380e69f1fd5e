# SPDX-License-Identifier: GPL-2.0
"""team_option.py TEAM mode NAME | TEAM activeport PORT: what teamd would set."""

import errno
import socket
import sys

from nl import NESTED, Netlink, Refused, attr, u32, u8

OPTIONS_SET, TEAM_IFINDEX, LIST_OPTION, OPTION = 1, 1, 2, 1
NAME, TYPE, DATA = 1, 3, 4
NLA_U32, NLA_STRING = 3, 5


class Team(Netlink):
    FAMILY = b'team\0'


team, name, value = sys.argv[1:]
if name == 'activeport':
    data = u8(TYPE, NLA_U32) + u32(DATA, socket.if_nametoindex(value))
else:
    data = u8(TYPE, NLA_STRING) + attr(DATA, value.encode() + b'\0')
try:
    Team().call(OPTIONS_SET, u32(TEAM_IFINDEX, socket.if_nametoindex(team)) +
                attr(LIST_OPTION | NESTED,
                     attr(OPTION | NESTED, attr(NAME, name.encode() + b'\0') + data)))
except Refused as e:
    if e.errno != errno.ESRCH:      # done, and nobody listens to the event
        raise
