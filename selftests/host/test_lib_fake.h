/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel for tests of libbfdnl and bfdnl, linked in place of transport.c.
 *
 * It keeps sessions, answers requests as the family "bfd" does and sends what
 * events it is told to. It knows no protocol: states are what the test says.
 */
#ifndef TEST_LIB_FAKE_H
#define TEST_LIB_FAKE_H

#include "internal.h"

#define FAKE_FAMILY	0x1f
#define FAKE_GROUP	7

/* A time that never changes: outputs can be compared. */
#define FAKE_NOW	1767225600123456789ULL

struct fake_key {
	__u32 number;			/* 0: no key */
	__u8 type;
	__u8 len;
	__u8 secret[20];
};

/* What the fake kernel is to do; all zero to begin with */
struct fake {
	bool no_family;			/* the module is not loaded */
	bool full;			/* a limit is reached */
	bool punctual;			/* nothing is late */
	bool batches;			/* what waits to be read is one datagram */
	__u64 monotonic;		/* of events, ns; 0 for 5 s */
	__u8 fall_diagnostic;		/* 0 for control-expiry */
	__u32 sequence;			/* of the last event */
	__u16 family;			/* 0 for FAKE_FAMILY */
	unsigned int interrupt_dumps;	/* so many dumps are inconsistent */
	unsigned int fail_receives;	/* so many reads fail with ENOBUFS */
	void (*during_dump)(void);	/* called before a dump is answered */
	void (*when_read)(void);	/* called once an event was read */
	void (*when_asked)(void);	/* called before each request is done */

	/* the next request with this command is refused; 0 for none */
	__u8 refuse_cmd;
	int refuse_code;		/* negative errno */
	const char *refuse_message;
	__u32 refuse_attr;		/* top level attribute to blame */
	__u32 refuse_missing;		/* top level attribute that is missing */
	bool refuse_in_done;		/* a dump ends with the error */

	unsigned int requests;		/* how many were received */
	unsigned int dumps;
	bool malformed;			/* answers about keys, the echo source */
	unsigned int polls;
	struct session_list sessions;
	struct fake_key keys[8];
	char echo_source[IFNAMSIZ];
};

extern struct fake fake;

void fake_reset(void);
void encode_full(struct nl_msg *msg, const struct bfdnl_session *session);
struct bfdnl_session *fake_add(__u32 id, const char *dest, enum bfd_state state);
void fake_remove(__u32 id);
struct bfdnl_session *fake_find(__u32 id);
void fake_defaults(struct bfdnl_session *session, __u32 id);
void fake_set_state(struct bfdnl_session *session, enum bfd_state state);
void fake_insert(struct bfdnl_session *session);
void fake_merge(struct bfdnl_session *to, const struct bfdnl_session *from);

/* For the parts of the fake kernel */
struct nl_msg *fake_message(int family, __u8 cmd, int flags);
void fake_reply(struct transport *t, const struct nlmsghdr *request,
		struct nl_msg *msg);
void fake_end(struct transport *t, const struct nlmsghdr *request, int code,
	      bool done);
void fake_refuse(struct transport *t, const struct nlmsghdr *request,
		 int code, const char *text, __u32 attr);
void fake_answer_key(struct transport *t, struct nlmsghdr *request, __u8 cmd);
void fake_answer_echo_source(struct transport *t, struct nlmsghdr *request,
			     __u8 cmd);
bool fake_authenticate(struct bfdnl_session *session,
		       const struct bfdnl_session *wanted);

/* Make a change known, as the kernel would */
void fake_created(__u32 id);
void fake_state(__u32 id, enum bfd_state state);
void fake_parameters(__u32 id);
void fake_deleted(__u32 id);
void fake_unloaded(void);
void fake_unknown_event(void);

/* Things that go wrong on the way */
void fake_lose(void);			/* what is queued never arrives */
void fake_overrun(void);		/* the next read says ENOBUFS */
void fake_duplicate(void);		/* what is queued arrives twice */
bool fake_readable(void);

#endif /* TEST_LIB_FAKE_H */
