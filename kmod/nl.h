/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the generic netlink files share: the table of operations (nl_ops.c),
 * requests (netlink.c), reports (nl_report.c) and events (event.c).
 */
#ifndef _BFD_NL_H
#define _BFD_NL_H

#include <linux/netlink.h>
#include <net/genetlink.h>

struct bfd_auth_change;
struct bfd_net;
struct bfd_session;

/* Index in bfd_genl_family.mcgrps */
enum {
	BFD_MCGRP_EVENTS,
};

/* See struct genl_ops; requests were validated against the policies. */
int bfd_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int bfd_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_session_poll_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int bfd_nl_stats_clear_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_key_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int bfd_nl_key_set_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_key_del_doit(struct sk_buff *skb, struct genl_info *info);

/**
 * bfd_nl_lock_net() - lock the namespace of a request
 * @info: the request
 *
 * Return: the namespace, or ERR_PTR(-ENODEV) when it is going.
 */
struct bfd_net *bfd_nl_lock_net(struct genl_info *info);

/**
 * bfd_nl_unlock_net() - unlock it, and send what events the request made
 * @bn: the namespace
 *
 * So whoever asked finds them sent when the answer comes.
 */
void bfd_nl_unlock_net(struct bfd_net *bn);

/**
 * bfd_nl_get_auth() - what a request about a session says of authentication
 * @info: the request
 * @bn: the namespace, locked
 * @c: filled in, if there is anything
 *
 * Return: 0, -EINVAL, -ENOENT
 */
int bfd_nl_get_auth(struct genl_info *info, struct bfd_net *bn, struct bfd_auth_change *c);

/**
 * bfd_nl_put_auth() - put a session's authentication into a message
 * @skb: the message
 * @s: the session, locked
 *
 * Return: 0 or -EMSGSIZE
 */
int bfd_nl_put_auth(struct sk_buff *skb, const struct bfd_session *s);

int bfd_nl_echo_source_get_doit(struct sk_buff *skb, struct genl_info *info);
int bfd_nl_echo_source_set_doit(struct sk_buff *skb, struct genl_info *info);

struct bfd_net;
struct bfd_selector;
struct bfd_session;
struct bfd_session_params;

/**
 * bfd_nl_get_echo() - what a request says of echoes
 * @info: the request
 * @p: all else that is asked for; overlaid
 *
 * Return: 0, -EINVAL, -ERANGE
 */
int bfd_nl_get_echo(struct genl_info *info, struct bfd_session_params *p);

/**
 * bfd_nl_put_echo_stats() - counters of echoes
 * @skb: in BFD_A_SESSION_STATISTICS
 * @s: the session, locked
 *
 * Return: 0 or -EMSGSIZE
 */
int bfd_nl_put_echo_stats(struct sk_buff *skb, const struct bfd_session *s);

/* nl_path.c */

/**
 * bfd_nl_get_selector() - what a request says of addresses, link and VRF
 * @info: the request; its namespace is locked: names of links stay what they are
 * @sel: filled in
 *
 * Return: 0, -EINVAL, -ENODEV
 */
int bfd_nl_get_selector(struct genl_info *info, struct bfd_selector *sel);

/**
 * bfd_nl_check_selected() - whether a session is all that a request says
 * @info: the request
 * @s: the session, found by its id or discriminator
 * @sel: from the request
 *
 * Return: 0 or -EINVAL
 */
int bfd_nl_check_selected(struct genl_info *info, struct bfd_session *s,
			  const struct bfd_selector *sel);

/**
 * bfd_nl_check_new() - what no session may be asked to be
 * @info: the request
 * @sel: from the request; whether a source is ours is checked later
 *
 * Return: 0 or -EINVAL
 */
int bfd_nl_check_new(struct genl_info *info, const struct bfd_selector *sel);

/* event.c */

/**
 * bfd_events_stop() - send no event from now on
 *
 * To be called before the family is unregistered: its multicast group may then
 * become another family's. May sleep; returns when the last event has left.
 */
void bfd_events_stop(void);

#endif /* _BFD_NL_H */
