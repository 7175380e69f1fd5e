// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the packets we send.
 *
 * The two parts of an skb come from different places. Its descriptor is from the
 * cache that NAPI has on every CPU; bfd_rcv() returns descriptors there. What holds
 * the data is cut from a ring of pages of this CPU. Each piece has a reference to
 * its page, and as soon as all of a page's pieces are free it is cut anew. So
 * packets that leave one after the other use the same memory, which is still in the
 * CPU's cache, and nothing is asked of the page allocator but in the beginning.
 * (NAPI has a cache of such pieces, too. It gives a page up when one piece is not
 * free at the end of the page, and packets leave us in bursts; and new pages are
 * cleared, where the kernel was told to.)
 *
 * A piece may be in use for as long as it likes, in a queue or a capture: its page
 * is replaced when the ring comes to it again.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>

#include "bfd.h"
#include "compat.h"

#define RING_PAGES	(SZ_128K / PAGE_SIZE ?: 1)	/* enough for 256 packets */
#define REFS		SZ_32K

/**
 * struct ring_page - a page that is cut to pieces
 * @page: the page
 * @refs: references that are ours, and will be the pieces'; 0: there is no page
 */
struct ring_page {
	struct page *page;
	unsigned int refs;
};

/**
 * struct ring - the pages of a CPU; used with BHs disabled
 * @lock: says so
 * @at: the page that is being cut
 * @left: bytes of it that are not given away
 * @pages: taken when they are needed
 */
struct ring {
	struct bfd_bh_lock lock;
	unsigned int at;
	unsigned int left;
	struct ring_page pages[RING_PAGES];
};

static DEFINE_PER_CPU(struct ring, rings) = {
	.lock = BFD_BH_LOCK_INIT,
};

static bool is_free(const struct ring_page *p)
{
	return p->refs && page_ref_count(p->page) == p->refs;
}

static void give_back(struct ring_page *p)
{
	if (p->refs)
		__page_frag_cache_drain(p->page, p->refs);
	p->refs = 0;
}

/* Make sure that a page is there and free. */
static bool renew(struct ring_page *p)
{
	struct page *page;

	if (is_free(p))
		return true;
	page = alloc_page(GFP_ATOMIC | __GFP_NOMEMALLOC | __GFP_NOWARN);
	if (!page)
		return false;
	give_back(p);
	p->page = page;
	p->refs = 1;
	return true;
}

/* A page is free: it can be cut from its beginning. */
static void restart(struct ring *r, struct ring_page *p)
{
	r->left = PAGE_SIZE;
	if (unlikely(p->refs <= PAGE_SIZE / SMP_CACHE_BYTES)) {
		page_ref_add(p->page, REFS - p->refs);
		p->refs = REFS;
	}
}

static void *take(struct ring *r, unsigned int size)
{
	struct ring_page *p = &r->pages[r->at];

	if (likely(is_free(p))) {
		restart(r, p);
	} else if (r->left < size) {
		r->left = 0;
		r->at = (r->at + 1) % RING_PAGES;
		p = &r->pages[r->at];
		if (!renew(p))
			return NULL;
		restart(r, p);
	}
	p->refs--;
	r->left -= size;
	return page_address(p->page) + r->left;
}

static void *alloc_data(unsigned int size)
{
	struct ring *r;
	void *data;

	bfd_bh_lock(&rings.lock);
	r = this_cpu_ptr(&rings);
	data = take(r, size);
	bfd_bh_unlock(&rings.lock);
	return data;
}

struct sk_buff *bfd_skb_alloc(unsigned int headroom, unsigned int len)
{
	unsigned int size = SKB_HEAD_ALIGN(headroom + len);
	struct sk_buff *skb;
	void *data;

	if (likely(size <= PAGE_SIZE)) {
		data = alloc_data(size);
		if (unlikely(!data))
			return NULL;
		skb = napi_build_skb(data, size);
		if (unlikely(!skb)) {
			skb_free_frag(data);
			return NULL;
		}
	} else {
		skb = alloc_skb(headroom + len, GFP_ATOMIC);
		if (!skb)
			return NULL;
	}
	skb_reserve(skb, headroom);
	return skb;
}

/**
 * bfd_skbs_exit() - give the memory back; nothing is sent any more
 *
 * Packets that are still on their way keep their pages.
 */
void bfd_skbs_exit(void)
{
	unsigned int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < RING_PAGES; i++)
			give_back(&per_cpu(rings, cpu).pages[i]);
}
