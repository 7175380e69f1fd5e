// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: FRR's data plane protocol, between a bfdd that the test plays and
 * a fake kernel.
 */
#include "test_agent_frr.h"

/* ---- sessions ---- */

TEST(life, "a session is made as bfdd wants it, its states are told, and it is deleted")
{
	struct message m;

	begin();
	add(bfdd, 0x1234, "192.0.2.2", 0);
	EQ(fake.sessions.size, 1);
	EQ(number(1, BFDNL_LOCAL_DISCRIMINATOR), 0x1234);
	EQ(number(1, BFDNL_DESIRED_MIN_TX_INTERVAL), 50000);
	EQ(number(1, BFDNL_REQUIRED_MIN_RX_INTERVAL), 60000);
	EQ(number(1, BFDNL_LOCAL_MULTIPLIER), 5);
	CHECK(!strcmp(bfdnl_session_text(fake_find(1), BFDNL_INTERFACE), "eth0"));
	CHECK(next_state(bfdd, 0x1234, BFD_STATE_DOWN, &m));
	fake_state(1, BFD_STATE_INIT);
	CHECK(next_state(bfdd, 0x1234, BFD_STATE_INIT, &m));
	fake_state(1, BFD_STATE_UP);
	CHECK(next_state(bfdd, 0x1234, BFD_STATE_UP, &m));
	EQ(m.len, 36);
	EQ(get32(m.data, 12), 0x22222222);	/* the peer's discriminator, */
	EQ(get32(m.data, 20), 300000);		/* intervals */
	EQ(get32(m.data, 24), 50000);
	EQ(m.data[34], 3);			/* and multiplier */
	fake_state(1, BFD_STATE_DOWN);
	CHECK(next_state(bfdd, 0x1234, BFD_STATE_DOWN, &m));
	delete(bfdd, 0x1234);
	EQ(fake.sessions.size, 0);
	CHECK(!next(bfdd, &m));
	finish();
}

TEST(mapping, "flags of bfdd become parameters of the session")
{
	static const struct {
		__u32 flags;
		const char *dest;
		enum bfdnl_field field;
		__u64 value, without;
	} rows[] = {
		{ MULTIHOP, "192.0.2.2", BFDNL_PATH_TYPE, BFD_PATH_IP_MH, 0 },
		{ MULTIHOP, "192.0.2.2", BFDNL_RX_TTL, 250, 255 },
		{ DEMAND, "192.0.2.2", BFDNL_DEMAND_ENABLED, 1, 0 },
		{ PASSIVE, "192.0.2.2", BFDNL_PASSIVE, 1, 0 },
		{ SHUTDOWN, "192.0.2.2", BFDNL_ADMIN_DOWN, 1, 0 },
		{ ECHO, "192.0.2.2", BFDNL_ECHO_ENABLED, 1, 0 },
		{ ECHO, "192.0.2.2", BFDNL_DESIRED_MIN_ECHO_TX_INTERVAL, 70000, 0 },
		{ 0, "192.0.2.2", BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL, 80000, 80000 },
		{ ECHO | MULTIHOP, "192.0.2.2", BFDNL_ECHO_ENABLED, 0, 0 },
		{ MULTIHOP, "192.0.2.2", BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL, 0, 80000 },
		{ CBIT, "2001:db8::2", BFDNL_PASSIVE, 0, 0 },
	};

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CASE("row %zu", i);
		add(bfdd, 7, rows[i].dest, rows[i].flags);
		EQ(fake.sessions.size, 1);
		EQ(number(fake.sessions.at[0]->number[BFDNL_ID], rows[i].field),
		   rows[i].value);
		delete(bfdd, 7);
		add(bfdd, 7, rows[i].dest, 0);
		EQ(number(fake.sessions.at[0]->number[BFDNL_ID], rows[i].field),
		   rows[i].without);
		delete(bfdd, 7);
	}
	finish();
}

/* One fall is enough here; held down for some 100 ms. */
#define DAMPING "dampening: { half-life = \"1s\"; suppress = 1000; reuse = 930; max-suppress = \"1s\"; };"

TEST(damped, "a session that flaps is held down for bfdd, and told when it is released")
{
	struct message m;
	struct timespec ts;

	begin();
	CHECK(frontend_start(&frontend_dampening, DAMPING));
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	run();
	forget(bfdd);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	fake.monotonic = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	fake_state(1, BFD_STATE_DOWN);
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	CHECK(next_state(bfdd, 7, BFD_STATE_DOWN, &m));
	CHECK(!next_of(bfdd, STATE, &m));
	run_for(300);
	CHECK(next_state(bfdd, 7, BFD_STATE_UP, &m));
	frontend_dampening.stop(&agent, false);
	finish();
}

TEST(bare, "without an interface there are no echoes, a zero source is left to the kernel")
{
	begin();
	add_from(bfdd, 7, "192.0.2.2", NULL, ECHO, "");
	EQ(number(1, BFDNL_ECHO_ENABLED), 0);
	EQ(number(1, BFDNL_REQUIRED_MIN_ECHO_RX_INTERVAL), 0);
	CHECK(!bfdnl_session_has(fake_find(1), BFDNL_INTERFACE));
	CHECK(!bfdnl_session_has(fake_find(1), BFDNL_SOURCE_ADDR));
	add_from(bfdd, 8, "192.0.2.3", "192.0.2.1", 0, "");
	CHECK(bfdnl_session_has(fake_find(2), BFDNL_SOURCE_ADDR));
	finish();
}

TEST(update, "what bfdd changes is changed in place, and the last word counts")
{
	struct message m;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	run();
	forget(bfdd);
	add(bfdd, 7, "192.0.2.2", PASSIVE);
	EQ(fake.sessions.size, 1);
	EQ(number(1, BFDNL_PASSIVE), 1);
	EQ(number(1, BFDNL_LOCAL_STATE), BFD_STATE_UP);
	CHECK(!next(bfdd, &m));
	/* all at once: on, off, on, off */
	put_add(7, "192.0.2.2", "192.0.2.1", DEMAND, "eth0");
	put_add(7, "192.0.2.2", "192.0.2.1", PASSIVE, "eth0");
	put_add(7, "192.0.2.2", "192.0.2.1", DEMAND, "eth0");
	put_add(7, "192.0.2.2", "192.0.2.1", 0, "eth0");
	put(bfdd);
	EQ(number(1, BFDNL_PASSIVE), 0);
	EQ(number(1, BFDNL_DEMAND_ENABLED), 0);
	/* as bfdd does it: add and change before the session is made */
	put_add(8, "192.0.2.3", "192.0.2.1", 0, "eth0");
	put_add(8, "192.0.2.3", "192.0.2.1", PASSIVE, "eth0");
	put(bfdd);
	EQ(number(2, BFDNL_PASSIVE), 1);
	finish();
}

TEST(moved, "another peer, source or interface under the same name is another session")
{
	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	add_from(bfdd, 7, "192.0.2.2", "192.0.2.1", 0, "eth1");
	EQ(fake.sessions.size, 1);
	CHECK(!strcmp(bfdnl_session_text(fake.sessions.at[0], BFDNL_INTERFACE),
		      "eth1"));
	finish();
}

TEST(same, "what has not changed for bfdd is not told again")
{
	struct message m;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	run();
	forget(bfdd);
	fake_parameters(1);
	run();
	CHECK(!next(bfdd, &m));
	bfdnl_session_set_number(fake_find(1), BFDNL_REMOTE_DEMAND, 1);
	fake_parameters(1);
	CHECK(next_state(bfdd, 7, BFD_STATE_UP, &m));
	EQ(get32(m.data, 16), 2);
	finish();
}

TEST(shutdown, "of a session that is shut down only AdminDown is told")
{
	struct message m;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	run();
	forget(bfdd);
	add(bfdd, 7, "192.0.2.2", SHUTDOWN);
	EQ(number(1, BFDNL_ADMIN_DOWN), 1);
	fake_state(1, BFD_STATE_DOWN);
	run();
	CHECK(!next(bfdd, &m));
	fake_state(1, BFD_STATE_ADMIN_DOWN);
	CHECK(next_state(bfdd, 7, BFD_STATE_ADMIN_DOWN, &m));
	finish();
}

TEST(foreign, "somebody else's session is told of, but neither changed nor deleted")
{
	struct message m;

	begin();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_created(1);
	run();
	add(bfdd, 7, "192.0.2.2", PASSIVE);
	EQ(fake.sessions.size, 1);
	EQ(number(1, BFDNL_PASSIVE), 0);
	CHECK(next_state(bfdd, 7, BFD_STATE_UP, &m));
	delete(bfdd, 7);
	EQ(fake.sessions.size, 1);
	finish();
}

TEST(gone, "a session that others delete is down, and made again when bfdd insists")
{
	struct message m;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	run();
	forget(bfdd);
	fake_deleted(1);
	CHECK(next_state(bfdd, 7, BFD_STATE_DOWN, &m));
	add(bfdd, 7, "192.0.2.2", 0);
	EQ(fake.sessions.size, 1);
	finish();
}

static void refuse(int code, enum bfd_attr attr)
{
	fake.refuse_cmd = BFD_CMD_SESSION_NEW;
	fake.refuse_code = code;
	fake.refuse_attr = attr;
	fake.refuse_message = "no";
}

TEST(refused, "what the kernel refuses is done without, or tried again")
{
	begin();
	refuse(-EEXIST, BFD_A_LOCAL_DISCRIMINATOR);
	add(bfdd, 7, "192.0.2.2", 0);
	EQ(fake.sessions.size, 1);
	CHECK(number(1, BFDNL_LOCAL_DISCRIMINATOR) != 7);
	refuse(-EINVAL, BFD_A_ECHO_ENABLED);
	add(bfdd, 8, "192.0.2.3", ECHO);
	EQ(fake.sessions.size, 2);
	EQ(number(2, BFDNL_ECHO_ENABLED), 0);
	refuse(-EADDRNOTAVAIL, BFD_A_SOURCE_ADDR);
	add(bfdd, 9, "192.0.2.4", 0);
	EQ(fake.sessions.size, 2);
	add(bfdd, 9, "192.0.2.4", 0);
	EQ(fake.sessions.size, 3);
	refuse(-EADDRNOTAVAIL, BFD_A_SOURCE_ADDR);
	add(bfdd, 10, "192.0.2.5", 0);
	EQ(fake.sessions.size, 3);
	run_for(5200);
	EQ(fake.sessions.size, 4);
	finish();
}

/* ---- counters, echoes ---- */

static bool next_counters(int fd, __u16 id, __u32 lid, __u64 in)
{
	struct message m;

	return CHECK(next_raw(fd, &m)) && m.type == ECHO_REPLY &&
	       CHECK(next_raw(fd, &m)) && m.type == ECHO_REPLY &&
	       CHECK(next_raw(fd, &m)) && m.type == COUNTERS &&
	       EQ(m.len, 80) && EQ(m.id, id) && EQ(get32(m.data, 8), lid) &&
	       EQ(get64(m.data, 24), in) && EQ(get64(m.data, 16), 24 * in);
}

TEST(counters, "counters are answered whatever is asked, with what makes bfdd's buffer last")
{
	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	forget(bfdd);
	ask_counters(bfdd, 21, 7);
	CHECK(next_counters(bfdd, 21, 7, 17));
	ask_counters(bfdd, 22, 99);
	CHECK(next_counters(bfdd, 22, 99, 0));
	/* before the session is made */
	put_add(8, "192.0.2.3", "192.0.2.1", 0, "eth0");
	put_counters(23, 8);
	put(bfdd);
	CHECK(next_counters(bfdd, 23, 8, 0));
	finish();
}

TEST(echoes, "echo requests are answered, and sent every second")
{
	struct message m;

	begin();
	put_header(1, ECHO_REQUEST, 5, 24);
	put64(0);
	put64(0x1122334455667788);
	put(bfdd);
	CHECK(next_raw(bfdd, &m));
	EQ(m.type, ECHO_REPLY);
	EQ(get64(m.data, 16), 0x1122334455667788);
	CHECK(get64(m.data, 8));
	CHECK(!next_raw(bfdd, &m));
	run_for(1100);
	CHECK(next_raw(bfdd, &m));
	EQ(m.type, ECHO_REQUEST);
	EQ(m.len, 24);
	finish();
}

/* ---- framing ---- */

TEST(pieces, "messages come in pieces, and many at once")
{
	struct message m;

	begin();
	put_add(7, "192.0.2.2", "192.0.2.1", 0, "eth0");
	put_counters(23, 7);
	for (size_t i = 0; i < out_used; i++) {
		EQ(send(bfdd, out + i, 1, 0), 1);
		sd_event_run(agent.loop, 1000);
	}
	out_used = 0;
	run();
	EQ(fake.sessions.size, 1);
	CHECK(next_of(bfdd, COUNTERS, &m));
	for (int i = 0; i < 200; i++)
		put_add(100 + i, dest(i), "192.0.2.1", 0, "eth0");
	put(bfdd);
	EQ(fake.sessions.size, 201);
	finish();
}

TEST(newer, "unknown types, longer payloads and the next version are taken")
{
	struct message m;

	begin();
	put_header(2, 7, 0, 20);
	out_used += 12;
	put_header(2, ADD, 0, 356);
	put_session(7, "192.0.2.2", "192.0.2.1", 0, "eth0");
	memset(out + out_used, 0x55, 216);
	out_used += 216;
	put(bfdd);
	EQ(fake.sessions.size, 1);
	CHECK(next_of(bfdd, STATE, &m));
	EQ(m.data[0], 2);
	finish();
}

TEST(garbage, "what makes no sense ends the connection, and sessions outlive it")
{
	static const struct {
		__u8 version;
		__u16 type, len;
	} rows[] = {
		{ 1, ADD, 0 }, { 1, ADD, 7 }, { 1, ADD, 139 }, { 1, ADD, 0xffff },
		{ 0, ADD, 140 }, { 1, 99, 4097 }, { 1, DELETE, 100 },
		{ 1, COUNTERS_REQUEST, 11 }, { 1, ECHO_REQUEST, 23 },
		{ 0x47, 0x4554, 0x202f },	/* "GET / " */
	};

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CASE("row %zu", i);
		put_header(rows[i].version, rows[i].type, 0, rows[i].len);
		memset(out + out_used, 0xff, 132);
		out_used += 132;
		put(bfdd);
		CHECK(is_closed(bfdd));
		close(bfdd);
		run_for(120);
		bfdd = take();
		/* a message makes it trustworthy again */
		put_echo_reply();
		put(bfdd);
		EQ(fake.sessions.size, 1);
	}
	finish();
}

TEST(nonsense, "a session that cannot be is not taken, and others are")
{
	begin();
	put_add(0, "192.0.2.2", "192.0.2.1", 0, "eth0");
	put_add(6, "0.0.0.0", "192.0.2.1", 0, "eth0");
	put_add(7, "192.0.2.2", "192.0.2.1", AUTH, "eth0");
	put_add(8, "192.0.2.3", "192.0.2.1", 0, "eth0");
	put(bfdd);
	EQ(fake.sessions.size, 1);
	delete(bfdd, 99);
	finish();
}

TEST(limit, "no more sessions are taken than configured")
{
	begin_with("sessions = 2;");
	add(bfdd, 7, "192.0.2.2", 0);
	add(bfdd, 8, "192.0.2.3", 0);
	add(bfdd, 9, "192.0.2.4", 0);
	EQ(fake.sessions.size, 2);
	delete(bfdd, 7);
	add(bfdd, 9, "192.0.2.4", 0);
	EQ(fake.sessions.size, 2);
	finish();
}

TEST(slow, "a bfdd that does not read costs little memory, and gets the last word")
{
	struct message m;
	unsigned int last = 9, count = 0;

	begin();
	for (int i = 0; i < 2; i++)
		add(bfdd, 7 + i, dest(i), 0);
	forget(bfdd);
	/* far more than sockets and queues hold */
	for (int i = 0; i < 60000; i++) {
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
		if (i % 100 == 0)
			while (sd_event_run(agent.loop, 0) > 0)
				;
	}
	fake_state(1, BFD_STATE_UP);
	run();
	while (next_of(bfdd, STATE, &m)) {
		last = m.data[32];
		count++;
	}
	EQ(last, BFD_STATE_UP);
	CHECK(count > 1000 && count < 60000);
	finish();
}

/* ---- settings ---- */

TEST(settings, "what is wrong in the configuration is told")
{
	const struct agent_frontend *f = &frontend_frr;
	void *settings;

	CHECK(is_refused(f, "frr: { };", "connect or listen is missing"));
	CHECK(is_refused(f, "frr: { connect = \"unix:x\"; };",
			 "connect: \"unix:x\" is not"));
	CHECK(is_refused(f, "frr: { listen = \"*:7\"; };", "listen: \"*:7\" is not"));
	CHECK(is_refused(f, "frr: { listen = \"[::1]:7\"; sessions = 0; };",
			 "sessions"));
	CHECK(is_refused(f, "frr: { listen = \"[::1]:7\"; port = 1; };", "port"));
	settings = settings_of(f, "frr: { listen = \"127.0.0.1:50700\"; };");
	CHECK(settings);
	f->discard(settings);
}
