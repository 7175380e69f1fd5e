// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: connections with FRR's bfdd that come, go, lose messages and are
 * many.
 */
#include "test_agent_frr.h"

/* bfdd's buffer has room for so many. */
#define BURST	58

static char listening[70];

static void add_many(int fd, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		put_add(0x1000 + i, dest(i), "192.0.2.1", 0, "eth0");
	put_echo_reply();
	put(fd);
}

/* bfdd takes a connection and registers some sessions. */
static int take_with(unsigned int from, unsigned int to)
{
	int fd = take();

	add_many(fd, from, to);
	return fd;
}

static void begin_listening(void)
{
	char config[200];

	fake_reset();
	agent_begin();
	snprintf(path, sizeof(path), "/tmp/test_agent_frr.%d", getpid());
	snprintf(listening, sizeof(listening), "%s.l", path);
	snprintf(config, sizeof(config), "frr: { listen = \"unix:%s\"; };",
		 listening);
	CHECK(frontend_start(&frontend_frr, config));
	bfdd = -1;
	server = -1;
}

static int come(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, listening);
	EQ(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	run();
	return fd;
}

static void finish_listening(void)
{
	finish();
	unlink(listening);
}

static bool all_up(int fd, unsigned int count)
{
	unsigned int up = 0;
	struct message m;

	while (next_of(fd, STATE, &m))
		up += m.data[32] == BFD_STATE_UP;
	return EQ(up, count);
}

static void make_all_up(void)
{
	for (size_t i = 0; i < fake.sessions.size; i++)
		fake_state(fake.sessions.at[i]->number[BFDNL_ID], BFD_STATE_UP);
	run();
}

/* ---- we connect ---- */

TEST(burst, "sessions that bfdd had no room to register are had by further connections")
{
	int second, third;

	begin();
	add_many(bfdd, 0, BURST);
	/* that was not the first answer to an echo: so there is a second one */
	close(bfdd);
	run_for(120);
	bfdd = take_with(0, BURST);
	second = take_with(BURST, 64);
	EQ(fake.sessions.size, 64);
	third = take();
	put_echo_reply();
	put(third);
	CHECK(is_closed(third));
	CHECK(nobody_comes());
	forget(bfdd);
	forget(second);
	make_all_up();
	CHECK(all_up(bfdd, BURST));
	CHECK(all_up(second, 64 - BURST));
	close(second);
	close(third);
	finish();
}

TEST(probe, "bfdd is asked again whether it could not tell of some new sessions")
{
	int second;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	CHECK(nobody_comes());
	run_for(1200);
	second = take_with(0, 3);
	EQ(fake.sessions.size, 4);
	close(second);
	finish();
}

TEST(lost, "a lost connection is made anew, and states are told at once")
{
	struct message m;

	begin();
	add_many(bfdd, 0, 2);
	make_all_up();
	close(bfdd);
	run_for(120);
	EQ(fake.sessions.size, 2);
	bfdd = take();
	add_many(bfdd, 0, 1);
	CHECK(next_of(bfdd, STATE, &m));
	EQ(get32(m.data, 8), 0x1000);
	EQ(m.data[32], BFD_STATE_UP);
	EQ(fake.sessions.size, 2);
	finish();
}

TEST(grace, "what bfdd does not want any more is dropped after the time of grace")
{
	begin_with("grace-time = \"100ms\";");
	add_many(bfdd, 0, 2);
	close(bfdd);
	run_for(120);
	bfdd = take();
	add_many(bfdd, 0, 1);
	run_for(1200);
	EQ(fake.sessions.size, 1);
	finish();
}

TEST(absent, "bfdd may come later than the agent, which waits longer each time")
{
	int waits = 0;

	snprintf(path, sizeof(path), "/tmp/test_agent_frr.%d", getpid());
	fake_reset();
	agent_begin();
	start_frontend("");
	run_for(500);
	serve();
	while (nobody_comes() && waits++ < 100)
		run_for(10);
	CHECK(waits > 2 && waits < 100);
	bfdd = -1;
	finish();
}

TEST(refusing, "a bfdd that closes each connection is not asked in a hurry")
{
	int count = 0, fd;

	begin();
	for (int i = 0; i < 200; i++) {
		run_for(10);
		fd = accept(server, NULL, NULL);
		count += fd >= 0;
		close(fd >= 0 ? fd : bfdd);
		bfdd = -1;
	}
	CHECK(count > 1 && count < 8);
	finish();
}

TEST(renamed, "bfdd starts anew with other names: sessions stay as they are")
{
	struct message m;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	fake_state(1, BFD_STATE_UP);
	run();
	close(bfdd);
	run_for(120);
	bfdd = take();
	add(bfdd, 8, "192.0.2.2", PASSIVE);
	CHECK(next_state(bfdd, 8, BFD_STATE_UP, &m));
	EQ(fake.sessions.size, 1);
	EQ(number(1, BFDNL_LOCAL_DISCRIMINATOR), 7);
	EQ(number(1, BFDNL_PASSIVE), 1);
	delete(bfdd, 8);
	EQ(fake.sessions.size, 0);
	finish();
}

TEST(renamed_vrf, "the same in a VRF, which bfdd does not name and the kernel does")
{
	struct message m;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	bfdnl_session_set_text(fake_find(1), BFDNL_VRF, "red");
	fake_state(1, BFD_STATE_UP);
	close(bfdd);
	frontend_frr.stop(&agent, true);
	agent_dies();
	agent_begin();
	start_frontend("");
	bfdd = take();
	add(bfdd, 8, "192.0.2.2", 0);
	CHECK(next_state(bfdd, 8, BFD_STATE_UP, &m));
	EQ(fake.sessions.size, 1);
	EQ(number(1, BFDNL_LOCAL_DISCRIMINATOR), 7);
	finish();
}

TEST(restart, "the agent is killed, and starts again without touching a session")
{
	struct message m;
	unsigned int id;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	add(bfdd, 8, "192.0.2.3", 0);
	make_all_up();
	id = fake.sessions.at[0]->number[BFDNL_ID];
	frontend_frr.stop(&agent, true);
	agent_dies();
	close(bfdd);
	EQ(fake.sessions.size, 2);
	agent_begin();
	start_frontend("grace-time = \"2s\";");
	bfdd = take();
	add(bfdd, 7, "192.0.2.2", 0);
	CHECK(next_state(bfdd, 7, BFD_STATE_UP, &m));
	EQ(fake.sessions.size, 2);
	EQ(fake.sessions.at[0]->number[BFDNL_ID], id);
	EQ(number(id, BFDNL_LOCAL_DISCRIMINATOR), 7);
	/* of the other one bfdd knows nothing any more */
	run_for(3200);
	EQ(fake.sessions.size, 1);
	delete(bfdd, 7);
	EQ(fake.sessions.size, 0);
	finish();
}

TEST(reload, "other settings do not disturb sessions")
{
	char config[200];
	void *settings;

	begin();
	add(bfdd, 7, "192.0.2.2", 0);
	make_all_up();
	snprintf(config, sizeof(config),
		 "frr: { connect = \"unix:%s\"; sessions = 9; };", path);
	settings = settings_of(&frontend_frr, config);
	EQ(frontend_frr.reload(&agent, settings), 0);
	run();
	EQ(fake.sessions.size, 1);
	CHECK(nobody_comes());
	settings = settings_of(&frontend_frr,
			       "frr: { connect = \"unix:/nowhere\"; };");
	EQ(frontend_frr.reload(&agent, settings), 0);
	CHECK(is_closed(bfdd));
	EQ(fake.sessions.size, 1);
	finish();
}

/* ---- bfdd connects ---- */

TEST(comes, "bfdd may be the one that connects")
{
	struct message m;
	int other;

	begin_listening();
	bfdd = come();
	add(bfdd, 7, "192.0.2.2", 0);
	CHECK(next_of(bfdd, STATE, &m));
	fake_state(1, BFD_STATE_UP);
	CHECK(next_of(bfdd, STATE, &m));
	/* again, before it was noticed that the first one is gone */
	other = come();
	add(other, 7, "192.0.2.2", 0);
	CHECK(next_state(other, 7, BFD_STATE_UP, &m));
	close(bfdd);
	run();
	fake_state(1, BFD_STATE_DOWN);
	CHECK(next_state(other, 7, BFD_STATE_DOWN, &m));
	EQ(fake.sessions.size, 1);
	close(other);
	bfdd = -1;
	finish_listening();
}

TEST(presumed, "what the same bfdd could not register again is kept, and told of")
{
	begin_listening();
	bfdd = come();
	for (int i = 0; i < 64; i++)
		add(bfdd, 0x1000 + i, dest(i), 0);
	make_all_up();
	close(bfdd);
	run();
	bfdd = come();
	add_many(bfdd, 0, BURST);
	EQ(fake.sessions.size, 64);
	CHECK(all_up(bfdd, 64));
	finish_listening();
}

TEST(crowd, "connections are limited, and when there is room bfdd gets in")
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fds[200], open = 0;

	begin_listening();
	strcpy(addr.sun_path, listening);
	for (int i = 0; i < 200; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		EQ(connect(fds[i], (struct sockaddr *)&addr, sizeof(addr)), 0);
	}
	run_for(1200);
	/* the first message is there, or the end is, or neither */
	for (int i = 0; i < 200; i++)
		open += recv(fds[i], path, 1, 0) > 0;
	EQ(open, 128);
	for (int i = 0; i < 200; i++)
		close(fds[i]);
	run_for(1200);
	bfdd = come();
	add(bfdd, 7, "192.0.2.2", 0);
	EQ(fake.sessions.size, 1);
	finish_listening();
}
