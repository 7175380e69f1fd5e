/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl, shared by its files; nothing here is exported.
 *
 * fields.c knows what a session is made of, codec.c turns objects into
 * messages and back, request.c does one request and its answer, transport.c
 * alone touches sockets (tests put another one in its place).
 */
#ifndef LIBBFDNL_INTERNAL_H
#define LIBBFDNL_INTERNAL_H

#include <limits.h>
#include <net/if.h>
#include <bfdnl/bfdnl.h>
#include <netlink/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/genl/genl.h>

/* One reported counter per reason; a kernel with more reasons is cut short. */
#define DROPS_MAX		64
#define RECEIVE_TIMES_MAX	5
#define ERROR_MAX		256

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	__attribute__((__format__			\
					(printf, a, b)))

struct bfdnl_drops {
	size_t size;
	__u64 count[DROPS_MAX];
	__u16 reason[DROPS_MAX];
};

struct bfdnl_session {
	bool present[BFDNL_FIELDS];
	__u64 number[BFDNL_FIELDS];
	struct bfdnl_addr source_addr;
	struct bfdnl_addr dest_addr;
	char interface[IFNAMSIZ];
	char vrf[IFNAMSIZ];
	struct bfdnl_drops drops;
};

/* fields.c */

/* No field of the group STATISTICS is before this one. */
#define FIRST_STATISTIC		BFDNL_CREATE_TIME

/* What the caller of bfdnl_add() and bfdnl_set() may give */
enum field_use {
	USE_NONE,		/* reported only */
	USE_TUPLE,		/* tells one session from another */
	USE_ADD,		/* chosen at creation */
	USE_CHANGE,		/* chosen at creation, changed later */
};

struct field_info {
	const char *name;
	__u16 attr;
	__u8 group;		/* enum bfdnl_group */
	__u8 type;		/* enum bfdnl_type */
	__u8 width;		/* bytes of a number on the wire */
	__u8 use;		/* enum field_use */
};

extern const struct field_info fields[BFDNL_FIELDS];

/* One more than the field, by group and attribute */
extern __u8 by_attr[BFDNL_GROUP_STATISTICS + 1][BFD_A_MAX + 1];

/* The same, of fields that are numbers; 0 for the others */
extern __u8 number_by_attr[BFDNL_GROUP_STATISTICS + 1][BFD_A_MAX + 1];

static inline const struct field_info *field_info(enum bfdnl_field field)
{
	return (unsigned int)field < BFDNL_FIELDS ? &fields[field] : NULL;
}

/* Return: enum bfdnl_field, or -1 for an attribute without one. */
static inline int field_by_attr(enum bfdnl_group group, unsigned int attr)
{
	return attr <= BFD_A_MAX ? by_attr[group][attr] - 1 : -1;
}

const char *attr_name(enum bfdnl_group group, unsigned int attr);
int attr_nest_group(enum bfdnl_group group, unsigned int attr);
const char *attr_set_name(__u8 cmd, unsigned int attr);

/* session.c */

void session_renew(struct bfdnl_session *session,
		   const struct bfdnl_session *news, bool state);
char *session_text(struct bfdnl_session *session, enum bfdnl_field field);
struct bfdnl_addr *session_addr(struct bfdnl_session *session,
				enum bfdnl_field field);

/* codec.c */

/* What the BFD_A_EVENT nest says; 0 or -ENOENT where it is silent */
struct event_info {
	__u32 sequence;
	__u64 time;
	__u64 monotonic;
	int old_state;
	int new_state;
	__u64 receive_times[RECEIVE_TIMES_MAX];
	size_t receive_times_size;
};

int encode_field(struct nl_msg *msg, const struct bfdnl_session *session,
		 enum bfdnl_field field);
int encode_selector(struct nl_msg *msg, const struct bfdnl_session *selector);
int encode_add(struct nl_msg *msg, const struct bfdnl_session *session);
int encode_changes(struct nl_msg *msg, const struct bfdnl_session *changes);
int decode_session(const struct nlmsghdr *nlh, struct bfdnl_session *session);
int decode_event(const struct nlmsghdr *nlh, struct bfdnl_session *session,
		 struct event_info *info);
int decode_number(const struct nlattr *nla, __u64 *value);
int decode_addr(const struct nlattr *nla, struct bfdnl_addr *addr);
int decode_text(const struct nlattr *nla, char *text);
int decode_drops(const struct nlattr *nest, struct bfdnl_drops *drops);

/* stats.c */

int stats_decode(const struct nlmsghdr *nlh, struct bfdnl_stats *stats);

/* extack.c */

/* A failure as the kernel reported it */
struct nl_error {
	int code;		/* negative errno */
	char message[ERROR_MAX];
	const char *attribute;	/* a constant, or NULL */
	bool missing;		/* @attribute was required but not given */
	bool has_range;
	__u64 min;
	__u64 max;
};

void extack_parse(const struct nlmsghdr *answer, const struct nlmsghdr *request,
		  struct nl_error *error);

/* request.c */

struct transport;

struct bfdnl {
	struct transport *transport;
	char *netns;
	__u16 family;
	__u32 group;
	__u32 seq;
	struct nl_error nl_error;
	char error[2 * ERROR_MAX];
};

/* Receives one message of an answer; a negative errno ends the request. */
typedef int (*answer_fn)(struct bfdnl *h, const struct nlmsghdr *nlh,
			 void *data);

__printf(3, 4)
int fail(struct bfdnl *h, int code, const char *format, ...);
void error_clear(struct bfdnl *h);
struct nl_msg *request_new(struct bfdnl *h, __u8 cmd, int flags);
void request_free(struct nl_msg *msg);
int request_run(struct bfdnl *h, struct nl_msg *msg, answer_fn fn, void *data,
		bool *interrupted);
int resolve_family(struct bfdnl *h);

/* bfdnl.c */

/* What comes and goes all the time must not keep a dump from ending. */
#define DUMP_ATTEMPTS	8

/* Sessions in the order of their ids */
struct session_list {
	struct bfdnl_session **at;
	size_t size;
	size_t room;
};

void session_list_clear(struct session_list *list);
size_t session_list_find(const struct session_list *list, __u64 id);
int session_list_insert(struct session_list *list, size_t index,
			struct bfdnl_session *session);
void session_list_remove(struct session_list *list, size_t index);
int dump_once(struct bfdnl *h, struct session_list *list, bool *interrupted);

/* transport.c */

/*
 * Negative errno; -ENOBUFS from transport_recv() says that messages were lost.
 * transport_recv() allocates *@buffer and returns its length; only messages of
 * the kernel are passed on. @blocking: wait in transport_recv() or -EAGAIN.
 */
int transport_open(struct transport **transport, const char *netns,
		   bool blocking, const char **failed);
void transport_close(struct transport *transport);
int transport_fd(const struct transport *transport);
int transport_join(struct transport *transport, __u32 group);
int transport_send(struct transport *transport, struct nl_msg *msg);
int transport_recv(struct transport *transport, struct nlmsghdr **buffer);

#endif /* LIBBFDNL_INTERNAL_H */
