// SPDX-License-Identifier: GPL-2.0
/*
 * The REST front end: settings, life cycle.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "damp.h"
#include "rest.h"

struct rest rest;

/* ---- settings ---- */

static const struct setting settings_table[] = {
	{ "listen", SETTING_TEXT, offsetof(struct rest_settings, listen), 0, 0 },
	{ "token-file", SETTING_TEXT,
	  offsetof(struct rest_settings, token_file), 0, 0 },
	{ "certificate", SETTING_TEXT,
	  offsetof(struct rest_settings, certificate), 0, 0 },
	{ "key", SETTING_TEXT, offsetof(struct rest_settings, key), 0, 0 },
	{ "connections", SETTING_NUMBER,
	  offsetof(struct rest_settings, connections), 16, 16384 },
	{ "history", SETTING_NUMBER, offsetof(struct rest_settings, history),
	  16, 1048576 },
	{ "notifications", SETTING_NUMBER,
	  offsetof(struct rest_settings, notifications), 0, 4096 },
	{ "queue", SETTING_NUMBER, offsetof(struct rest_settings, queue), 1,
	  65536 },
	{ "damped", SETTING_BOOL, offsetof(struct rest_settings, damped), 0, 0 },
};

static void discard(void *data)
{
	struct rest_settings *settings = data;

	if (!settings)
		return;
	free(settings->listen);
	free(settings->token_file);
	free(settings->certificate);
	free(settings->key);
	free(settings);
}

static bool is_local(const char *listen)
{
	return !strncmp(listen, "unix:", 5) || !strncmp(listen, "127.", 4) ||
	       !strncmp(listen, "[::1]:", 6);
}

static const config_setting_t *member_or_group(const config_setting_t *group,
					       const char *name)
{
	const config_setting_t *member = config_setting_get_member(group, name);

	return member ? member : group;
}

static bool is_consistent(const config_setting_t *group,
			  const struct rest_settings *settings,
			  struct problems *problems)
{
	bool good = agent_address_check(group, "listen", settings->listen,
					problems);

	if (!settings->certificate != !settings->key) {
		problem_at(problems, group,
			   "rest: certificate and key come together");
		good = false;
	}
	if (good && !is_local(settings->listen) &&
	    (!settings->certificate || !settings->token_file)) {
		problem_at(problems, member_or_group(group, "listen"),
			   "listen: beyond this machine, certificate, key and token-file are needed");
		good = false;
	}
	return good;
}

static void *parse(const config_setting_t *group, struct problems *problems)
{
	struct rest_settings *settings = calloc(1, sizeof(*settings));

	if (settings) {
		settings->listen = strdup("127.0.0.1:5880");
		settings->connections = 256;
		settings->history = 4096;
		settings->notifications = 256;
		settings->queue = 1024;
		settings->damped = true;
	}
	if (!settings || !settings->listen) {
		problem_at(problems, group, "%s", strerror(ENOMEM));
		discard(settings);
		return NULL;
	}
	if (settings_read(group, settings_table, ARRAY_SIZE(settings_table),
			  settings, problems) &&
	    is_consistent(group, settings, problems))
		return settings;
	discard(settings);
	return NULL;
}

/* ---- life cycle ---- */

unsigned int rest_told_state(const struct agent_session *session)
{
	return rest.settings->damped ? agent_damped_state(session) :
				       agent_session_state(session);
}

static void on_change(const struct agent_event *event, void *data)
{
	struct rest_event *ready;

	(void)data;
	rest_session_event(event);
	ready = rest_event_add(event);
	if (ready)
		rest_notify_event(event, ready);
	rest_event_unref(ready);
	/* whoever is woken finds the event in place */
	rest_contrail_event(event);
}

static void unobserve(void)
{
	agent_unobserve(rest.observer);
	agent_unobserve_damped(rest.damped);
	rest.observer = NULL;
	rest.damped = NULL;
}

static int observe(void)
{
	unobserve();
	if (rest.settings->damped)
		rest.damped = agent_observe_damped(rest.agent, on_change, NULL);
	else
		rest.observer = agent_observe(rest.agent, on_change, NULL);
	return rest.damped || rest.observer ? 0 : -ENOMEM;
}

static void recall(const char *kind, __u64 id, struct json_object *value)
{
	if (!strcmp(kind, "notification"))
		rest_notify_recall(id, value);
	else if (!strcmp(kind, "health-check"))
		rest_health_recall(id, value);
	else
		rest_contrail_recall(kind, id, value);
}

/* Without the file all works but what a restart needs. */
static void open_state(void)
{
	char path[4096];
	int ret = agent_state_file(rest.agent, "rest", path, sizeof(path));

	if (!ret)
		ret = rest_state_open(path, recall);
	if (ret)
		agent_log(LOG_ERR, "rest: %s: %s", path, strerror(-ret));
}

static void stop(struct agent *agent, bool exiting)
{
	(void)agent;
	rest_http_stop();
	rest_metrics_stop();
	unobserve();
	rest_session_stop(exiting);
	rest_contrail_stop(exiting);
	rest_health_stop(exiting);
	rest_notify_stop();
	rest_deliver_stop();
	rest_event_stop();
	if (!exiting)
		rest_state_remove();
	rest_state_close();
	rest_access_forget();
	discard(rest.settings);
	memset(&rest, 0, sizeof(rest));
}

static int start(struct agent *agent, void *settings)
{
	int ret;

	rest.agent = agent;
	rest.settings = settings;
	ret = rest_event_start();
	if (!ret)
		ret = rest_deliver_start();
	if (!ret)
		ret = rest_access_load(rest.settings->token_file);
	if (!ret)
		ret = rest_http_start();
	if (!ret)
		ret = observe();
	if (ret) {
		stop(agent, true);
		return ret;
	}
	/* nothing is claimed before all else works */
	open_state();
	rest_session_recall();
	rest_notify_catch_up();
	return 0;
}

/*
 * Sessions and registrations stay as they are; clients, too, unless what they
 * have connected to or shown has changed.
 */
static int reload(struct agent *agent, void *data)
{
	struct rest_settings *settings = data;
	bool was_damped = rest.settings->damped;
	bool stay = rest_http_is_as(settings) &&
		    rest_access_is_as(settings->token_file);
	int ret;

	(void)agent;
	if (!stay)
		rest_http_stop();
	discard(rest.settings);
	rest.settings = settings;
	ret = rest_event_resize();
	if (!ret && settings->damped != was_damped)
		ret = observe();
	if (ret || stay)
		return ret;
	ret = rest_access_load(settings->token_file);
	return ret ? ret : rest_http_start();
}

const struct agent_frontend rest_frontend = {
	.name = "rest",
	.parse = parse,
	.discard = discard,
	.start = start,
	.reload = reload,
	.stop = stop,
};
