// SPDX-License-Identifier: GPL-2.0
/*
 * send DEVICE FILE {packets|seconds} NUMBER: send the frames of FILE, one a line
 * in hexadecimal, again and again, as fast as possible. Prints how many were
 * sent, and in how many nanoseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <net/if.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#define BATCH		64
#define MAX_FRAMES	1024
#define MAX_LEN		1514

static unsigned char frames[MAX_FRAMES][MAX_LEN];
static struct iovec vectors[MAX_FRAMES];
static unsigned int n_frames;

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int read_frames(const char *name)
{
	static char line[2 * MAX_LEN + 2];
	FILE *f = fopen(name, "r");

	if (!f) {
		perror(name);
		return -1;
	}
	while (n_frames < MAX_FRAMES && fgets(line, sizeof(line), f)) {
		unsigned int byte, len = 0;

		while (len < MAX_LEN && sscanf(line + 2 * len, "%2x", &byte) == 1)
			frames[n_frames][len++] = byte;
		vectors[n_frames] = (struct iovec) { frames[n_frames], len };
		n_frames += len > 0;
	}
	fclose(f);
	return n_frames ? 0 : -1;
}

static int open_device(const char *name)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || !to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror(name);
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	unsigned long long start, end = ~0ull, sent = 0, most = ~0ull;
	struct mmsghdr batch[BATCH] = {};
	unsigned int next = 0;
	int fd;

	if (argc != 5) {
		fprintf(stderr, "usage: send DEVICE FILE {packets|seconds} NUMBER\n");
		return 2;
	}
	fd = open_device(argv[1]);
	if (fd < 0 || read_frames(argv[2]))
		return 1;
	start = now_ns();
	if (!strcmp(argv[3], "packets"))
		most = strtoull(argv[4], NULL, 0);
	else
		end = start + (unsigned long long)(atof(argv[4]) * 1e9);
	while (sent < most && now_ns() < end) {
		for (int i = 0; i < BATCH; i++) {
			batch[i].msg_hdr.msg_iov = &vectors[next++ % n_frames];
			batch[i].msg_hdr.msg_iovlen = 1;
		}
		/* what finds no room is lost, as on a wire */
		sendmmsg(fd, batch, BATCH, 0);
		sent += BATCH;
	}
	printf("%llu %llu\n", sent, now_ns() - start);
	return 0;
}
