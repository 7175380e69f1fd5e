// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: a command. It gets the event as JSON from a file that is its standard
 * input, so whether it reads is its own affair.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "hooks.h"
#include "rest.h"
#include "session_id.h"

/* Variables, and room for each */
#define VARIABLES	12
#define VARIABLE_LEN	(SESSION_ID_LEN + 32)

struct child {
	TAILQ_ENTRY(child) link;
	struct hook_sink *sink;
	__u32 discriminator;
	char id[SESSION_ID_LEN];
	pid_t pid;
	bool late;
	sd_event_source *end;
	sd_event_source *limit;
};

static TAILQ_HEAD(, child) children = TAILQ_HEAD_INITIALIZER(children);

/* ---- what it is told ---- */

static struct json_object *json_of(const struct hook_event *event)
{
	struct json_object *json = json_object_new_object();
	char id[SESSION_ID_LEN];

	rest_add_text(json, "event", hook_change_name(event->change));
	rest_add_text(json, "session", session_id_format(event->fields, id));
	rest_session_tuple(json, event->fields);
	if (event->change == AGENT_STATE)
		rest_add_text(json, "old-state",
			      rest_state_name(event->old_state));
	rest_add_text(json, "new-state", rest_state_name(event->new_state));
	rest_add_field(json, event->fields, BFDNL_REMOTE_STATE);
	rest_add_field(json, event->fields, BFDNL_LOCAL_DIAGNOSTIC);
	rest_add_field(json, event->fields, BFDNL_REMOTE_DIAGNOSTIC);
	rest_add_number(json, "sequence", event->sequence);
	rest_add_number(json, "time", event->time);
	rest_add_number(json, "monotonic", event->monotonic);
	rest_add_number(json, "left-out", event->left_out);
	rest_add_number(json, "dropped", event->dropped);
	return json;
}

/* Return: a file with the event, read from its beginning, or -1. */
static int input_of(const struct hook_event *event)
{
	struct json_object *json = json_of(event);
	size_t size = 0;
	char *text = rest_json_text(json, &size);
	int fd = memfd_create("bfd-event", MFD_CLOEXEC);

	if (fd >= 0 && (!text || write(fd, text, size) != (ssize_t)size ||
			write(fd, "\n", 1) != 1 || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		fd = -1;
	}
	free(text);
	json_object_put(json);
	return fd;
}

struct environment {
	char text[VARIABLES][VARIABLE_LEN];
	char *at[VARIABLES + 1];
	int count;
};

__printf(2, 3)
static void set(struct environment *env, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(env->text[env->count], VARIABLE_LEN, format, ap);
	va_end(ap);
	env->at[env->count] = env->text[env->count];
	env->count++;
}

static void set_all(struct environment *env, const struct hook_event *event)
{
	const char *interface = bfdnl_session_text(event->fields,
						   BFDNL_INTERFACE);
	char id[SESSION_ID_LEN], addr[BFDNL_ADDR_STRLEN];

	*env = (struct environment){ 0 };
	set(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	set(env, "BFD_EVENT=%s", hook_change_name(event->change));
	set(env, "BFD_SESSION=%s", session_id_format(event->fields, id));
	set(env, "BFD_DEST_ADDR=%s",
	    bfdnl_addr_format(bfdnl_session_addr(event->fields,
						 BFDNL_DEST_ADDR), addr));
	set(env, "BFD_INTERFACE=%s", interface ? interface : "");
	set(env, "BFD_DISCRIMINATOR=%u", event->discriminator);
	set(env, "BFD_OLD_STATE=%s", rest_state_name(event->old_state));
	set(env, "BFD_STATE=%s", rest_state_name(event->new_state));
	set(env, "BFD_DIAGNOSTIC=%s", hook_diagnostic(event));
	set(env, "BFD_LEFT_OUT=%llu", (unsigned long long)event->left_out);
	set(env, "BFD_DROPPED=%llu", (unsigned long long)event->dropped);
}

/* ---- its life ---- */

static void child_free(struct child *child)
{
	struct hook_sink *sink = child->sink;
	__u32 discriminator = child->discriminator;

	TAILQ_REMOVE(&children, child, link);
	sd_event_source_disable_unref(child->end);
	sd_event_source_disable_unref(child->limit);
	free(child);
	hook_sink_done(sink, discriminator);
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *data)
{
	struct child *child = data;

	(void)source;
	if (child->late)
		agent_log(LOG_WARNING, "hooks: %s for %s was killed: it took too long",
			  *child->sink->settings->run, child->id);
	else if (info->si_code != CLD_EXITED)
		agent_log(LOG_WARNING, "hooks: %s for %s was ended by signal %d",
			  *child->sink->settings->run, child->id,
			  info->si_status);
	else if (info->si_status)
		agent_log(LOG_WARNING, "hooks: %s for %s ended with status %d",
			  *child->sink->settings->run, child->id,
			  info->si_status);
	child_free(child);
	return 0;
}

/* The group: also what it has started */
static int on_limit(sd_event_source *source, uint64_t usec, void *data)
{
	struct child *child = data;

	(void)source;
	(void)usec;
	child->late = true;
	kill(-child->pid, SIGKILL);
	return 0;
}

/* Its own group, no signal blocked or ignored, output where our log goes */
static int spawn(char **argv, char **envp, int input, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;
	int ret;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	ret = posix_spawn(pid, *argv, &files, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -ret;
}

static int watch(struct child *child)
{
	struct hook_sink *sink = child->sink;
	int ret;

	ret = sd_event_add_child(sink->loop, &child->end, child->pid, WEXITED,
				 on_end, child);
	if (ret >= 0)
		ret = sd_event_source_set_child_process_own(child->end, true);
	if (ret >= 0)
		ret = sd_event_add_time_relative(sink->loop, &child->limit,
						 CLOCK_MONOTONIC,
						 sink->settings->timeout, 0,
						 on_limit, child);
	return ret < 0 ? ret : 0;
}

static int begin(struct child *child, const struct hook_event *event)
{
	int input = input_of(event), ret;
	struct environment env;

	if (input < 0)
		return -ENOMEM;
	set_all(&env, event);
	ret = spawn(child->sink->settings->run, env.at, input, &child->pid);
	close(input);
	if (ret)
		return ret;
	ret = watch(child);
	if (ret)
		kill(-child->pid, SIGKILL);
	return ret;
}

void hook_run(struct hook_sink *sink, struct hook_event *event)
{
	struct child *child = calloc(1, sizeof(*child));
	int ret = -ENOMEM;

	if (child) {
		child->sink = sink;
		child->discriminator = event->discriminator;
		session_id_format(event->fields, child->id);
		TAILQ_INSERT_TAIL(&children, child, link);
		ret = begin(child, event);
	}
	if (ret)
		agent_log(LOG_ERR, "hooks: %s: %s", *sink->settings->run,
			  strerror(-ret));
	if (ret && child)
		child_free(child);
	else if (ret)
		hook_sink_done(sink, event->discriminator);
	hook_event_free(event);
}

void hook_run_stop(void)
{
	struct child *child;

	while ((child = TAILQ_FIRST(&children))) {
		TAILQ_REMOVE(&children, child, link);
		kill(-child->pid, SIGKILL);
		sd_event_source_disable_unref(child->end);
		sd_event_source_disable_unref(child->limit);
		free(child);
	}
}
