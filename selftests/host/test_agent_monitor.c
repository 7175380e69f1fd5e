// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: FreeBFD's monitor protocol, before a fake kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "test_frontend.h"

static char path[64];
static char config[500];

static void begin_with(const char *more)
{
	snprintf(path, sizeof(path), "/tmp/test_agent_monitor.%d", getpid());
	snprintf(config, sizeof(config),
		 "monitor: { listen = \"unix:%s\"; %s };", path, more);
	fake_reset();
	agent_begin();
	CHECK(frontend_start(&frontend_monitor, config));
}

static void begin(void)
{
	begin_with("");
}

static void finish(void)
{
	frontend_monitor.stop(&agent, false);
	run();
	unlink(path);
	agent_finish();
}

/* ---- a client ---- */

static int client(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, path);
	EQ(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	run();
	return fd;
}

static void say(int fd, const char *text)
{
	EQ(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	run();
}

/* What the client was told, without times, one line after the other */
static const char *heard(int fd)
{
	static char text[100000];
	char *time, *end;
	ssize_t n;

	run();
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	while ((time = strstr(text, ",\"time\":"))) {
		end = strchr(time, '}');
		memmove(time, end, strlen(end) + 1);
	}
	return text;
}

static bool hears(int fd, const char *want)
{
	const char *is = heard(fd);

	if (!strcmp(is, want))
		return true;
	printf("# heard: %s\n# not:   %s\n", is, want);
	return false;
}

static bool is_closed(int fd)
{
	char c;

	run();
	return !recv(fd, &c, 1, MSG_DONTWAIT);
}

static void fell(__u32 id, unsigned int diag)
{
	fake.fall_diagnostic = diag;
	fake_state(id, BFD_STATE_DOWN);
	fake.fall_diagnostic = 0;
}

#define SUBSCRIBE(id)	"{\"cmd\":\"subscribe\",\"session\":\"" id "\"}\n"
#define UNSUBSCRIBE(id)	"{\"cmd\":\"unsubscribe\",\"session\":\"" id "\"}\n"
#define OK(cmd, id)	"{\"cmd\":\"" cmd "\",\"session\":\"" id "\",\"result\":\"ok\"}\n"
#define ERROR(cmd, id, why) \
	"{\"cmd\":\"" cmd "\",\"session\":\"" id "\",\"error\":\"" why "\"}\n"
#define STATE(id, state) \
	"{\"session\":\"" id "\",\"state\":\"" state "\"}\n"
#define CHANGE(id, state, diag) \
	"{\"session\":\"" id "\",\"state\":\"" state "\",\"diagnostic\":\"" diag "\"}\n"

/* What fake_add() makes */
#define FULL_ID		"192.0.2.2%eth0,source-addr=192.0.2.1"

/* ---- tests ---- */

TEST(life, "subscribing creates, states are told, the last unsubscribe destroys")
{
	int a, b;

	begin();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	EQ(fake.sessions.size, 1);
	CHECK(hears(a, OK("subscribe", "192.0.2.2") STATE("192.0.2.2", "created")
		    STATE("192.0.2.2", "down")));
	b = client();
	say(b, SUBSCRIBE("192.0.2.2"));
	CHECK(hears(b, OK("subscribe", "192.0.2.2") STATE("192.0.2.2", "down")));
	fake_state(1, BFD_STATE_INIT);
	fake_state(1, BFD_STATE_UP);
	fell(1, BFD_DIAG_CONTROL_EXPIRY);
	fake_state(1, BFD_STATE_UP);
	fell(1, BFD_DIAG_NEIGHBOR_DOWN);
	CHECK(hears(a, CHANGE("192.0.2.2", "up", "none")
		    CHANGE("192.0.2.2", "expired", "control-expiry")
		    CHANGE("192.0.2.2", "up", "none")
		    CHANGE("192.0.2.2", "down", "neighbor-down")));
	say(a, UNSUBSCRIBE("192.0.2.2"));
	CHECK(hears(a, OK("unsubscribe", "192.0.2.2")));
	EQ(fake.sessions.size, 1);
	heard(b);
	say(b, UNSUBSCRIBE("192.0.2.2"));
	EQ(fake.sessions.size, 0);
	CHECK(hears(b, OK("unsubscribe", "192.0.2.2")));
	close(a);
	close(b);
	finish();
}

TEST(closed, "a closed connection lets go of its subscriptions")
{
	int a;

	begin();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2") SUBSCRIBE("192.0.2.3"));
	EQ(fake.sessions.size, 2);
	close(a);
	run();
	EQ(fake.sessions.size, 0);
	finish();
}

TEST(foreign, "who watches somebody else's session neither creates nor destroys it")
{
	int a;

	begin();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_created(1);
	run();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	CHECK(hears(a, OK("subscribe", "192.0.2.2") STATE("192.0.2.2", "up")));
	say(a, UNSUBSCRIBE("192.0.2.2"));
	close(a);
	run();
	EQ(fake.sessions.size, 1);
	finish();
}

TEST(gone, "a session that others delete is destroyed, and created when it is there again")
{
	int a;

	begin();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_created(1);
	run();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	heard(a);
	fake_deleted(1);
	CHECK(hears(a, STATE("192.0.2.2", "destroyed")));
	say(a, SUBSCRIBE("192.0.2.2"));
	CHECK(hears(a, OK("subscribe", "192.0.2.2")
		    STATE("192.0.2.2", "destroyed")));
	fake_add(7, "192.0.2.2", BFD_STATE_DOWN);
	fake_created(7);
	fake_state(7, BFD_STATE_UP);
	CHECK(hears(a, STATE("192.0.2.2", "created")
		    CHANGE("192.0.2.2", "up", "none")));
	close(a);
	finish();
}

TEST(all, "who subscribes to all is told of all, and holds none")
{
	int a, b;

	begin();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_created(1);
	run();
	a = client();
	b = client();
	say(a, SUBSCRIBE("all"));
	CHECK(hears(a, OK("subscribe", "all") STATE(FULL_ID, "up")));
	say(b, SUBSCRIBE("192.0.2.3"));
	CHECK(hears(a, STATE("192.0.2.3", "created")));
	say(a, "{\"cmd\":\"list\"}");
	CHECK(hears(a, "{\"cmd\":\"list\",\"sessions\":[\"" FULL_ID "\",\"192.0.2.3\"]}\n"));
	close(b);
	CHECK(hears(a, STATE("192.0.2.3", "destroyed")));
	say(a, UNSUBSCRIBE("all"));
	CHECK(hears(a, OK("unsubscribe", "all")));
	fell(1, BFD_DIAG_CONTROL_EXPIRY);
	CHECK(hears(a, ""));
	close(a);
	finish();
}

TEST(errors, "what cannot be done is told, and the connection goes on")
{
	int a;

	begin_with("subscriptions = 1;");
	a = client();
	say(a, "nonsense\n");
	CHECK(hears(a, "{\"error\":\"a request is an object { }\"}\n"));
	say(a, UNSUBSCRIBE("192.0.2.2"));
	CHECK(hears(a, ERROR("unsubscribe", "192.0.2.2",
			     "there is no such subscription")));
	say(a, SUBSCRIBE("x"));
	CHECK(hears(a, ERROR("subscribe", "x",
			     "session: it does not begin with an IPv4 or IPv6 address")));
	fake.refuse_cmd = BFD_CMD_SESSION_NEW;
	fake.refuse_code = -EINVAL;
	fake.refuse_message = "no luck today";
	say(a, SUBSCRIBE("192.0.2.2"));
	CHECK(strstr(heard(a), "no luck today"));
	EQ(fake.sessions.size, 0);
	say(a, SUBSCRIBE("192.0.2.2"));
	heard(a);
	say(a, SUBSCRIBE("192.0.2.3"));
	CHECK(hears(a, ERROR("subscribe", "192.0.2.3",
			     "too many subscriptions")));
	EQ(fake.sessions.size, 1);
	close(a);
	finish();
}

TEST(meanwhile, "who unsubscribes before the answer is answered twice")
{
	int a;

	begin();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2") UNSUBSCRIBE("192.0.2.2"));
	CHECK(hears(a, ERROR("subscribe", "192.0.2.2", "unsubscribed meanwhile")
		    OK("unsubscribe", "192.0.2.2")));
	EQ(fake.sessions.size, 0);
	close(a);
	finish();
}

TEST(parameters, "sessions are made with what the client says, or the configuration")
{
	int a;

	begin_with("desired-min-tx-interval = \"50ms\"; local-multiplier = 4;");
	a = client();
	say(a, "{\"cmd\":\"subscribe\",\"session\":\"192.0.2.2\",\"local-multiplier\":7}");
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 7);
	EQ(fake.sessions.at[0]->number[BFDNL_DESIRED_MIN_TX_INTERVAL], 50000);
	close(a);
	finish();
}

TEST(watch_only, "without create nothing is made")
{
	int a;

	begin_with("create = false;");
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	CHECK(hears(a, ERROR("subscribe", "192.0.2.2",
			     "there is no such session")));
	EQ(fake.sessions.size, 0);
	close(a);
	finish();
}

TEST(clients, "one client too many is told so, and the others stay")
{
	int a, b;

	begin_with("clients = 1;");
	a = client();
	log_init(-1);
	b = client();
	CHECK(hears(b, "{\"error\":\"too many clients\"}\n"));
	CHECK(is_closed(b));
	close(b);
	close(a);
	run();
	b = client();
	say(b, "{\"cmd\":\"list\"}");
	CHECK(hears(b, "{\"cmd\":\"list\",\"sessions\":[]}\n"));
	close(b);
	finish();
}

/* Changes, so many that neither queue nor socket has room for them */
static void much_happens(void)
{
	for (int i = 0; i < 10000; i++) {
		fake_state(1, i % 2 ? BFD_STATE_DOWN : BFD_STATE_UP);
		if (i % 100 == 99)
			run();
	}
	fake_state(1, BFD_STATE_UP);
	run();
}

TEST(slow, "who does not read is told how much was lost, and then how it is")
{
	static char text[4 << 20];
	unsigned long lost = 0, lines = 0;
	int a, b, size = 4096;
	char *at = text, *line;
	ssize_t n;

	begin_with("queue = 131072;");
	fake_add(1, "192.0.2.2", BFD_STATE_DOWN);
	fake_created(1);
	run();
	a = client();
	setsockopt(a, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	say(a, SUBSCRIBE("192.0.2.2"));
	b = client();
	say(b, SUBSCRIBE("192.0.2.2"));
	heard(b);
	much_happens();
	do {
		run();
		n = recv(a, at, text + sizeof(text) - at - 1, MSG_DONTWAIT);
		at += n > 0 ? n : 0;
	} while (n > 0);
	*at = '\0';
	for (line = text; (at = strchr(line, '\n')); line = at + 1) {
		lines++;
		*at = '\0';
		if (sscanf(line, "{\"lost\":%lu}", &lost) == 1)
			break;
	}
	CHECK(lost);
	/* the answer, the state before, the line itself */
	EQ(lines - 3 + lost, 10001);
	CHECK(!strcmp(at + 1, STATE("192.0.2.2", "up")));
	close(a);
	close(b);
	finish();
}

TEST(stalled, "who never reads is dropped, and with it what it holds")
{
	static char ask[200000];
	int a, b;

	begin_with("stall-time = \"50ms\";");
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	b = client();
	fcntl(a, F_SETFL, O_NONBLOCK);
	log_init(-1);
	memset(ask, 'x', sizeof(ask));
	for (size_t i = 100; i < sizeof(ask); i += 100)
		ask[i] = '\n';
	for (int i = 0; i < 20; i++) {
		if (send(a, ask, sizeof(ask), MSG_NOSIGNAL) < 0)
			usleep(10000);
		run();
	}
	CHECK(send(a, ask, 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	EQ(fake.sessions.size, 0);
	say(b, "{\"cmd\":\"list\"}");
	CHECK(hears(b, "{\"cmd\":\"list\",\"sessions\":[]}\n"));
	close(a);
	close(b);
	finish();
}

static void make_crowd(void)
{
	char dest[32];

	for (int i = 0; i < 10000; i++) {
		snprintf(dest, sizeof(dest), "10.1.%d.%d", i / 250, i % 250);
		fake_add(i + 1, dest, BFD_STATE_UP);
		fake_created(i + 1);
		if (i % 100 == 99)
			run();
	}
}

/* KiB */
static unsigned long resident(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	CHECK(file && fscanf(file, "%*u %lu", &pages) == 1);
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST(lists, "who asks for long lists and does not read gets them one by one")
{
	static const char ask[] = "{\"cmd\":\"list\"}\n";
	static char many[100 * sizeof(ask)], text[65536];
	unsigned int lines = 0;
	unsigned long before;
	ssize_t n;
	int a;

	begin();
	make_crowd();
	a = client();
	for (int i = 0; i < 100; i++)
		strcat(many, ask);
	before = resident();
	say(a, many);
	CHECK(resident() < before + 8192);
	do {
		run();
		n = recv(a, text, sizeof(text), MSG_DONTWAIT);
		for (ssize_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	} while (n > 0);
	EQ(lines, 100);
	close(a);
	finish();
}

TEST(crowd, "ten thousand sessions are told to one who has just come")
{
	static char text[2 << 20];
	char *at = text;
	unsigned int lines = 0;
	ssize_t n;
	int a;

	begin();
	make_crowd();
	a = client();
	say(a, SUBSCRIBE("all"));
	do {
		run();
		n = recv(a, at, text + sizeof(text) - at, MSG_DONTWAIT);
		at += n > 0 ? n : 0;
	} while (n > 0);
	for (char *c = text; c < at; c++)
		lines += *c == '\n';
	EQ(lines, 10001);
	close(a);
	finish();
}

TEST(ends, "when the agent ends, what clients hold survives")
{
	int a;

	begin();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	frontend_monitor.stop(&agent, true);
	run();
	EQ(fake.sessions.size, 1);
	CHECK(strstr(heard(a), "created"));
	CHECK(is_closed(a));
	close(a);
	unlink(path);
	agent_finish();
}

TEST(reloaded, "new settings leave connections as they are")
{
	void *settings;
	int a;

	begin();
	a = client();
	say(a, SUBSCRIBE("192.0.2.2"));
	heard(a);
	snprintf(config, sizeof(config),
		 "monitor: { listen = \"unix:%s.new\"; damped = false; };", path);
	settings = settings_of(&frontend_monitor, config);
	EQ(frontend_monitor.reload(&agent, settings), 0);
	fake_state(1, BFD_STATE_UP);
	CHECK(hears(a, CHANGE("192.0.2.2", "up", "none")));
	close(a);
	snprintf(path + strlen(path), 5, ".new");
	finish();
}

TEST(settings, "settings that make no sense are refused")
{
	CHECK(is_refused(&frontend_monitor, "monitor: { clients = 0; };",
			 "clients: it is to be from 1 to 4096"));
	CHECK(is_refused(&frontend_monitor, "monitor: { queue = 1; };",
			 "queue: it is to be from 131072"));
	CHECK(is_refused(&frontend_monitor, "monitor: { port = 1; };",
			 "port: unknown word"));
	CHECK(is_refused(&frontend_monitor, "monitor: { listen = \"127.0.0.1\"; };",
			 "is not unix:/PATH"));
}
