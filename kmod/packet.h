/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BFD Control packets, RFC 5880 section 4.1: decode, check, encode.
 *
 * Pure code: no kernel service is called, so that the same file is unit tested
 * and fuzzed in userspace.
 */
#ifndef _BFD_PACKET_H
#define _BFD_PACKET_H

#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>
#include <linux/bfd.h>

#define BFD_VERSION		1
#define BFD_PACKET_LEN		24	/* the mandatory section */
#define BFD_PACKET_AUTH_MIN	26	/* with the smallest authentication section */

/**
 * struct bfd_packet - a Control packet in host order
 * @diag: Diag, enum bfd_diag
 * @state: Sta, enum bfd_state
 * @poll: P bit
 * @final: F bit
 * @cpi: C bit, the sender is independent of its control plane
 * @auth: A bit
 * @demand: D bit
 * @detect_mult: Detect Mult
 * @len: Length, the whole packet with its authentication section
 * @my_discr: My Discriminator
 * @your_discr: Your Discriminator
 * @desired_min_tx: Desired Min TX Interval, microseconds
 * @required_min_rx: Required Min RX Interval, microseconds
 * @required_min_echo_rx: Required Min Echo RX Interval, microseconds
 */
struct bfd_packet {
	u8 diag;
	u8 state;
	bool poll;
	bool final;
	bool cpi;
	bool auth;
	bool demand;
	u8 detect_mult;
	u8 len;
	u32 my_discr;
	u32 your_discr;
	u32 desired_min_tx;
	u32 required_min_rx;
	u32 required_min_echo_rx;
};

/**
 * bfd_packet_parse() - decode a packet and apply the checks of RFC 5880, 6.8.6
 *	that need no session, in the order given there
 * @data: the UDP payload
 * @len: its length in bytes
 * @p: the result, valid only when BFD_DROP_NONE is returned
 *
 * Return: BFD_DROP_NONE, or the reason to discard the packet.
 */
enum bfd_drop bfd_packet_parse(const void *data, size_t len, struct bfd_packet *p);

/**
 * bfd_packet_your_discr() - Your Discriminator of a packet
 * @data: BFD_PACKET_LEN bytes or more
 */
static inline u32 bfd_packet_your_discr(const void *data)
{
	__be32 discr;

	memcpy(&discr, data + 8, sizeof(discr));
	return be32_to_cpu(discr);
}

/**
 * bfd_packet_build() - encode the mandatory section
 * @p: what to say; @p->len is written as it is
 * @data: BFD_PACKET_LEN bytes to fill
 */
void bfd_packet_build(const struct bfd_packet *p, void *data);

#endif /* _BFD_PACKET_H */
