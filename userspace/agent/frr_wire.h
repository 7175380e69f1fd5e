/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FRR's data plane protocol: messages as bytes. Nothing here knows of the
 * agent, of sockets or of memory.
 *
 * All numbers are big-endian. A header of 8 bytes is followed by a payload
 * that depends on the type; what newer versions append to a payload is passed
 * over.
 */
#ifndef BFDAGENT_FRR_WIRE_H
#define BFDAGENT_FRR_WIRE_H

#include <stddef.h>
#include <linux/types.h>
#include <net/if.h>

#define FRR_HEADER		8
#define FRR_ECHO		24
#define FRR_STATE		36
#define FRR_COUNTERS		80

/* Far more than any message known or proposed needs */
#define FRR_MESSAGE_MAX		4096

enum frr_type {
	FRR_ECHO_REQUEST,
	FRR_ECHO_REPLY,
	FRR_ADD_SESSION,		/* or change it */
	FRR_DELETE_SESSION,
	FRR_STATE_CHANGE,
	FRR_REQUEST_COUNTERS,
	FRR_SESSION_COUNTERS,
};

/* What is asked of a session */
#define FRR_MULTIHOP		0x01
#define FRR_DEMAND		0x02
#define FRR_CBIT		0x04
#define FRR_ECHO_WANTED		0x08
#define FRR_IPV6		0x10
#define FRR_PASSIVE		0x20
#define FRR_SHUTDOWN		0x40
#define FRR_AUTH		0x80	/* only proposed: keys would follow */

/* What is told of the peer */
#define FRR_REMOTE_DEMAND	0x02

/**
 * struct frr_session - a session as bfdd wants it; times in microseconds
 * @flags: FRR_MULTIHOP, ...
 * @source: 4 or 16 bytes of it count; 0: any
 * @dest: the peer
 * @lid: discriminator
 * @min_tx: desired interval
 * @min_rx: required interval
 * @min_echo_tx: desired interval of echoes
 * @min_echo_rx: required interval of echoes, 0: none are wanted
 * @ttl: the least to accept
 * @multiplier: detection multiplier
 * @interface: its name, "" for none
 */
struct frr_session {
	__u32 flags;
	__u8 source[16];
	__u8 dest[16];
	__u32 lid;
	__u32 min_tx;
	__u32 min_rx;
	__u32 min_echo_tx;
	__u32 min_echo_rx;
	__u8 ttl;
	__u8 multiplier;
	char interface[IFNAMSIZ];
};

/**
 * struct frr_message - what came in
 * @version: of the protocol
 * @type: enum frr_type, or one that is not known
 * @id: what the answer has to bear
 * @session: of FRR_ADD_SESSION and FRR_DELETE_SESSION
 * @lid: of FRR_REQUEST_COUNTERS
 * @bfdd_time: of FRR_ECHO_REQUEST
 * @dp_time: of FRR_ECHO_REQUEST and FRR_ECHO_REPLY
 */
struct frr_message {
	__u8 version;
	__u16 type;
	__u16 id;
	struct frr_session session;
	__u32 lid;
	__u64 bfdd_time;
	__u64 dp_time;
};

/**
 * struct frr_state - a session as it is told to bfdd; times in microseconds
 * @lid: which one
 * @rid: the peer's discriminator
 * @remote_flags: FRR_REMOTE_DEMAND
 * @desired_tx: the peer's
 * @required_rx: the peer's
 * @required_echo_rx: the peer's
 * @state: enum bfd_state, ours
 * @diagnostic: enum bfd_diag, the peer's
 * @multiplier: the peer's
 */
struct frr_state {
	__u32 lid;
	__u32 rid;
	__u32 remote_flags;
	__u32 desired_tx;
	__u32 required_rx;
	__u32 required_echo_rx;
	__u8 state;
	__u8 diagnostic;
	__u8 multiplier;
};

/**
 * struct frr_counters - packets and bytes
 * @lid: whose
 * @bytes: in, out, echoes in, echoes out
 * @packets: the same
 */
struct frr_counters {
	__u32 lid;
	__u64 bytes[4];
	__u64 packets[4];
};

/**
 * frr_wire_parse() - read one message
 * @data: what came in
 * @len: how much of it
 * @message: gets the message
 * @wrong: gets words for a person if it is none
 *
 * Return: how many bytes it took; 0 if there is only a part of it; -1 if what
 * came in makes no sense, after which nothing does.
 */
int frr_wire_parse(const __u8 *data, size_t len, struct frr_message *message,
		   const char **wrong);

/* Write a message of that version, of FRR_ECHO, FRR_STATE, FRR_COUNTERS bytes. */
void frr_wire_put_echo(__u8 *to, __u8 version, enum frr_type type,
		       __u64 dp_time, __u64 bfdd_time);
void frr_wire_put_state(__u8 *to, __u8 version,
			const struct frr_state *state);
void frr_wire_put_counters(__u8 *to, __u8 version, __u16 id,
			   const struct frr_counters *counters);

#endif /* BFDAGENT_FRR_WIRE_H */
