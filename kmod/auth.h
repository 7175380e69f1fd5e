/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Authentication: RFC 5880, 4.2 to 4.4 and 6.7.
 *
 * Pure code but for one function that its user provides, bfd_auth_hash(). The
 * caller serialises all calls for one session (in the kernel: the session lock).
 */
#ifndef _BFD_AUTH_H
#define _BFD_AUTH_H

#include "packet.h"

#define BFD_AUTH_SECRET_MAX	20	/* 6.7.4 */
#define BFD_AUTH_LEN_MAX	28	/* a section with a SHA1 digest */
#define BFD_AUTH_DIGEST_MAX	20

struct crypto_shash;

/**
 * struct bfd_auth_key - a type of authentication and a secret
 * @type: enum bfd_auth_type, not BFD_AUTH_NONE
 * @len: bytes of @secret
 * @secret: padded with zeros
 * @hash: for bfd_auth_hash()
 */
struct bfd_auth_key {
	u8 type;
	u8 len;
	u8 secret[BFD_AUTH_SECRET_MAX];
	struct crypto_shash *hash;
};

/**
 * struct bfd_auth_method - how packets are authenticated
 * @key: the key; NULL: they are not
 * @key_id: Auth Key ID, what the key is called on the wire
 */
struct bfd_auth_method {
	const struct bfd_auth_key *key;
	u8 key_id;
};

/**
 * struct bfd_auth - authentication of one session; variables of 6.8.1
 * @method: in use; its type is bfd.AuthType
 * @next: to be used once the peer uses it
 * @pending: @next is valid
 * @auth_seq_known: bfd.AuthSeqKnown
 * @rcv_auth_seq: bfd.RcvAuthSeq
 * @xmit_auth_seq: the last one sent: bfd.XmitAuthSeq less 1
 * @seq_moved: when @xmit_auth_seq last grew, ns
 * @last_rx: when the last packet was accepted, ns
 * @detection_time: the Detection Time at that time, ns
 */
struct bfd_auth {
	struct bfd_auth_method method;
	struct bfd_auth_method next;
	bool pending;
	bool auth_seq_known;
	u32 rcv_auth_seq;
	u32 xmit_auth_seq;
	u64 seq_moved;
	u64 last_rx;
	u64 detection_time;
};

/**
 * bfd_auth_hash() - provided by the user of this code: a plain digest
 * @key: says which: MD5 or SHA1
 * @data: what to digest
 * @len: its length
 * @digest: 16 or 20 bytes, filled in
 *
 * Return: 0 or a negative errno
 */
int bfd_auth_hash(const struct bfd_auth_key *key, const void *data, unsigned int len, u8 *digest);

/**
 * bfd_auth_secret_max() - how long a secret may be
 * @type: enum bfd_auth_type
 *
 * Return: bytes
 */
unsigned int bfd_auth_secret_max(u8 type);

/**
 * bfd_auth_len() - the length of the authentication section
 * @a: the session's authentication, or NULL
 *
 * Return: bytes, 0 when packets have none
 */
unsigned int bfd_auth_len(const struct bfd_auth *a);

/**
 * bfd_auth_use() - use another method from now on
 * @a: the session's authentication
 * @m: the method
 *
 * Takes the place of whatever was pending. Our sequence goes on, so that a peer
 * that keeps its window takes what we send; the peer's may begin anew.
 */
void bfd_auth_use(struct bfd_auth *a, const struct bfd_auth_method *m);

/**
 * bfd_auth_sign() - write the authentication section of a packet to be sent
 * @a: the session's authentication; its method has a key
 * @packet: the mandatory section, with A bit and Length; the section follows it
 * @now: ns
 *
 * The sequence number is another one than before.
 * Return: 0 or the error of bfd_auth_hash()
 */
int bfd_auth_sign(struct bfd_auth *a, u8 *packet, u64 now);

/**
 * bfd_auth_must_sign() - may a packet not leave again as it was sent before
 * @a: the session's authentication
 * @now: ns
 *
 * Meticulous types count every packet; the others at least one a second.
 */
bool bfd_auth_must_sign(const struct bfd_auth *a, u64 now);

/**
 * bfd_auth_receive() - authenticate a packet (6.8.6, 6.7.2 to 6.7.4)
 * @a: the session's authentication
 * @p: the packet, parsed
 * @data: the packet, @p->len bytes
 * @detect_mult: bfd.DetectMult
 * @detection_time: the Detection Time, ns; 0: not known now
 * @now: when it arrived, ns
 *
 * Nothing changes unless the packet is authentic. If it is so by the pending
 * method, that is in use from now on, and nothing is pending any more.
 * Return: BFD_DROP_NONE, or why to discard the packet by the method in use.
 */
enum bfd_drop bfd_auth_receive(struct bfd_auth *a, const struct bfd_packet *p, const void *data,
			       u8 detect_mult, u64 detection_time, u64 now);

/**
 * bfd_auth_heard() - an authentic packet was accepted
 * @a: the session's authentication
 * @detection_time: as it follows from that packet, ns
 * @now: when it arrived, ns
 */
static inline void bfd_auth_heard(struct bfd_auth *a, u64 detection_time, u64 now)
{
	a->detection_time = detection_time;
	a->last_rx = now;
}

#endif /* _BFD_AUTH_H */
