// SPDX-License-Identifier: GPL-2.0
/*
 * Stream sockets: listening, passed by systemd or opened here; connecting.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include "core.h"

#define KEPT_MAX	1024

/* Bytes that wait in the kernel for a client; it takes twice as much for them. */
#define SEND_BYTES	65536

/* A copy, so that a front end may be stopped and started again. */
static int passed(const char *name)
{
	char **names = NULL;
	int count, fd = -ENOENT;

	count = sd_listen_fds_with_names(0, &names);
	for (int i = 0; i < count; i++) {
		int candidate = SD_LISTEN_FDS_START + i;

		if (fd < 0 && !strcmp(names[i], name) &&
		    sd_is_socket(candidate, AF_UNSPEC, SOCK_STREAM, 1) > 0) {
			fd = fcntl(candidate, F_DUPFD_CLOEXEC, 3);
			if (fd < 0)
				fd = -errno;
		}
		free(names[i]);
	}
	free(names);
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

int agent_kept(const char *prefix, char *name, size_t room)
{
	static bool taken[KEPT_MAX];
	char **names = NULL;
	int count, fd = -ENOENT;

	count = sd_listen_fds_with_names(0, &names);
	for (int i = 0; i < count; i++) {
		int candidate = SD_LISTEN_FDS_START + i;

		if (fd < 0 && i < KEPT_MAX && !taken[i] &&
		    !strncmp(names[i], prefix, strlen(prefix)) &&
		    sd_is_socket(candidate, AF_UNSPEC, SOCK_STREAM, 0) > 0) {
			taken[i] = true;
			fd = candidate;
			snprintf(name, room, "%s", names[i]);
		}
		free(names[i]);
	}
	free(names);
	return fd;
}

void kept_end(void)
{
	char name[256];
	int fd;

	while ((fd = agent_kept("", name, sizeof(name))) >= 0) {
		sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
		close(fd);
	}
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* "127.0.0.1:5643" or "[::1]:5643"; Return: its length, 0 if it is neither. */
static socklen_t parse_inet(const char *text, union address *address)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 1];
	unsigned long port;
	char *end;
	size_t len;

	if (!colon)
		return 0;
	port = strtoul(colon + 1, &end, 10);
	len = colon - text;
	if (*end || end == colon + 1 || !port || port > 65535 || len < 3)
		return 0;
	if (*text == '[' && colon[-1] == ']') {
		text++;
		len -= 2;
		address->in6.sin6_family = AF_INET6;
		address->in6.sin6_port = htons(port);
	} else {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons(port);
	}
	if (len >= sizeof(host))
		return 0;
	memcpy(host, text, len);
	host[len] = '\0';
	if (address->any.sa_family == AF_INET)
		return inet_pton(AF_INET, host, &address->in.sin_addr) == 1 ?
		       sizeof(address->in) : 0;
	return inet_pton(AF_INET6, host, &address->in6.sin6_addr) == 1 ?
	       sizeof(address->in6) : 0;
}

static socklen_t parse_address(const char *text, union address *address)
{
	size_t len;

	memset(address, 0, sizeof(*address));
	if (strncmp(text, "unix:", 5))
		return parse_inet(text, address);
	text += 5;
	len = strlen(text);
	if (*text != '/' || len >= sizeof(address->un.sun_path))
		return 0;
	address->un.sun_family = AF_UNIX;
	memcpy(address->un.sun_path, text, len + 1);
	return sizeof(address->un);
}

/* What a predecessor left behind, unless it is still alive */
static void remove_stale(const union address *address, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (connect(fd, &address->any, len) && errno == ECONNREFUSED)
		unlink(address->un.sun_path);
	close(fd);
}

static int open_socket(const union address *address, socklen_t len)
{
	int one = 1, family = address->any.sa_family, fd;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (family == AF_UNIX)
		remove_stale(address, len);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &address->any, len) || listen(fd, SOMAXCONN)) {
		one = -errno;
		close(fd);
		return one;
	}
	return fd;
}

static int malformed(const char *address, char *problem, size_t room)
{
	snprintf(problem, room,
		 "\"%s\" is not unix:/PATH, ADDRESS:PORT or [ADDRESS]:PORT",
		 address);
	return -EINVAL;
}

/*
 * Connections of TCP inherit it. Otherwise each may keep megabytes of the
 * kernel that its client does not read, and us busy with filling them.
 */
static void limit_buffer(int fd)
{
	int size = SEND_BYTES;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int agent_listen(struct agent *agent, const char *name, const char *address,
		 char *problem, size_t room)
{
	union address a;
	socklen_t len;
	int fd;

	(void)agent;
	fd = passed(name);
	if (fd >= 0) {
		limit_buffer(fd);
		return fd;
	}
	len = parse_address(address, &a);
	if (!len)
		return malformed(address, problem, room);
	fd = open_socket(&a, len);
	if (fd >= 0)
		limit_buffer(fd);
	else
		snprintf(problem, room, "cannot listen on %s: %s", address,
			 strerror(-fd));
	return fd;
}

int agent_serve(struct agent *agent, const char *name, const char *address,
		sd_event_io_handler_t fn, void *data, sd_event_source **source)
{
	sd_event_source *io = NULL;
	char problem[200];
	int fd, ret;

	fd = agent_listen(agent, name, address, problem, sizeof(problem));
	if (fd < 0) {
		agent_log(LOG_ERR, "%s: %s", name, problem);
		return fd;
	}
	ret = sd_event_add_io(agent->loop, &io, fd, EPOLLIN, fn, data);
	if (ret < 0) {
		agent_log(LOG_ERR, "%s: %s", name, strerror(-ret));
		close(fd);
		return ret;
	}
	sd_event_source_set_io_fd_own(io, true);
	sd_event_source_disable_unref(*source);
	*source = io;
	agent_log(LOG_INFO, "%s: listening at %s", name, address);
	return 0;
}

bool agent_address_check(const config_setting_t *group, const char *name,
			 const char *address, struct problems *problems)
{
	union address a;

	if (!address || parse_address(address, &a))
		return true;
	problem_at(problems, config_setting_get_member(group, name),
		   "%s: \"%s\" is not unix:/PATH, ADDRESS:PORT or [ADDRESS]:PORT",
		   name, address);
	return false;
}

int agent_connect(const char *address, char *problem, size_t room)
{
	union address a;
	socklen_t len = parse_address(address, &a);
	int fd, ret;

	if (!len)
		return malformed(address, problem, room);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd >= 0 && (!connect(fd, &a.any, len) || errno == EINPROGRESS))
		return fd;
	ret = -errno;
	if (fd >= 0)
		close(fd);
	snprintf(problem, room, "%s", strerror(-ret));
	return ret;
}

void agent_keepalive(int fd, int idle, int interval, int count)
{
	const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, idle },
		{ IPPROTO_TCP, TCP_KEEPINTVL, interval },
		{ IPPROTO_TCP, TCP_KEEPCNT, count },
	};

	/* those of TCP fail on Unix sockets, which do not need them */
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		setsockopt(fd, options[i].level, options[i].name,
			   &options[i].value, sizeof(options[i].value));
}
