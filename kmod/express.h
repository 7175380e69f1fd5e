/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Express sessions: their packets do not go through IP.
 */
#ifndef _BFD_EXPRESS_H
#define _BFD_EXPRESS_H

#include "ingress.h"

/**
 * bfd_express_receive() - a packet to the port of single-hop sessions
 * @p: the packet
 *
 * Context: BHs disabled, RCU read side
 * Return: NF_ACCEPT: it goes on to IP; or NF_DROP, or NF_STOLEN
 */
unsigned int bfd_express_receive(struct bfd_ingress_packet *p);

#endif /* _BFD_EXPRESS_H */
