// SPDX-License-Identifier: GPL-2.0
/* Authentication: RFC 5880, 4.2 to 4.4, 6.7, and the variables of 6.8.1. */
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "digest.h"
#include "tap.h"

#define NS_PER_S	1000000000ull
#define DETECTION	(900 * 1000000ull)
#define MULT		4
#define T0		(100 * NS_PER_S)

/* Offsets of the figures in 4.1 to 4.4, from the beginning of the packet. */
enum {
	FLAGS = 1,
	LENGTH = 3,
	TYPE = 24,
	AUTH_LEN,
	ID,
	RESERVED,
	SEQUENCE,
	DIGEST = 32,
};

#define A_BIT 0x04

enum { SIMPLE = 1, MD5, METICULOUS_MD5, SHA1, METICULOUS_SHA1, TYPES };

static const char secret[] = "0123456789abcdefghij";
static struct bfd_auth_key keys[TYPES], others[TYPES];

static struct bfd_auth_key make_key(u8 type, const char *bytes, unsigned int len)
{
	struct bfd_auth_key key = { .type = type, .len = len };

	memcpy(key.secret, bytes, len);
	return key;
}

static void make_keys(void)
{
	unsigned int type;

	for (type = SIMPLE; type < TYPES; type++) {
		keys[type] = make_key(type, secret, type < SHA1 ? 16 : 20);
		others[type] = make_key(type, "another", 7);
	}
}

static struct bfd_auth_method with(unsigned int type)
{
	make_keys();
	return (struct bfd_auth_method){ type ? &keys[type] : NULL, 200 + type };
}

static struct bfd_auth start(unsigned int type)
{
	return (struct bfd_auth){ .method = with(type), .xmit_auth_seq = 0xfffffffd };
}

/* A packet without its section, as if @a were to sign it. */
static unsigned int mandatory(const struct bfd_auth *a, u8 *data)
{
	struct bfd_packet p = {
		.state = BFD_STATE_UP,
		.cpi = true,
		.auth = bfd_auth_len(a),
		.detect_mult = 3,
		.len = BFD_PACKET_LEN + bfd_auth_len(a),
		.my_discr = 1,
		.your_discr = 2,
		.desired_min_tx = 300000,
		.required_min_rx = 200000,
	};

	memset(data, 0xee, 64);
	bfd_packet_build(&p, data);
	return p.len;
}

/* What an end with this key and sequence number sends. */
static unsigned int from_peer(const struct bfd_auth_method *m, u32 sequence, u8 *data)
{
	struct bfd_auth a = { .method = *m, .xmit_auth_seq = sequence - 1 };
	unsigned int len = mandatory(&a, data);

	if (m->key)
		bfd_auth_sign(&a, data, 0);
	return len;
}

/* In an allocation of just its size: a read past it is caught. */
static enum bfd_drop receive_at(struct bfd_auth *a, const u8 *data, u64 detection_time, u64 now)
{
	struct bfd_packet p;
	enum bfd_drop drop;
	u8 *copy;

	drop = bfd_packet_parse(data, 255, &p);
	if (drop)
		return drop;
	copy = malloc(p.len);
	memcpy(copy, data, p.len);
	drop = bfd_auth_receive(a, &p, copy, MULT, detection_time, now);
	free(copy);
	if (!drop)
		bfd_auth_heard(a, DETECTION, now);
	return drop;
}

static enum bfd_drop receive(struct bfd_auth *a, const u8 *data)
{
	return receive_at(a, data, DETECTION, T0);
}

static enum bfd_drop receive_seq(struct bfd_auth *a, u32 sequence)
{
	u8 data[256];

	from_peer(&a->method, sequence, data);
	return receive(a, data);
}

TEST(md5, "the MD5 of these tests is that of RFC 1321")
{
	static const u8 abc[] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
				  0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72 };
	u8 digest[16];

	digest_md5("abc", 3, digest);
	CHECK(!memcmp(digest, abc, sizeof(abc)));
}

TEST(sha1, "the SHA1 of these tests is that of RFC 3174")
{
	static const u8 abc[] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
				  0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };
	u8 digest[20];

	digest_sha1("abc", 3, digest);
	CHECK(!memcmp(digest, abc, sizeof(abc)));
}

TEST(secrets, "6.7.2 to 6.7.4: secrets of up to 16 bytes, 20 for SHA1")
{
	EQ(bfd_auth_secret_max(SIMPLE), 16);
	EQ(bfd_auth_secret_max(MD5), 16);
	EQ(bfd_auth_secret_max(METICULOUS_MD5), 16);
	EQ(bfd_auth_secret_max(SHA1), 20);
	EQ(bfd_auth_secret_max(METICULOUS_SHA1), 20);
}

TEST(lengths, "4.2 to 4.4: Auth Len")
{
	static const unsigned int want[] = { 0, 19, 24, 24, 28, 28 };
	struct bfd_auth_key one = make_key(SIMPLE, "x", 1);
	unsigned int type;
	struct bfd_auth a;

	EQ(bfd_auth_len(NULL), 0);
	for (type = 0; type < TYPES; type++) {
		CASE("type %u", type);
		a = start(type);
		EQ(bfd_auth_len(&a), want[type]);
	}
	a.method.key = &one;
	EQ(bfd_auth_len(&a), 4);
}

/* Made with Python's hashlib, from the text of 6.7.3 and 6.7.4. */
static const struct {
	u8 type;
	const char *secret;
	const char *packet;	/* without the digest or the password */
	const char *digest;
} vectors[] = {
	{ MD5, "k",
	  "20cc03300000000100000002000493e000030d40000000000218ca00fffffffe",
	  "ad840a750e4757ab99c1c2a9cd02286f" },
	{ METICULOUS_MD5, "0123456789abcdef",
	  "20cc03300000000100000002000493e000030d40000000000318cb00fffffffe",
	  "4cea6a8b88284fe657076007000d78af" },
	{ SHA1, "secret",
	  "20cc03340000000100000002000493e000030d4000000000041ccc00fffffffe",
	  "feec50fca768d58c2d2bb9beb42ecdfbc7b8c562" },
	{ METICULOUS_SHA1, "0123456789abcdefghij",
	  "20cc03340000000100000002000493e000030d4000000000051ccd00fffffffe",
	  "5896257844b0a50a5d677f76f66a775954d19c0e" },
	{ SIMPLE, "a",
	  "20cc031c0000000100000002000493e000030d40000000000104c9", "61" },
	{ SIMPLE, "0123456789abcdef",
	  "20cc032b0000000100000002000493e000030d40000000000113c9",
	  "30313233343536373839616263646566" },
};

/* Return: bytes */
static unsigned int unhex(const char *text, u8 *data)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int i;

	for (i = 0; text[2 * i]; i++)
		data[i] = (strchr(digits, text[2 * i]) - digits) << 4 |
			  (strchr(digits, text[2 * i + 1]) - digits);
	return i;
}

static void check_vector(unsigned int n)
{
	struct bfd_auth_key key = make_key(vectors[n].type, vectors[n].secret,
					   strlen(vectors[n].secret));
	struct bfd_auth a = {
		.method = { &key, 200 + vectors[n].type },
		.xmit_auth_seq = 0xfffffffd,
	};
	u8 data[256], want[64];
	unsigned int len;

	CASE("vector %u", n);
	len = unhex(vectors[n].packet, want);
	len += unhex(vectors[n].digest, want + len);
	EQ(mandatory(&a, data), len);
	EQ(bfd_auth_sign(&a, data, T0), 0);
	CHECK(!memcmp(data, want, len));
	EQ(data[len], 0xee);		/* and nothing behind */
	EQ(receive(&a, want), BFD_DROP_NONE);
}

TEST(signature, "6.7: sections as others make them, both ways")
{
	unsigned int n;

	for (n = 0; n < sizeof(vectors) / sizeof(*vectors); n++)
		check_vector(n);
}

TEST(reserved, "4.3: the reserved byte is sent as zero and ignored, but digested")
{
	struct bfd_auth a = start(SHA1);
	u8 data[256];

	from_peer(&a.method, 7, data);
	EQ(data[RESERVED], 0);
	data[RESERVED] = 1;
	EQ(receive(&a, data), BFD_DROP_AUTH_DIGEST);
	{
		u8 whole[52];

		memcpy(whole, data, DIGEST);
		memcpy(whole + DIGEST, a.method.key->secret, 20);
		digest_sha1(whole, sizeof(whole), data + DIGEST);
	}
	EQ(receive(&a, data), BFD_DROP_NONE);
}

TEST(sent_numbers, "6.7.3: every signature has another number, in circles")
{
	unsigned int type, i;

	for (type = MD5; type < TYPES; type++) {
		struct bfd_auth a = start(type);
		u8 data[256];

		for (i = 0; i < 4; i++) {
			CASE("type %u, packet %u", type, i);
			mandatory(&a, data);
			EQ(bfd_auth_sign(&a, data, T0 + i), 0);
			EQ((u32)data[SEQUENCE] << 24 | data[SEQUENCE + 1] << 16 |
			   data[SEQUENCE + 2] << 8 | data[SEQUENCE + 3], (u32)(0xfffffffe + i));
			EQ(a.seq_moved, T0 + i);
		}
	}
}

TEST(must_sign, "6.7.3: meticulous types sign every packet, others one a second")
{
	static const bool at_once[] = { false, false, false, true, false, true };
	static const bool later[] = { false, false, true, true, true, true };
	unsigned int type;
	u8 data[256];

	for (type = 0; type < TYPES; type++) {
		struct bfd_auth a = start(type);

		CASE("type %u", type);
		mandatory(&a, data);
		if (type)
			bfd_auth_sign(&a, data, T0);
		EQ(bfd_auth_must_sign(&a, T0), at_once[type]);
		EQ(bfd_auth_must_sign(&a, T0 + NS_PER_S - 1), at_once[type]);
		EQ(bfd_auth_must_sign(&a, T0 + NS_PER_S), later[type]);
	}
}

TEST(hash_fails, "a digest that cannot be made: nothing is sent, nothing believed")
{
	struct bfd_auth a = start(SHA1), before;
	u8 data[256];

	from_peer(&a.method, 7, data);
	before = a;
	digest_error = -12;
	EQ(receive(&a, data), BFD_DROP_AUTH_DIGEST);
	CHECK(!memcmp(&a, &before, sizeof(a)));
	EQ(bfd_auth_sign(&a, data, T0), -12);
	digest_error = 0;
}

TEST(every_bit, "6.7: no bit can be changed, and nothing is learned from what is wrong")
{
	unsigned int type, bit;

	for (type = SIMPLE; type < TYPES; type++) {
		struct bfd_auth a = start(type), before;
		u8 data[256];
		unsigned int len = from_peer(&a.method, 7, data);

		EQ(receive(&a, data), BFD_DROP_NONE);
		from_peer(&a.method, 8, data);
		before = a;
		for (bit = type == SIMPLE ? TYPE * 8 : 0; bit < len * 8; bit++) {
			CASE("type %u, bit %u", type, bit);
			data[bit / 8] ^= 1 << bit % 8;
			CHECK(receive(&a, data));
			CHECK(!memcmp(&a, &before, sizeof(a)));
			data[bit / 8] ^= 1 << bit % 8;
		}
		EQ(receive(&a, data), BFD_DROP_NONE);
	}
}

/* Packets that are wrong in everything from one thing on; the first counts. */
TEST(order, "6.7.3: the order of the checks: type, key ID, length, sequence, digest")
{
	unsigned int type, wrong;

	for (type = MD5; type < TYPES; type++) {
		static const enum bfd_drop want[] = {
			BFD_DROP_AUTH_MISSING, BFD_DROP_AUTH_TYPE, BFD_DROP_AUTH_KEY_ID,
			BFD_DROP_AUTH_LENGTH, BFD_DROP_AUTH_SEQUENCE, BFD_DROP_AUTH_DIGEST,
		};
		struct bfd_auth a = start(type);
		u8 data[256];

		EQ(receive_seq(&a, 1000), BFD_DROP_NONE);
		for (wrong = 0; wrong < 6; wrong++) {
			CASE("type %u, wrong from %u on", type, wrong);
			from_peer(&a.method, wrong < 5 ? 1 : 1001, data);
			data[DIGEST] ^= 1;
			data[AUTH_LEN] -= wrong < 4;
			data[ID] ^= wrong < 3;
			data[TYPE] ^= wrong < 2;
			data[FLAGS] ^= wrong < 1 ? A_BIT : 0;
			EQ(receive(&a, data), want[wrong]);
		}
	}
}

TEST(types, "6.7.3: no type is taken for another")
{
	unsigned int type, as;
	u8 data[256];

	for (type = SIMPLE; type < TYPES; type++)
		for (as = 0; as < 256; as++) {
			struct bfd_auth a = start(type);

			CASE("type %u as %u", type, as);
			from_peer(&a.method, 7, data);
			data[TYPE] = as;
			if (as == type)
				EQ(receive(&a, data), BFD_DROP_NONE);
			else
				EQ(receive(&a, data), BFD_DROP_AUTH_TYPE);
		}
}

TEST(key_ids, "6.7.2: the key ID is exactly ours")
{
	unsigned int type, id;
	u8 data[256];

	for (type = SIMPLE; type < TYPES; type++)
		for (id = 0; id < 256; id++) {
			struct bfd_auth a = start(type);
			struct bfd_auth_method m = { a.method.key, id };

			CASE("type %u, key ID %u", type, id);
			from_peer(&m, 7, data);
			if (id == 200 + type)
				EQ(receive(&a, data), BFD_DROP_NONE);
			else
				EQ(receive(&a, data), BFD_DROP_AUTH_KEY_ID);
		}
}

TEST(exact_lengths, "6.7.2, 6.7.3: Auth Len and Length are exact, and nothing is read behind them")
{
	unsigned int type, len, auth_len;
	u8 data[256];

	for (type = SIMPLE; type < TYPES; type++) {
		struct bfd_auth good = start(type);
		unsigned int right = from_peer(&good.method, 7, data);

		for (len = 26; len < 256; len++)
			for (auth_len = 0; auth_len < 256; auth_len++) {
				struct bfd_auth a = good;

				if (len == right && auth_len == right - 24)
					continue;
				CASE("type %u, Length %u, Auth Len %u", type, len, auth_len);
				data[LENGTH] = len;
				data[AUTH_LEN] = auth_len;
				EQ(receive(&a, data), BFD_DROP_AUTH_LENGTH);
			}
	}
}

TEST(no_key_id, "6.7.2: a section that ends in front of the key ID has a wrong length")
{
	struct bfd_auth a = start(SHA1);
	u8 data[256];

	from_peer(&a.method, 7, data);
	data[ID] ^= 1;
	data[LENGTH] = 26;
	EQ(receive(&a, data), BFD_DROP_AUTH_LENGTH);
	data[LENGTH] = 27;
	EQ(receive(&a, data), BFD_DROP_AUTH_KEY_ID);
}

TEST(passwords, "6.7.2: a password is exactly ours")
{
	struct bfd_auth a = start(SIMPLE);
	struct bfd_auth_key shorter = make_key(SIMPLE, secret, 15);
	struct bfd_auth_method m = { &shorter, 201 };
	u8 data[256];

	from_peer(&m, 0, data);
	EQ(receive(&a, data), BFD_DROP_AUTH_LENGTH);
	m.key = &others[SIMPLE];
	others[SIMPLE] = make_key(SIMPLE, "0123456789abcdeF", 16);
	from_peer(&m, 0, data);
	EQ(receive(&a, data), BFD_DROP_AUTH_DIGEST);
	EQ(a.auth_seq_known, false);
}

TEST(other_secret, "6.7.3: another secret makes another digest")
{
	unsigned int type;
	u8 data[256];

	for (type = MD5; type < TYPES; type++) {
		struct bfd_auth a = start(type);
		struct bfd_auth_method m = { &others[type], 200 + type };

		CASE("type %u", type);
		from_peer(&m, 0, data);
		EQ(receive(&a, data), BFD_DROP_AUTH_DIGEST);
	}
}

TEST(window, "6.7.3: the window is 3 x Detect Mult from the last number, in circles")
{
	static const u32 last[] = { 0, 1, 1000, 0x7fffffff, 0x80000000, 0xfffffff5, 0xffffffff };
	unsigned int type, i;
	int ahead;

	for (type = MD5; type < TYPES; type++)
		for (i = 0; i < sizeof(last) / sizeof(*last); i++)
			for (ahead = -20; ahead < 40; ahead++) {
				bool strict = type == METICULOUS_MD5 || type == METICULOUS_SHA1;
				struct bfd_auth a = start(type);
				bool good = ahead >= strict && ahead <= 3 * MULT;

				CASE("type %u, %u after %u", type, ahead, last[i]);
				EQ(receive_seq(&a, last[i]), BFD_DROP_NONE);
				EQ(a.rcv_auth_seq, last[i]);
				EQ(receive_seq(&a, last[i] + ahead),
				   good ? BFD_DROP_NONE : BFD_DROP_AUTH_SEQUENCE);
				EQ(a.rcv_auth_seq, good ? last[i] + ahead : last[i]);
			}
}

TEST(far_away, "6.7.3: numbers far away are not in the window")
{
	static const u32 far[] = { 256, 0x1000c, 0x7fffffff, 0x80000000, 0x80000001, 0xff000000 };
	unsigned int i;

	for (i = 0; i < sizeof(far) / sizeof(*far); i++) {
		struct bfd_auth a = start(SHA1);

		EQ(receive_seq(&a, 5), BFD_DROP_NONE);
		EQ(receive_seq(&a, 5 + far[i]), BFD_DROP_AUTH_SEQUENCE);
	}
}

TEST(great_window, "6.7.3: a multiplier of 255 makes a window of 765")
{
	struct bfd_auth a = start(SHA1);
	struct bfd_packet p;
	u8 data[256];

	EQ(receive_seq(&a, 5), BFD_DROP_NONE);
	from_peer(&a.method, 5 + 766, data);
	bfd_packet_parse(data, 255, &p);
	EQ(bfd_auth_receive(&a, &p, data, 255, DETECTION, T0), BFD_DROP_AUTH_SEQUENCE);
	from_peer(&a.method, 5 + 765, data);
	EQ(bfd_auth_receive(&a, &p, data, 255, DETECTION, T0), BFD_DROP_NONE);
}

TEST(unknown, "6.8.1: the first number may be any; only an authentic packet has one")
{
	struct bfd_auth a = start(METICULOUS_SHA1);
	u8 data[256];

	from_peer(&a.method, 0x12345678, data);
	data[DIGEST + 3] ^= 1;
	EQ(receive(&a, data), BFD_DROP_AUTH_DIGEST);
	EQ(a.auth_seq_known, false);
	EQ(receive_seq(&a, 0x87654321), BFD_DROP_NONE);
	EQ(a.auth_seq_known, true);
	EQ(a.rcv_auth_seq, 0x87654321);
}

/* A packet with the same number comes @later; is it taken? */
static enum bfd_drop again(u64 known_at_first, u64 now_known, u64 later)
{
	struct bfd_auth a = start(METICULOUS_SHA1);
	u8 data[256];

	from_peer(&a.method, 5, data);
	receive(&a, data);
	bfd_auth_heard(&a, known_at_first, T0);
	return receive_at(&a, data, now_known, T0 + later);
}

TEST(forgotten, "6.8.1: AuthSeqKnown is cleared after twice the Detection Time without a packet")
{
	EQ(again(DETECTION, DETECTION, 2 * DETECTION - 1), BFD_DROP_AUTH_SEQUENCE);
	EQ(again(DETECTION, DETECTION, 2 * DETECTION), BFD_DROP_NONE);
	/* once the session is Down it has none: that of the last packet counts */
	EQ(again(DETECTION, 0, 2 * DETECTION - 1), BFD_DROP_AUTH_SEQUENCE);
	EQ(again(DETECTION, 0, 2 * DETECTION), BFD_DROP_NONE);
	/* it may have changed since */
	EQ(again(DETECTION, 2 * DETECTION, 4 * DETECTION - 1), BFD_DROP_AUTH_SEQUENCE);
	EQ(again(2 * DETECTION, DETECTION, 2 * DETECTION), BFD_DROP_NONE);
	/* the longest there is */
	EQ(again(255ull * 4294967295u * 1000, 0, 2 * 255ull * 4294967295u * 1000 - 1),
	   BFD_DROP_AUTH_SEQUENCE);
}

TEST(not_kept, "6.8.1: what is not authentic does not count as received")
{
	struct bfd_auth a = start(METICULOUS_SHA1);
	u8 data[256], bad[256];

	from_peer(&a.method, 5, data);
	EQ(receive(&a, data), BFD_DROP_NONE);
	from_peer(&a.method, 6, bad);
	bad[DIGEST] ^= 1;
	EQ(receive_at(&a, bad, DETECTION, T0 + 2 * DETECTION - 1), BFD_DROP_AUTH_DIGEST);
	EQ(receive_at(&a, data, DETECTION, T0 + 2 * DETECTION), BFD_DROP_NONE);
}

TEST(no_method, "6.8.6: without authentication, a packet that has it is discarded")
{
	struct bfd_auth a = start(0);
	struct bfd_auth_method m = with(SHA1);
	u8 data[256];

	from_peer(&m, 5, data);
	EQ(receive(&a, data), BFD_DROP_AUTH_UNEXPECTED);
	from_peer(&a.method, 0, data);
	EQ(receive(&a, data), BFD_DROP_NONE);
	EQ(a.auth_seq_known, false);
}

TEST(use, "a change at once: our numbers go on, the peer's may begin anew")
{
	struct bfd_auth a = start(SHA1);
	struct bfd_auth_method m = with(METICULOUS_SHA1);

	EQ(receive_seq(&a, 1000), BFD_DROP_NONE);
	a.pending = true;
	bfd_auth_use(&a, &m);
	CHECK(a.method.key == m.key);
	EQ(a.method.key_id, m.key_id);
	EQ(a.pending, false);
	EQ(a.xmit_auth_seq, 0xfffffffd);
	EQ(receive_seq(&a, 5), BFD_DROP_NONE);
	EQ(receive_seq(&a, 5), BFD_DROP_AUTH_SEQUENCE);
}

TEST(switching, "6.7.1: the next method is used from the first packet on that is signed so")
{
	unsigned int from, to;

	for (from = 0; from < TYPES; from++)
		for (to = 0; to < TYPES; to++) {
			struct bfd_auth a = start(from);
			u8 data[256], old[256];

			if (from == to)
				continue;
			CASE("from %u to %u", from, to);
			from_peer(&a.method, 1000, old);
			EQ(receive(&a, old), BFD_DROP_NONE);
			a.next = with(to);
			a.pending = true;
			/* the old one goes on */
			from_peer(&a.method, 1001, old);
			EQ(receive(&a, old), BFD_DROP_NONE);
			EQ(a.pending, true);
			CHECK(a.method.key == with(from).key);
			/* the new one, with any number */
			from_peer(&a.next, 5, data);
			EQ(receive(&a, data), BFD_DROP_NONE);
			EQ(a.pending, false);
			CHECK(a.method.key == with(to).key);
			EQ(a.method.key_id, 200 + to);
			EQ(a.auth_seq_known, to > SIMPLE);
			EQ(a.rcv_auth_seq, to > SIMPLE ? 5 : from > SIMPLE ? 1001 : 0);
			/* at most once: the old one is not taken any more */
			a.next = with(from);
			from_peer(&a.next, 1002, old);
			CHECK(receive(&a, old));
		}
}

TEST(not_switching, "6.7.1: what fits neither method changes nothing, and its reason is today's")
{
	struct bfd_auth a = start(SHA1), before;
	u8 data[256];

	EQ(receive_seq(&a, 1000), BFD_DROP_NONE);
	a.next = with(METICULOUS_SHA1);
	a.pending = true;
	before = a;
	from_peer(&a.next, 5, data);
	data[DIGEST] ^= 1;
	EQ(receive(&a, data), BFD_DROP_AUTH_TYPE);
	from_peer(&a.next, 5, data);
	data[ID] ^= 1;
	EQ(receive(&a, data), BFD_DROP_AUTH_TYPE);
	from_peer(&a.method, 900, data);
	EQ(receive(&a, data), BFD_DROP_AUTH_SEQUENCE);
	from_peer(&(struct bfd_auth_method){ NULL, 0 }, 0, data);
	EQ(receive(&a, data), BFD_DROP_AUTH_MISSING);
	CHECK(!memcmp(&a, &before, sizeof(a)));
	a.pending = false;
	from_peer(&a.next, 5, data);
	EQ(receive(&a, data), BFD_DROP_AUTH_TYPE);
}

TEST(same_key, "another key ID is another method")
{
	struct bfd_auth a = start(SHA1);
	u8 data[256];

	EQ(receive_seq(&a, 1000), BFD_DROP_NONE);
	a.next = (struct bfd_auth_method){ a.method.key, 9 };
	a.pending = true;
	from_peer(&a.next, 5, data);
	EQ(receive(&a, data), BFD_DROP_NONE);
	EQ(a.method.key_id, 9);
	EQ(a.pending, false);
}
