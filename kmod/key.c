// SPDX-License-Identifier: GPL-2.0
/*
 * Keys: numbered, shared by sessions, wiped when freed.
 */
#include <crypto/hash.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "key.h"

static uint max_keys = 4096;
module_param(max_keys, uint, 0644);
MODULE_PARM_DESC(max_keys, "keys a network namespace may have (4096)");

static uint userns_max_keys = 64;
module_param(userns_max_keys, uint, 0644);
MODULE_PARM_DESC(userns_max_keys, "the same for a namespace owned by an unprivileged user (64)");

u32 bfd_max_keys(const struct net *net)
{
	return READ_ONCE(*(bfd_net_privileged(net) ? &max_keys : &userns_max_keys));
}

int bfd_auth_hash(const struct bfd_auth_key *key, const void *data, unsigned int len, u8 *digest)
{
	return crypto_shash_tfm_digest(key->hash, data, len, digest);
}

static int get_hash(struct bfd_key *key, struct netlink_ext_ack *extack)
{
	bool sha1 = key->auth.type == BFD_AUTH_KEYED_SHA1 ||
		    key->auth.type == BFD_AUTH_METICULOUS_KEYED_SHA1;
	struct crypto_shash *hash;

	if (key->auth.type == BFD_AUTH_SIMPLE_PASSWORD)
		return 0;
	hash = crypto_alloc_shash(sha1 ? "sha1" : "md5", 0, 0);
	if (!IS_ERR(hash)) {
		key->auth.hash = hash;
		return 0;
	}
	if (PTR_ERR(hash) == -ENOMEM || PTR_ERR(hash) == -EINTR)
		return PTR_ERR(hash);
	if (sha1)
		NL_SET_ERR_MSG(extack, "this kernel offers no SHA1: it has no CRYPTO_SHA1");
	else
		NL_SET_ERR_MSG(extack,
			       "this kernel offers no MD5: it is in FIPS mode or has no CRYPTO_MD5");
	return -EOPNOTSUPP;
}

struct bfd_key *bfd_key_new(u32 number, u8 type, const void *secret, unsigned int len,
			    struct netlink_ext_ack *extack)
{
	struct bfd_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!key)
		return ERR_PTR(-ENOMEM);
	key->number = number;
	key->auth.type = type;
	key->auth.len = len;
	memcpy(key->auth.secret, secret, len);
	ret = get_hash(key, extack);
	if (!ret)
		return key;
	kfree_sensitive(key);
	return ERR_PTR(ret);
}

void bfd_key_free(struct bfd_key *key)
{
	if (!key)
		return;
	if (key->auth.hash)
		crypto_free_shash(key->auth.hash);
	kfree_sensitive(key);
}

struct bfd_key *bfd_key_find(struct bfd_net *bn, u32 number)
{
	lockdep_assert_held(&bn->lock);
	return xa_load(&bn->keys, number);
}

/* A session that gave it up meanwhile did so for good: it has no more users. */
static bool in_use(const struct bfd_key *key)
{
	return atomic_read_acquire(&key->users);
}

int bfd_key_set(struct bfd_net *bn, struct bfd_key *key, struct netlink_ext_ack *extack)
{
	struct bfd_key *old = bfd_key_find(bn, key->number);
	int ret;

	if (old && in_use(old)) {
		NL_SET_ERR_MSG(extack, "the key is in use: sessions have to give it up first");
		return -EBUSY;
	}
	if (!old && bn->key_count >= bfd_max_keys(bn->net)) {
		NL_SET_ERR_MSG(extack, "this network namespace has as many keys as it may have");
		return -ENOSPC;
	}
	ret = xa_err(xa_store(&bn->keys, key->number, key, GFP_KERNEL_ACCOUNT));
	if (ret)
		return ret;
	if (!old)
		bn->key_count++;
	bfd_key_free(old);
	return 0;
}

int bfd_key_delete(struct bfd_net *bn, struct bfd_key *key)
{
	lockdep_assert_held(&bn->lock);
	if (in_use(key))
		return -EBUSY;
	xa_erase(&bn->keys, key->number);
	bn->key_count--;
	bfd_key_free(key);
	return 0;
}

void bfd_keys_delete_all(struct bfd_net *bn)
{
	struct bfd_key *key;
	unsigned long number;

	xa_for_each(&bn->keys, number, key)
		WARN_ON_ONCE(bfd_key_delete(bn, key));
}
