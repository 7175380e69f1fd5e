// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: created, found, changed, destroyed; and the one place that does
 * what the state machine asks for.
 */
#include "session.h"

#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "echo.h"
#include "ingress.h"
#include "layout.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define PARAMS_PAUSE_NS		(100 * NSEC_PER_MSEC)
#define STALL_GRACE_NS		(10 * NSEC_PER_MSEC)

static uint max_sessions = 65536;
module_param(max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions, "sessions a network namespace may have (65536)");

static uint max_packet_rate = 2000000;
module_param(max_packet_rate, uint, 0644);
MODULE_PARM_DESC(max_packet_rate, "packets a second its sessions may ask to send (2000000)");

static uint userns_max_sessions = 256;
module_param(userns_max_sessions, uint, 0644);
MODULE_PARM_DESC(userns_max_sessions, "the same for a namespace owned by an unprivileged user (256)");

static uint userns_max_packet_rate = 20000;
module_param(userns_max_packet_rate, uint, 0644);
MODULE_PARM_DESC(userns_max_packet_rate, "the same for a namespace owned by an unprivileged user (20000)");

static uint seed;
module_param(seed, uint, 0644);
MODULE_PARM_DESC(seed, "draw jitter repeatably from this number; for tests (0: at random)");

u32 bfd_max_sessions(const struct net *net)
{
	return READ_ONCE(*(bfd_net_privileged(net) ? &max_sessions : &userns_max_sessions));
}

u32 bfd_max_packet_rate(const struct net *net)
{
	return READ_ONCE(*(bfd_net_privileged(net) ? &max_packet_rate : &userns_max_packet_rate));
}

/* Report at most ten changes a second of what the peer can change at will. */
static void report_params(struct bfd_session *s, u64 now)
{
	if (s->params_reported && now - s->params_reported < PARAMS_PAUSE_NS) {
		s->params_pending = true;
		return;
	}
	s->params_pending = false;
	s->params_reported = now;
	bfd_event_parameters(s);
}

static void report_state(struct bfd_session *s, u8 old_state, u64 now)
{
	u8 state = s->fsm.session_state;

	if (state == BFD_STATE_UP)
		s->last_up_time = ktime_get_real_ns();
	if (old_state == BFD_STATE_UP)
		s->last_down_time = ktime_get_real_ns();
	if (old_state == BFD_STATE_UP && state == BFD_STATE_DOWN)
		s->down_count++;
	if (state == BFD_STATE_ADMIN_DOWN)
		s->admin_down_count++;
	s->params_pending = false;
	trace_bfd_state(s, old_state);
	if (old_state == BFD_STATE_UP && state == BFD_STATE_DOWN)
		bfd_log_down(s, now);
	bfd_event_state(s, old_state, now);
}

/*
 * The detection timer first looks one slot before the deadline, so that after
 * this look everything received is processed before the deadline is believed.
 * As most looks find that packets came, there is one before that, on the raster
 * of the transmissions: it shares their wake-up.
 */
void bfd_detect_schedule(struct bfd_timer *timer, bool *suspect, u64 deadline, u32 interval_us,
			 u64 now)
{
	u64 first = deadline - BFD_SLOT_NS;
	u64 shared = ALIGN_DOWN(first, (u64)bfd_tx_raster(timer, interval_us));

	*suspect = false;
	bfd_timer_arm(timer, shared > now ? shared : first, now);
}

static void schedule_detection(struct bfd_session *s, u64 now)
{
	u64 deadline = bfd_fsm_deadline(&s->fsm);

	s->suspect = false;
	if (deadline != BFD_NEVER)
		bfd_detect_schedule(&s->detect_timer, &s->suspect, deadline, s->fsm.tx_interval,
				    now);
	else if (s->params_pending)	/* when neither side sends, no other timer reports it */
		bfd_timer_arm(&s->detect_timer, s->params_reported + PARAMS_PAUSE_NS, now);
	else
		bfd_timer_cancel(&s->detect_timer);
}

struct sk_buff *bfd_session_act(struct bfd_session *s, unsigned int act, u8 old_state, u64 now)
{
	struct sk_buff *skb = NULL, *change = NULL;

	lockdep_assert_held(&s->lock);
	if (act & BFD_ACT_FINAL)
		skb = bfd_tx_build(s, BFD_TX_FINAL, now);
	/* a Final says everything that the other packet would, but for a Poll */
	if (act & BFD_ACT_SEND && (!(act & BFD_ACT_FINAL) || bfd_fsm_change_polls(&s->fsm)))
		change = bfd_tx_build(s, BFD_TX_CHANGE, now);
	if (act & BFD_ACT_SEND)
		s->last_tx = now;
	if (act & (BFD_ACT_SEND | BFD_ACT_TX))
		bfd_tx_schedule(s, s->last_tx, now);
	if (act & BFD_ACT_ECHO)
		bfd_echo_follow(s, now);
	if (act & BFD_ACT_STATE)
		report_state(s, old_state, now);
	else if (act & BFD_ACT_PARAMS)
		report_params(s, now);
	if (act & BFD_ACT_DETECT ||
	    (s->params_pending && bfd_fsm_deadline(&s->fsm) == BFD_NEVER))
		schedule_detection(s, now);
	return skb ?: change;	/* after the first, the second waits for its turn */
}

/*
 * The first look at the deadline. When this CPU has stalled, what the peer
 * sent may wait behind us: it gets a little more time, once.
 */
static void suspect(struct bfd_timer *timer, u64 deadline, u64 detection_time, u64 now)
{
	if (bfd_wheel_held(timer)) {
		bfd_wheel_count_stall_guard(timer);
		deadline = now + clamp_t(u64, detection_time / 4, BFD_SLOT_NS, STALL_GRACE_NS);
	}
	/* not in this run of the wheel: received packets come between two runs */
	bfd_timer_arm(timer, max(deadline, now + 1), now);
}

bool bfd_detect_look(struct bfd_timer *timer, bool *suspected, u64 deadline, u64 detection_time,
		     u32 interval_us, u64 now)
{
	if (now + BFD_SLOT_NS < deadline) {	/* packets came since it was armed */
		bfd_detect_schedule(timer, suspected, deadline, interval_us, now);
		return false;
	}
	if (!*suspected || now < deadline) {
		*suspected = true;
		suspect(timer, deadline, detection_time, now);
		return false;
	}
	return true;
}

static struct sk_buff *detect(struct bfd_session *s, u64 now)
{
	u64 deadline = bfd_fsm_deadline(&s->fsm);
	u8 old_state = s->fsm.session_state;
	unsigned int act;

	if (s->params_pending)
		report_params(s, now);
	if (deadline == BFD_NEVER) {
		schedule_detection(s, now);
		return NULL;
	}
	if (!bfd_detect_look(&s->detect_timer, &s->suspect, deadline, s->fsm.detection_time,
			     s->fsm.tx_interval, now))
		return NULL;
	/* no timer may be left that would report it later */
	s->params_reported = 0;
	act = bfd_fsm_expire(&s->fsm, now);
	if (act & BFD_ACT_STATE)
		bfd_wheel_count_detection(&s->detect_timer, now - deadline);
	return bfd_session_act(s, act, old_state, now);
}

static void detect_timer_fn(struct bfd_timer *timer, u64 now)
{
	struct bfd_session *s = container_of(timer, struct bfd_session, detect_timer);
	struct sk_buff *skb = NULL;

	spin_lock(&s->lock);
	if (!s->dead)
		skb = detect(s, now);
	spin_unlock(&s->lock);
	bfd_tx_send(s, skb);
}

static u32 packet_rate(const struct bfd_fsm_config *cfg)
{
	u32 rate = DIV_ROUND_UP(USEC_PER_SEC, cfg->desired_min_tx);

	if (cfg->echo)
		rate += DIV_ROUND_UP(USEC_PER_SEC, cfg->desired_min_echo_tx);
	if (cfg->required_min_echo_rx)
		rate += DIV_ROUND_UP(USEC_PER_SEC, cfg->required_min_echo_rx);
	return rate;
}

static int check_rate(struct bfd_net *bn, u64 rate, struct netlink_ext_ack *extack)
{
	if (rate <= bfd_max_packet_rate(bn->net))
		return 0;
	BFD_SET_ERR_MSG(extack,
			"more packets a second than allowed: see bfdnl stats, max_packet_rate",
			"%llu packets a second asked for, %u allowed: %smax_packet_rate", rate,
			bfd_max_packet_rate(bn->net),
			bfd_net_privileged(bn->net) ? "" : "userns_");
	return -ENOSPC;
}

static int check_limits(struct bfd_net *bn, const struct bfd_session_params *p,
			struct netlink_ext_ack *extack)
{
	if (bn->dying)
		return -ENODEV;
	if (bn->count >= bfd_max_sessions(bn->net)) {
		BFD_SET_ERR_MSG(extack,
				"as many sessions as allowed: see bfdnl stats, max_sessions",
				"%u sessions, as many as allowed: %smax_sessions", bn->count,
				bfd_net_privileged(bn->net) ? "" : "userns_");
		return -ENOSPC;
	}
	return check_rate(bn, bn->packet_rate + packet_rate(&p->cfg), extack);
}

/* Two sessions must not claim the same first packet of a peer. */
static int check_unique(struct bfd_net *bn, struct bfd_session_params *p,
			struct netlink_ext_ack *extack)
{
	if (!bfd_session_exists(bn, p))
		return 0;
	NL_SET_ERR_MSG(extack, "there is a session with this peer already");
	p->fault = BFD_A_DEST_ADDR;
	return -EEXIST;
}

/* RFC 5881, 4: unique among the sessions, as long as there are enough. */
static void take_source_port(struct bfd_net *bn, struct bfd_session *s)
{
	int n = ida_alloc_max(&bn->source_ports, BFD_SOURCE_PORT_MAX - BFD_SOURCE_PORT_MIN,
			      GFP_KERNEL_ACCOUNT);

	s->port_shared = n < 0;
	if (n < 0)
		n = get_random_u32_below(BFD_SOURCE_PORT_MAX - BFD_SOURCE_PORT_MIN + 1);
	s->source_port = BFD_SOURCE_PORT_MIN + n;
}

static void give_source_port(struct bfd_net *bn, struct bfd_session *s)
{
	if (!s->port_shared)
		ida_free(&bn->source_ports, s->source_port - BFD_SOURCE_PORT_MIN);
}

static int choose_discr(struct bfd_net *bn, struct bfd_session_params *p, u32 *discr,
			struct netlink_ext_ack *extack)
{
	bool taken;

	do {
		*discr = p->local_discr ?: get_random_u32();
		rcu_read_lock();
		taken = bfd_session_by_discr(bn, *discr);
		rcu_read_unlock();
		if (taken && p->local_discr) {
			NL_SET_ERR_MSG(extack, "a session has this local discriminator already");
			p->fault = BFD_A_LOCAL_DISCRIMINATOR;
			return -EEXIST;
		}
	} while (taken || !*discr);
	return 0;
}

static void set_owner(struct bfd_session *s, const struct bfd_session_params *p)
{
	struct bfd_owner *old = s->owner;

	if (p->owner)
		p->owner->users++;
	s->owner = p->owner;
	bfd_owner_put(old);
}

static void set_key(struct bfd_session *s, const struct bfd_session_params *p)
{
	s->key = (struct bfd_peer_key) {
		.peer = p->dest,
		.family = p->family,
		.dport = p->dport,
	};
	bfd_path_set_key(s, p->ifindex, p->vrf, p->point_to_point);
}

static struct bfd_session *session_alloc(struct bfd_net *bn, const struct bfd_session_params *p,
					 u32 discr)
{
	struct bfd_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	struct bfd_auth *auth;
	unsigned int cpu;

	if (!s)
		return NULL;
	auth = bfd_session_auth_alloc(&p->auth);
	if (IS_ERR(auth)) {
		kfree(s);
		return NULL;
	}
	s->auth_seq = get_random_u32();	/* 6.8.1, bfd.XmitAuthSeq */
	bfd_session_auth_change(s, &p->auth, &auth, 0);
	spin_lock_init(&s->lock);
	__skb_queue_head_init(&s->tx_waiting);
	s->net = bn->net;
	set_key(s, p);
	s->source = p->source;
	s->source_auto = bfd_addr_any(&p->source);
	s->ifindex = p->ifindex;
	s->vrf_asked = p->vrf_asked;
	strscpy(s->ifname, p->ifname, sizeof(s->ifname));
	strscpy(s->vrfname, p->vrfname, sizeof(s->vrfname));
	s->tx_ttl = p->tx_ttl;
	s->rx_ttl = p->rx_ttl;
	s->dscp = p->dscp;
	s->express = p->express;
	s->owner_exit = p->owner_exit;
	s->create_time = ktime_get_real_ns();
	bfd_fsm_init(&s->fsm, &p->cfg, discr);

	cpu = bfd_wheel_place();
	bfd_timer_init(&s->tx_timer, cpu, bfd_tx_timer_fn, BFD_LATE_TX);
	bfd_timer_init(&s->detect_timer, cpu, detect_timer_fn, BFD_LATE_LOOK);
	return s;
}

static void session_free_rcu(struct rcu_head *rcu)
{
	struct bfd_session *s = container_of(rcu, struct bfd_session, rcu);

	bfd_echo_free(s->echo);
	kfree(s);
}

/* Where the session's generator starts; not 0, where it would stay. */
static u32 random_start(void)
{
	static atomic_t sessions;

	if (!seed)
		return get_random_u32() | 1;
	return jhash_1word(atomic_inc_return(&sessions), seed) | 1;
}

/* Make the session known, and start it. From here on packets find it. */
static int session_start(struct bfd_net *bn, struct bfd_session *s)
{
	u64 now;
	int ret;

	spin_lock_bh(&s->lock);
	ret = bfd_tables_add(bn, s);
	if (ret)
		goto out;
	bfd_wheel_join(&s->tx_timer);
	bfd_event_created(s);
	now = ktime_get_ns();
	if (s->fsm.tx_interval)
		bfd_timer_arm(&s->tx_timer, now, now);
out:
	/* found by a packet in between, it must not be used */
	s->dead = ret;
	spin_unlock_bh(&s->lock);
	return ret;
}

static void close_sock(struct bfd_session *s)
{
	if (s->sock)
		bfd_sock_put(s->sock);
}

struct bfd_session *bfd_session_create(struct bfd_net *bn, struct bfd_session_params *p,
				       struct netlink_ext_ack *extack)
{
	struct bfd_session *s;
	u32 discr;
	int ret;

	lockdep_assert_held(&bn->lock);
	ret = check_limits(bn, p, extack);
	if (!ret)
		ret = bfd_path_find(bn, p, extack);
	if (!ret)
		ret = check_unique(bn, p, extack);
	if (!ret)
		ret = choose_discr(bn, p, &discr, extack);
	if (ret)
		return ERR_PTR(ret);

	s = session_alloc(bn, p, discr);
	if (!s)
		return ERR_PTR(-ENOMEM);
	ret = bfd_echo_prepare(bn, s, &p->cfg);
	if (!ret && (p->express || bfd_echo_wanted(&p->cfg)))
		ret = bfd_ingress_prepare(bn, s, extack);
	if (ret)
		goto free;
	s->sock = bfd_path_socket(bn, s, p->vrf, extack);
	if (IS_ERR(s->sock)) {
		ret = PTR_ERR(s->sock);
		goto ingress;
	}
	take_source_port(bn, s);
	ret = xa_alloc_cyclic(&bn->sessions, &s->id, NULL, xa_limit_32b, &bn->next_id,
			      GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		goto port;
	s->random = random_start();
	xa_store(&bn->sessions, s->id, s, GFP_KERNEL_ACCOUNT);
	ret = session_start(bn, s);
	if (ret)
		goto id;
	set_owner(s, p);
	bn->count++;
	bn->packet_rate += packet_rate(&p->cfg);
	bn->generation++;
	return s;

id:
	xa_erase(&bn->sessions, s->id);
port:
	give_source_port(bn, s);
	close_sock(s);
ingress:
	bfd_ingress_unlink(bn, s);
free:
	bfd_session_auth_end(s);
	call_rcu(&s->rcu, session_free_rcu);
	return ERR_PTR(ret);
}

void bfd_session_params(struct bfd_session *s, struct bfd_session_params *p)
{
	*p = (struct bfd_session_params) {
		.family = s->key.family,
		.dport = s->key.dport,
		.dest = s->key.peer,
		.local_discr = s->fsm.local_discr,
		.tx_ttl = s->tx_ttl,
		.rx_ttl = s->rx_ttl,
		.dscp = s->dscp,
		.express = s->express,
		.owner_exit = s->owner_exit,
		.owner = s->owner,
		.cfg = s->fsm.cfg,
	};
	if (!s->source_auto)
		p->source = s->source;
	strscpy(p->ifname, s->ifname, sizeof(p->ifname));
	strscpy(p->vrfname, s->vrfname, sizeof(p->vrfname));
}

int bfd_session_change(struct bfd_net *bn, struct bfd_session *s,
		       const struct bfd_session_params *p, struct netlink_ext_ack *extack)
{
	u64 rate = bn->packet_rate - packet_rate(&s->fsm.cfg) + packet_rate(&p->cfg);
	struct bfd_auth *auth;
	struct sk_buff *skb;
	unsigned int act;
	u8 old_state;
	u64 now;
	int ret;

	lockdep_assert_held(&bn->lock);
	if (rate > bn->packet_rate && check_rate(bn, rate, extack))
		return -ENOSPC;
	auth = bfd_session_auth_alloc(&p->auth);
	if (IS_ERR(auth))
		return PTR_ERR(auth);
	ret = bfd_echo_prepare(bn, s, &p->cfg);
	if (!ret && (p->express || bfd_echo_wanted(&p->cfg)))
		ret = bfd_ingress_prepare(bn, s, extack);
	if (ret) {
		kfree(auth);
		return ret;
	}
	bn->packet_rate = rate;
	set_owner(s, p);

	rcu_read_lock();
	spin_lock_bh(&s->lock);
	if (s->tx_ttl != p->tx_ttl || s->dscp != p->dscp || s->express != p->express) {
		s->tx_ttl = p->tx_ttl;
		s->dscp = p->dscp;
		WRITE_ONCE(s->express, p->express);
		bfd_tx_reset_headers(s);
	}
	s->rx_ttl = p->rx_ttl;
	s->owner_exit = p->owner_exit;
	now = ktime_get_ns();
	old_state = s->fsm.session_state;
	bfd_echo_configure(s, &p->cfg, now);
	act = bfd_session_auth_change(s, &p->auth, &auth, now);
	act |= bfd_fsm_configure(&s->fsm, &p->cfg, now);
	s->params_reported = 0;	/* the operator's changes are reported at once */
	skb = bfd_session_act(s, act, old_state, now);
	spin_unlock(&s->lock);
	bfd_tx_send(s, skb);
	local_bh_enable();
	rcu_read_unlock();
	kfree(auth);
	bfd_ingress_relink(bn, s);
	return 0;
}

int bfd_session_poll(struct bfd_session *s, struct netlink_ext_ack *extack)
{
	struct sk_buff *skb = NULL;
	unsigned int act;
	int ret = 0;
	u64 now;

	rcu_read_lock();
	spin_lock_bh(&s->lock);
	if (s->fsm.cfg.unaffiliated) {
		NL_SET_ERR_MSG(extack, "an unaffiliated echo session has nobody to poll");
		ret = -EOPNOTSUPP;
	} else if (s->fsm.session_state == BFD_STATE_UP) {
		now = ktime_get_ns();
		act = bfd_fsm_poll(&s->fsm, now);
		skb = bfd_session_act(s, act, BFD_STATE_UP, now);
	} else {
		NL_SET_ERR_MSG(extack, "the session is not up: there is nothing to verify");
		ret = -ENOTCONN;
	}
	spin_unlock(&s->lock);
	bfd_tx_send(s, skb);
	local_bh_enable();
	rcu_read_unlock();
	return ret;
}

/* The last words to a peer: not a failure, but the operator's wish. */
static struct sk_buff *say_admin_down(struct bfd_session *s, u64 now)
{
	struct bfd_fsm_config cfg = s->fsm.cfg;

	if (cfg.unaffiliated)	/* RFC 9747, 2: AdminDown is not used */
		return NULL;
	cfg.admin_down = true;
	if (!(bfd_fsm_configure(&s->fsm, &cfg, now) & BFD_ACT_SEND))
		return NULL;
	return bfd_tx_build(s, BFD_TX_CHANGE, now);
}

/* Out of the tables, off the wheel; what it needs later stays. */
static void session_stop(struct bfd_net *bn, struct bfd_session *s)
{
	struct sk_buff *skb = NULL;

	bfd_tables_del(bn, s);
	bn->count--;
	bn->packet_rate -= packet_rate(&s->fsm.cfg);
	bn->generation++;

	rcu_read_lock();
	spin_lock_bh(&s->lock);
	bfd_event_deleted(s);
	if (check_net(bn->net))
		skb = say_admin_down(s, ktime_get_ns());
	s->dead = true;
	bfd_timer_cancel(&s->tx_timer);
	bfd_timer_cancel(&s->detect_timer);
	bfd_echo_stop(s);
	bfd_wheel_leave(&s->tx_timer);
	spin_unlock(&s->lock);
	bfd_tx_send(s, skb);
	local_bh_enable();
	rcu_read_unlock();

	spin_lock_bh(&s->lock);
	bfd_tx_reset_headers(s);
	spin_unlock_bh(&s->lock);
}

void bfd_session_destroy(struct bfd_net *bn, struct bfd_session *s)
{
	lockdep_assert_held(&bn->lock);
	session_stop(bn, s);
	bfd_session_auth_end(s);
	bfd_ingress_unlink(bn, s);
	give_source_port(bn, s);
	bfd_owner_put(s->owner);
	close_sock(s);
	call_rcu(&s->rcu, session_free_rcu);
}

void bfd_session_destroy_all(struct bfd_net *bn)
{
	struct bfd_session *s;
	unsigned long id;

	xa_for_each(&bn->sessions, id, s) {
		bfd_session_destroy(bn, s);
		cond_resched();
	}
}
