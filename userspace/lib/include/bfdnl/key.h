/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: keys that sessions are authenticated with.
 *
 * A key belongs to a network namespace, where any number of sessions may use
 * it. Its secret goes to the kernel and never comes back.
 */
#ifndef BFDNL_KEY_H
#define BFDNL_KEY_H

#include <linux/bfd.h>
#include <bfdnl/session.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bfdnl_key;

/**
 * bfdnl_key_new() - an empty key object
 *
 * Return: the object, to be freed with bfdnl_key_free(); NULL if there is no
 * memory.
 */
struct bfdnl_key *bfdnl_key_new(void);

/**
 * bfdnl_key_free() - wipe and free a key object
 * @key: the object or NULL. The key in the kernel is not touched.
 */
void bfdnl_key_free(struct bfdnl_key *key);

/**
 * bfdnl_key_number() - which key of the network namespace it is
 * @key: the object
 *
 * Return: its number; 0 before one was set.
 */
__u32 bfdnl_key_number(const struct bfdnl_key *key);

/**
 * bfdnl_key_type() - what the key is used for
 * @key: the object
 *
 * Return: enum bfd_auth_type; BFD_AUTH_NONE before one was set.
 */
unsigned int bfdnl_key_type(const struct bfdnl_key *key);

/**
 * bfdnl_key_use_count() - how many sessions use the key
 * @key: a key that the kernel reported
 *
 * Return: the number; 0 for an object of the caller.
 */
__u32 bfdnl_key_use_count(const struct bfdnl_key *key);

/**
 * bfdnl_key_set_number() - choose which key it is
 * @key: the object
 * @number: from 1
 *
 * Return: 0, or -EINVAL for 0.
 */
int bfdnl_key_set_number(struct bfdnl_key *key, __u32 number);

/**
 * bfdnl_key_set_type() - choose what the key is used for
 * @key: the object
 * @type: enum bfd_auth_type, not BFD_AUTH_NONE
 *
 * Return: 0, or -EINVAL for a type that there is not.
 */
int bfdnl_key_set_type(struct bfdnl_key *key, unsigned int type);

/**
 * bfdnl_key_set_secret() - give the key its secret
 * @key: the object; keeps a copy until it is freed
 * @secret: the bytes; text is given without its NUL
 * @len: how many, at most bfdnl_auth_secret_max() of the key's type
 *
 * Return: 0; -EINVAL for no byte at all; -ERANGE for more than any type takes.
 * What the type of the key does not allow, bfdnl_set_key() refuses.
 */
int bfdnl_key_set_secret(struct bfdnl_key *key, const void *secret, size_t len);

/**
 * bfdnl_auth_secret_max() - how long a secret may be
 * @type: enum bfd_auth_type
 *
 * Return: 16 or 20 bytes; 0 for a type that there is not.
 */
size_t bfdnl_auth_secret_max(unsigned int type);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_KEY_H */
