// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: killed between any two things that outlive it. A child process
 * lives until its Nth write, rename or request, for every N; the next life
 * finds the files and the kernel as they were then.
 *
 * What was answered is true. What was not answered has happened, or not; who
 * asks again gets to the same end.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "frontend.h"
#include "reload.h"
#include "test_agent_rest.h"

#define SESSIONS_MAX	64
#define BIT(n)		(1ULL << (n))

/* What clients and the file want: bit N is 192.0.2.N */
struct model {
	__u64 file;
	__u64 rest;
	__u64 watched;
	__u64 contrail;
	__u32 discriminator[SESSIONS_MAX];	/* by what REST was answered */
	char client[32];			/* of Contrail's URLs */
};

/* What a life leaves behind */
struct world {
	struct model model;
	unsigned int op;		/* that was not answered */
	bool complete;			/* all were */
	bool happened;			/* what was not answered */
	unsigned int errors;
	size_t size;
	struct bfdnl_session sessions[SESSIONS_MAX];
};

static struct model model;
static struct world *world;
static unsigned int op, steps, die_at;

/* ---- death ---- */

static void leave(bool complete)
{
	world->model = model;
	world->op = op;
	world->complete = complete;
	world->errors = tap_errors;
	world->size = fake.sessions.size;
	for (size_t i = 0; i < fake.sessions.size; i++)
		world->sessions[i] = *fake.sessions.at[i];
	_exit(0);
}

static void step(void)
{
	if (++steps == die_at)
		leave(false);
}

/* Before it, and in the middle of it */
ssize_t write(int fd, const void *data, size_t size)
{
	step();
	if (steps + 1 == die_at)
		syscall(SYS_write, fd, data, size / 2);
	step();
	return syscall(SYS_write, fd, data, size);
}

int rename(const char *from, const char *to)
{
	step();
	return syscall(SYS_rename, from, to);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	step();
	return syscall(SYS_sendmsg, fd, msg, flags);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	step();
	return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

/* ---- life ---- */

static char conf_file[64], monitor_socket[64];
static int monitor;

static void settle(void)
{
	while (sd_event_run(agent.loop, 0) > 0)
		;
}

static void names(void)
{
	const int pid = getpid();

	snprintf(rest_socket, sizeof(rest_socket), "/tmp/test_agent.%d.sock", pid);
	snprintf(monitor_socket, sizeof(monitor_socket),
		 "/tmp/test_agent.%d.monitor", pid);
	snprintf(conf_file, sizeof(conf_file), "/tmp/test_agent.%d.conf", pid);
	snprintf(ledger_file, sizeof(ledger_file), "/tmp/test_agent.%d.ledger",
		 pid);
}

static const char *orphan_time = "60s", *more = "";

static void write_conf(__u64 sessions)
{
	FILE *file = fopen(conf_file, "w");
	const char *comma = "";

	fprintf(file, "agent = { rest = { listen = \"unix:%s\"; };\n"
		"monitor = { listen = \"unix:%s\"; };\n"
		"orphan-time = \"%s\"; };\nsessions = (",
		rest_socket, monitor_socket, orphan_time);
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (sessions & BIT(i)) {
			fprintf(file, "%s { dest-addr = \"192.0.2.%d\"; %s }",
				comma, i, more);
			comma = ",";
		}
	fputs(" );\n", file);
	fclose(file);
}

static void live(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	agent_begin();
	EQ(reload_init(&agent, conf_file), 0);
	settle();
	strcpy(un.sun_path, monitor_socket);
	monitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(!connect(monitor, (struct sockaddr *)&un, sizeof(un)));
}

static void end(void)
{
	static const char * const left[] = {
		"conf", "rest", "sock", "monitor", "ledger.new", "rest.new",
	};
	char name[64];

	frontends_stop(&agent, true);
	reload_end(&agent);
	agent_finish();
	close(monitor);
	for (size_t i = 0; i < ARRAY_SIZE(left); i++) {
		snprintf(name, sizeof(name), "/tmp/test_agent.%d.%s", getpid(),
			 left[i]);
		unlink(name);
	}
}

/* ---- what is done ---- */

static __u64 wanted_by(const struct model *m)
{
	return m->file | m->rest | m->watched | m->contrail;
}

static void tell_monitor(const char *command, int n)
{
	char line[100], *text;

	snprintf(line, sizeof(line),
		 "{\"cmd\":\"%s\",\"session\":\"192.0.2.%d\"}\n", command, n);
	say(monitor, line);
	snprintf(line, sizeof(line),
		 "\"cmd\":\"%s\",\"session\":\"192.0.2.%d\",\"result\":\"ok\"",
		 command, n);
	text = hear(monitor, line);
	CHECK(strstr(text, line));
	free(text);
	/* it is answered at once, and done soon */
	settle();
}

/* Return: the status. */
static int request(const char *method, const char *path, const char *body,
		   const char *name, char *value)
{
	char *text = hear(begin_request(method, path, "", body), NULL);
	const char *json = strstr(text, "\r\n\r\n");
	int status = status_of(text);
	const char *at = json ? strstr(json, name) : NULL;

	if (at && value)
		snprintf(value, 32, "%.*s",
			 (int)strspn(at + strlen(name), "0123456789"),
			 at + strlen(name));
	free(text);
	return status;
}

static void op_file(int n, bool again)
{
	(void)again;
	model.file ^= BIT(n);
	write_conf(model.file);
	reload_start(&agent);
	settle();
}

static void op_post(int n, bool again)
{
	char body[64], value[32] = "";
	int status;

	snprintf(body, sizeof(body), "{\"dest-addr\":\"192.0.2.%d\"}", n);
	status = request("POST", "/v1/sessions", body,
			 "\"local-discriminator\":", value);
	CHECK(status == 201 || status == 200);
	CHECK(again || (status == 201) == !(wanted_by(&model) & BIT(n)));
	model.rest |= BIT(n);
	model.discriminator[n] = strtoul(value, NULL, 10);
	CHECK(model.discriminator[n]);
}

static const char *url_of(int n)
{
	static char url[64];

	snprintf(url, sizeof(url), "/v1/sessions/%u", model.discriminator[n]);
	return url;
}

static void op_patch(int n, bool again)
{
	(void)again;
	EQ(request("PATCH", url_of(n), "{\"local-multiplier\":7}", "", NULL),
	   200);
}

static void op_delete(int n, bool again)
{
	int status = request("DELETE", url_of(n), NULL, "", NULL);

	model.rest &= ~BIT(n);
	/* done before it died: it is gone, or others hold it */
	CHECK(status == 204 ||
	      (again && status == (wanted_by(&model) & BIT(n) ? 409 : 404)));
}

static void op_watch(int n, bool again)
{
	(void)again;
	tell_monitor("subscribe", n);
	model.watched |= BIT(n);
}

static void op_unwatch(int n, bool again)
{
	(void)again;
	tell_monitor("unsubscribe", n);
	model.watched &= ~BIT(n);
}

static void op_client(int n, bool again)
{
	(void)n;
	(void)again;
	EQ(request("PUT", "/Session", "{}", "\"client-id\":", model.client), 200);
}

static void op_connect(int n, bool again)
{
	char path[80], body[200];

	(void)again;
	snprintf(path, sizeof(path), "/Session/%s/IpConnection", model.client);
	snprintf(body, sizeof(body), "{\"Address\":\"192.0.2.%d\",\"%s\":%d,\"%s\":%d,\"%s\":%d}",
		 n, "DesiredMinTxInterval", 100000, "RequiredMinRxInterval",
		 100000, "DetectionMultiplier", 3);
	EQ(request("PUT", path, body, "", NULL), 200);
	model.contrail |= BIT(n);
}

static void op_disconnect(int n, bool again)
{
	char path[80];
	int status;

	snprintf(path, sizeof(path), "/Session/%s/IpConnection/192.0.2.%d",
		 model.client, n);
	status = request("DELETE", path, NULL, "", NULL);
	CHECK(status == 200 || (again && status == 500));
	model.contrail &= ~BIT(n);
}

/* Sessions of several owners, which come and go in several orders */
static const struct {
	void (*run)(int n, bool again);
	int n;
} script[] = {
	{ op_post, 31 },
	{ op_file, 11 },
	{ op_post, 25 },
	{ op_file, 25 },	/* takes over what REST has made */
	{ op_watch, 45 },
	{ op_watch, 25 },
	{ op_patch, 31 },
	{ op_post, 45 },
	{ op_client, 0 },
	{ op_connect, 60 },
	{ op_file, 45 },
	{ op_file, 25 },	/* leaves it to REST and the monitor */
	{ op_delete, 31 },
	{ op_unwatch, 45 },
	{ op_delete, 25 },
	{ op_connect, 45 },
	{ op_file, 45 },
	{ op_delete, 45 },
	{ op_disconnect, 60 },
	{ op_file, 11 },
	{ op_disconnect, 45 },
	{ op_unwatch, 25 },
	{ op_watch, 33 },
};

static int number_of(const struct bfdnl_session *session)
{
	return session->dest_addr.bytes[3];
}

static __u64 there(void)
{
	__u64 sessions = 0;

	for (size_t i = 0; i < fake.sessions.size; i++)
		sessions |= BIT(number_of(fake.sessions.at[i]));
	return sessions;
}

static void run_script(unsigned int from)
{
	for (op = from; op < ARRAY_SIZE(script); op++) {
		script[op].run(script[op].n, false);
		EQ(there(), wanted_by(&model));
	}
}

/* ---- before and after ---- */

static void asked(void)
{
	step();
}

static void live_until(unsigned int n)
{
	pid_t pid = fork();
	int status;

	if (pid) {
		waitpid(pid, &status, 0);
		EQ(status, 0);
		return;
	}
	op = 0;
	steps = 0;
	die_at = n;
	fake.when_asked = asked;
	live();
	run_script(0);
	leave(true);
}

static void inherit(void)
{
	fake_reset();
	for (size_t i = 0; i < world->size; i++)
		fake_insert(bfdnl_session_clone(&world->sessions[i]));
	model = world->model;
	op = world->op;
}

/* Sessions that are to be there before and after what was interrupted are the same ones. */
static void check_undisturbed(__u64 kept)
{
	for (size_t i = 0; i < world->size; i++) {
		const struct bfdnl_session *was = &world->sessions[i], *is = NULL;

		for (size_t j = 0; j < fake.sessions.size; j++)
			if (number_of(fake.sessions.at[j]) == number_of(was))
				is = fake.sessions.at[j];
		if (is && kept & BIT(number_of(was)))
			EQ(is->number[BFDNL_LOCAL_DISCRIMINATOR],
			   was->number[BFDNL_LOCAL_DISCRIMINATOR]);
	}
}

static void orphan_time_passes(void)
{
	sd_event_source_set_time_relative(agent.orphan_timer, 0);
	sd_event_source_set_enabled(agent.orphan_timer, SD_EVENT_ONESHOT);
	settle();
}

/* Return: what was not answered had happened. @regret: the file is as before. */
static bool live_again(bool regret)
{
	__u64 before = wanted_by(&model);
	bool happened;

	if (script[op].run == op_file) {
		/* it is in the file, whatever became of the signal */
		model.file ^= regret ? BIT(script[op].n) : 0;
		write_conf(model.file);
		before = wanted_by(&model);
	}
	live();
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (model.watched & BIT(i))
			tell_monitor("subscribe", i);
	orphan_time_passes();
	happened = there() != before;
	if (script[op].run == op_file) {
		CHECK(!happened);
		model.file ^= regret ? 0 : BIT(script[op].n);
	}
	script[op].run(script[op].n, true);
	if (happened)
		CHECK(script[op].run != op_watch);
	check_undisturbed(before & wanted_by(&model));
	EQ(there(), wanted_by(&model));
	run_script(op + 1);
	orphan_time_passes();
	EQ(there(), wanted_by(&model));
	return happened;
}

/* Return: that life was longer; false: all was done before. */
static bool die(unsigned int n, bool regret)
{
	CASE("death %u", n);
	model = (struct model){ 0 };
	fake_reset();
	write_conf(0);
	live_until(n);
	EQ(world->errors, 0);
	inherit();
	if (world->complete)
		return false;
	CASE("death %u, in operation %u%s", n, op, regret ? ", regretted" : "");
	world->happened = live_again(regret);
	end();
	return script[world->op].run != op_file || regret || die(n, true);
}

TEST(windows, "killed between any two steps: what was answered is true, asking again ends the same")
{
	unsigned int n, happened = 0;

	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	names();
	for (n = 1; !tap_errors && die(n, false); n++)
		happened += world->happened;
	printf("# %u deaths; after %u of them what was not answered had happened\n",
	       n - 1, happened);
	/* an answer may always be lost */
	CHECK(happened);
	munmap(world, sizeof(*world));
}

static void begin(void)
{
	names();
	model = (struct model){ 0 };
	fake_reset();
	write_conf(0);
	live();
}

static void stop(void)
{
	frontends_stop(&agent, true);
	reload_end(&agent);
	agent_dies();
	close(monitor);
}

/* As another process would do it */
static struct ledger *lock_ledger(void)
{
	struct ledger *ledger;

	EQ(ledger_open(ledger_file, false, &ledger), 0);
	EQ(ledger_lock(ledger, true), 0);
	return ledger;
}

TEST(early, "what was asked for before a restart may be deleted before the queue is through")
{
	struct ledger *ledger;
	char body[64];
	int fd;

	begin();
	op_post(31, false);
	for (int i = 1; i < 100; i++) {
		snprintf(body, sizeof(body), "{\"dest-addr\":\"10.0.0.%d\"}", i);
		EQ(request("POST", "/v1/sessions", body, "", NULL), 201);
	}
	stop();
	agent_begin();
	EQ(reload_init(&agent, conf_file), 0);
	while (!agent.job_count)
		sd_event_run(agent.loop, 0);
	ledger = lock_ledger();
	fd = begin_request("DELETE", url_of(31), "", NULL);
	settle();
	EQ(fake.sessions.size, 100);
	ledger_unlock(ledger);
	ledger_close(ledger);
	json_object_put(end_request(fd, 204));
	EQ(fake.sessions.size, 99);
	end();
}

TEST(late, "the orphan time does not begin before clients can come back")
{
	struct ledger *ledger;

	orphan_time = "1ms";
	begin();
	op_post(31, false);
	stop();
	agent_begin();
	ledger = lock_ledger();
	EQ(reload_init(&agent, conf_file), 0);
	for (unsigned long long until = now_ms() + 20; now_ms() < until;)
		sd_event_run(agent.loop, 1000);
	ledger_unlock(ledger);
	ledger_close(ledger);
	run();
	EQ(there(), BIT(31));
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_DISCRIMINATOR],
	   model.discriminator[31]);
	end();
	orphan_time = "60s";
}

TEST(anew, "what the file makes anew and then drops is not left to a client that gave it up")
{
	begin();
	op_file(31, false);
	op_post(31, false);
	orphan_time_passes();
	more = "local-discriminator = 4711;";
	write_conf(BIT(31));
	reload_start(&agent);
	settle();
	EQ(request("GET", "/v1/sessions/4711", NULL, "", NULL), 200);
	EQ(request("DELETE", url_of(31), NULL, "", NULL), 404);
	more = "";
	write_conf(0);
	reload_start(&agent);
	settle();
	EQ(there(), 0);
	end();
}
