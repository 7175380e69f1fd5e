# SPDX-License-Identifier: GPL-2.0
"""Documents that are not implemented, and why."""

from registry import Rule, rules

for _text, _why in (
        ('RFC 7130, BFD on LAG member links (micro-BFD)',
         'not yet: one session for each member of a bond or team, and its verdict to the driver'),
        ('RFC 7880, RFC 7881, Seamless BFD',
         'not yet: a reflector without state, and an initiator'),
        ('RFC 8562, RFC 8563, Multipoint BFD and active tails',
         'for trees of multicast traffic; there is no user in a Linux host so far'),
        ('RFC 5884, RFC 5885, RFC 7726, BFD for MPLS LSPs and pseudowires',
         'sessions are started by LSP ping, of which Linux has none'),
        ('RFC 8971, BFD for VXLAN',
         'a session over the VXLAN interface watches the same path; packets for the management '
         'VNI are not made'),
        ('RFC 9127, RFC 9314, YANG models',
         'names and statistics are those of the models; a NETCONF server is for an agent'),
        ('RFC 9468, unsolicited BFD',
         'not yet: sessions made by first packets of allowed peers; today operators make them'),
        ('RFC 5880, appendix A, version 0',
         'optional, and not in use anywhere; packets with version 0 are dropped'),
        ('RFC 9764, large packets',
         'not yet: padding that shows a path MTU that is too small')):
    rules.append(Rule('', '', '', _text, kind='absent', why=_why))
