/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BFD session as RFC 5880 describes it: state machine, timer negotiation,
 * poll sequences, detection.
 *
 * Pure code: time is an argument, nothing is sent, armed or reported here.
 * Every function returns what its caller has to do (BFD_ACT_*). The caller
 * serialises all calls for one session (in the kernel: the session lock).
 */
#ifndef _BFD_FSM_H
#define _BFD_FSM_H

#include <linux/string.h>

#include "packet.h"

#define BFD_SLOW_INTERVAL_US	1000000	/* RFC 5880, 6.8.3: the floor while not Up */
#define BFD_PACKET_WORDS	(BFD_PACKET_LEN / sizeof(u64))
#define BFD_NEVER		(~(u64)0)

/* What a call asks its caller to do. */
#define BFD_ACT_STATE		0x01	/* the state changed: report it */
#define BFD_ACT_PARAMS		0x02	/* a timer, discriminator or flag changed: report it */
#define BFD_ACT_SEND		0x04	/* send at once, then at the usual pace from there */
#define BFD_ACT_FINAL		0x08	/* answer with a Final, beside the usual pace */
#define BFD_ACT_TX		0x10	/* the pace changed: put the next transmission anew */
#define BFD_ACT_DETECT		0x20	/* the detection deadline moved nearer, began or ended */
#define BFD_ACT_DISCARD		0x40	/* the packet was discarded in AdminDown */
#define BFD_ACT_ECHO		0x100	/* echoes began, ended, or changed their pace */

/**
 * struct bfd_fsm_config - what the operator asked for
 * @desired_min_tx: microseconds, at least 1
 * @required_min_rx: microseconds; 0: once Up, the peer shall send nothing
 *	periodically, and nothing is detected
 * @required_min_echo_rx: microseconds; 0: the peer's echoes are not looped
 * @desired_min_echo_tx: microseconds, not 0 when @echo
 * @demand_poll_interval: microseconds from one verification by a Poll Sequence
 *	to the next in Demand mode of ours (6.6); 0: only on request
 * @detect_mult: 1 to 255
 * @path_diag: of a concatenated path, told while Up (6.8.17), or none
 * @passive: send nothing before the peer is heard (6.1)
 * @admin_down: held in AdminDown (6.8.16)
 * @echo: send echoes when the peer permits (6.4)
 * @unaffiliated: RFC 9747: what is sent comes back, and the peer is this
 *	session itself; constant
 * @demand: bfd.DemandMode: once both are Up, the peer shall send nothing
 *	periodically, and Poll Sequences tell whether it is there (6.6)
 */
struct bfd_fsm_config {
	u32 desired_min_tx;
	u32 required_min_rx;
	u32 required_min_echo_rx;
	u32 desired_min_echo_tx;
	u32 demand_poll_interval;
	u8 detect_mult;
	u8 path_diag;
	bool passive;
	bool admin_down;
	bool echo;
	bool unaffiliated;
	bool demand;
};

/**
 * struct bfd_fsm - the variables of RFC 5880, 6.8.1, and what follows from them
 * @cfg: what the operator asked for; on the wire only when 6.8.3 permits
 * @local_discr: bfd.LocalDiscr
 * @remote_discr: bfd.RemoteDiscr, 0 when a Detection Time passed in silence
 * @session_state: bfd.SessionState
 * @remote_session_state: bfd.RemoteSessionState
 * @local_diag: bfd.LocalDiag
 * @remote_diag: the peer's last Diag
 * @remote_detect_mult: the peer's last Detect Mult
 * @remote_demand_mode: bfd.RemoteDemandMode
 * @remote_cpi: the peer's last C bit
 * @demand_bit: the Demand bit as sent
 * @demand_in_force: our Demand mode is active (6.6); its end waits here for the
 *	Final, because until then the peer may still be silent
 * @by_poll: @detection_time counts from @poll_since, and not from @last_rx
 * @settled: both are Up, and the last packet received, @usual, changed nothing; nor
 *	would it now, see bfd_fsm_is_usual()
 * @desired_min_tx_interval: bfd.DesiredMinTxInterval, as sent
 * @required_min_rx_interval: bfd.RequiredMinRxInterval, as sent
 * @remote_min_rx_interval: bfd.RemoteMinRxInterval
 * @remote_desired_min_tx_interval: the peer's last Desired Min TX Interval
 * @remote_min_echo_rx_interval: the peer's last Required Min Echo RX Interval
 * @tx_in_force: the Desired Min TX Interval that paces us; an increase waits
 *	here for the Final (6.8.3)
 * @rx_in_force: the Required Min RX Interval of the Detection Time; a
 *	reduction waits here for the Final (6.8.3); 0: silence was asked for,
 *	nothing is detected
 * @poll_active: a Poll Sequence is being transmitted (6.5)
 * @poll_sent: at least one packet of it has left
 * @poll_request: a Poll Sequence is to be run although nothing else calls for it
 * @poll_verifies: the one that is being transmitted says nothing new (6.6, "verify")
 * @untold: something else than a timer changed since the last periodic packet
 * @dirty: the next periodic packet differs from the last one built
 * @poll_first: when the first packet of the Poll Sequence left, ns
 * @poll_since: the Detection Time of Demand mode counts from here: @poll_first, or
 *	later if the pace of Polls has grown since, ns
 * @poll_hold: no Poll Sequence starts before this time, so that a late Final
 *	cannot be taken for an answer to it (6.8.3, choice 2); while one is under
 *	way, when its last packet left, ns
 * @verify_at: in Demand mode of ours, when the next verification is due, ns
 * @last_rx: when the last packet was accepted, or detection began, ns
 * @usual: what the packet that comes all the time looks like, valid when @settled
 * @detection_time: 6.8.4, ns; 0: nothing is to be detected now
 * @tx_not_before: the earliest time of the next periodic packet, ns; 0: any
 * @tx_interval: the agreed interval of our periodic packets before jitter
 *	(6.8.7), microseconds; 0: none may be sent periodically
 * @echo_interval: the agreed interval of our echoes before jitter (6.8.9),
 *	microseconds; 0: none are sent
 * @echo_detection_time: so long none may come back (6.8.5), ns; 0: as above
 */
struct bfd_fsm {
	struct bfd_fsm_config cfg;
	u32 local_discr;
	u32 remote_discr;
	u8 session_state;
	u8 remote_session_state;
	u8 local_diag;
	u8 remote_diag;
	u8 remote_detect_mult;
	bool remote_demand_mode;
	bool remote_cpi;
	bool demand_bit;
	bool demand_in_force;
	bool by_poll;
	bool poll_active;
	bool poll_sent;
	bool poll_request : 1;
	bool poll_verifies : 1;
	bool untold : 1;
	bool dirty;
	bool settled;
	u32 desired_min_tx_interval;
	u32 required_min_rx_interval;
	u32 remote_min_rx_interval;
	u32 remote_desired_min_tx_interval;
	u32 remote_min_echo_rx_interval;
	u32 tx_in_force;
	u32 rx_in_force;
	u64 last_rx;
	u64 usual[BFD_PACKET_WORDS];
	u64 detection_time;
	u64 tx_not_before;
	u32 tx_interval;
	u32 echo_interval;
	u64 echo_detection_time;
	u64 poll_first;
	u64 poll_since;
	u64 poll_hold;
	u64 verify_at;
};

/* Why a packet is sent. */
enum bfd_tx_kind {
	BFD_TX_PERIODIC,	/* on schedule; carries the Poll bit when one is due */
	BFD_TX_CHANGE,		/* between scheduled packets, to tell a change of state (6.8.7) */
	BFD_TX_FINAL,		/* the answer to a Poll */
};

/**
 * bfd_fsm_init() - a new session in Down, or AdminDown when so configured
 * @f: the session
 * @cfg: checked by the caller
 * @local_discr: bfd.LocalDiscr, not 0
 */
void bfd_fsm_init(struct bfd_fsm *f, const struct bfd_fsm_config *cfg, u32 local_discr);

/**
 * bfd_fsm_configure() - apply a changed configuration to a live session
 * @f: the session
 * @cfg: the whole new configuration, checked by the caller
 * @now: ns
 *
 * RFC 5880, 6.8.3 (timers, Poll Sequence), 6.8.12 (Detect Mult), 6.8.16.
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_configure(struct bfd_fsm *f, const struct bfd_fsm_config *cfg, u64 now);

/**
 * bfd_fsm_receive() - a packet for this session that passed every earlier check
 * @f: the session
 * @p: the packet
 * @now: when it arrived, ns
 *
 * RFC 5880, 6.8.6 from "Set bfd.RemoteDiscr" on, and 6.2.
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_receive(struct bfd_fsm *f, const struct bfd_packet *p, u64 now);

/**
 * bfd_fsm_remember() - what the packet looked like of which bfd_fsm_receive() returned 0
 * @f: the session
 * @p: the packet
 * @data: the same as it came
 */
static inline void bfd_fsm_remember(struct bfd_fsm *f, const struct bfd_packet *p,
				    const void *data)
{
	f->settled = f->session_state == BFD_STATE_UP && p->state == BFD_STATE_UP && !p->final &&
		     !p->auth && p->len == BFD_PACKET_LEN && p->required_min_rx;
	memcpy(f->usual, data, sizeof(f->usual));
}

/**
 * bfd_fsm_is_usual() - is a packet the same as the last one
 * @f: the session
 * @data: the packet as it came, BFD_PACKET_LEN bytes or more
 *
 * Nearly all packets are. What bfd_packet_parse() and bfd_fsm_receive() would find
 * is what they found of the last one, as nothing that they look at has changed.
 */
static inline bool bfd_fsm_is_usual(const struct bfd_fsm *f, const void *data)
{
	u64 d[BFD_PACKET_WORDS];

	memcpy(d, data, sizeof(d));
	return f->settled &&
	       !((d[0] ^ f->usual[0]) | (d[1] ^ f->usual[1]) | (d[2] ^ f->usual[2]));
}

/**
 * bfd_fsm_receive_usual() - receive such a packet: nothing is left to do
 * @f: the session
 * @now: when it arrived, ns
 */
static inline void bfd_fsm_receive_usual(struct bfd_fsm *f, u64 now)
{
	f->last_rx = now;
}

/**
 * bfd_fsm_expire() - the detection deadline may have passed
 * @f: the session
 * @now: ns
 *
 * RFC 5880, 6.8.4; and 6.8.1, bfd.RemoteDiscr. Does nothing when called early.
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_expire(struct bfd_fsm *f, u64 now);

/**
 * bfd_fsm_path_down() - the path is known to be gone (6.8.16, last paragraphs)
 * @f: the session
 * @now: ns
 *
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_path_down(struct bfd_fsm *f, u64 now);

/**
 * bfd_fsm_echo_failed() - too many echoes did not come back (6.8.5)
 * @f: the session
 * @now: ns
 *
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_echo_failed(struct bfd_fsm *f, u64 now);

/**
 * bfd_fsm_poll() - verify that the peer is there (6.6)
 * @f: the session
 * @now: ns
 *
 * A Poll Sequence, unless one is under way. In Demand mode of ours the session
 * fails when there is no Final within the Detection Time; in asynchronous mode
 * nothing depends on it. Does nothing when the session is not Up.
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_poll(struct bfd_fsm *f, u64 now);

/**
 * bfd_fsm_tell() - what comes with the packets, authentication, has changed
 * @f: the session
 * @now: ns
 *
 * The peer is told at once; with Demand mode on either side, also by a Poll
 * Sequence (6.6).
 * Return: BFD_ACT_*
 */
unsigned int bfd_fsm_tell(struct bfd_fsm *f, u64 now);

/**
 * bfd_fsm_transmit() - what to send now
 * @f: the session
 * @kind: why
 * @now: ns
 * @p: the packet to send
 *
 * Call it for every packet that leaves: it moves the Poll Sequence. May adopt
 * a configuration that waited for an earlier Poll Sequence to end.
 * Return: BFD_ACT_PARAMS and BFD_ACT_DETECT as for the other calls.
 */
unsigned int bfd_fsm_transmit(struct bfd_fsm *f, enum bfd_tx_kind kind, u64 now,
			      struct bfd_packet *p);

/**
 * bfd_fsm_rx_interval() - the agreed interval of the peer's packets (6.8.4)
 * @f: the session
 *
 * Return: microseconds before jitter; 0 when the peer is unknown or silent by
 * request.
 */
u32 bfd_fsm_rx_interval(const struct bfd_fsm *f);

/**
 * bfd_fsm_polls() - is a Poll Sequence being transmitted that there is news of
 * @f: the session
 *
 * One that only verifies the path is none: nothing is told of it (6.6).
 */
bool bfd_fsm_polls(const struct bfd_fsm *f);

/**
 * bfd_fsm_tx_interval() - the interval of our periodic packets now
 * @f: the session
 *
 * Return: as bfd_fsm.tx_interval, but 0 also when the peer is in Demand mode and
 * all there is to send is a verification, now or at some later time.
 */
u32 bfd_fsm_tx_interval(const struct bfd_fsm *f);

/**
 * bfd_fsm_detection_time() - the Detection Time (6.8.4)
 * @f: the session
 *
 * Return: ns; 0 when nothing is ever detected. In Demand mode of ours it runs
 * only while a Poll Sequence does.
 */
u64 bfd_fsm_detection_time(const struct bfd_fsm *f);

/**
 * bfd_fsm_change_polls() - would a packet between those on schedule carry a Poll
 * @f: the session
 *
 * It would to a peer that asked for silence, and no Final could stand in for it.
 */
bool bfd_fsm_change_polls(const struct bfd_fsm *f);

/**
 * bfd_fsm_may_send() - may anything but a Final leave
 * @f: the session
 *
 * 6.8.7: not in the Passive role before the peer is heard. To a peer whose
 * Required Min RX Interval is zero nothing is sent periodically, but a change of
 * state is: it would have no other way to learn of it.
 */
bool bfd_fsm_may_send(const struct bfd_fsm *f);

/**
 * bfd_fsm_deadline() - when the session fails if nothing is received
 * @f: the session
 *
 * Return: ns, or BFD_NEVER
 */
static inline u64 bfd_fsm_deadline(const struct bfd_fsm *f)
{
	if (!f->detection_time)
		return BFD_NEVER;
	return (f->by_poll ? f->poll_since : f->last_rx) + f->detection_time;
}

/**
 * bfd_fsm_poll_due() - would the next periodic packet start or go on with a Poll
 * @f: the session
 */
bool bfd_fsm_poll_due(const struct bfd_fsm *f);

/* What bfd_tx_margin() is at most: two slots of the wheel */
#define BFD_TX_MARGIN_NS	(2 << 16)

/* However late packets are: what is left to the jitter, see bfd_tx_delay() */
#define BFD_TX_JITTER_NS	(4 << 16)

/**
 * bfd_tx_margin() - what a draw keeps away from the limits of the jitter
 * @interval_us: the agreed interval
 *
 * A packet leaves some time after it is due: the timers that are due with it
 * come first. If the one before was in time, this one is that much nearer to the
 * upper limit; if the one before was late, and this one is not, to the lower one.
 *
 * Return: ns, 1/32 of the interval, but at most %BFD_TX_MARGIN_NS
 */
u64 bfd_tx_margin(u32 interval_us);

/**
 * bfd_tx_delay() - the jittered time to the next periodic packet (6.8.7)
 * @interval_us: the agreed interval, not 0
 * @detect_mult: ours
 * @slack_ns: what the caller will round the time up by at most, less than 1/12 of
 *	the interval
 * @late_ns: how late packets were lately
 * @random: 32 random bits
 *
 * Return: ns; with anything up to @slack_ns added it is 75 to 100 % of the
 * interval, or 75 to 90 % when @detect_mult is 1, less bfd_tx_margin() at
 * either end. There is room for @late_ns at the upper one, as far as a quarter of
 * what may be drawn from is left, or %BFD_TX_JITTER_NS if that is more, though half
 * of it will do.
 */
u64 bfd_tx_delay(u32 interval_us, u8 detect_mult, u32 slack_ns, u64 late_ns, u32 random);

#endif /* _BFD_FSM_H */
