// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: hooks, and how many of them run when.
 */
#include "test_frontend.h"
#include "hook_queue.h"

#define S	1000000ULL

/* ---- the queue ---- */

static const struct hook_limits limits = {
	.queue = 3,
	.running = 2,
	.burst = 4,
	.interval = 1 * S,
	.session_burst = 2,
	.session_interval = 10 * S,
};

static struct hook_queue queue;

static void push(__u32 session, unsigned int from, unsigned int to, __u64 now)
{
	struct bfdnl_session *now_is = wanted("192.0.2.2");
	struct agent_event event = {
		.change = AGENT_STATE,
		.now = now_is,
		.old_state = from,
		.new_state = to,
	};

	bfdnl_session_set_number(now_is, BFDNL_LOCAL_DISCRIMINATOR, session);
	hook_queue_push(&queue, hook_event_new(&event), now);
	bfdnl_session_free(now_is);
}

/* Return: "SESSION:FROM>TO-LEFT_OUT-DROPPED", or "@WHEN". */
static const char *take(__u64 now)
{
	static char text[100];
	struct hook_event *event;
	__u64 wake;

	event = hook_queue_take(&queue, now, &wake);
	if (event)
		snprintf(text, sizeof(text), "%u:%u>%u-%llu-%llu",
			 event->discriminator, event->old_state,
			 event->new_state, (unsigned long long)event->left_out,
			 (unsigned long long)event->dropped);
	else if (wake == UINT64_MAX)
		strcpy(text, "-");
	else
		snprintf(text, sizeof(text), "@%llu", (unsigned long long)wake);
	hook_event_free(event);
	return text;
}

static bool takes(__u64 now, const char *want)
{
	const char *is = take(now);

	if (strcmp(is, want))
		printf("# took %s, not %s\n", is, want);
	return !strcmp(is, want);
}

TEST(order, "sessions are served in order, one hook of a session at a time")
{
	hook_queue_init(&queue, &limits);
	CHECK(takes(0, "-"));
	push(1, 3, 1, 0);
	push(2, 3, 1, 0);
	CHECK(takes(0, "1:3>1-0-0"));
	push(1, 1, 3, 0);
	CHECK(takes(0, "2:3>1-0-0"));
	CHECK(takes(0, "-"));
	hook_queue_done(&queue, 2);
	CHECK(takes(0, "-"));		/* 1 still runs */
	hook_queue_done(&queue, 1);
	CHECK(takes(0, "1:1>3-0-0"));
	hook_queue_done(&queue, 1);
	hook_queue_end(&queue);
}

TEST(newest, "who is behind is told the newest, and how many were left out")
{
	hook_queue_init(&queue, &limits);
	push(1, 3, 1, 0);
	push(1, 1, 2, 0);
	push(1, 2, 3, 0);
	CHECK(takes(0, "1:3>3-2-0"));
	hook_queue_done(&queue, 1);
	CHECK(takes(0, "-"));
	hook_queue_end(&queue);
}

TEST(full, "sessions that there is no room for are counted")
{
	hook_queue_init(&queue, &limits);
	for (int i = 1; i <= 5; i++)
		push(i, 3, 1, 0);
	push(3, 1, 3, 0);
	CHECK(takes(0, "1:3>1-0-2"));
	CHECK(takes(0, "2:3>1-0-0"));
	hook_queue_done(&queue, 1);
	CHECK(takes(0, "3:3>3-1-0"));
	hook_queue_end(&queue);
}

TEST(pace_session, "a session has a burst, then one in an interval")
{
	hook_queue_init(&queue, &limits);
	for (int i = 0; i < 2; i++) {
		push(1, 3, 1, 0);
		CHECK(takes(0, "1:3>1-0-0"));
		hook_queue_done(&queue, 1);
	}
	push(1, 3, 1, 0);
	CHECK(takes(0, "@10000000"));
	push(2, 3, 1, 0);
	CHECK(takes(0, "2:3>1-0-0"));	/* others do not wait for it */
	hook_queue_done(&queue, 2);
	CHECK(takes(10 * S - 1, "@10000000"));
	CHECK(takes(10 * S, "1:3>1-0-0"));
	hook_queue_done(&queue, 1);
	push(1, 3, 1, 15 * S);
	CHECK(takes(15 * S, "@20000000"));
	hook_queue_end(&queue);
}

TEST(pace_all, "all together have a burst, then one in an interval")
{
	hook_queue_init(&queue, &limits);
	for (int i = 1; i <= 4; i++) {
		push(i, 3, 1, 5 * S);
		CHECK(take(5 * S)[0] == '0' + i);
		hook_queue_done(&queue, i);
	}
	push(9, 3, 1, 5 * S);
	CHECK(takes(5 * S, "@6000000"));
	CHECK(takes(6 * S, "9:3>1-0-0"));
	hook_queue_done(&queue, 9);
	hook_queue_end(&queue);
}

TEST(memory, "sessions that have been quiet are forgotten")
{
	hook_queue_init(&queue, &limits);
	for (int i = 1; i <= 10000; i++) {
		push(i, 3, 1, 20 * S * i);
		CHECK(take(20 * S * i)[0] != '@');
		hook_queue_done(&queue, i);
	}
	CHECK(queue.slots.size < 100);
	hook_queue_end(&queue);
}

/* ---- real commands ---- */

static char out[64];

static bool begin(const char *more)
{
	char text[1000];

	snprintf(out, sizeof(out), "/tmp/test_agent_hooks.%d", getpid());
	unlink(out);
	snprintf(text, sizeof(text), "hooks: { %s };", more);
	fake_reset();
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	agent_begin();
	return CHECK(frontend_start(&frontend_hooks, text));
}

static void finish(void)
{
	frontend_hooks.stop(&agent, false);
	unlink(out);
	agent_finish();
}

/* What the commands wrote, once it is @lines lines */
static const char *wrote(int lines)
{
	static char text[10000];

	for (int i = 0; i < 200; i++) {
		FILE *file = fopen(out, "r");
		size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
		int count = 0;

		if (file)
			fclose(file);
		text[n] = '\0';
		for (char *c = text; *c; c++)
			count += *c == '\n';
		if (count >= lines)
			break;
		sd_event_run(agent.loop, 20000);
	}
	return text;
}

#define SHELL(script)	"run = [ \"/bin/sh\", \"-c\", \"" script "\" ];"
#define OUT		">> /tmp/test_agent_hooks.$PPID"
#define ESSENTIALS	"$BFD_SESSION $BFD_OLD_STATE $BFD_STATE $BFD_DIAGNOSTIC $BFD_LEFT_OUT"

TEST(command, "a command is told the event on its standard input and in its environment")
{
	const char *text;

	CHECK(begin(SHELL("cat " OUT "; echo " ESSENTIALS " " OUT)));
	fake_state(1, BFD_STATE_DOWN);
	text = wrote(2);
	CHECK(strstr(text, "\"event\":\"state\""));
	CHECK(strstr(text, "\"old-state\":\"up\""));
	CHECK(strstr(text, "\"left-out\":0"));
	CHECK(strstr(text, "\n192.0.2.2%eth0,source-addr=192.0.2.1 up down control-expiry 0\n"));
	finish();
}

TEST(burst, "while a command runs events of its session become one")
{
	CHECK(begin(SHELL("sleep 0.2; echo $BFD_OLD_STATE $BFD_STATE $BFD_LEFT_OUT " OUT)));
	for (int i = 0; i < 11; i++) {
		fake_state(1, i % 2 ? BFD_STATE_UP : BFD_STATE_DOWN);
		while (sd_event_run(agent.loop, 0) > 0)
			;
	}
	CHECK(!strcmp(wrote(2), "up down 0\ndown down 9\n"));
	finish();
}

TEST(filter, "what does not touch Up, and what begins and ends, is told only if asked for")
{
	CHECK(begin("lifecycle = true; " SHELL("echo $BFD_EVENT " OUT)));
	fake_state(1, BFD_STATE_DOWN);
	CHECK(!strcmp(wrote(1), "state\n"));
	fake_state(1, BFD_STATE_INIT);
	run();
	fake_deleted(1);
	CHECK(!strcmp(wrote(2), "state\ndeleted\n"));
	finish();
}

/* Is a process alive? A zombie that nobody waits for is not. */
static bool lives(int pid)
{
	char name[40], state = 'Z';
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	file = fopen(name, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d %*s %c", &state) != 1)
		state = 'Z';
	fclose(file);
	return state != 'Z';
}

TEST(endless, "a command that does not end is killed with all that it has started")
{
	CHECK(begin("timeout = \"100ms\"; " SHELL("sleep 1000 & echo $! " OUT "; wait")));
	log_init(-1);
	fake_state(1, BFD_STATE_DOWN);
	EQ(lives(atoi(wrote(1))), true);
	for (int i = 0; i < 20; i++)
		sd_event_run(agent.loop, 20000);
	EQ(lives(atoi(wrote(1))), false);
	fake_state(1, BFD_STATE_UP);
	CHECK(strchr(wrote(2), '\n')[1]);
	finish();
}

TEST(missing, "a command that is not there does no harm")
{
	CHECK(begin("run = [ \"/nowhere/to/be/found\" ];"));
	log_init(-1);
	for (int i = 0; i < 100; i++) {
		fake_state(1, i % 2 ? BFD_STATE_UP : BFD_STATE_DOWN);
		run();
	}
	EQ(agent_session_state(agent_session_by_id(&agent, 1)), BFD_STATE_UP);
	finish();
}

TEST(no_bus, "a bus that is not there does no harm")
{
	CHECK(begin("dbus = \"unix:path=/nowhere\";"));
	log_init(-1);
	fake_state(1, BFD_STATE_DOWN);
	run();
	fake_state(1, BFD_STATE_UP);
	run();
	finish();
}

TEST(settings, "settings that make no sense are refused")
{
	CHECK(is_refused(&frontend_hooks, "hooks: { };",
			 "run or dbus is wanted"));
	CHECK(is_refused(&frontend_hooks, "hooks: { run = [ \"sh\" ]; };",
			 "begin with /"));
	CHECK(is_refused(&frontend_hooks, "hooks: { run = [ ]; };",
			 "from 1 to 64 words"));
	CHECK(is_refused(&frontend_hooks, "hooks: { run = [ 1 ]; };",
			 "words in \"\""));
	CHECK(is_refused(&frontend_hooks, "hooks: { run = [ \"/x\" ]; children = 0; };",
			 "children: it is to be from 1"));
}
