// SPDX-License-Identifier: GPL-2.0
/*
 * /metrics: everything that can be counted, for Prometheus.
 *
 * The counters of a session are only in the kernel, so it is asked for every
 * session; a few at a time, between what else happens. All who ask meanwhile for
 * the same format get the same answer.
 *
 * A session is named by what does not change when it is made anew: addresses,
 * interface, VRF and kind. Discriminators would make a new series each time.
 */
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "metrics.h"
#include "rest.h"

#define AT_ONCE		32	/* sessions between two looks at the loop */

enum family {
	KERNEL_UP, SESSIONS, SESSIONS_MAX, PACKET_RATE, PACKET_RATE_MAX, EVENTS,
	DROPPED,
	SESSION_UP, SESSION_STATE, SESSION_REMOTE_STATE, SESSION_DIAGNOSTIC,
	SESSION_REMOTE_DIAGNOSTIC, SESSION_DOWNS, SESSION_ADMIN_DOWNS,
	SESSION_CHANGED, SESSION_DETECTION_TIME, SESSION_TX_INTERVAL,
	SESSION_RX_INTERVAL, SESSION_RECEIVED, SESSION_SENT, SESSION_INVALID,
	SESSION_UNSENT, SESSION_ECHOES_RECEIVED, SESSION_ECHOES_SENT,
	SESSION_ECHO_RTT, SESSION_ECHO_RTT_MAX,
	LATENESS, LATENESS_MAX, CPU_SESSIONS, CPU_WAKEUPS, CPU_STALLS, CPU_LATE_MAX,
	AGENT_INFO, CONNECTIONS, WAITING, REQUESTS, TARGETS, TARGET_QUEUE,
	TARGET_DELIVERED, TARGET_LOST, TARGET_FAILURES, PROCESS_CPU,
	FAMILIES
};

#define GAUGE(f, name, help)						\
	[f] = { name, METRIC_GAUGE, help }
#define COUNTER(f, name, help)						\
	[f] = { name, METRIC_COUNTER, help }

static const struct metric_family families[FAMILIES] = {
	GAUGE(KERNEL_UP, "bfd_kernel_up", "Whether the kernel module answers."),
	GAUGE(SESSIONS, "bfd_sessions",
	      "Sessions of the network namespace by state; Init counts as down."),
	GAUGE(SESSIONS_MAX, "bfd_sessions_limit",
	      "Sessions that there may be in the network namespace."),
	GAUGE(PACKET_RATE, "bfd_packet_rate",
	      "Packets a second that the sessions of the network namespace ask for."),
	GAUGE(PACKET_RATE_MAX, "bfd_packet_rate_limit",
	      "Packets a second that they may ask for."),
	COUNTER(EVENTS, "bfd_events",
		"Events of the network namespace: created, changed, deleted."),
	COUNTER(DROPPED, "bfd_dropped_packets",
		"Packets dropped in the network namespace by reason, also those of no session."),
	GAUGE(SESSION_UP, "bfd_session_up", "Whether the session is up."),
	GAUGE(SESSION_STATE, "bfd_session_state",
	      "State as in RFC 5880: 0 AdminDown, 1 Down, 2 Init, 3 Up."),
	GAUGE(SESSION_REMOTE_STATE, "bfd_session_remote_state",
	      "State that the peer tells, as in RFC 5880."),
	GAUGE(SESSION_DIAGNOSTIC, "bfd_session_local_diagnostic",
	      "Why the session was last not up, as in RFC 5880; 1: nothing was received in time."),
	GAUGE(SESSION_REMOTE_DIAGNOSTIC, "bfd_session_remote_diagnostic",
	      "What the peer tells, as in RFC 5880."),
	COUNTER(SESSION_DOWNS, "bfd_session_downs",
		"How often the session went down from up."),
	COUNTER(SESSION_ADMIN_DOWNS, "bfd_session_admin_downs",
		"How often the session was taken down by an administrator."),
	GAUGE(SESSION_CHANGED, "bfd_session_last_change_timestamp_seconds",
	      "When the session last went up or down, or was made."),
	GAUGE(SESSION_DETECTION_TIME, "bfd_session_detection_time_seconds",
	      "Silence after which the session goes down."),
	GAUGE(SESSION_TX_INTERVAL, "bfd_session_transmit_interval_seconds",
	      "Negotiated interval between packets sent."),
	GAUGE(SESSION_RX_INTERVAL, "bfd_session_receive_interval_seconds",
	      "Negotiated interval between packets received."),
	COUNTER(SESSION_RECEIVED, "bfd_session_receive_packets",
		"Control packets received."),
	COUNTER(SESSION_SENT, "bfd_session_transmit_packets",
		"Control packets sent."),
	COUNTER(SESSION_INVALID, "bfd_session_receive_invalid_packets",
		"Packets of the session that were dropped."),
	COUNTER(SESSION_UNSENT, "bfd_session_transmit_failed_packets",
		"Packets that could not be sent."),
	COUNTER(SESSION_ECHOES_RECEIVED, "bfd_session_receive_echo_packets",
		"Echoes that came back."),
	COUNTER(SESSION_ECHOES_SENT, "bfd_session_transmit_echo_packets",
		"Echoes sent."),
	GAUGE(SESSION_ECHO_RTT, "bfd_session_echo_round_trip_seconds",
	      "Average time of an echo to the peer and back."),
	GAUGE(SESSION_ECHO_RTT_MAX, "bfd_session_echo_round_trip_max_seconds",
	      "Longest time of an echo to the peer and back."),
	[LATENESS] = { "bfd_lateness_seconds", METRIC_HISTOGRAM,
		"How late what the kernel does for sessions was, by kind, on all CPUs." },
	GAUGE(LATENESS_MAX, "bfd_lateness_max_seconds",
	      "The latest of each kind since the statistics were cleared."),
	GAUGE(CPU_SESSIONS, "bfd_cpu_sessions",
	      "Sessions that run on the CPU, of all network namespaces."),
	COUNTER(CPU_WAKEUPS, "bfd_cpu_wakeups", "How often the timers of the CPU ran."),
	COUNTER(CPU_STALLS, "bfd_cpu_stall_guards",
		"Detections put off because the CPU had stood still."),
	GAUGE(CPU_LATE_MAX, "bfd_cpu_timer_lateness_max_seconds",
	      "The largest delay of a timer of the CPU."),
	GAUGE(AGENT_INFO, "bfd_agent_info", "The agent, by its version."),
	GAUGE(CONNECTIONS, "bfd_agent_http_connections", "Connections of clients."),
	GAUGE(WAITING, "bfd_agent_http_waiting",
	      "Connections whose clients wait for events or answers."),
	COUNTER(REQUESTS, "bfd_agent_http_requests", "Requests of clients."),
	GAUGE(TARGETS, "bfd_agent_notification_targets", "URLs that are called."),
	GAUGE(TARGET_QUEUE, "bfd_agent_notification_queue_length",
	      "Events that wait for URLs."),
	COUNTER(TARGET_DELIVERED, "bfd_agent_notifications_delivered",
		"Events that URLs were told."),
	COUNTER(TARGET_LOST, "bfd_agent_notifications_lost",
		"Events that no queue had room for."),
	COUNTER(TARGET_FAILURES, "bfd_agent_notification_failures",
		"Calls of URLs that failed."),
	COUNTER(PROCESS_CPU, "process_cpu_seconds",
		"Time of the CPUs that the agent has spent."),
};

TAILQ_HEAD(scraper_list, scraper);

/**
 * struct scraper - somebody who asked
 * @link: in the list of those who get the same
 * @request: the request, parked
 * @walk: what it waits for
 */
struct scraper {
	TAILQ_ENTRY(scraper) link;
	struct rest_request *request;
	struct walk *walk;
};

/**
 * struct walk - the way through all sessions
 * @metrics: what was found so far; NULL: nobody has asked
 * @scrapers: those who asked
 * @after: the session before the next one
 */
static struct walk {
	struct metrics *metrics;
	struct scraper_list scrapers;
	__u32 after;
} walks[2];			/* one for each format */

static sd_event_source *step;

/* ---- one session ---- */

static const struct {
	enum bfdnl_field field;
	enum family family;
} numbers[] = {
	{ BFDNL_LOCAL_STATE, SESSION_STATE },
	{ BFDNL_REMOTE_STATE, SESSION_REMOTE_STATE },
	{ BFDNL_LOCAL_DIAGNOSTIC, SESSION_DIAGNOSTIC },
	{ BFDNL_REMOTE_DIAGNOSTIC, SESSION_REMOTE_DIAGNOSTIC },
	{ BFDNL_DOWN_COUNT, SESSION_DOWNS },
	{ BFDNL_ADMIN_DOWN_COUNT, SESSION_ADMIN_DOWNS },
	{ BFDNL_DETECTION_TIME, SESSION_DETECTION_TIME },
	{ BFDNL_NEGOTIATED_TX_INTERVAL, SESSION_TX_INTERVAL },
	{ BFDNL_NEGOTIATED_RX_INTERVAL, SESSION_RX_INTERVAL },
	{ BFDNL_RECEIVE_PACKET_COUNT, SESSION_RECEIVED },
	{ BFDNL_SEND_PACKET_COUNT, SESSION_SENT },
	{ BFDNL_RECEIVE_INVALID_PACKET_COUNT, SESSION_INVALID },
	{ BFDNL_SEND_FAILED_PACKET_COUNT, SESSION_UNSENT },
	{ BFDNL_RECEIVE_ECHO_COUNT, SESSION_ECHOES_RECEIVED },
	{ BFDNL_SEND_ECHO_COUNT, SESSION_ECHOES_SENT },
	{ BFDNL_ECHO_RTT_AVG, SESSION_ECHO_RTT },
	{ BFDNL_ECHO_RTT_MAX, SESSION_ECHO_RTT_MAX },
};

static void label_addr(char *labels, const char *name,
		       const struct bfdnl_session *session,
		       enum bfdnl_field field)
{
	const struct bfdnl_addr *addr = bfdnl_session_addr(session, field);
	char text[BFDNL_ADDR_STRLEN];

	if (addr)
		metrics_label(labels, name, bfdnl_addr_format(addr, text));
}

static const char *kind_of(const struct bfdnl_session *session)
{
	if (bfdnl_session_number(session, BFDNL_UNAFFILIATED_ECHO))
		return "unaffiliated-echo";
	return bfdnl_path_type_name(bfdnl_session_number(session,
							 BFDNL_PATH_TYPE));
}

static void label_session(char *labels, const struct bfdnl_session *session)
{
	*labels = '\0';
	label_addr(labels, "remote", session, BFDNL_DEST_ADDR);
	label_addr(labels, "local", session, BFDNL_SOURCE_ADDR);
	metrics_label(labels, "interface",
		      bfdnl_session_text(session, BFDNL_INTERFACE));
	metrics_label(labels, "vrf", bfdnl_session_text(session, BFDNL_VRF));
	metrics_label(labels, "type", kind_of(session));
}

static __u64 last_change(const struct bfdnl_session *session)
{
	static const enum bfdnl_field times[] = {
		BFDNL_CREATE_TIME, BFDNL_LAST_UP_TIME, BFDNL_LAST_DOWN_TIME,
	};
	__u64 last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		__u64 ns = bfdnl_session_number(session, times[i]);

		if (ns > last)
			last = ns;
	}
	return last;
}

static void tell_session(struct metrics *metrics,
			 const struct bfdnl_session *session)
{
	char labels[METRICS_LABELS_MAX];

	label_session(labels, session);
	metrics_number(metrics, SESSION_UP, labels,
		       bfdnl_session_number(session, BFDNL_LOCAL_STATE) ==
		       BFD_STATE_UP);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		__u64 value = bfdnl_session_number(session, numbers[i].field);

		if (!bfdnl_session_has(session, numbers[i].field))
			continue;
		if (bfdnl_field_type(numbers[i].field) == BFDNL_TYPE_INTERVAL)
			metrics_ns(metrics, numbers[i].family, labels,
				   value * 1000);
		else
			metrics_number(metrics, numbers[i].family, labels, value);
	}
	metrics_ns(metrics, SESSION_CHANGED, labels, last_change(session));
}

/* ---- all else ---- */

static void tell_states(struct metrics *metrics, const struct bfdnl_stats *stats)
{
	static const struct {
		const char *labels;
		enum bfd_stats_net_attr attr;
		enum family family;
	} of_net[] = {
		{ "state=\"up\"", BFD_A_NET_NUMBER_OF_SESSIONS_UP, SESSIONS },
		{ "state=\"down\"", BFD_A_NET_NUMBER_OF_SESSIONS_DOWN, SESSIONS },
		{ "state=\"admin-down\"", BFD_A_NET_NUMBER_OF_SESSIONS_ADMIN_DOWN,
		  SESSIONS },
		{ "", BFD_A_NET_MAX_SESSIONS, SESSIONS_MAX },
		{ "", BFD_A_NET_PACKET_RATE, PACKET_RATE },
		{ "", BFD_A_NET_MAX_PACKET_RATE, PACKET_RATE_MAX },
		{ "", BFD_A_NET_EVENT_SEQUENCE, EVENTS },
	};
	__u64 value;

	for (size_t i = 0; i < ARRAY_SIZE(of_net); i++)
		if (bfdnl_stats_net(stats, of_net[i].attr, &value))
			metrics_number(metrics, of_net[i].family,
				       of_net[i].labels, value);
}

static void tell_drop(struct metrics *metrics, unsigned int reason, __u64 count)
{
	char labels[METRICS_LABELS_MAX] = "", number[32];
	const char *name = bfdnl_drop_name(reason);

	snprintf(number, sizeof(number), "drop-%u", reason);
	metrics_label(labels, "reason", name ? name : number);
	metrics_number(metrics, DROPPED, labels, count);
}

/* A counter that is there only once it has counted cannot be seen to grow. */
static void tell_drops(struct metrics *metrics, const struct bfdnl_drops *drops)
{
	__u64 counts[BFD_DROP_MAX + 1] = { 0 };
	unsigned int reason;

	for (size_t i = 0; i < bfdnl_drops_size(drops); i++) {
		__u64 count = bfdnl_drops_at(drops, i, &reason);

		if (reason > BFD_DROP_MAX)
			tell_drop(metrics, reason, count);
		else
			counts[reason] = count;
	}
	for (reason = BFD_DROP_NONE + 1; reason <= BFD_DROP_MAX; reason++)
		tell_drop(metrics, reason, counts[reason]);
}

static void tell_lateness(struct metrics *metrics,
			  const struct bfdnl_stats *stats)
{
	struct bfdnl_lateness late;

	for (int i = 0; i < BFDNL_LATE_KINDS; i++) {
		char labels[METRICS_LABELS_MAX] = "";

		bfdnl_stats_lateness(stats, i, &late);
		if (!late.size)
			continue;
		metrics_label(labels, "kind", bfdnl_late_name(i));
		metrics_lateness(metrics, LATENESS, labels, &late);
		metrics_ns(metrics, LATENESS_MAX, labels, late.max);
	}
}

static void tell_cpu(struct metrics *metrics, const struct bfdnl_stats *stats,
		     size_t cpu)
{
	char labels[METRICS_LABELS_MAX] = "", number[32] = "";
	__u64 value = 0;

	bfdnl_stats_cpu(stats, cpu, BFD_A_CPU_NUMBER, &value);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	metrics_label(labels, "cpu", number);
	if (bfdnl_stats_cpu(stats, cpu, BFD_A_CPU_SESSIONS, &value))
		metrics_number(metrics, CPU_SESSIONS, labels, value);
	if (bfdnl_stats_cpu(stats, cpu, BFD_A_CPU_WAKEUPS, &value))
		metrics_number(metrics, CPU_WAKEUPS, labels, value);
	if (bfdnl_stats_cpu(stats, cpu, BFD_A_CPU_STALL_GUARD, &value))
		metrics_number(metrics, CPU_STALLS, labels, value);
	if (bfdnl_stats_cpu(stats, cpu, BFD_A_CPU_LATE_MAX, &value))
		metrics_ns(metrics, CPU_LATE_MAX, labels, value);
}

static void tell_kernel(struct metrics *metrics)
{
	struct bfdnl_stats *stats;
	int ret = agent_stats_read(rest.agent, &stats);

	metrics_number(metrics, KERNEL_UP, "", !ret);
	if (ret)
		return;
	tell_states(metrics, stats);
	tell_drops(metrics, bfdnl_stats_net_drops(stats));
	tell_lateness(metrics, stats);
	for (size_t i = 0; i < bfdnl_stats_cpus(stats); i++)
		tell_cpu(metrics, stats, i);
	bfdnl_stats_free(stats);
}

static void tell_agent(struct metrics *metrics)
{
	char labels[METRICS_LABELS_MAX] = "";
	struct rest_counts counts = { 0 };
	struct rusage used = { 0 };

	rest_http_count(&counts);
	rest_notify_count(&counts);
	metrics_label(labels, "version", BFDNL_VERSION);
	metrics_number(metrics, AGENT_INFO, labels, 1);
	metrics_number(metrics, CONNECTIONS, "", counts.connections);
	metrics_number(metrics, WAITING, "", counts.waiting);
	metrics_number(metrics, REQUESTS, "", counts.requests);
	metrics_number(metrics, TARGETS, "", counts.targets);
	metrics_number(metrics, TARGET_QUEUE, "", counts.queued);
	metrics_number(metrics, TARGET_DELIVERED, "", counts.delivered);
	metrics_number(metrics, TARGET_LOST, "", counts.lost);
	metrics_number(metrics, TARGET_FAILURES, "", counts.failed);
	getrusage(RUSAGE_SELF, &used);
	metrics_ns(metrics, PROCESS_CPU, "",
		   (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000ULL +
		   (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000ULL);
}

/* ---- all sessions ---- */

static void end_walk(struct walk *walk)
{
	metrics_free(walk->metrics);
	walk->metrics = NULL;
}

static void leave(struct scraper *scraper)
{
	TAILQ_REMOVE(&scraper->walk->scrapers, scraper, link);
	free(scraper);
}

static void on_gone(struct rest_request *request)
{
	struct scraper *scraper = request->data;
	struct walk *walk = scraper->walk;

	leave(scraper);
	if (TAILQ_EMPTY(&walk->scrapers))
		end_walk(walk);
}

/* All who asked get a copy; mostly that is one. */
static void answer(struct walk *walk)
{
	const char *type = walk->metrics->openmetrics ?
		"application/openmetrics-text; version=1.0.0; charset=utf-8" :
		"text/plain; version=0.0.4; charset=utf-8";
	struct scraper *scraper;
	size_t size = 0;
	char *text = metrics_text(walk->metrics, &size), *copy;

	while ((scraper = TAILQ_FIRST(&walk->scrapers))) {
		struct rest_request *request = scraper->request;

		leave(scraper);
		copy = text;
		if (text && !TAILQ_EMPTY(&walk->scrapers)) {
			copy = malloc(size);
			if (copy)
				memcpy(copy, text, size);
		} else {
			text = NULL;
		}
		if (copy)
			rest_answer_text(request, MHD_HTTP_OK, type, copy, size);
		else
			rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
				   "%s", strerror(ENOMEM));
	}
	end_walk(walk);
}

/* Return: false: that was the last one. */
static bool walk_on(struct walk *walk)
{
	struct agent_session *session;
	struct bfdnl_session *fields;

	for (int i = 0; i < AT_ONCE; i++) {
		session = agent_session_next(rest.agent, walk->after);
		if (!session)
			return false;
		walk->after = agent_session_id(session);
		/* it may have been deleted, and we are going to hear of it */
		if (agent_session_read(rest.agent, session, &fields))
			continue;
		tell_session(walk->metrics, fields);
		bfdnl_session_free(fields);
	}
	return true;
}

static int on_step(sd_event_source *source, void *data)
{
	bool more = false;

	(void)data;
	for (size_t i = 0; i < ARRAY_SIZE(walks); i++) {
		if (!walks[i].metrics)
			continue;
		if (walk_on(&walks[i])) {
			more = true;
		} else {
			tell_kernel(walks[i].metrics);
			tell_agent(walks[i].metrics);
			answer(&walks[i]);
		}
	}
	sd_event_source_set_enabled(source, more ? SD_EVENT_ON : SD_EVENT_OFF);
	return 0;
}

static int begin_walk(struct walk *walk, bool openmetrics)
{
	if (!step && sd_event_add_defer(agent_loop(rest.agent), &step, on_step,
					NULL) < 0)
		return -ENOMEM;
	walk->metrics = metrics_new(families, FAMILIES, openmetrics);
	if (!walk->metrics)
		return -ENOMEM;
	TAILQ_INIT(&walk->scrapers);
	walk->after = 0;
	sd_event_source_set_enabled(step, SD_EVENT_ON);
	return 0;
}

static void metrics(struct rest_request *request)
{
	const char *accept = MHD_lookup_connection_value(request->connection,
							 MHD_HEADER_KIND,
							 "Accept");
	bool openmetrics = accept &&
			   strstr(accept, "application/openmetrics-text");
	struct walk *walk = &walks[openmetrics];
	struct scraper *scraper = calloc(1, sizeof(*scraper));

	if (!scraper || !rest_client_may_wait() ||
	    (!walk->metrics && begin_walk(walk, openmetrics))) {
		free(scraper);
		rest_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
			   "too many wait already");
		return;
	}
	scraper->request = request;
	scraper->walk = walk;
	TAILQ_INSERT_TAIL(&walk->scrapers, scraper, link);
	rest_park(request, on_gone, scraper);
}

void rest_metrics_stop(void)
{
	step = sd_event_source_disable_unref(step);
}

const struct rest_route rest_metrics_routes[] = {
	{ "GET", "/metrics", metrics },
	{ NULL, NULL, NULL },
};
