/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MD5 (RFC 1321) and SHA1 (RFC 3174) of up to 55 bytes, one block, for what is
 * tested without a kernel; and bfd_auth_hash() with them.
 */
#ifndef _DIGEST_H
#define _DIGEST_H

#include <math.h>
#include <string.h>

#include "auth.h"

static int digest_error;	/* what bfd_auth_hash() returns */

static inline u32 digest_rol(u32 x, unsigned int n)
{
	return x << n | x >> (32 - n);
}

static inline void digest_block(u8 *block, const void *data, unsigned int len)
{
	memset(block, 0, 64);
	memcpy(block, data, len);
	block[len] = 0x80;
}

static inline void digest_md5(const void *data, unsigned int len, u8 *digest)
{
	static const u8 turn[4][4] = {
		{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 },
	};
	static const u32 start[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	u32 a = start[0], b = start[1], c = start[2], d = start[3], f, sum[4];
	unsigned int i, g;
	u8 block[64];

	digest_block(block, data, len);
	block[56] = len * 8;
	block[57] = len * 8 >> 8;
	for (i = 0; i < 64; i++) {
		const u8 *w;

		switch (i / 16) {
		case 0:
			f = (b & c) | (~b & d);
			g = i;
			break;
		case 1:
			f = (d & b) | (~d & c);
			g = (5 * i + 1) % 16;
			break;
		case 2:
			f = b ^ c ^ d;
			g = (3 * i + 5) % 16;
			break;
		default:
			f = c ^ (b | ~d);
			g = (7 * i) % 16;
		}
		w = block + 4 * g;
		f += a + (u32)(fabs(sin(i + 1)) * 4294967296.0) +
		     (w[0] | w[1] << 8 | w[2] << 16 | (u32)w[3] << 24);
		a = d;
		d = c;
		c = b;
		b += digest_rol(f, turn[i / 16][i % 4]);
	}
	sum[0] = start[0] + a;
	sum[1] = start[1] + b;
	sum[2] = start[2] + c;
	sum[3] = start[3] + d;
	for (i = 0; i < 16; i++)
		digest[i] = sum[i / 4] >> i % 4 * 8;
}

static inline void digest_sha1(const void *data, unsigned int len, u8 *digest)
{
	static const u32 start[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	static const u32 k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	u32 h[5], w[80], f;
	unsigned int i;
	u8 block[64];

	digest_block(block, data, len);
	block[62] = len * 8 >> 8;
	block[63] = len * 8;
	memcpy(h, start, sizeof(h));
	for (i = 0; i < 80; i++) {
		if (i < 16)
			w[i] = (u32)block[4 * i] << 24 | block[4 * i + 1] << 16 |
			       block[4 * i + 2] << 8 | block[4 * i + 3];
		else
			w[i] = digest_rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		if (i < 20)
			f = (h[1] & h[2]) | (~h[1] & h[3]);
		else if (i >= 40 && i < 60)
			f = (h[1] & h[2]) | (h[1] & h[3]) | (h[2] & h[3]);
		else
			f = h[1] ^ h[2] ^ h[3];
		f += digest_rol(h[0], 5) + h[4] + k[i / 20] + w[i];
		h[4] = h[3];
		h[3] = h[2];
		h[2] = digest_rol(h[1], 30);
		h[1] = h[0];
		h[0] = f;
	}
	for (i = 0; i < 20; i++)
		digest[i] = (start[i / 4] + h[i / 4]) >> (3 - i % 4) * 8;
}

int bfd_auth_hash(const struct bfd_auth_key *key, const void *data, unsigned int len, u8 *digest)
{
	if (digest_error)
		return digest_error;
	if (key->type == BFD_AUTH_KEYED_SHA1 || key->type == BFD_AUTH_METICULOUS_KEYED_SHA1)
		digest_sha1(data, len, digest);
	else
		digest_md5(data, len, digest);
	return 0;
}

#endif /* _DIGEST_H */
