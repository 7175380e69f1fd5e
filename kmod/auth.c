// SPDX-License-Identifier: GPL-2.0
#include "auth.h"

#include <crypto/algapi.h>
#include <linux/string.h>
#include <asm/byteorder.h>

/* Bytes of the section: RFC 5880, 4.2 to 4.4 */
enum {
	AT_TYPE,
	AT_LEN,
	AT_KEY_ID,
	AT_PASSWORD,
	AT_RESERVED = AT_PASSWORD,
	AT_SEQUENCE,
	AT_DIGEST = AT_SEQUENCE + 4,
};

#define MD5_LEN		16
#define SHA1_LEN	20
#define PASSWORD_MAX	16

/* Types with a sequence that does not count every packet move it that often. */
#define SEQ_PAUSE_NS	1000000000

static bool is_password(const struct bfd_auth_key *key)
{
	return key->type == BFD_AUTH_SIMPLE_PASSWORD;
}

static bool is_meticulous(const struct bfd_auth_key *key)
{
	return key->type == BFD_AUTH_METICULOUS_KEYED_MD5 ||
	       key->type == BFD_AUTH_METICULOUS_KEYED_SHA1;
}

static unsigned int digest_len(u8 type)
{
	return type == BFD_AUTH_KEYED_SHA1 || type == BFD_AUTH_METICULOUS_KEYED_SHA1 ?
	       SHA1_LEN : MD5_LEN;
}

unsigned int bfd_auth_secret_max(u8 type)
{
	return type == BFD_AUTH_SIMPLE_PASSWORD ? PASSWORD_MAX : digest_len(type);
}

static unsigned int section_len(const struct bfd_auth_key *key)
{
	if (is_password(key))
		return AT_PASSWORD + key->len;
	return AT_DIGEST + digest_len(key->type);
}

unsigned int bfd_auth_len(const struct bfd_auth *a)
{
	return a && a->method.key ? section_len(a->method.key) : 0;
}

void bfd_auth_use(struct bfd_auth *a, const struct bfd_auth_method *m)
{
	a->method = *m;
	a->pending = false;
	a->auth_seq_known = false;
}

/* The digest of a packet with the key in its place; the packet has none yet. */
static int digest(const struct bfd_auth_key *key, const u8 *packet, u8 *result)
{
	u8 copy[BFD_PACKET_LEN + BFD_AUTH_LEN_MAX];
	int ret;

	memcpy(copy, packet, BFD_PACKET_LEN + AT_DIGEST);
	memcpy(copy + BFD_PACKET_LEN + AT_DIGEST, key->secret, digest_len(key->type));
	ret = bfd_auth_hash(key, copy, BFD_PACKET_LEN + section_len(key), result);
	memzero_explicit(copy, sizeof(copy));
	return ret;
}

int bfd_auth_sign(struct bfd_auth *a, u8 *packet, u64 now)
{
	const struct bfd_auth_key *key = a->method.key;
	u8 *section = packet + BFD_PACKET_LEN;
	__be32 sequence;

	section[AT_TYPE] = key->type;
	section[AT_LEN] = section_len(key);
	section[AT_KEY_ID] = a->method.key_id;
	if (is_password(key)) {
		memcpy(section + AT_PASSWORD, key->secret, key->len);
		return 0;
	}
	a->seq_moved = now;
	sequence = cpu_to_be32(++a->xmit_auth_seq);
	section[AT_RESERVED] = 0;
	memcpy(section + AT_SEQUENCE, &sequence, sizeof(sequence));
	return digest(key, packet, section + AT_DIGEST);
}

bool bfd_auth_must_sign(const struct bfd_auth *a, u64 now)
{
	const struct bfd_auth_key *key = a->method.key;

	if (!key || is_password(key))
		return false;
	return is_meticulous(key) || now - a->seq_moved >= SEQ_PAUSE_NS;
}

static u32 sequence_of(const u8 *data)
{
	__be32 sequence;

	memcpy(&sequence, data + BFD_PACKET_LEN + AT_SEQUENCE, sizeof(sequence));
	return be32_to_cpu(sequence);
}

/* The window after bfd.RcvAuthSeq, in circular numbers */
static bool in_window(const struct bfd_auth *a, u32 sequence, u8 detect_mult)
{
	u32 ahead = sequence - a->rcv_auth_seq;

	return ahead <= 3 * (u32)detect_mult && (ahead || !is_meticulous(a->method.key));
}

/* Is the packet of this type, with this key's ID, and as long as it must be? */
static enum bfd_drop check_section(const struct bfd_auth_method *m, const struct bfd_packet *p,
				   const u8 *data)
{
	const u8 *section = data + BFD_PACKET_LEN;

	if (!m->key)
		return p->auth ? BFD_DROP_AUTH_UNEXPECTED : BFD_DROP_NONE;
	if (!p->auth)
		return BFD_DROP_AUTH_MISSING;
	if (section[AT_TYPE] != m->key->type)
		return BFD_DROP_AUTH_TYPE;
	if (p->len <= BFD_PACKET_LEN + AT_KEY_ID)
		return BFD_DROP_AUTH_LENGTH;
	if (section[AT_KEY_ID] != m->key_id)
		return BFD_DROP_AUTH_KEY_ID;
	if (section[AT_LEN] != section_len(m->key) || p->len != BFD_PACKET_LEN + section[AT_LEN])
		return BFD_DROP_AUTH_LENGTH;
	return BFD_DROP_NONE;
}

static enum bfd_drop check_digest(const struct bfd_auth_key *key, const u8 *data)
{
	const u8 *section = data + BFD_PACKET_LEN;
	u8 result[BFD_AUTH_DIGEST_MAX];

	if (is_password(key))
		return crypto_memneq(section + AT_PASSWORD, key->secret, key->len) ?
		       BFD_DROP_AUTH_DIGEST : BFD_DROP_NONE;
	if (digest(key, data, result) ||
	    crypto_memneq(section + AT_DIGEST, result, digest_len(key->type)))
		return BFD_DROP_AUTH_DIGEST;
	return BFD_DROP_NONE;
}

static enum bfd_drop check_current(const struct bfd_auth *a, const struct bfd_packet *p,
				   const u8 *data, u8 detect_mult)
{
	const struct bfd_auth_key *key = a->method.key;
	enum bfd_drop drop;

	drop = check_section(&a->method, p, data);
	if (drop || !key)
		return drop;
	if (a->auth_seq_known && !in_window(a, sequence_of(data), detect_mult))
		return BFD_DROP_AUTH_SEQUENCE;
	return check_digest(key, data);
}

/* The peer's sequence under a method that it has not used so far can be any. */
static bool is_next(const struct bfd_auth *a, const struct bfd_packet *p, const u8 *data)
{
	return a->pending && !check_section(&a->next, p, data) &&
	       (!a->next.key || !check_digest(a->next.key, data));
}

enum bfd_drop bfd_auth_receive(struct bfd_auth *a, const struct bfd_packet *p, const void *data,
			       u8 detect_mult, u64 detection_time, u64 now)
{
	enum bfd_drop drop;

	/* 6.8.1, bfd.AuthSeqKnown: the peer may have restarted */
	if (now - a->last_rx >= 2 * (detection_time ?: a->detection_time))
		a->auth_seq_known = false;

	drop = check_current(a, p, data, detect_mult);
	if (drop) {
		if (!is_next(a, p, data))
			return drop;
		bfd_auth_use(a, &a->next);
	}
	if (a->method.key && !is_password(a->method.key)) {
		a->rcv_auth_seq = sequence_of(data);
		a->auth_seq_known = true;
	}
	return BFD_DROP_NONE;
}
