// SPDX-License-Identifier: GPL-2.0
/*
 * Follow events until somebody says stop.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "bfdnl.h"

/**
 * follow_prepare() - from now on signals wait until follow() looks at them
 *
 * Return: a descriptor for follow(); -1 when the user has been told.
 */
int follow_prepare(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		refused("cannot wait for signals: %s", strerror(errno));
	return fd;
}

/**
 * follow() - deliver events until a signal arrives or the output is closed
 * @app: the program
 * @monitor: whose events
 * @signals: from follow_prepare()
 *
 * Return: why it ended.
 */
enum follow_end follow(struct app *app, struct bfdnl_monitor *monitor,
		       int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* POLLERR: no reader left */
		{ .fd = bfdnl_monitor_fd(monitor), .events = POLLIN },
	};
	int ret;

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
			if (errno == EINTR)
				continue;
			refused("cannot wait for events: %s", strerror(errno));
			return FOLLOW_FAILED;
		}
		if (fds[0].revents || fds[1].revents & POLLERR)
			return FOLLOW_SIGNAL;
		if (!fds[2].revents)
			continue;
		ret = bfdnl_monitor_dispatch(monitor);
		if (ret > 0)
			return FOLLOW_CALLBACK;
		if (ret < 0) {
			kernel_refused(app);
			return FOLLOW_FAILED;
		}
	}
}
