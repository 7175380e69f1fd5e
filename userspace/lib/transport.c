// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The netlink socket: the only file that makes system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include "internal.h"

#define NETNS_DIR	"/run/netns/"

/* Thousands of sessions may change state before a listener gets to run. */
#define RECEIVE_BUFFER	(8 << 20)

/*
 * What the kernel writes at once is at most half of this, so that there is no
 * need to ask for the length of a datagram before it is read.
 */
#define DATAGRAM_MAX	(64 << 10)

struct transport {
	struct nl_sock *sock;
};

static int open_netns(const char *netns)
{
	char path[PATH_MAX];
	int len;

	len = snprintf(path, sizeof(path), "%s%s",
		       strchr(netns, '/') ? "" : NETNS_DIR, netns);
	if (len >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC);
}

/**
 * enter_netns() - move the calling thread to another network namespace
 * @netns: its name or path
 * @failed: gets what failed
 *
 * Return: a descriptor of the namespace it came from, or a negative errno.
 */
static int enter_netns(const char *netns, const char **failed)
{
	int home, there, ret;

	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0) {
		*failed = "open /proc/thread-self/ns/net";
		return -errno;
	}
	there = open_netns(netns);
	if (there < 0) {
		*failed = "open the network namespace";
		ret = -errno;
		close(home);
		return ret;
	}
	ret = setns(there, CLONE_NEWNET) ? -errno : 0;
	close(there);
	if (ret) {
		*failed = "enter the network namespace";
		close(home);
		return ret;
	}
	return home;
}

static int set_options(int fd)
{
	int size = RECEIVE_BUFFER, one = 1;

	/* without privilege, as much as net.core.rmem_max allows */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)))
		return -errno;
	return 0;
}

static int open_socket(struct transport *t, bool blocking, const char **failed)
{
	int err;

	*failed = "open a netlink socket";
	t->sock = nl_socket_alloc();
	if (!t->sock)
		return -ENOMEM;
	nl_socket_set_msg_buf_size(t->sock, DATAGRAM_MAX);
	errno = 0;
	err = nl_connect(t->sock, NETLINK_GENERIC);
	if (err)
		return errno ? -errno : -EIO;
	if (!blocking && nl_socket_set_nonblocking(t->sock))
		return -EIO;
	return set_options(nl_socket_get_fd(t->sock));
}

int transport_open(struct transport **transport, const char *netns,
		   bool blocking, const char **failed)
{
	struct transport *t = calloc(1, sizeof(*t));
	int home = -1, ret;

	*transport = NULL;
	*failed = "allocate memory";
	if (!t)
		return -ENOMEM;
	if (netns) {
		home = enter_netns(netns, failed);
		if (home < 0) {
			free(t);
			return home;
		}
	}
	ret = open_socket(t, blocking, failed);
	if (home >= 0) {
		if (setns(home, CLONE_NEWNET) && !ret) {
			*failed = "return from the network namespace";
			ret = -errno;
		}
		close(home);
	}
	if (ret) {
		transport_close(t);
		return ret;
	}
	*transport = t;
	return 0;
}

void transport_close(struct transport *transport)
{
	if (!transport)
		return;
	nl_socket_free(transport->sock);
	free(transport);
}

int transport_fd(const struct transport *transport)
{
	return nl_socket_get_fd(transport->sock);
}

int transport_join(struct transport *transport, __u32 group)
{
	if (setsockopt(transport_fd(transport), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

int transport_send(struct transport *transport, struct nl_msg *msg)
{
	int ret;

	errno = 0;
	ret = nl_send(transport->sock, msg);
	if (ret >= 0)
		return 0;
	return errno ? -errno : -EIO;
}

int transport_recv(struct transport *transport, struct nlmsghdr **buffer)
{
	struct sockaddr_nl from = { 0 };
	unsigned char *data = NULL;
	int len;

	for (;;) {
		errno = 0;
		len = nl_recv(transport->sock, &from, &data, NULL);
		/* libnl makes NLE_NOMEM of ENOBUFS: look at errno itself */
		if (len < 0)
			return errno ? -errno : -EIO;
		if (len && !from.nl_pid)
			break;
		if (len)
			free(data);
		else
			return -EAGAIN;
	}
	*buffer = (struct nlmsghdr *)data;
	return len;
}
