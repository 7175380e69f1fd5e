/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: where the source addresses of echo packets come from.
 */
#ifndef BFDNL_ECHO_SOURCE_H
#define BFDNL_ECHO_SOURCE_H

#include <bfdnl/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bfdnl_echo_source;

/**
 * bfdnl_echo_source_free() - free what bfdnl_get_echo_source() returned
 * @source: the object or NULL
 */
void bfdnl_echo_source_free(struct bfdnl_echo_source *source);

/**
 * bfdnl_echo_source_interface() - the interface that was chosen
 * @source: the object
 *
 * Return: its name, valid as long as @source; NULL if none was chosen.
 */
const char *
bfdnl_echo_source_interface(const struct bfdnl_echo_source *source);

/**
 * bfdnl_echo_source_addr() - what echo packets are sent from
 * @source: the object
 * @family: AF_INET or AF_INET6
 *
 * Return: the address, valid as long as @source; NULL if there is none.
 */
const struct bfdnl_addr *
bfdnl_echo_source_addr(const struct bfdnl_echo_source *source, int family);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_ECHO_SOURCE_H */
