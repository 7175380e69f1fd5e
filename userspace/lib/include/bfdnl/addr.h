/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: an IPv4 or IPv6 address.
 */
#ifndef BFDNL_ADDR_H
#define BFDNL_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct bfdnl_addr - an address without a port
 * @family: AF_INET or AF_INET6
 * @len: 4 or 16, how many of @bytes count
 * @bytes: the address in network byte order
 */
struct bfdnl_addr {
	__u16 family;
	__u16 len;
	__u8 bytes[16];
};

/* Room for any address as text, with its NUL */
#define BFDNL_ADDR_STRLEN	46

/**
 * bfdnl_addr_parse() - text to address
 * @addr: where the address goes; untouched on failure
 * @text: "192.0.2.1" or "2001:db8::1", without a scope ("%eth0")
 *
 * Return: 0, or -EINVAL if @text is not a numeric address.
 */
int bfdnl_addr_parse(struct bfdnl_addr *addr, const char *text);

/**
 * bfdnl_addr_format() - address to canonical text (RFC 5952)
 * @addr: the address
 * @text: at least BFDNL_ADDR_STRLEN bytes
 *
 * Return: @text; an empty string if @addr has an unknown family.
 */
const char *bfdnl_addr_format(const struct bfdnl_addr *addr, char *text);

/**
 * bfdnl_addr_equal() - do two addresses name the same host?
 * @a: one address, or NULL
 * @b: the other, or NULL
 *
 * Return: true if both are given and equal.
 */
bool bfdnl_addr_equal(const struct bfdnl_addr *a, const struct bfdnl_addr *b);

/**
 * bfdnl_addr_is_link_local() - does it need an interface to be meaningful?
 * @addr: the address
 *
 * Return: true for an address in fe80::/10.
 */
bool bfdnl_addr_is_link_local(const struct bfdnl_addr *addr);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_ADDR_H */
