/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is inside our echoes, and which of them are on their way (RFC 5880, 5).
 *
 * Pure code: no kernel service is called, so that the same file is unit tested
 * and fuzzed in userspace.
 */
#ifndef _BFD_ECHO_PKT_H
#define _BFD_ECHO_PKT_H

#include <linux/types.h>
#include <linux/bfd.h>

#define BFD_ECHO_LEN		32
#define BFD_ECHO_DISCR_OFFSET	4	/* as My Discriminator in a Control packet */

#define BFD_ECHO_WINDOW		512	/* the shortest jittered interval, 255 times, fits */

/**
 * struct bfd_echo_packet - the payload of an echo in host order
 * @discr: bfd.LocalDiscr of the session that sent it
 * @sequence: its number
 * @time: when it left, ns
 * @digest: of all the others and a secret
 *
 * What a Control packet has there, its version, differs: one is never taken
 * for the other.
 */
struct bfd_echo_packet {
	u32 discr;
	u32 sequence;
	u64 time;
	u64 digest;
};

/**
 * struct bfd_echo_window - the echoes that may still come back
 * @next: the number of the next echo
 * @away: a bit for each of the last numbers, by the number's remainder: it has
 *	not come back
 */
struct bfd_echo_window {
	u32 next;
	u32 away[BFD_ECHO_WINDOW / 32];
};

/**
 * bfd_echo_parse() - decode an echo
 * @data: the UDP payload
 * @len: its length in bytes
 * @p: the result, valid only when BFD_DROP_NONE is returned; the digest is not
 *	checked
 *
 * Return: BFD_DROP_NONE; BFD_DROP_ECHO_DIGEST when we did not make it
 */
enum bfd_drop bfd_echo_parse(const void *data, size_t len, struct bfd_echo_packet *p);

/**
 * bfd_echo_build() - encode an echo
 * @p: what to say
 * @data: BFD_ECHO_LEN bytes to fill
 */
void bfd_echo_build(const struct bfd_echo_packet *p, void *data);

/**
 * bfd_echo_window_clear() - no echo is on its way any more
 * @w: the window
 */
void bfd_echo_window_clear(struct bfd_echo_window *w);

/**
 * bfd_echo_window_send() - one more echo leaves
 * @w: the window
 *
 * Return: its number
 */
u32 bfd_echo_window_send(struct bfd_echo_window *w);

/**
 * bfd_echo_window_return() - an echo came back
 * @w: the window
 * @sequence: its number
 *
 * Return: it was on its way. The same number again is not.
 */
bool bfd_echo_window_return(struct bfd_echo_window *w, u32 sequence);

#endif /* _BFD_ECHO_PKT_H */
