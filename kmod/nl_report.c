// SPDX-License-Identifier: GPL-2.0
/*
 * Reports: sessions and statistics as attributes.
 */
#include <linux/capability.h>
#include <linux/math64.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "bfd.h"
#include "echo.h"
#include "nl.h"
#include "nl_put.h"
#include "session.h"

/* ---- sessions ---- */

static __always_inline int put_addr(struct bfd_put *p, int attr, u16 family,
				    const union bfd_addr *addr)
{
	if (family == AF_INET)
		return bfd_put_bytes(p, attr, &addr->ip, sizeof(addr->ip));
	return bfd_put_bytes(p, attr, &addr->ip6, sizeof(addr->ip6));
}

static __always_inline int put_identity(struct bfd_put *p, const struct bfd_session *s)
{
	if (bfd_put_u32(p, BFD_A_ID, s->id) ||
	    bfd_put_u8(p, BFD_A_PATH_TYPE, bfd_path_type(s)) ||
	    put_addr(p, BFD_A_DEST_ADDR, s->key.family, &s->key.peer))
		return -EMSGSIZE;
	if (!ipv6_addr_any(&s->source.ip6) &&
	    put_addr(p, BFD_A_SOURCE_ADDR, s->key.family, &s->source))
		return -EMSGSIZE;
	if (s->ifname[0] && bfd_put_text(p, BFD_A_INTERFACE, s->ifname))
		return -EMSGSIZE;
	if (s->ifindex && bfd_put_u32(p, BFD_A_IFINDEX, s->ifindex))
		return -EMSGSIZE;
	if (s->vrfname[0] && bfd_put_text(p, BFD_A_VRF, s->vrfname))
		return -EMSGSIZE;
	if (bfd_put_u16(p, BFD_A_SOURCE_PORT, s->source_port) ||
	    bfd_put_u16(p, BFD_A_DEST_PORT, s->key.dport) ||
	    bfd_put_u32(p, BFD_A_LOCAL_DISCRIMINATOR, s->fsm.local_discr) ||
	    bfd_put_u32(p, BFD_A_REMOTE_DISCRIMINATOR, s->fsm.remote_discr) ||
	    bfd_put_u8(p, BFD_A_REMOTE_MULTIPLIER, s->fsm.remote_detect_mult) ||
	    bfd_put_u8(p, BFD_A_ADMIN_DOWN, s->fsm.cfg.admin_down) ||
	    bfd_put_u32(p, BFD_A_CPU, bfd_timer_cpu(&s->tx_timer)))
		return -EMSGSIZE;
	return 0;
}

static int put_config(struct sk_buff *skb, const struct bfd_session *s)
{
	const struct bfd_fsm_config *cfg = &s->fsm.cfg;
	struct bfd_put p = bfd_put_begin(skb);

	if (bfd_put_u8(&p, BFD_A_LOCAL_MULTIPLIER, cfg->detect_mult) ||
	    bfd_put_u32(&p, BFD_A_DESIRED_MIN_TX_INTERVAL, cfg->desired_min_tx) ||
	    bfd_put_u32(&p, BFD_A_REQUIRED_MIN_RX_INTERVAL, cfg->required_min_rx) ||
	    bfd_put_u32(&p, BFD_A_DESIRED_MIN_ECHO_TX_INTERVAL, cfg->desired_min_echo_tx) ||
	    bfd_put_u32(&p, BFD_A_REQUIRED_MIN_ECHO_RX_INTERVAL, cfg->required_min_echo_rx) ||
	    bfd_put_u8(&p, BFD_A_ECHO_ENABLED, cfg->echo || cfg->unaffiliated) ||
	    (cfg->unaffiliated && bfd_put_u8(&p, BFD_A_UNAFFILIATED_ECHO, 1)) ||
	    bfd_put_u8(&p, BFD_A_DEMAND_ENABLED, cfg->demand) ||
	    bfd_put_u32(&p, BFD_A_DEMAND_POLL_INTERVAL, cfg->demand_poll_interval) ||
	    bfd_put_u8(&p, BFD_A_PASSIVE, cfg->passive) ||
	    bfd_put_u8(&p, BFD_A_PATH_DIAGNOSTIC, cfg->path_diag) ||
	    bfd_put_u8(&p, BFD_A_OWNER_EXIT, s->owner_exit) ||
	    bfd_put_u8(&p, BFD_A_TX_TTL, s->tx_ttl) ||
	    bfd_put_u8(&p, BFD_A_RX_TTL, s->rx_ttl) ||
	    bfd_put_u8(&p, BFD_A_DSCP, s->dscp) ||
	    bfd_put_u8(&p, BFD_A_EXPRESS, s->express))
		return -EMSGSIZE;
	bfd_put_end(skb, &p);
	return 0;
}

static u8 detection_mode(const struct bfd_fsm *f)
{
	bool echo = f->echo_interval || f->cfg.unaffiliated;

	if (f->demand_in_force)
		return echo ? BFD_DETECTION_DEMAND_WITH_ECHO : BFD_DETECTION_DEMAND_WITHOUT_ECHO;
	return echo ? BFD_DETECTION_ASYNC_WITH_ECHO : BFD_DETECTION_ASYNC_WITHOUT_ECHO;
}

static __always_inline int put_running(struct bfd_put *p, const struct bfd_session *s)
{
	const struct bfd_fsm *f = &s->fsm;
	struct nlattr *nest;

	nest = bfd_nest_start(p, BFD_A_SESSION_RUNNING);
	if (!nest ||
	    bfd_put_u8(p, BFD_A_RUN_LOCAL_STATE, f->session_state) ||
	    bfd_put_u8(p, BFD_A_RUN_REMOTE_STATE, f->remote_session_state) ||
	    bfd_put_u8(p, BFD_A_RUN_LOCAL_DIAGNOSTIC, f->local_diag) ||
	    bfd_put_u8(p, BFD_A_RUN_REMOTE_DIAGNOSTIC, f->remote_diag) ||
	    bfd_put_u8(p, BFD_A_RUN_DETECTION_MODE, detection_mode(f)) ||
	    bfd_put_u32(p, BFD_A_RUN_REMOTE_DESIRED_MIN_TX_INTERVAL,
			f->remote_desired_min_tx_interval) ||
	    bfd_put_u32(p, BFD_A_RUN_REMOTE_REQUIRED_MIN_RX_INTERVAL,
			f->remote_min_rx_interval) ||
	    bfd_put_u32(p, BFD_A_RUN_REMOTE_REQUIRED_MIN_ECHO_RX_INTERVAL,
			f->remote_min_echo_rx_interval) ||
	    bfd_put_u32(p, BFD_A_RUN_NEGOTIATED_TX_INTERVAL, bfd_fsm_tx_interval(f)) ||
	    bfd_put_u32(p, BFD_A_RUN_NEGOTIATED_RX_INTERVAL, bfd_fsm_rx_interval(f)) ||
	    bfd_put_u64(p, BFD_A_RUN_DETECTION_TIME,
			div_u64(bfd_fsm_detection_time(f), NSEC_PER_USEC),
			BFD_A_RUN_PAD) ||
	    bfd_put_u32(p, BFD_A_RUN_ECHO_TX_INTERVAL_IN_USE,
			f->cfg.unaffiliated ? f->tx_interval : f->echo_interval) ||
	    bfd_put_u64(p, BFD_A_RUN_ECHO_DETECTION_TIME,
			div_u64(f->cfg.unaffiliated ? f->detection_time :
				f->echo_detection_time, NSEC_PER_USEC), BFD_A_RUN_PAD) ||
	    bfd_put_u8(p, BFD_A_RUN_REMOTE_DEMAND, f->remote_demand_mode) ||
	    bfd_put_u8(p, BFD_A_RUN_POLL_ACTIVE, bfd_fsm_polls(f)) ||
	    bfd_put_u32(p, BFD_A_RUN_LAST_SEND_ERROR, s->tx_error))
		return -EMSGSIZE;
	bfd_nest_end(p, nest);
	return 0;
}

/* Only reasons for which something was dropped */
static int put_drops(struct sk_buff *skb, int attr, const u64 *drops)
{
	struct nlattr *nest;
	unsigned int i;

	nest = nla_nest_start(skb, attr);
	if (!nest)
		return -EMSGSIZE;
	for (i = BFD_DROP_NONE + 1; i <= BFD_DROP_MAX; i++)
		if (drops[i] && nla_put_u64_64bit(skb, i, drops[i], BFD_DROP_NONE))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct bfd_session *s)
{
	struct bfd_put p = bfd_put_begin(skb);

	if (bfd_put_u64(&p, BFD_A_STAT_CREATE_TIME, s->create_time, BFD_A_STAT_PAD) ||
	    bfd_put_u64(&p, BFD_A_STAT_LAST_UP_TIME, s->last_up_time, BFD_A_STAT_PAD) ||
	    bfd_put_u64(&p, BFD_A_STAT_LAST_DOWN_TIME, s->last_down_time, BFD_A_STAT_PAD) ||
	    bfd_put_u32(&p, BFD_A_STAT_DOWN_COUNT, s->down_count) ||
	    bfd_put_u32(&p, BFD_A_STAT_ADMIN_DOWN_COUNT, s->admin_down_count) ||
	    bfd_put_u64(&p, BFD_A_STAT_RECEIVE_PACKET_COUNT, s->rx_count, BFD_A_STAT_PAD) ||
	    bfd_put_u64(&p, BFD_A_STAT_SEND_PACKET_COUNT, s->tx_count, BFD_A_STAT_PAD) ||
	    bfd_put_u64(&p, BFD_A_STAT_RECEIVE_INVALID_PACKET_COUNT, s->rx_invalid,
			BFD_A_STAT_PAD) ||
	    bfd_put_u64(&p, BFD_A_STAT_SEND_FAILED_PACKET_COUNT, s->tx_failed, BFD_A_STAT_PAD))
		return -EMSGSIZE;
	bfd_put_end(skb, &p);
	return 0;
}

static int put_statistics(struct sk_buff *skb, const struct bfd_session *s)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, BFD_A_SESSION_STATISTICS);
	if (!nest || put_counters(skb, s) || bfd_nl_put_echo_stats(skb, s) ||
	    put_drops(skb, BFD_A_STAT_DROPS, s->drops))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_state(struct sk_buff *skb, const struct bfd_session *s)
{
	struct bfd_put p = bfd_put_begin(skb);

	if (put_identity(&p, s) || put_running(&p, s))
		return -EMSGSIZE;
	bfd_put_end(skb, &p);
	return 0;
}

int bfd_genl_fill_session(struct sk_buff *skb, const struct bfd_session *s,
			  enum bfd_report report)
{
	lockdep_assert_held(&s->lock);

	if (put_state(skb, s))
		return -EMSGSIZE;
	if (report >= BFD_REPORT_SESSION && (put_config(skb, s) || bfd_nl_put_auth(skb, s)))
		return -EMSGSIZE;
	return report == BFD_REPORT_ALL ? put_statistics(skb, s) : 0;
}

/* ---- statistics of the namespace and the wheels ---- */

static void count_drops(const struct bfd_net *bn, u64 *sum)
{
	const u64 *drops;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		drops = per_cpu_ptr(bn->drops, cpu);
		for (i = 0; i <= BFD_DROP_MAX; i++)
			sum[i] += READ_ONCE(drops[i]);
	}
}

/* Since they were cleared */
static void sum_drops(struct bfd_net *bn, u64 *sum)
{
	unsigned int i;

	mutex_lock(&bn->lock);
	count_drops(bn, sum);
	for (i = 0; i <= BFD_DROP_MAX; i++)
		sum[i] -= bn->drops_cleared[i];
	mutex_unlock(&bn->lock);
}

static void count_states(struct bfd_net *bn, u32 *count)
{
	struct bfd_session *s;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&bn->sessions, id, s) {
		spin_lock_bh(&s->lock);
		if (!s->dead)
			count[s->fsm.session_state]++;
		spin_unlock_bh(&s->lock);
		cond_resched_rcu();
	}
	rcu_read_unlock();
}

static u32 event_sequence(struct bfd_net *bn)
{
	u32 sequence;

	spin_lock_bh(&bn->event_lock);
	sequence = bn->event_sequence;
	spin_unlock_bh(&bn->event_lock);
	return sequence;
}

static u32 packet_rate(struct bfd_net *bn)
{
	u64 rate;

	mutex_lock(&bn->lock);
	rate = bn->packet_rate;
	mutex_unlock(&bn->lock);
	return min_t(u64, rate, U32_MAX);
}

static int put_net_stats(struct sk_buff *skb, struct bfd_net *bn)
{
	u64 drops[BFD_DROP_MAX + 1] = { 0 };
	u32 count[BFD_STATE_UP + 1] = { 0 };
	struct nlattr *nest;
	u32 down, all;

	sum_drops(bn, drops);
	count_states(bn, count);
	down = count[BFD_STATE_DOWN] + count[BFD_STATE_INIT];
	all = down + count[BFD_STATE_UP] + count[BFD_STATE_ADMIN_DOWN];

	nest = nla_nest_start(skb, BFD_A_STATS_NET);
	if (!nest ||
	    nla_put_u32(skb, BFD_A_NET_NUMBER_OF_SESSIONS, all) ||
	    nla_put_u32(skb, BFD_A_NET_NUMBER_OF_SESSIONS_UP, count[BFD_STATE_UP]) ||
	    nla_put_u32(skb, BFD_A_NET_NUMBER_OF_SESSIONS_DOWN, down) ||
	    nla_put_u32(skb, BFD_A_NET_NUMBER_OF_SESSIONS_ADMIN_DOWN,
			count[BFD_STATE_ADMIN_DOWN]) ||
	    nla_put_u32(skb, BFD_A_NET_MAX_SESSIONS, bfd_max_sessions(bn->net)) ||
	    nla_put_u32(skb, BFD_A_NET_PACKET_RATE, packet_rate(bn)) ||
	    nla_put_u32(skb, BFD_A_NET_MAX_PACKET_RATE, bfd_max_packet_rate(bn->net)) ||
	    nla_put_u32(skb, BFD_A_NET_EVENT_SEQUENCE, event_sequence(bn)) ||
	    put_drops(skb, BFD_A_NET_DROPS, drops))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct late_attrs - what struct bfd_late is reported as
 * @max: BFD_A_CPU_*, as are the others
 * @sum: see struct bfd_late
 * @over_1ms: see there
 * @over_5ms: see there
 * @over_20ms: see there
 * @histogram: see there
 */
struct late_attrs {
	int max;
	int sum;
	int over_1ms;
	int over_5ms;
	int over_20ms;
	int histogram;
};

static const struct late_attrs tx_late = {
	.max = BFD_A_CPU_TX_LATE_MAX,
	.sum = BFD_A_CPU_TX_LATE_SUM,
	.over_1ms = BFD_A_CPU_TX_LATE_1MS,
	.over_5ms = BFD_A_CPU_TX_LATE_5MS,
	.over_20ms = BFD_A_CPU_TX_LATE_20MS,
	.histogram = BFD_A_CPU_TX_LATE_HISTOGRAM,
};

static const struct late_attrs detection_late = {
	.max = BFD_A_CPU_DETECTION_LATE_MAX,
	.sum = BFD_A_CPU_DETECTION_LATE_SUM,
	.over_1ms = BFD_A_CPU_DETECTION_LATE_1MS,
	.over_5ms = BFD_A_CPU_DETECTION_LATE_5MS,
	.over_20ms = BFD_A_CPU_DETECTION_LATE_20MS,
	.histogram = BFD_A_CPU_DETECTION_LATE_HISTOGRAM,
};

static const struct late_attrs event_late = {
	.max = BFD_A_CPU_EVENT_LATE_MAX,
	.sum = BFD_A_CPU_EVENT_LATE_SUM,
	.over_1ms = BFD_A_CPU_EVENT_LATE_1MS,
	.over_5ms = BFD_A_CPU_EVENT_LATE_5MS,
	.over_20ms = BFD_A_CPU_EVENT_LATE_20MS,
	.histogram = BFD_A_CPU_EVENT_LATE_HISTOGRAM,
};

static int put_histogram(struct sk_buff *skb, int attr, const struct bfd_late *late)
{
	return nla_put_64bit(skb, attr, sizeof(late->histogram), late->histogram, BFD_A_CPU_PAD);
}

static int put_late(struct sk_buff *skb, const struct late_attrs *a, const struct bfd_late *late)
{
	if (nla_put_u64_64bit(skb, a->max, late->max, BFD_A_CPU_PAD) ||
	    nla_put_u64_64bit(skb, a->sum, late->sum, BFD_A_CPU_PAD) ||
	    nla_put_u64_64bit(skb, a->over_1ms, late->over_1ms, BFD_A_CPU_PAD) ||
	    nla_put_u64_64bit(skb, a->over_5ms, late->over_5ms, BFD_A_CPU_PAD) ||
	    nla_put_u64_64bit(skb, a->over_20ms, late->over_20ms, BFD_A_CPU_PAD))
		return -EMSGSIZE;
	return put_histogram(skb, a->histogram, late);
}

/* What is reported of the sum */
static void add_late(struct bfd_late *sum, const struct bfd_late *a, const struct bfd_late *b)
{
	unsigned int i;

	sum->max = max(a->max, b->max);
	sum->sum = a->sum + b->sum;
	for (i = 0; i < BFD_LATE_BUCKETS; i++)
		sum->histogram[i] = a->histogram[i] + b->histogram[i];
}

static int put_cpu_stats(struct sk_buff *skb, unsigned int cpu, const struct bfd_wheel_info *info)
{
	const struct bfd_wheel_stats *st = &info->stats;
	const struct bfd_late *tx = &st->late[BFD_LATE_TX];
	struct bfd_late timers;
	struct nlattr *nest;

	add_late(&timers, tx, &st->late[BFD_LATE_LOOK]);
	nest = nla_nest_start(skb, BFD_A_STATS_CPU);
	if (!nest ||
	    nla_put_u32(skb, BFD_A_CPU_NUMBER, cpu) ||
	    nla_put_u32(skb, BFD_A_CPU_SESSIONS, info->sessions) ||
	    nla_put_u64_64bit(skb, BFD_A_CPU_WAKEUPS, st->wakeups, BFD_A_CPU_PAD) ||
	    nla_put_u64_64bit(skb, BFD_A_CPU_LATE_MAX, timers.max, BFD_A_CPU_PAD) ||
	    nla_put_u64_64bit(skb, BFD_A_CPU_LATE_SUM, timers.sum, BFD_A_CPU_PAD) ||
	    put_histogram(skb, BFD_A_CPU_LATE_HISTOGRAM, &timers) ||
	    nla_put_u64_64bit(skb, BFD_A_CPU_STALL_GUARD, st->stall_guard, BFD_A_CPU_PAD) ||
	    nla_put(skb, BFD_A_CPU_WHEEL_OCCUPANCY, sizeof(info->occupancy), info->occupancy) ||
	    put_late(skb, &tx_late, tx) ||
	    put_late(skb, &detection_late, &st->late[BFD_LATE_DETECTION]) ||
	    put_late(skb, &event_late, &st->late[BFD_LATE_EVENT]))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* One message: about a wheel, or about the namespace when @info is NULL. */
static int dump_stats(struct sk_buff *skb, struct netlink_callback *cb, unsigned int cpu,
		      const struct bfd_wheel_info *info)
{
	struct bfd_net *bn = bfd_net(sock_net(cb->skb->sk));
	void *hdr;
	int ret;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &bfd_genl_family,
			  NLM_F_MULTI, BFD_CMD_STATS_GET);
	if (!hdr)
		return -EMSGSIZE;
	ret = info ? put_cpu_stats(skb, cpu, info) : put_net_stats(skb, bn);
	if (ret)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return ret;
}

/* cb->args[0]: 0: begin with the namespace; else 1 + the next CPU */
int bfd_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long *next = &cb->args[0];
	struct bfd_wheel_info info;
	unsigned int cpu;
	int ret = 0;

	if (!*next) {
		ret = dump_stats(skb, cb, 0, NULL);
		if (ret)
			return ret;
		*next = 1;
	}
	for (; *next <= nr_cpu_ids; ++*next) {
		cpu = *next - 1;
		if (!cpu_possible(cpu) || !bfd_wheel_info(cpu, &info))
			continue;
		ret = dump_stats(skb, cb, cpu, &info);
		if (ret)
			break;
	}
	return skb->len ?: ret;
}

static void clear_session(struct bfd_session *s)
{
	spin_lock_bh(&s->lock);
	s->rx_count = 0;
	s->tx_count = 0;
	s->rx_invalid = 0;
	s->tx_failed = 0;
	memset(s->drops, 0, sizeof(s->drops));
	bfd_echo_clear_stats(s);
	spin_unlock_bh(&s->lock);
}

/* Other CPUs count on meanwhile: theirs are not written, only remembered. */
static void clear_drops(struct bfd_net *bn)
{
	u64 drops[BFD_DROP_MAX + 1] = { 0 };

	mutex_lock(&bn->lock);
	count_drops(bn, drops);
	memcpy(bn->drops_cleared, drops, sizeof(drops));
	mutex_unlock(&bn->lock);
}

/*
 * Packet counters begin anew. What tells a session's history (times, how often
 * it went down) stays. The wheels belong to the whole machine: only its
 * administrator clears them, anybody else's request leaves them alone.
 */
int bfd_nl_stats_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct bfd_net *bn = bfd_net(genl_info_net(info));
	struct bfd_session *s;
	unsigned long id;

	clear_drops(bn);
	rcu_read_lock();
	xa_for_each(&bn->sessions, id, s) {
		clear_session(s);
		cond_resched_rcu();
	}
	rcu_read_unlock();
	if (netlink_capable(skb, CAP_NET_ADMIN))
		bfd_wheels_clear_stats();
	return 0;
}
