// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Print every BFD session and then what happens to it.
 *
 *   cc follow.c $(pkg-config --cflags --libs libbfdnl) -o follow
 */
#include <poll.h>
#include <stdio.h>
#include <bfdnl/bfdnl.h>

static int print(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	char peer[BFDNL_ADDR_STRLEN];
	const char *state;

	(void)data;
	if (!session)	/* a resync: what changed meanwhile follows */
		return 0;
	bfdnl_addr_format(bfdnl_session_addr(session, BFDNL_DEST_ADDR), peer);
	state = bfdnl_state_name(bfdnl_session_number(session, BFDNL_LOCAL_STATE));
	printf("%s %s %s\n", bfdnl_event_type_name(bfdnl_event_type(event)), peer, state);
	return fflush(stdout);
}

int main(void)
{
	struct bfdnl *h = bfdnl_new();
	struct bfdnl_monitor *monitor = NULL;
	struct pollfd fd = { .events = POLLIN };
	int ret = h ? bfdnl_connect(h, NULL) : -1;

	if (!ret)
		ret = bfdnl_monitor_open(h, print, NULL, &monitor);
	while (!ret) {
		fd.fd = bfdnl_monitor_fd(monitor);
		poll(&fd, 1, -1);
		ret = bfdnl_monitor_dispatch(monitor);
	}
	if (h)
		fprintf(stderr, "follow: %s\n", bfdnl_error(h));
	bfdnl_monitor_close(monitor);
	bfdnl_free(h);
	return 1;
}
