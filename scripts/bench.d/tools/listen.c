// SPDX-License-Identifier: GPL-2.0
/*
 * listen NETNS: print, for every change of a session's state, what the kernel
 * and our clock say of it (nanoseconds of CLOCK_MONOTONIC):
 *
 *	SEQUENCE CHANGED RECEIVED LAST_PACKET OLD NEW PEER
 *
 * "ready" is the first line. Nothing is formatted or written while events come in.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bfdnl/bfdnl.h>

#define ROOM	65536	/* events between two pauses */

/**
 * struct change - a change of state, as it is printed
 */
struct change {
	unsigned int sequence;
	unsigned int lost;	/* events; then nothing else is known */
	unsigned long long changed;
	unsigned long long received;
	unsigned long long last_packet;
	int old_state;
	int new_state;
	struct bfdnl_addr peer;
};

static struct change changes[ROOM];
static unsigned int count;

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int note(const struct bfdnl_event *event, void *data)
{
	const struct bfdnl_session *session = bfdnl_event_session(event);
	struct change *c = &changes[count];
	const __u64 *times;
	size_t n;

	if (count == ROOM)
		return -1;
	if (bfdnl_event_type(event) == BFDNL_EVENT_RESYNC) {
		*c = (struct change){ .lost = bfdnl_event_lost(event) };
		count++;
	}
	if (bfdnl_event_type(event) != BFDNL_EVENT_STATE || bfdnl_event_derived(event))
		return 0;
	times = bfdnl_event_receive_times(event, &n);
	*c = (struct change){
		.sequence = bfdnl_event_sequence(event),
		.changed = bfdnl_event_monotonic(event),
		.received = now_ns(),
		.last_packet = n ? times[0] : 0,
		.old_state = bfdnl_event_old_state(event),
		.new_state = bfdnl_event_new_state(event),
		.peer = *bfdnl_session_addr(session, BFDNL_DEST_ADDR),
	};
	count++;
	return 0;
}

static void print_all(void)
{
	char peer[BFDNL_ADDR_STRLEN];

	for (struct change *c = changes; c < changes + count; c++) {
		if (c->lost) {
			printf("lost %u\n", c->lost);
			continue;
		}
		bfdnl_addr_format(&c->peer, peer);
		printf("%u %llu %llu %llu %d %d %s\n", c->sequence, c->changed, c->received,
		       c->last_packet, c->old_state, c->new_state, peer);
	}
	count = 0;
	fflush(stdout);
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
	memset(changes, 0, sizeof(changes));	/* its pages are there when they are needed */
	ret = bfdnl_connect(h, argv[1]);
	if (!ret)
		ret = bfdnl_monitor_open(h, note, NULL, &monitor);
	printf("ready\n");
	fflush(stdout);
	while (!ret) {
		fd.fd = bfdnl_monitor_fd(monitor);
		if (!poll(&fd, 1, 500))
			print_all();
		ret = bfdnl_monitor_dispatch(monitor);
	}
	fprintf(stderr, "listen: %s\n", bfdnl_error(h));
	return 1;
}
