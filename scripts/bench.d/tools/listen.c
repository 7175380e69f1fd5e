// SPDX-License-Identifier: GPL-2.0
/*
 * listen NETNS: print, for every change of a session's state, what the kernel
 * and our clock say of it (nanoseconds of CLOCK_MONOTONIC):
 *
 *	SEQUENCE CHANGED RECEIVED LAST_PACKET OLD NEW PEER
 *
 * "ready" is the first line. Nothing is written while events come in.
 */
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include <bfdnl/bfdnl.h>

#define ROOM	(8 << 20)	/* of output */

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int print(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	unsigned long long now = now_ns();
	char peer[BFDNL_ADDR_STRLEN];
	const __u64 *times;
	size_t n;

	if (bfdnl_event_type(event) == BFDNL_EVENT_RESYNC)
		printf("lost %u\n", bfdnl_event_lost(event));
	if (bfdnl_event_type(event) != BFDNL_EVENT_STATE || bfdnl_event_derived(event))
		return 0;
	times = bfdnl_event_receive_times(event, &n);
	bfdnl_addr_format(bfdnl_session_addr(session, BFDNL_DEST_ADDR), peer);
	printf("%u %llu %llu %llu %d %d %s\n", bfdnl_event_sequence(event),
	       (unsigned long long)bfdnl_event_monotonic(event), now,
	       n ? (unsigned long long)times[0] : 0,
	       bfdnl_event_old_state(event), bfdnl_event_new_state(event), peer);
	return 0;
}

int main(int argc, char **argv)
{
	struct bfdnl *h = bfdnl_new();
	struct bfdnl_monitor *monitor = NULL;
	struct pollfd fd = { .events = POLLIN };
	int ret;

	if (argc != 2 || !h) {
		fprintf(stderr, "usage: listen NETNS\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOFBF, ROOM);
	ret = bfdnl_connect(h, argv[1]);
	if (!ret)
		ret = bfdnl_monitor_open(h, print, NULL, &monitor);
	printf("ready\n");
	fflush(stdout);
	while (!ret) {
		fd.fd = bfdnl_monitor_fd(monitor);
		if (!poll(&fd, 1, 500))
			fflush(stdout);
		ret = bfdnl_monitor_dispatch(monitor);
	}
	fprintf(stderr, "listen: %s\n", bfdnl_error(h));
	return 1;
}
