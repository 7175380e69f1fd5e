// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing and authentication against a plain reading of RFC 5880, 6.7: what is
 * accepted, what is refused and why, and what is remembered, over a row of
 * packets that are random, or signed and then spoilt.
 *
 * Input: method, next method, multiplier; then for every packet: what, time,
 * sequence number, and the packet itself.
 */
#include <stdbool.h>
#include <string.h>

#include "digest.h"
#include "auth.h"
#include "fuzz.h"

#define DETECTION 1000000ull

/* What the reading knows. */
struct model {
	const struct bfd_auth_method *is, *next;	/* next NULL: nothing is pending */
	bool known;
	u32 number;
	u64 heard;
};

static const u8 *input;
static size_t left;

static u8 take(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static u32 take_number(void)
{
	u32 n = 0;
	int i;

	for (i = 0; i < 4; i++)
		n = n << 8 | take();
	return n;
}

static struct bfd_auth_key keys[2];
static struct bfd_auth_method methods[2];

static void make_method(unsigned int n)
{
	struct bfd_auth_key *key = &keys[n];
	unsigned int i;
	u8 how = take();

	memset(key, 0, sizeof(*key));
	key->type = how % 6;
	key->len = 1 + how / 6 % (key->type > 3 ? 20 : 16);
	methods[n].key = key->type ? key : NULL;
	methods[n].key_id = key->type ? take() : 0;
	for (i = 0; i < key->len; i++)
		key->secret[i] = 'a' + n + i;
}

static unsigned int size_of(const struct bfd_auth_key *key)
{
	return key->type == 1 ? 3u + key->len : key->type < 4 ? 24 : 28;
}

/* 6.7.3, 6.7.4: "Replace the contents of the Auth Key/Digest field with the key" */
static bool digest_is_right(const struct bfd_auth_key *key, const u8 *packet)
{
	u8 whole[52] = { 0 }, sum[20];
	unsigned int size = key->type < 4 ? 16 : 20;

	memcpy(whole, packet, 32);
	memcpy(whole + 32, key->secret, key->len);
	if (size == 16)
		digest_md5(whole, 48, sum);
	else
		digest_sha1(whole, 52, sum);
	return !memcmp(sum, packet + 32, size);
}

static u32 number_in(const u8 *packet)
{
	return (u32)packet[28] << 24 | packet[29] << 16 | packet[30] << 8 | packet[31];
}

/* Is @number one of the @count numbers from @first on? Counted out. */
static bool among(u32 number, u32 first, unsigned int count)
{
	while (count--)
		if (number == first++)
			return true;
	return false;
}

static enum bfd_drop judge_one(const struct model *m, const struct bfd_auth_method *by,
			       const u8 *packet, u8 mult, bool known)
{
	const struct bfd_auth_key *key = by->key;
	bool has = packet[1] & 4;
	unsigned int strict;

	if (!key)
		return has ? BFD_DROP_AUTH_UNEXPECTED : BFD_DROP_NONE;
	if (!has)
		return BFD_DROP_AUTH_MISSING;
	if (packet[24] != key->type)
		return BFD_DROP_AUTH_TYPE;
	if (packet[3] >= 27 && packet[26] != by->key_id)
		return BFD_DROP_AUTH_KEY_ID;
	if (packet[3] != 24 + size_of(key) || packet[25] != size_of(key))
		return BFD_DROP_AUTH_LENGTH;
	if (key->type == 1)
		return memcmp(packet + 27, key->secret, key->len) ? BFD_DROP_AUTH_DIGEST :
		       BFD_DROP_NONE;
	strict = key->type % 2;		/* 3 and 5 */
	if (known && !among(number_in(packet), m->number + strict, 3 * mult + 1 - strict))
		return BFD_DROP_AUTH_SEQUENCE;
	return digest_is_right(key, packet) ? BFD_DROP_NONE : BFD_DROP_AUTH_DIGEST;
}

static enum bfd_drop judge(struct model *m, const u8 *packet, u8 mult, u64 now)
{
	enum bfd_drop drop;

	if (now >= m->heard + 2 * DETECTION)
		m->known = false;
	drop = judge_one(m, m->is, packet, mult, m->known);
	if (drop && m->next && !judge_one(m, m->next, packet, mult, false)) {
		m->is = m->next;
		m->next = NULL;
		m->known = false;
		drop = BFD_DROP_NONE;
	}
	if (drop)
		return drop;
	if (m->is->key && m->is->key->type > 1) {
		m->known = true;
		m->number = number_in(packet);
	}
	m->heard = now;
	return BFD_DROP_NONE;
}

/* A packet in @data: random, or one that a peer would send, perhaps spoilt. */
static void make_packet(const struct model *m, u8 *data)
{
	u8 what = take(), at, with;
	struct bfd_auth a = { 0 };
	struct bfd_packet p = { .detect_mult = 3, .my_discr = 1, .your_discr = 2 };
	unsigned int i;

	if (what & 1) {
		for (i = 0; i < 64; i++)
			data[i] = take();
		data[0] = 0x20 | (data[0] & 31);
		return;
	}
	a.method = methods[what >> 1 & 1];
	a.xmit_auth_seq = what & 4 ? take_number() : m->number + take() - 4;
	p.state = take() & 3;
	p.auth = a.method.key;
	p.len = 24 + bfd_auth_len(&a);
	bfd_packet_build(&p, data);
	if (a.method.key)
		bfd_auth_sign(&a, data, 0);
	for (i = what >> 6; i; i--) {
		at = take() % 64;
		with = take();
		data[at] ^= with;
	}
}

static void one_packet(struct bfd_auth *a, struct model *m, u8 mult, u64 *now)
{
	u8 data[256] = { 0 }, *copy;
	struct bfd_auth before;
	struct bfd_packet p;
	enum bfd_drop drop;

	*now += take() * (DETECTION / 64);
	make_packet(m, data);
	if (bfd_packet_parse(data, sizeof(data), &p))
		return;
	copy = malloc(p.len);
	memcpy(copy, data, p.len);
	before = *a;
	drop = bfd_auth_receive(a, &p, copy, mult, DETECTION, *now);
	SAME(drop, judge(m, data, mult, *now));
	if (drop) {
		before.auth_seq_known = a->auth_seq_known;	/* time has passed */
		MUST(!memcmp(a, &before, sizeof(*a)));
	} else {
		bfd_auth_heard(a, DETECTION, *now);
	}
	SAME(a->auth_seq_known, m->known);
	if (m->known)
		SAME(a->rcv_auth_seq, m->number);
	SAME(a->pending, !!m->next);
	MUST(a->method.key == m->is->key && a->method.key_id == m->is->key_id);
	free(copy);
}

int FUZZ_ENTRY(const unsigned char *data, size_t size)
{
	struct bfd_auth a;
	struct model m = { .is = &methods[0] };
	u64 now = 10 * DETECTION;
	u8 mult, how;

	input = data;
	left = size;
	make_method(0);
	make_method(1);
	mult = take() ?: 1;
	how = take();
	memset(&a, 0, sizeof(a));
	a.method = methods[0];
	if (how & 1) {
		a.next = methods[1];
		a.pending = true;
		m.next = &methods[1];
	}
	while (left)
		one_packet(&a, &m, mult, &now);
	return 0;
}
