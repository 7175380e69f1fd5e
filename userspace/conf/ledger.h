/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: which sessions and keys of the kernel were made by the
 * configuration and by the agent.
 *
 * The kernel keeps sessions but not who wanted them. So that is written down,
 * in a file that lives no longer than the kernel does (/run), before a session
 * is made: its local discriminator is chosen by us and random, and names it.
 * An entry without a session means nothing, and a session without an entry is
 * somebody else's; so a process may be killed between any two steps.
 *
 * The file is a journal of lines, each the whole truth about one session or
 * key from then on:
 *
 *	s 0x1a2b3c4d 192.0.2.2 config,rest/7
 *	s 0x1a2b3c4d -
 *	k 3 $6$...
 *	k 0 lo
 *
 * Key 0, which there is not, is the interface that echoes are to come from.
 * The file is rewritten when it has become much longer than need be. Processes that
 * use it exclude each other by a lock.
 */
#ifndef BFDCONF_LEDGER_H
#define BFDCONF_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <bfdnl/bfdnl.h>
#include "vector.h"

/* Owners with a meaning here; others are names of claims, "FRONTEND/..." */
#define LEDGER_CONFIG	"config"
#define LEDGER_AGENT	"agent"		/* claims without a name */

#define LEDGER_OWNER_MAX	63
#define LEDGER_OWNERS_MAX	64	/* of one session */

/**
 * struct ledger_entry - a session that is ours
 * @discriminator: its local discriminator
 * @dest: its peer, to be sure
 * @owners: char *, who wants it
 */
struct ledger_entry {
	__u32 discriminator;
	struct bfdnl_addr dest;
	struct vector owners;
};

/**
 * struct ledger_key - a key that the configuration has set
 * @number: which one
 * @verifier: crypt(3) of its secret: whether it is the one of the file
 */
struct ledger_key {
	__u32 number;
	char *verifier;
};

struct ledger;

/**
 * ledger_path() - where the ledger of a network namespace is by default
 * @netns: its name or path, or NULL for the caller's own
 * @path: gets the path
 * @room: bytes of @path
 *
 * Return: 0 or a negative errno.
 */
int ledger_path(const char *netns, char *path, size_t room);

/**
 * ledger_open() - read the ledger
 * @path: the file; need not exist
 * @read_only: it is not going to be changed, nor locked
 * @ledger: gets it, to be freed with ledger_close()
 *
 * Return: 0 or a negative errno.
 */
int ledger_open(const char *path, bool read_only, struct ledger **ledger);
void ledger_close(struct ledger *ledger);

/* Return: the path it was opened with. */
const char *ledger_name(const struct ledger *ledger);

/**
 * ledger_lock() - keep others from changing it, and see what they have changed
 * @ledger: the ledger
 * @wait: wait for others to unlock it
 *
 * Needed before any change. Locks nest.
 *
 * Return: 0; -EAGAIN if another has locked it; another negative errno.
 */
int ledger_lock(struct ledger *ledger, bool wait);
void ledger_unlock(struct ledger *ledger);
bool ledger_is_locked(const struct ledger *ledger);

/* See what others have changed, for questions without a lock. */
void ledger_peek(struct ledger *ledger);

/* Whose session is it? Return: the entry of a session of the kernel, or NULL. */
const struct ledger_entry *ledger_find(const struct ledger *ledger,
				       const struct bfdnl_session *session);
const struct ledger_entry *ledger_at(const struct ledger *ledger, size_t index);
size_t ledger_size(const struct ledger *ledger);
bool ledger_owned_by(const struct ledger_entry *entry, const char *owner);

/**
 * ledger_own() - note an owner of a session that is, or is about to be made
 * @ledger: the ledger, locked
 * @session: its local discriminator and peer
 * @owner: who wants it
 *
 * Return: 0; -ENOSPC with too many owners; another negative errno.
 */
int ledger_own(struct ledger *ledger, const struct bfdnl_session *session,
	       const char *owner);

/**
 * ledger_disown() - note that somebody does not want a session any more
 * @ledger: the ledger, locked
 * @session: its local discriminator and peer
 * @owner: who; NULL: nobody wants it any more
 *
 * Return: how many owners are left, or a negative errno.
 */
int ledger_disown(struct ledger *ledger, const struct bfdnl_session *session,
		  const char *owner);

/**
 * ledger_prune() - forget what the kernel does not know
 * @ledger: the ledger, locked
 * @exists: says whether there is a session with this discriminator and peer
 * @data: handed to @exists
 *
 * Return: 0 or a negative errno.
 */
int ledger_prune(struct ledger *ledger,
		 bool (*exists)(__u32 discriminator,
				const struct bfdnl_addr *dest, void *data),
		 void *data);

const struct ledger_key *ledger_find_key(const struct ledger *ledger,
					 __u32 number);
const struct ledger_key *ledger_key_at(const struct ledger *ledger,
				       size_t index);

/* Note the verifier of a key, NULL to forget it. Return: 0 or -errno. */
int ledger_set_key(struct ledger *ledger, __u32 number,
		   const char *verifier);

#endif /* BFDCONF_LEDGER_H */
