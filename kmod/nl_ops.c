// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: what may be asked, by whom, with which attributes.
 *
 * All operations are validated strictly: an attribute that is not in the policy
 * of an operation is refused, and so are unknown flags. What a policy cannot
 * say is checked in netlink.c.
 */
#include <linux/if.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "bfd.h"
#include "nl.h"

/* Attributes that name sessions */
#define BFD_POLICY_TUPLE							\
	[BFD_A_PATH_TYPE] = NLA_POLICY_MAX(NLA_U8, BFD_PATH_IP_MH),		\
	[BFD_A_SOURCE_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),		\
	[BFD_A_DEST_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),		\
	[BFD_A_INTERFACE] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },	\
	[BFD_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),				\
	[BFD_A_VRF] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },		\
	[BFD_A_LOCAL_DISCRIMINATOR] = NLA_POLICY_MIN(NLA_U32, 1)

/* Attributes that configure a session */
#define BFD_POLICY_CONFIG							\
	[BFD_A_LOCAL_MULTIPLIER] = NLA_POLICY_MIN(NLA_U8, 1),			\
	[BFD_A_DESIRED_MIN_TX_INTERVAL] = NLA_POLICY_MIN(NLA_U32, BFD_MIN_INTERVAL_US), \
	[BFD_A_REQUIRED_MIN_RX_INTERVAL] = { .type = NLA_U32 },			\
	[BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL] = { .type = NLA_U32 },		\
	[BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL] = { .type = NLA_U32 },		\
	[BFD_A_ECHO_ENABLED] = NLA_POLICY_MAX(NLA_U8, 1),			\
	[BFD_A_DEMAND_ENABLED] = NLA_POLICY_MAX(NLA_U8, 1),			\
	[BFD_A_DEMAND_POLL_INTERVAL] = { .type = NLA_U32 },			\
	[BFD_A_ADMIN_DOWN] = NLA_POLICY_MAX(NLA_U8, 1),				\
	[BFD_A_PASSIVE] = NLA_POLICY_MAX(NLA_U8, 1),				\
	[BFD_A_PATH_DIAGNOSTIC] =						\
		NLA_POLICY_MAX(NLA_U8, BFD_DIAG_REVERSE_CONCATENATED_PATH_DOWN), \
	[BFD_A_OWNER_EXIT] = NLA_POLICY_MAX(NLA_U8, BFD_OWNER_EXIT_DELETE),	\
	[BFD_A_TX_TTL] = NLA_POLICY_MIN(NLA_U8, 1),				\
	[BFD_A_RX_TTL] = NLA_POLICY_MIN(NLA_U8, 1),				\
	[BFD_A_DSCP] = NLA_POLICY_MAX(NLA_U8, 63),				\
	[BFD_A_EXPRESS] = NLA_POLICY_MAX(NLA_U8, 1),				\
	[BFD_A_AUTHENTICATION] = NLA_POLICY_NESTED(bfd_auth_policy)

static const struct nla_policy bfd_auth_policy[] = {
	[BFD_A_AUTH_KEY] = { .type = NLA_U32 },
	[BFD_A_AUTH_KEY_ID] = { .type = NLA_U8 },
	[BFD_A_AUTH_DELAYED] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy bfd_selector_policy[] = {
	[BFD_A_ID] = { .type = NLA_U32 },
	BFD_POLICY_TUPLE,
};

static const struct nla_policy bfd_new_policy[] = {
	[BFD_A_ID] = { .type = NLA_REJECT, .reject_message = "the kernel chooses the id" },
	BFD_POLICY_TUPLE,
	BFD_POLICY_CONFIG,
	[BFD_A_UNAFFILIATED_ECHO] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy bfd_set_policy[] = {
	[BFD_A_ID] = { .type = NLA_U32 },
	BFD_POLICY_TUPLE,
	BFD_POLICY_CONFIG,
};

static const struct nla_policy bfd_key_number_policy[] = {
	[BFD_A_KEY_NUMBER] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy bfd_key_policy[] = {
	[BFD_A_KEY_NUMBER] = NLA_POLICY_MIN(NLA_U32, 1),
	[BFD_A_KEY_TYPE] = NLA_POLICY_RANGE(NLA_U8, BFD_AUTH_SIMPLE_PASSWORD,
					    BFD_AUTH_METICULOUS_KEYED_SHA1),
	[BFD_A_KEY_SECRET] = NLA_POLICY_RANGE(NLA_BINARY, 1, 20),
};

static const struct nla_policy bfd_echo_source_policy[] = {
	[BFD_A_ECHO_SOURCE_INTERFACE] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

static const struct genl_ops bfd_ops[] = {
	{
		.cmd = BFD_CMD_SESSION_GET,
		.doit = bfd_nl_session_get_doit,
		.dumpit = bfd_nl_session_get_dumpit,
		.policy = bfd_selector_policy,
		.maxattr = ARRAY_SIZE(bfd_selector_policy) - 1,
	},
	{
		.cmd = BFD_CMD_SESSION_NEW,
		.doit = bfd_nl_session_new_doit,
		.policy = bfd_new_policy,
		.maxattr = ARRAY_SIZE(bfd_new_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_SESSION_SET,
		.doit = bfd_nl_session_set_doit,
		.policy = bfd_set_policy,
		.maxattr = ARRAY_SIZE(bfd_set_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_SESSION_DEL,
		.doit = bfd_nl_session_del_doit,
		.policy = bfd_selector_policy,
		.maxattr = ARRAY_SIZE(bfd_selector_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	/* Without a policy every attribute is refused. */
	{
		.cmd = BFD_CMD_SESSION_FLUSH,
		.doit = bfd_nl_session_flush_doit,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_STATS_GET,
		.dumpit = bfd_nl_stats_get_dumpit,
	},
	{
		.cmd = BFD_CMD_STATS_CLEAR,
		.doit = bfd_nl_stats_clear_doit,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_SESSION_POLL,
		.doit = bfd_nl_session_poll_doit,
		.policy = bfd_selector_policy,
		.maxattr = ARRAY_SIZE(bfd_selector_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_KEY_GET,
		.doit = bfd_nl_key_get_doit,
		.dumpit = bfd_nl_key_get_dumpit,
		.policy = bfd_key_number_policy,
		.maxattr = ARRAY_SIZE(bfd_key_number_policy) - 1,
	},
	{
		.cmd = BFD_CMD_KEY_SET,
		.doit = bfd_nl_key_set_doit,
		.policy = bfd_key_policy,
		.maxattr = ARRAY_SIZE(bfd_key_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_KEY_DEL,
		.doit = bfd_nl_key_del_doit,
		.policy = bfd_key_number_policy,
		.maxattr = ARRAY_SIZE(bfd_key_number_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = BFD_CMD_ECHO_SOURCE_GET,
		.doit = bfd_nl_echo_source_get_doit,
	},
	{
		.cmd = BFD_CMD_ECHO_SOURCE_SET,
		.doit = bfd_nl_echo_source_set_doit,
		.policy = bfd_echo_source_policy,
		.maxattr = ARRAY_SIZE(bfd_echo_source_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

/* Who may list sessions may also hear of them: no capability is asked for. */
static const struct genl_multicast_group bfd_mcgrps[] = {
	[BFD_MCGRP_EVENTS] = { .name = BFD_GENL_MCGRP_EVENTS },
};

struct genl_family bfd_genl_family __ro_after_init = {
	.name = BFD_GENL_NAME,
	.version = BFD_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = bfd_ops,
	.n_ops = ARRAY_SIZE(bfd_ops),
	.mcgrps = bfd_mcgrps,
	.n_mcgrps = ARRAY_SIZE(bfd_mcgrps),
};
