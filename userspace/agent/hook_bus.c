// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: a D-Bus signal.
 *
 *	/org/bfdnl/Agent org.bfdnl.Agent1.SessionChanged
 *	(event, session, old state, new state, diagnostic, time in ns of
 *	CLOCK_REALTIME, left out, dropped)
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include "hooks.h"
#include "rest.h"
#include "session_id.h"

/* How often to look for a bus that is not there, s */
#define RETRY_S		1

static sd_bus *bus;
static time_t next_try;
static bool complained;

static int open_address(const char *address)
{
	int ret = sd_bus_new(&bus);

	if (ret >= 0)
		ret = sd_bus_set_address(bus, address);
	if (ret >= 0)
		ret = sd_bus_set_bus_client(bus, true);
	return ret < 0 ? ret : sd_bus_start(bus);
}

void hook_bus_stop(void)
{
	bus = sd_bus_flush_close_unref(bus);
	next_try = 0;
}

/* What is told while the bus is being asked for its hello waits in it. */
static int connect_bus(sd_event *loop, const char *address)
{
	struct timespec now;
	int ret;

	if (bus && sd_bus_is_open(bus) > 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < next_try)
		return -ENOTCONN;
	bus = sd_bus_close_unref(bus);
	next_try = now.tv_sec + RETRY_S;
	ret = strcmp(address, "system") ? open_address(address) :
					  sd_bus_open_system(&bus);
	if (ret >= 0)
		ret = sd_bus_attach_event(bus, loop, SD_EVENT_PRIORITY_NORMAL);
	if (ret < 0)
		bus = sd_bus_close_unref(bus);
	return ret < 0 ? ret : 0;
}

static int emit(const struct hook_event *event)
{
	char id[SESSION_ID_LEN];

	return sd_bus_emit_signal(bus, "/org/bfdnl/Agent", "org.bfdnl.Agent1",
				  "SessionChanged", "sssssttt",
				  hook_change_name(event->change),
				  session_id_format(event->fields, id),
				  rest_state_name(event->old_state),
				  rest_state_name(event->new_state),
				  hook_diagnostic(event), event->time,
				  event->left_out, event->dropped);
}

void hook_bus(struct hook_sink *sink, struct hook_event *event)
{
	int ret = connect_bus(sink->loop, sink->settings->dbus);

	if (!ret)
		ret = emit(event);
	if (ret < 0) {
		sink->queue.dropped += 1 + event->dropped;
		if (!complained)
			agent_log(LOG_WARNING, "hooks: D-Bus: %s",
				  strerror(-ret));
	}
	complained = ret < 0;
	hook_sink_done(sink, event->discriminator);
	hook_event_free(event);
}
