/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of a size that is known when this is compiled.
 *
 * A session is reported in some sixty small attributes. nla_put() goes through
 * four functions for each, and the socket buffer is brought up to date after each;
 * when a thousand sessions fail at once, that is what most of the time would go to.
 * Here the place where the next one goes is held in a register, and the compiler
 * makes a comparison and two stores of an attribute.
 */
#ifndef _BFD_NL_PUT_H
#define _BFD_NL_PUT_H

#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/netlink.h>

/**
 * struct bfd_put - where attributes go
 * @at: the next one
 * @end: of the room there is
 *
 * Not to be given to a function that is not inline, which would have it in memory.
 */
struct bfd_put {
	void *at;
	void *end;
};

/**
 * bfd_put_begin() - write behind what is in a message
 * @skb: the message; nothing else may be put into it before bfd_put_end()
 *
 * Return: where to
 */
static __always_inline struct bfd_put bfd_put_begin(const struct sk_buff *skb)
{
	void *tail = skb_tail_pointer(skb);

	return (struct bfd_put) { .at = tail, .end = tail + skb_tailroom(skb) };
}

/**
 * bfd_put_end() - what was written is part of the message
 * @skb: the message
 * @p: from bfd_put_begin()
 */
static __always_inline void bfd_put_end(struct sk_buff *skb, const struct bfd_put *p)
{
	__skb_put(skb, p->at - (void *)skb_tail_pointer(skb));
}

/* The caller writes the value, and padding, at @p->at, and moves that on. */
static __always_inline int bfd_put_header(struct bfd_put *p, int attr, int len)
{
	struct nlattr *nla = p->at;

	if (unlikely(p->at + nla_total_size(len) > p->end))
		return -EMSGSIZE;
	nla->nla_type = attr;
	nla->nla_len = nla_attr_size(len);
	p->at += NLA_HDRLEN;
	return 0;
}

/* As nla_put_u8() and so on: 0 or -EMSGSIZE */

static __always_inline int bfd_put_u8(struct bfd_put *p, int attr, u8 value)
{
	if (unlikely(bfd_put_header(p, attr, sizeof(value))))
		return -EMSGSIZE;
	*(__le32 *)p->at = cpu_to_le32(value);	/* and the padding */
	p->at += sizeof(__le32);
	return 0;
}

static __always_inline int bfd_put_u16(struct bfd_put *p, int attr, u16 value)
{
	if (unlikely(bfd_put_header(p, attr, sizeof(value))))
		return -EMSGSIZE;
	((u16 *)p->at)[0] = value;
	((u16 *)p->at)[1] = 0;
	p->at += sizeof(u32);
	return 0;
}

/* @len: a multiple of four, known when this is compiled */
static __always_inline int bfd_put_bytes(struct bfd_put *p, int attr, const void *from, int len)
{
	if (unlikely(bfd_put_header(p, attr, len)))
		return -EMSGSIZE;
	memcpy(p->at, from, len);
	p->at += len;
	return 0;
}

static __always_inline int bfd_put_u32(struct bfd_put *p, int attr, u32 value)
{
	return bfd_put_bytes(p, attr, &value, sizeof(value));
}

/* As nla_put_u64_64bit(): aligned, where the CPU wants that */
static __always_inline int bfd_put_u64(struct bfd_put *p, int attr, u64 value, int pad)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)p->at, 8) && bfd_put_header(p, pad, 0))
		return -EMSGSIZE;
	return bfd_put_bytes(p, attr, &value, sizeof(value));
}

static __always_inline int bfd_put_text(struct bfd_put *p, int attr, const char *text)
{
	int len = strlen(text) + 1, padded = NLA_ALIGN(len);

	if (unlikely(bfd_put_header(p, attr, len)))
		return -EMSGSIZE;
	memset(p->at + padded - NLA_ALIGNTO, 0, NLA_ALIGNTO);
	memcpy(p->at, text, len);
	p->at += padded;
	return 0;
}

/* Return: the nest, for bfd_nest_end(); NULL: there is no room */
static __always_inline struct nlattr *bfd_nest_start(struct bfd_put *p, int attr)
{
	struct nlattr *nest = p->at;

	return bfd_put_header(p, attr | NLA_F_NESTED, 0) ? NULL : nest;
}

static __always_inline void bfd_nest_end(const struct bfd_put *p, struct nlattr *nest)
{
	nest->nla_len = p->at - (void *)nest;
}

#endif /* _BFD_NL_PUT_H */
