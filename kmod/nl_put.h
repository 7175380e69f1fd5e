/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of a size that is known when this is compiled.
 *
 * A session is reported in some sixty small attributes. nla_put() goes through
 * four functions for each; when a thousand sessions fail at once, that is what
 * most of the time would go to. The compiler makes a few stores of these.
 */
#ifndef _BFD_NL_PUT_H
#define _BFD_NL_PUT_H

#include <linux/skbuff.h>
#include <net/netlink.h>

/* Return: where the value is to be written, NULL: there is no room */
static __always_inline void *bfd_nla_reserve(struct sk_buff *skb, int attr, int len)
{
	struct nlattr *nla;

	if (unlikely(skb_tailroom(skb) < nla_total_size(len)))
		return NULL;
	nla = __skb_put(skb, nla_total_size(len));
	nla->nla_type = attr;
	nla->nla_len = nla_attr_size(len);
	memset(nla_data(nla) + len, 0, nla_padlen(len));
	return nla_data(nla);
}

/* As nla_put_u8() and so on: 0 or -EMSGSIZE */

static __always_inline int bfd_put_u8(struct sk_buff *skb, int attr, u8 value)
{
	u8 *p = bfd_nla_reserve(skb, attr, sizeof(value));

	if (unlikely(!p))
		return -EMSGSIZE;
	*p = value;
	return 0;
}

static __always_inline int bfd_put_u16(struct sk_buff *skb, int attr, u16 value)
{
	u16 *p = bfd_nla_reserve(skb, attr, sizeof(value));

	if (unlikely(!p))
		return -EMSGSIZE;
	*p = value;
	return 0;
}

static __always_inline int bfd_put_u32(struct sk_buff *skb, int attr, u32 value)
{
	u32 *p = bfd_nla_reserve(skb, attr, sizeof(value));

	if (unlikely(!p))
		return -EMSGSIZE;
	*p = value;
	return 0;
}

static __always_inline int bfd_put_u64(struct sk_buff *skb, int attr, u64 value, int pad)
{
	void *p;

	if (nla_need_padding_for_64bit(skb))
		return nla_put_u64_64bit(skb, attr, value, pad);
	p = bfd_nla_reserve(skb, attr, sizeof(value));
	if (unlikely(!p))
		return -EMSGSIZE;
	memcpy(p, &value, sizeof(value));
	return 0;
}

#endif /* _BFD_NL_PUT_H */
