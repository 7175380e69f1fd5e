// SPDX-License-Identifier: GPL-2.0
/*
 * FreeBFD's monitor protocol: settings, listening, begin and end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "damp.h"
#include "frontends.h"
#include "monitor.h"

#define NAME		"monitor"
#define LISTEN		"127.0.0.1:5643"

/* How many connections are taken before the loop looks at something else */
#define ACCEPT_AT_ONCE	16

/* Pause when there are no descriptors, and between log lines of refusals */
#define RESUME_US	1000000

static struct monitor *monitor;

/* ---- settings ---- */

#define AT(member)	offsetof(struct monitor_settings, member)

static const struct setting table[] = {
	{ "listen", SETTING_TEXT, AT(listen), 0, 0 },
	{ "clients", SETTING_NUMBER, AT(clients), 1, 4096 },
	{ "subscriptions", SETTING_NUMBER, AT(subscriptions), 0, 65536 },
	{ "queue", SETTING_NUMBER, AT(queue), 131072, 1 << 30 },
	{ "stall-time", SETTING_TIME, AT(stall_time), 1000, 0 },
	{ "create", SETTING_BOOL, AT(create), 0, 0 },
	{ "damped", SETTING_BOOL, AT(damped), 0, 0 },
	{ "desired-min-tx-interval", SETTING_TIME, AT(tx), 1000, 0 },
	{ "required-min-rx-interval", SETTING_TIME, AT(rx), 1000, 0 },
	{ "local-multiplier", SETTING_NUMBER, AT(multiplier), 1, 255 },
};

static void discard(void *data)
{
	struct monitor_settings *settings = data;

	free(settings->listen);
	free(settings);
}

static void *parse(const config_setting_t *group, struct problems *problems)
{
	struct monitor_settings *settings = malloc(sizeof(*settings));

	if (!settings) {
		problem_at(problems, group, "%s", strerror(ENOMEM));
		return NULL;
	}
	*settings = (struct monitor_settings){
		.listen = strdup(LISTEN),
		.clients = 64,
		.subscriptions = 4096,
		.queue = 1 << 20,
		.stall_time = 30000000,
		.create = true,
		.damped = true,
	};
	if (settings->listen &&
	    settings_read(group, table, sizeof(table) / sizeof(*table),
			  settings, problems) &&
	    agent_address_check(group, "listen", settings->listen, problems))
		return settings;
	discard(settings);
	return NULL;
}

/* ---- clients ---- */

static int on_flush(sd_event_source *source, void *data)
{
	struct monitor *m = data;
	struct monitor_client *client = TAILQ_FIRST(&m->clients), *next;

	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	for (; client; client = next) {
		if (!client->closed)
			monitor_client_flush(client);
		next = TAILQ_NEXT(client, link);
		if (client->closed)
			monitor_client_free(client);
	}
	return 0;
}

void monitor_flush_soon(struct monitor *m)
{
	sd_event_source_set_enabled(m->flush, SD_EVENT_ON);
}

unsigned int monitor_state_of(const struct monitor *m,
			      const struct agent_session *session)
{
	return m->damped ? agent_damped_state(session) :
			   agent_session_state(session);
}

/* ---- listening ---- */

static void name_of(int fd, char *name, size_t room)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} peer;
	socklen_t len = sizeof(peer);
	char host[INET6_ADDRSTRLEN] = "";
	struct ucred who;

	if (getpeername(fd, &peer.any, &len))
		peer.any.sa_family = AF_UNSPEC;
	switch (peer.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &peer.in.sin_addr, host, sizeof(host));
		snprintf(name, room, "%s:%u", host, ntohs(peer.in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &peer.in6.sin6_addr, host, sizeof(host));
		snprintf(name, room, "[%s]:%u", host,
			 ntohs(peer.in6.sin6_port));
		break;
	default:
		len = sizeof(who);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len))
			snprintf(name, room, "a client");
		else
			snprintf(name, room, "process %d of user %u", who.pid,
				 who.uid);
		break;
	}
}

/* The socket's buffer takes the line, or the client does without it. */
static void refuse(struct monitor *m, int fd)
{
	static const char line[] = "{\"error\":\"too many clients\"}\n";

	if (send(fd, line, sizeof(line) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		agent_log(LOG_DEBUG, NAME ": %s", strerror(errno));
	close(fd);
	if (m->refused++)
		return;
	agent_log(LOG_WARNING, NAME ": there are %zu clients: more are refused",
		  m->count);
	sd_event_source_set_time_relative(m->resume, RESUME_US);
	sd_event_source_set_enabled(m->resume, SD_EVENT_ONESHOT);
}

static void take_pause(struct monitor *m)
{
	agent_log(LOG_ERR, NAME ": %s", strerror(errno));
	sd_event_source_set_enabled(m->io, SD_EVENT_OFF);
	sd_event_source_set_time_relative(m->resume, RESUME_US);
	sd_event_source_set_enabled(m->resume, SD_EVENT_ONESHOT);
}

static int on_resume(sd_event_source *source, uint64_t usec, void *data)
{
	struct monitor *m = data;

	(void)source;
	(void)usec;
	if (m->refused > 1)
		agent_log(LOG_WARNING, NAME ": %llu clients were refused",
			  (unsigned long long)m->refused);
	m->refused = 0;
	sd_event_source_set_enabled(m->io, SD_EVENT_ON);
	return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents,
			 void *data)
{
	struct monitor *m = data;
	char name[64];

	(void)source;
	(void)revents;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int own = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (own < 0) {
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				take_pause(m);
			return 0;
		}
		if (m->count >= m->settings->clients) {
			refuse(m, own);
			continue;
		}
		name_of(own, name, sizeof(name));
		monitor_client_new(m, own, name);
	}
	return 0;
}

static int listen_at(struct monitor *m, const char *address)
{
	return agent_serve(m->agent, NAME, address, on_connection, m, &m->io);
}

/* ---- begin and end ---- */

/* Before the next batch of kernel events: these are to be told at once. */
static int add_sources(struct monitor *m)
{
	sd_event *loop = agent_loop(m->agent);
	int ret;

	ret = sd_event_add_defer(loop, &m->flush, on_flush, m);
	if (ret >= 0)
		ret = sd_event_source_set_priority(m->flush,
						   SD_EVENT_PRIORITY_IMPORTANT - 1);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(m->flush, SD_EVENT_OFF);
	if (ret >= 0)
		ret = sd_event_add_time_relative(loop, &m->resume,
						 CLOCK_MONOTONIC, RESUME_US, 0,
						 on_resume, m);
	return ret < 0 ? ret : 0;
}

static int observe(struct monitor *m)
{
	agent_unobserve(m->observer);
	agent_unobserve_damped(m->damped);
	m->observer = NULL;
	m->damped = NULL;
	if (m->settings->damped)
		m->damped = agent_observe_damped(m->agent, monitor_change, m);
	else
		m->observer = agent_observe(m->agent, monitor_change, m);
	return m->damped || m->observer ? 0 : -ENOMEM;
}

static void stop(struct agent *agent, bool exiting)
{
	struct monitor *m = monitor;
	struct monitor_client *client;

	(void)agent;
	m->exiting = exiting;
	while ((client = TAILQ_FIRST(&m->clients))) {
		monitor_client_close(client, NULL);
		monitor_client_free(client);
	}
	agent_unobserve(m->observer);
	agent_unobserve_damped(m->damped);
	sd_event_source_disable_unref(m->io);
	sd_event_source_disable_unref(m->resume);
	sd_event_source_disable_unref(m->flush);
	vector_clear(&m->by_dest, NULL);
	discard(m->settings);
	free(m);
	monitor = NULL;
}

static int start(struct agent *agent, void *settings)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int ret;

	if (!m) {
		discard(settings);
		return -ENOMEM;
	}
	m->agent = agent;
	m->settings = settings;
	TAILQ_INIT(&m->clients);
	monitor = m;
	ret = add_sources(m);
	if (!ret)
		ret = observe(m);
	if (!ret)
		ret = listen_at(m, m->settings->listen);
	if (ret)
		stop(agent, false);
	return ret;
}

/* Connections are kept: with them would go the sessions. */
static int reload(struct agent *agent, void *data)
{
	struct monitor_settings *settings = data, *before = monitor->settings;
	int ret = 0;

	(void)agent;
	if (strcmp(settings->listen, before->listen))
		ret = listen_at(monitor, settings->listen);
	if (ret) {
		discard(settings);
		return ret;
	}
	monitor->settings = settings;
	if (settings->damped != before->damped)
		ret = observe(monitor);
	discard(before);
	return ret;
}

const struct agent_frontend frontend_monitor = {
	.name = NAME,
	.parse = parse,
	.discard = discard,
	.start = start,
	.reload = reload,
	.stop = stop,
};
