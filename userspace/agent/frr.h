/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FRR's data plane protocol: what its files share.
 *
 * bfdd names each of its sessions by a local discriminator, and that is all
 * that lasts: connections (links) come and go, bfdd and the agent are
 * restarted. So there is an entry for each discriminator, which holds a claim,
 * and belongs to the link that named it last. An entry whose link is gone
 * waits for another link to name it, and is dropped after a time of grace.
 *
 * bfdd forgets to send what does not fit into its buffer of 8 KB: of many
 * sessions that are registered at once, the first 58 arrive. But those that
 * did not are nobody's, and bfdd offers what is nobody's to whoever connects.
 * So we connect once more, until a connection is offered nothing, and do so
 * again from time to time. Where it is bfdd that connects, we cannot.
 */
#ifndef BFDAGENT_FRR_H
#define BFDAGENT_FRR_H

#include <sys/queue.h>
#include "agent.h"
#include "frr_wire.h"
#include "vector.h"

/**
 * struct frr_settings - group "frr"
 * @connect: address where bfdd listens, or NULL
 * @listen: address where bfdd connects to, or NULL
 * @connections: how many there may be
 * @sessions: how many bfdd may want
 * @grace_time: how long sessions live on without bfdd, us
 * @damped: leave it to dampening what is told
 */
struct frr_settings {
	char *connect;
	char *listen;
	__u64 connections;
	__u64 sessions;
	__u64 grace_time;
	bool damped;
};

#define FRR_LINK_NAME	48

TAILQ_HEAD(frr_link_list, frr_link);

/**
 * struct frr_link - a connection with bfdd
 * @link: in frr.links
 * @frr: the front end
 * @fd: socket
 * @io: calls us when it is readable or writable
 * @ours: we have connected
 * @connecting: not yet connected
 * @proven: something has come that bfdd would send
 * @registered: the first answer to an echo has come: before it came all that
 *	bfdd had to register
 * @dead: to be freed
 * @kept: systemd has a copy
 * @behind: what is to be told of some entries did not fit into @out
 * @name: under which systemd has it, or had
 * @since: when it was made, us, CLOCK_MONOTONIC
 * @counted: when counters were last told
 * @version: of the protocol, as bfdd spoke it last
 * @entries: how many belong to it
 * @added: how many messages have come that want a session
 * @known: how many of them did we know before
 * @in: what came in and is not yet a message
 * @in_used: how much
 * @out: what waits to be sent
 * @out_used: how much
 * @out_room: how much there is room for
 */
struct frr_link {
	TAILQ_ENTRY(frr_link) link;
	struct frr *frr;
	int fd;
	sd_event_source *io;
	bool ours;
	bool connecting;
	bool proven;
	bool registered;
	bool dead;
	bool kept;
	bool behind;
	char name[FRR_LINK_NAME];
	__u64 since;
	__u64 counted;
	__u8 version;
	size_t entries;
	size_t added;
	size_t known;
	__u8 in[2 * FRR_MESSAGE_MAX];
	size_t in_used;
	__u8 *out;
	size_t out_used;
	size_t out_room;
};

/**
 * struct frr_entry - a session that bfdd wants
 * @frr: the front end
 * @lid: bfdd's discriminator
 * @link: who wants it; NULL while nobody does
 * @presumed: its link has not named it, but may have lost it on the way
 * @deadline: without a link: when it is dropped, us, CLOCK_MONOTONIC
 * @wanted: identity and parameters
 * @claim: holds the session; NULL: out of memory
 * @pending: the claim was not answered yet
 * @failed: the claim failed, and was complained about
 * @changing: a change was not answered yet
 * @again: @wanted has changed meanwhile
 * @told: @last is what bfdd knows
 * @last: the message that told it
 */
struct frr_entry {
	struct frr *frr;
	__u32 lid;
	struct frr_link *link;
	bool presumed;
	__u64 deadline;
	struct bfdnl_session *wanted;
	struct agent_claim *claim;
	bool pending;
	bool failed;
	bool changing;
	bool again;
	bool told;
	__u8 last[FRR_STATE];
};

/**
 * struct frr - the front end
 * @agent: the daemon
 * @settings: how it is configured
 * @observer: of changes
 * @damped: instead of @observer: of what dampening lets through
 * @listening: calls us when bfdd connects
 * @dial: connects
 * @backoff: how long @dial waits after the next failure, us
 * @complained: about not being able to connect
 * @tick: once a second
 * @reap: frees links
 * @ticks: how often @tick came
 * @links: struct frr_link
 * @link_count: how many
 * @by_lid: struct frr_entry
 * @by_dest: the same, by destination
 * @news: bfdd has named new sessions within the last second
 * @full: too many entries, and it was complained about
 * @exiting: claims are to survive
 */
struct frr {
	struct agent *agent;
	struct frr_settings *settings;
	struct agent_observer *observer;
	struct agent_damped *damped;
	sd_event_source *listening;
	sd_event_source *dial;
	__u64 backoff;
	bool complained;
	sd_event_source *tick;
	sd_event_source *reap;
	unsigned int ticks;
	struct frr_link_list links;
	size_t link_count;
	struct vector by_lid;
	struct vector by_dest;
	bool news;
	bool full;
	bool exiting;
};

/* frr.c */

/* us, CLOCK_MONOTONIC */
__u64 frr_now(void);
/* What bfdd had to register has come by this link. */
void frr_registered(struct frr_link *link);
/* A link of ours is gone. */
void frr_link_lost(struct frr_link *link);

/* frr_link.c */

/**
 * frr_link_new() - talk to bfdd
 * @frr: the front end
 * @fd: the socket, taken over also on failure
 * @ours: we have connected, or are about to be
 *
 * Return: the link, or NULL without memory.
 */
struct frr_link *frr_link_new(struct frr *frr, int fd, bool ours);
/* We do not need it any more. Freed later, as after frr_link_close(). */
void frr_link_end(struct frr_link *link);
/* It came to an end; @why goes to the log unless it is NULL. */
void frr_link_close(struct frr_link *link, const char *why);
void frr_link_free(struct frr_link *link);
/* Ask for an echo, so that bfdd reads what it may have left lying about. */
void frr_link_ask_echo(struct frr_link *link);
/**
 * frr_link_send() - send a message
 * @link: the link
 * @data: the message
 * @len: bytes of it
 * @losable: it may be lost, if bfdd does not read
 *
 * Return: true if it is sent or waits to be.
 */
bool frr_link_send(struct frr_link *link, const __u8 *data, size_t len,
		   bool losable);

/* frr_keep.c */

/* Leave it to those who come after us, if there is nothing under way. */
void frr_keep(struct frr_link *link);
/* There is, or it has ended. */
void frr_keep_not(struct frr_link *link);
/* Take those that were left to us. */
void frr_keep_resume(struct frr *frr);

/* frr_map.c */

/**
 * frr_map_wanted() - the session that bfdd wants, as we know sessions
 * @session: as it came
 * @wrong: gets words for a person if there can be no such session
 *
 * Return: the session, to be freed; NULL with @wrong, or without memory.
 */
struct bfdnl_session *frr_map_wanted(const struct frr_session *session,
				     const char **wrong);
/**
 * frr_map_recorded() - the session that bfdd once wanted
 * @fields: the session that was made of it
 *
 * Return: the session, to be freed; NULL without memory.
 */
struct bfdnl_session *frr_map_recorded(const struct bfdnl_session *fields);
/* The same session with other parameters? */
bool frr_map_same_identity(const struct bfdnl_session *a,
			   const struct bfdnl_session *b);
/**
 * frr_map_difference() - what has to be changed
 * @is: the session
 * @wanted: how it is wanted
 * @changes: gets the changes, to be freed; NULL if there are none
 *
 * Return: 0 or -ENOMEM.
 */
int frr_map_difference(const struct bfdnl_session *is,
		       const struct bfdnl_session *wanted,
		       struct bfdnl_session **changes);
/* Leave echoes out of what is wanted. Return: were there any? */
bool frr_map_without_echo(struct bfdnl_session *wanted);
void frr_map_state(const struct bfdnl_session *fields, struct frr_state *state);
void frr_map_counters(const struct bfdnl_session *fields,
		      struct frr_counters *counters);

/* frr_entry.c */

void frr_entry_want(struct frr_link *link, const struct frr_session *session);
void frr_entry_unwant(struct frr *frr, __u32 lid);
void frr_entry_count(struct frr_link *link, __u16 id, __u32 lid);
/* A link is gone: its entries wait for another one. */
void frr_entries_orphan(struct frr_link *link);
/* Is there anything that would be forgotten if we died now? */
bool frr_entries_unsettled(const struct frr_link *link);
/* A link may have lost those that nobody names. */
void frr_entries_presume(struct frr_link *link);
/* Tell what there was no room for. */
void frr_entries_catch_up(struct frr_link *link);
/* Make those again that could not be made. */
void frr_entries_retry(struct frr *frr);
/* Drop those that nobody has named for too long. */
void frr_entries_sweep(struct frr *frr);
/* Find those that an agent before us held. */
void frr_entries_recall(struct frr *frr);
void frr_entries_clear(struct frr *frr);
void frr_entry_change(const struct agent_event *event, void *data);

#endif /* BFDAGENT_FRR_H */
