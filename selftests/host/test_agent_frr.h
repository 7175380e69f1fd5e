/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bfdd for tests of its data plane protocol. Offsets are written down here
 * once more, independently of the agent.
 */
#ifndef TEST_AGENT_FRR_H
#define TEST_AGENT_FRR_H

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include "test_frontend.h"

enum { ECHO_REQUEST, ECHO_REPLY, ADD, DELETE, STATE, COUNTERS_REQUEST, COUNTERS };
enum {
	MULTIHOP = 1, DEMAND = 2, CBIT = 4, ECHO = 8, IPV6 = 16, PASSIVE = 32,
	SHUTDOWN = 64, AUTH = 128,
};

static char path[64];
static int server, bfdd;

/* ---- what bfdd says ---- */

static __u8 out[65536];
static size_t out_used;

static inline void put8(__u8 value)
{
	out[out_used++] = value;
}

static inline void put16(__u16 value)
{
	put8(value >> 8);
	put8(value);
}

static inline void put32(__u32 value)
{
	put16(value >> 16);
	put16(value);
}

static inline void put64(__u64 value)
{
	put32(value >> 32);
	put32(value);
}

static inline void put_header(__u8 version, __u16 type, __u16 id, __u16 len)
{
	put8(version);
	put8(0);
	put16(type);
	put16(id);
	put16(len);
}

static inline void put_addr(const char *text)
{
	struct bfdnl_addr addr = { 0 };

	if (text)
		bfdnl_addr_parse(&addr, text);
	memcpy(out + out_used, addr.bytes, 16);
	out_used += 16;
}

static inline void put_session(__u32 lid, const char *to, const char *from,
			       __u32 flags, const char *interface)
{
	put32(flags | (strchr(to, ':') ? IPV6 : 0));
	put_addr(from);
	put_addr(to);
	put32(lid);
	put32(50000);
	put32(60000);
	put32(70000);
	put32(80000);
	put32(0);
	put8(250);
	put8(5);
	put16(0);
	put32(3);
	memset(out + out_used, 0, 64);
	memcpy(out + out_used, interface, strlen(interface));
	out_used += 64;
}

static inline void put_add(__u32 lid, const char *to, const char *from,
			   __u32 flags, const char *interface)
{
	put_header(1, ADD, 0, 140);
	put_session(lid, to, from, flags, interface);
}

static inline void put_counters(__u16 id, __u32 lid)
{
	put_header(1, COUNTERS_REQUEST, id, 12);
	put32(lid);
}

static inline void put_echo_reply(void)
{
	put_header(1, ECHO_REPLY, 0, 24);
	put64(1);
	put64(2);
}

/* Send what was put together. */
static inline void put(int fd)
{
	EQ(send(fd, out, out_used, MSG_NOSIGNAL), out_used);
	out_used = 0;
	run();
}

static inline void add_from(int fd, __u32 lid, const char *to, const char *from,
			    __u32 flags, const char *interface)
{
	put_add(lid, to, from, flags, interface);
	put(fd);
}

static inline void add(int fd, __u32 lid, const char *to, __u32 flags)
{
	add_from(fd, lid, to, strchr(to, ':') ? "2001:db8::1" : "192.0.2.1",
		 flags, "eth0");
}

static inline void delete(int fd, __u32 lid)
{
	put_header(1, DELETE, 0, 140);
	put_session(lid, "192.0.2.2", NULL, 0, "");
	put(fd);
}

static inline void ask_counters(int fd, __u16 id, __u32 lid)
{
	put_counters(id, lid);
	put(fd);
}

/* ---- what bfdd hears ---- */

struct message {
	__u16 type, id, len;
	__u8 data[128];
};

static inline __u32 get32(const __u8 *data, size_t at)
{
	return (__u32)data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 |
	       data[at + 3];
}

static inline __u64 get64(const __u8 *data, size_t at)
{
	return (__u64)get32(data, at) << 32 | get32(data, at + 4);
}

/* The next message; false: there is none. */
static inline bool next_raw(int fd, struct message *m)
{
	__u8 header[8];

	if (recv(fd, header, 8, MSG_DONTWAIT | MSG_PEEK) != 8) {
		run();
		if (recv(fd, header, 8, MSG_DONTWAIT | MSG_PEEK) != 8)
			return false;
	}
	m->type = header[2] << 8 | header[3];
	m->id = header[4] << 8 | header[5];
	m->len = header[6] << 8 | header[7];
	if (!CHECK(m->len >= 8 && m->len <= sizeof(m->data)))
		return false;
	if (recv(fd, m->data, m->len, MSG_DONTWAIT | MSG_PEEK) != m->len)
		run();
	return EQ(recv(fd, m->data, m->len, MSG_DONTWAIT), m->len);
}

/* The same, but for echoes, which come with the time */
static inline bool next(int fd, struct message *m)
{
	while (next_raw(fd, m))
		if (m->type != ECHO_REQUEST && m->type != ECHO_REPLY)
			return true;
	return false;
}

static inline bool next_of(int fd, __u16 type, struct message *m)
{
	while (next(fd, m))
		if (m->type == type)
			return true;
	return false;
}

static inline bool next_state(int fd, __u32 lid, __u8 state, struct message *m)
{
	return CHECK(next(fd, m)) && EQ(m->type, STATE) &&
	       EQ(get32(m->data, 8), lid) && EQ(m->data[32], state);
}

static inline void forget(int fd)
{
	struct message m;

	while (next_raw(fd, &m))
		;
}

static inline bool is_closed(int fd)
{
	char data[4096];
	ssize_t n;

	run();
	do {
		n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	} while (n > 0);
	return !n || errno == ECONNRESET;
}

/* ---- begin and end ---- */

static inline void run_for(unsigned int ms)
{
	struct timespec end, now;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000;
	do {
		sd_event_run(agent.loop, 10000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - end.tv_sec) * 1000000000LL + now.tv_nsec -
		 end.tv_nsec < 0);
}

static inline void serve(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, path);
	unlink(path);
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	EQ(bind(server, (struct sockaddr *)&addr, sizeof(addr)), 0);
	EQ(listen(server, 100), 0);
}

/* The agent has connected. */
static inline int take(void)
{
	int fd;

	run();
	fcntl(server, F_SETFL, O_NONBLOCK);
	fd = accept(server, NULL, NULL);
	if (CHECK(fd >= 0))
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static inline bool nobody_comes(void)
{
	run();
	fcntl(server, F_SETFL, O_NONBLOCK);
	return accept(server, NULL, NULL) < 0;
}

static inline void start_frontend(const char *more)
{
	char config[500];

	snprintf(config, sizeof(config), "frr: { connect = \"unix:%s\"; %s };",
		 path, more);
	CHECK(frontend_start(&frontend_frr, config));
}

static inline void begin_with(const char *more)
{
	struct message m;

	snprintf(path, sizeof(path), "/tmp/test_agent_frr.%d", getpid());
	fake_reset();
	agent_begin();
	serve();
	start_frontend(more);
	bfdd = take();
	CHECK(next_raw(bfdd, &m));
	EQ(m.type, ECHO_REQUEST);
	put_echo_reply();
	put(bfdd);
}

static inline void begin(void)
{
	begin_with("");
}

static inline void finish(void)
{
	frontend_frr.stop(&agent, false);
	run();
	close(bfdd);
	close(server);
	unlink(path);
	agent_finish();
}

static inline __u64 number(__u32 id, enum bfdnl_field field)
{
	struct bfdnl_session *session = fake_find(id);

	return CHECK(session) ? bfdnl_session_number(session, field) : 0;
}

/* One of many peers */
static inline const char *dest(unsigned int i)
{
	static char text[20];

	snprintf(text, sizeof(text), "198.51.%u.%u", 100 + i / 250, 1 + i % 250);
	return text;
}

#endif /* TEST_AGENT_FRR_H */
