// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration file: what is understood of it, how it is compared with the
 * kernel, and how the difference is applied.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include "apply.h"
#include "frontend.h"
#include "reload.h"
#include "save.h"
#include "test_agent.h"

static char conf_file[64], secret_file[64];
static char problem[4096];
static struct bfdnl *h;
static struct ledger *ledger;

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static void names(void)
{
	if (*conf_file)
		return;
	snprintf(conf_file, sizeof(conf_file), "/tmp/test_agent.%d.conf",
		 getpid());
	snprintf(secret_file, sizeof(secret_file), "/tmp/test_agent.%d.key",
		 getpid());
	snprintf(ledger_file, sizeof(ledger_file), "/tmp/test_agent.%d.ledger",
		 getpid());
}

static void begin(void)
{
	names();
	fake_reset();
	h = bfdnl_new();
	EQ(bfdnl_connect(h, NULL), 0);
	EQ(ledger_open(ledger_file, false, &ledger), 0);
	EQ(ledger_lock(ledger, true), 0);
}

static void finish(void)
{
	char lock[80];

	ledger_unlock(ledger);
	ledger_close(ledger);
	bfdnl_free(h);
	snprintf(lock, sizeof(lock), "%s.lock", ledger_file);
	unlink(ledger_file);
	unlink(lock);
	unlink(conf_file);
	unlink(secret_file);
	fake_reset();
}

/* All problems, without the name of the file: "3: what; 4: what" */
static void keep_problems(struct problems *problems)
{
	size_t len = 0;

	*problem = '\0';
	for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++) {
		const char *text = problems->at[i];

		if (!strncmp(text, conf_file, strlen(conf_file)))
			text += strlen(conf_file) + 1;
		len += snprintf(problem + len, sizeof(problem) - len, "%s%s",
				len ? "; " : "", text);
	}
	problems_free(problems);
}

static struct conf *read_text(const char *text)
{
	struct problems problems = { 0 };
	struct conf *conf;

	names();
	write_file(conf_file, text, 0600);
	CHECK(conf_read(conf_file, &conf, &problems) == !problems.count);
	CHECK(!conf == !!problems.count);
	keep_problems(&problems);
	return conf;
}

static bool is_wrong(const char *text, const char *expected)
{
	struct conf *conf = read_text(text);
	bool same = !conf && !strncmp(problem, expected, strlen(expected));

	if (!same)
		printf("# problem: %s\n# not:     %s\n", problem, expected);
	conf_free(conf);
	unlink(conf_file);
	return same;
}

static char printed[4096];

static bool print_is(const char *text)
{
	bool same = !strcmp(printed, text);

	if (!same)
		printf("# printed: %s\n# not:     %s\n", printed, text);
	return same;
}

/* Compare and, if @steps, apply so many steps; -1: all. */
static int apply_text(const char *text, int steps)
{
	struct problems problems = { 0 };
	struct conf *conf = read_text(text);
	struct apply *apply;
	struct plan plan;
	int ret = -EINVAL;
	FILE *out;

	*printed = '\0';
	if (!CHECK(conf)) {
		printf("# %s\n", problem);
		return ret;
	}
	if (plan_make(h, conf, ledger, &plan, &problems)) {
		out = fmemopen(printed, sizeof(printed), "w");
		plan_print(&plan, out);
		fclose(out);
		ret = 1;
		apply = apply_begin(h, ledger, &plan);
		while (steps-- && ret > 0)
			ret = apply_some(apply, 1, &problems);
		apply_end(apply);
		plan_clear(&plan);
	}
	keep_problems(&problems);
	conf_free(conf);
	return ret;
}

#define SESSION(dest, rest)	"{ dest-addr = \"" dest "\"; " rest " }"
#define SESSIONS(list)		"sessions = ( " list " );"
#define KEY(number, type, rest)	"{ key = " number "; type = \"" type "\"; " rest " }"
#define KEYS(list)		"keys = ( " list " );"
#define SHA1(number, password)						\
	KEYS(KEY(number, "keyed-sha1", "password = \"" password "\";")) "\n"

#define TWO_SESSIONS							\
	"sessions = ( { dest-addr = \"192.0.2.2\"; },\n"		\
	"  { dest-addr = \"2001:db8::2\"; interface = \"eth0\"; } );\n"

TEST(syntax, "what is wrong is told with its line")
{
	CHECK(is_wrong("sessions = (\n", "2: syntax error"));
	CHECK(is_wrong("a = 1;\n\nb = 2;\n",
		       "1: a: unknown word; 3: b: unknown word"));
	CHECK(is_wrong("sessions = {};", "1: sessions: a list ( ) is wanted"));
	CHECK(is_wrong("sessions = (\n{ interface = \"eth0\"; } );",
		       "2: dest-addr is missing: whom to talk to?"));
	CHECK(is_wrong("sessions = ( 1 );", "1: a session is a group { }"));
	CHECK(is_wrong("sessions = ( {\ndest-addr = \"192.0.2\"; } );",
		       "2: dest-addr: it is not an IPv4 or IPv6 address in \"\""));
	CHECK(is_wrong("sessions = ( { dest-addr = \"192.0.2.2\";\ndsct = 3; } );",
		       "2: dsct: unknown word"));
	CHECK(is_wrong("echo-source = 1;",
		       "1: echo-source: it is not the name of an interface in \"\""));
}

static bool bad_word(const char *word, const char *expected)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "sessions = ( {\ndest-addr = \"192.0.2.2\";\n%s } );", word);
	return is_wrong(text, expected);
}

TEST(values, "values that cannot be are told with their line, before the kernel is asked")
{
	CHECK(bad_word("local-multiplier = 256;",
		       "3: local-multiplier: 256 is not from 0 to 255"));
	CHECK(bad_word("local-multiplier = \"3\";",
		       "3: local-multiplier: a number is wanted"));
	CHECK(bad_word("local-multiplier = 0;",
		       "1: local-multiplier: it is from 1 to 255"));
	CHECK(bad_word("desired-min-tx-interval = \"3 ms\";",
		       "3: desired-min-tx-interval: \"3 ms\" is not a time"));
	CHECK(bad_word("desired-min-tx-interval = \"4294.967296s\";",
		       "3: desired-min-tx-interval: 4294.967296s is more than 4294.967295s"));
	CHECK(bad_word("desired-min-tx-interval = 999;",
		       "1: desired-min-tx-interval: it is at least 1ms"));
	CHECK(bad_word("passive = 1;", "3: passive: true or false is wanted"));
	CHECK(bad_word("interface = \"0123456789abcdef\";",
		       "3: interface: it is not the name of an interface in \"\""));
	CHECK(bad_word("key = 3;", "1: key and key-id go together"));
	CHECK(bad_word("echo = true;",
		       "1: echoes need a session with an interface"));
	CHECK(bad_word("rx-ttl = 254;",
		       "1: tx-ttl, rx-ttl: a single-hop session"));
	CHECK(bad_word("source-addr = \"2001:db8::1\";",
		       "1: source-addr and dest-addr: one is IPv4, the other IPv6"));
	CHECK(bad_word("profile = \"x\";",
		       "3: profile: there is no profile x"));
	CHECK(bad_word("path-diagnostic = \"control-expiry\";",
		       "3: path-diagnostic: it is none of \"none\""));
}

TEST(twice, "two sessions that the kernel would not have side by side are refused")
{
	CHECK(is_wrong("sessions = ( { dest-addr = \"192.0.2.2\"; },\n"
		       "{ dest-addr = \"192.0.2.3\"; },\n"
		       "{ dest-addr = \"192.0.2.2\"; interface = \"eth0\"; } );",
		       "3: line 1 has a session with this peer"));
	CHECK(is_wrong("sessions = ( { dest-addr = \"192.0.2.2\"; local-discriminator = 5; },\n"
		       "{ dest-addr = \"192.0.2.3\"; local-discriminator = 5; } );",
		       "1: two sessions have the local-discriminator 5"));
}

TEST(layers, "a session's own word counts more than its profile, that more than the defaults")
{
	struct conf *conf = read_text("defaults = { local-multiplier = 5; dscp = 10; };\n"
		"profiles = { fast = { desired-min-tx-interval = \"3.3ms\"; dscp = 20; }; };\n"
		SESSIONS(SESSION("192.0.2.2", "profile = \"fast\"; dscp = 30;\n"
		"  multihop = true; source-addr = \"192.0.2.1\";")));
	const struct bfdnl_session *s;

	if (!CHECK(conf))
		return;
	s = ((const struct conf_session *)conf->sessions.at[0])->fields;
	EQ(bfdnl_session_number(s, BFDNL_LOCAL_MULTIPLIER), 5);
	EQ(bfdnl_session_number(s, BFDNL_DESIRED_MIN_TX_INTERVAL), 3300);
	EQ(bfdnl_session_number(s, BFDNL_REQUIRED_MIN_RX_INTERVAL), 300000);
	EQ(bfdnl_session_number(s, BFDNL_DSCP), 30);
	EQ(bfdnl_session_number(s, BFDNL_RX_TTL), 1);
	conf_free(conf);
	CHECK(is_wrong("profiles = { fast = {\nfoo = 1; }; };",
		       "2: foo: unknown word"));
}

TEST(keys, "secrets come from the file or another, which nobody else may read")
{
	struct problems problems = { 0 };
	struct conf *conf;
	char text[500];

	names();
	write_file(secret_file, "000102ff\n", 0600);
	snprintf(text, sizeof(text),
		 "keys = ( { key = 1; type = \"keyed-sha1\"; secret-file = \"%s\"; },\n"
		 "{ key = 2; type = \"simple-password\"; password = \"abc\"; } );",
		 secret_file);
	conf = read_text(text);
	if (CHECK(conf)) {
		EQ(conf_find_key(conf, 1)->len, 4);
		CHECK(!memcmp(conf_find_key(conf, 1)->secret, "\0\1\2\377", 4));
		EQ(conf_find_key(conf, 2)->len, 3);
	}
	conf_free(conf);
	write_file(secret_file, "000102ff\n", 0640);
	CHECK(!read_text(text));
	CHECK(strstr(problem, "holds a secret, and others may read"));
	/* by its name relative to the configuration */
	chmod(secret_file, 0600);
	snprintf(text, sizeof(text),
		 "keys = ( { key = 1; type = \"keyed-sha1\"; password-file = \"%s\"; } );",
		 secret_file + strlen("/tmp/"));
	conf = read_text(text);
	CHECK(conf);
	conf_free(conf);
	write_file(conf_file, KEYS(KEY("2", "simple-password", "password = \"abc\";")),
		   0644);
	chmod(conf_file, 0644);
	CHECK(!conf_read(conf_file, &conf, &problems));
	keep_problems(&problems);
	CHECK(strstr(problem, "chmod 600"));
	unlink(secret_file);
	CHECK(is_wrong("keys = ( { key = 1; type = \"keyed-sha1\"; secret = \"0\"; } );",
		       "1: secret: it is not an even number of hexadecimal digits"));
	CHECK(is_wrong(KEYS(KEY("1", "keyed-md5", "password = \"0123456789abcdef0\";")),
		       "1: 17 bytes are too many: keyed-md5 takes up to 16"));
	CHECK(is_wrong(KEYS(KEY("1", "keyed-md5", "") ",\n" KEY("1", "keyed-md5", "")),
		       "2: key 1 is in line 1 already"));
}

TEST(add_change_delete, "only the difference is applied, and the second time there is none")
{
	__u64 discriminator;

	begin();
	EQ(apply_text(TWO_SESSIONS, -1), 0);
	CHECK(print_is("+ session dest-addr 192.0.2.2\n"
		       "+ session dest-addr 2001:db8::2 interface eth0\n"));
	EQ(fake.sessions.size, 2);
	discriminator = fake.sessions.at[1]->number[BFDNL_LOCAL_DISCRIMINATOR];
	EQ(apply_text(TWO_SESSIONS, -1), 0);
	CHECK(print_is(""));
	EQ(apply_text(SESSIONS(SESSION("2001:db8::2", "interface = \"eth0\";\n"
				       "local-multiplier = 5;")),
		      -1), 0);
	CHECK(print_is("~ session dest-addr 2001:db8::2 interface eth0: local-multiplier 3 -> 5\n"
		       "- session dest-addr 192.0.2.2\n"));
	EQ(fake.sessions.size, 1);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_DISCRIMINATOR],
	   discriminator);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 5);
	EQ(apply_text("", -1), 0);
	EQ(fake.sessions.size, 0);
	EQ(ledger_size(ledger), 0);
	finish();
}

TEST(others, "sessions of others are left alone, taken over when described, told when in the way")
{
	begin();
	bfdnl_session_unset(fake_add(1, "192.0.2.9", BFD_STATE_UP), BFDNL_INTERFACE);
	EQ(apply_text("", -1), 0);
	EQ(fake.sessions.size, 1);
	EQ(apply_text(SESSIONS(SESSION("192.0.2.9", "")), -1), 0);
	CHECK(strstr(printed, "= session dest-addr 192.0.2.9: as it is"));
	EQ(apply_text("", -1), 0);
	EQ(fake.sessions.size, 0);
	fake_add(1, "192.0.2.9", BFD_STATE_UP);
	EQ(apply_text("sessions = (\n{ dest-addr = \"192.0.2.9\"; } );", -1),
	   -EINVAL);
	CHECK(strstr(problem, "2: a session of somebody else is in the way: dest-addr 192.0.2.9"));
	finish();
}

TEST(claimed, "a session that claims hold stays when the configuration drops it")
{
	begin();
	EQ(apply_text(TWO_SESSIONS, -1), 0);
	EQ(ledger_own(ledger, fake.sessions.at[0], "rest/1"), 0);
	EQ(apply_text("", -1), 0);
	CHECK(strstr(printed, "= session dest-addr 192.0.2.2: stays"));
	CHECK(strstr(printed, "- session dest-addr 2001:db8::2 interface eth0\n"));
	EQ(fake.sessions.size, 1);
	CHECK(!ledger_owned_by(ledger_at(ledger, 0), LEDGER_CONFIG));
	finish();
}

TEST(replaced, "what cannot be changed is made anew")
{
	begin();
	EQ(apply_text(TWO_SESSIONS, -1), 0);
	EQ(apply_text("sessions = ( { dest-addr = \"192.0.2.2\"; local-discriminator = 7; },\n"
		      "{ dest-addr = \"2001:db8::2\"; } );", -1), 0);
	EQ(fake.sessions.size, 2);
	CHECK(strstr(printed, "! session dest-addr 192.0.2.2: made anew"));
	CHECK(strstr(printed, "! session dest-addr 2001:db8::2: made anew"));
	EQ(apply_text("sessions = ( { dest-addr = \"192.0.2.2\"; local-discriminator = 7; },\n"
		      "{ dest-addr = \"2001:db8::2\"; } );", -1), 0);
	CHECK(print_is(""));
	EQ(ledger_size(ledger), 2);
	finish();
}

TEST(undone, "when the kernel refuses something, all is as it was before")
{
	begin();
	EQ(apply_text("echo-source = \"lo\";\n" TWO_SESSIONS, -1), 0);
	fake.refuse_cmd = BFD_CMD_SESSION_NEW;
	fake.refuse_code = -EADDRNOTAVAIL;
	fake.refuse_message = "no such address here";
	EQ(apply_text("echo-source = \"eth0\";\n"
		      SHA1("4", "abc")
		      "sessions = ( { dest-addr = \"192.0.2.2\"; local-multiplier = 9; },\n"
		      "{ dest-addr = \"192.0.2.7\"; } );", -1), -EADDRNOTAVAIL);
	CHECK(!strcmp(problem, "4: session dest-addr 192.0.2.7: no such address here"));
	EQ(fake.sessions.size, 2);
	EQ(fake.sessions.at[0]->number[BFDNL_LOCAL_MULTIPLIER], 3);
	CHECK(!strcmp(fake.echo_source, "lo"));
	EQ(fake.keys[0].number, 0);
	EQ(apply_text("echo-source = \"lo\";\n" TWO_SESSIONS, -1), 0);
	CHECK(print_is(""));
	finish();
}

TEST(key_life, "a key is set once, again when its secret changes, and deleted when it is gone")
{
	static const char one[] = SHA1("4", "abc");
	static const char other[] = SHA1("4", "abd");
	static const char used[] = SHA1("4", "abd")
		SESSIONS(SESSION("192.0.2.2", "key = 4; key-id = 1;"));

	begin();
	EQ(apply_text(one, -1), 0);
	CHECK(print_is("+ key 4 keyed-sha1\n"));
	EQ(apply_text(one, -1), 0);
	CHECK(print_is(""));
	EQ(apply_text(other, -1), 0);
	CHECK(print_is("~ key 4 keyed-sha1: set again\n"));
	CHECK(!memcmp(fake.keys[0].secret, "abd", 3));
	EQ(apply_text(used, -1), 0);
	EQ(apply_text(one, -1), -EINVAL);
	CHECK(strstr(problem, "1: key 4 is in use"));
	EQ(apply_text("", -1), 0);
	EQ(fake.keys[0].number, 0);
	EQ(apply_text(SESSIONS(SESSION("192.0.2.2", "key = 4; key-id = 1;")), -1), -EINVAL);
	CHECK(strstr(problem, "key 4: there is no such key"));
	EQ(apply_text("keys = ( { key = 4; type = \"keyed-sha1\"; } );", -1), -EINVAL);
	CHECK(strstr(problem, "key 4 is not there: its secret is missing"));
	finish();
}

TEST(saved, "what was saved makes no difference when it is applied")
{
	static char text[8192];
	FILE *out;

	begin();
	EQ(apply_text("echo-source = \"lo\";\n"
		      SHA1("4", "abc")
		      "sessions = ( { dest-addr = \"192.0.2.2\"; key = 4; key-id = 0; },\n"
		      "{ dest-addr = \"2001:db8::2\"; interface = \"e\\\"\\\\0\";\n"
		      "  desired-min-tx-interval = 3333; dscp = 0; },\n"
		      "{ dest-addr = \"192.0.2.4\"; interface = \"eth0\"; echo = true; },\n"
		      "{ dest-addr = \"192.0.2.5\"; source-addr = \"192.0.2.1\";\n"
		      "  multihop = true; vrf = \"red\"; rx-ttl = 250; admin-down = true; },\n"
		      "{ dest-addr = \"192.0.2.6\"; interface = \"eth0\"; unaffiliated-echo = true;\n"
		      "  desired-min-echo-tx-interval = \"20ms\"; } );",
		      -1), 0);
	out = fmemopen(text, sizeof(text), "w");
	EQ(save_write(h, ledger, out), 0);
	fclose(out);
	EQ(apply_text(text, -1), 0);
	CHECK(print_is(""));
	EQ(fake.sessions.size, 5);
	finish();
}

TEST(interrupted, "killed after any number of steps, the next time leads to the same end")
{
	static const char first[] = SHA1("1", "abc")
		TWO_SESSIONS;
	static const char second[] = SHA1("2", "xyz")
		"sessions = ( { dest-addr = \"192.0.2.2\"; local-multiplier = 7; },\n"
		"{ dest-addr = \"2001:db8::2\"; },\n"
		"{ dest-addr = \"192.0.2.8\"; key = 2; key-id = 1; } );";

	for (int steps = 0; steps < 8; steps++) {
		CASE("%d steps", steps);
		begin();
		EQ(apply_text(first, -1), 0);
		apply_text(second, steps);
		/* another process */
		ledger_close(ledger);
		EQ(ledger_open(ledger_file, false, &ledger), 0);
		EQ(ledger_lock(ledger, true), 0);
		EQ(apply_text(second, -1), 0);
		EQ(fake.sessions.size, 3);
		EQ(ledger_size(ledger), 3);
		EQ(apply_text(second, -1), 0);
		CHECK(print_is(""));
		EQ(apply_text("", -1), 0);
		EQ(fake.sessions.size, 0);
		EQ(fake.keys[0].number + fake.keys[1].number, 0);
		finish();
	}
}

TEST(half_line, "half a line at the end of the ledger is a step that was not taken")
{
	FILE *file;

	begin();
	EQ(apply_text(TWO_SESSIONS, -1), 0);
	ledger_unlock(ledger);
	ledger_close(ledger);
	file = fopen(ledger_file, "a");
	fputs("s 0x0000", file);
	fclose(file);
	EQ(ledger_open(ledger_file, false, &ledger), 0);
	EQ(ledger_lock(ledger, true), 0);
	EQ(ledger_size(ledger), 2);
	EQ(apply_text("", -1), 0);
	EQ(fake.sessions.size, 0);
	ledger_unlock(ledger);
	ledger_close(ledger);
	EQ(ledger_open(ledger_file, false, &ledger), 0);
	EQ(ledger_lock(ledger, true), 0);
	EQ(ledger_size(ledger), 0);
	finish();
}

TEST(rewritten, "the ledger does not grow with the number of changes")
{
	struct stat st;

	begin();
	for (int i = 0; i < 300; i++) {
		ledger_unlock(ledger);
		ledger_lock(ledger, true);
		EQ(apply_text(i % 2 ? TWO_SESSIONS : "", -1), 0);
	}
	ledger_unlock(ledger);
	ledger_lock(ledger, true);
	EQ(stat(ledger_file, &st), 0);
	CHECK(st.st_size < 8192);
	EQ(ledger_size(ledger), 2);
	finish();
}

TEST(reloaded, "the agent applies the file, again when asked, and keeps what claims hold")
{
	struct bfdnl_session *w = wanted("192.0.2.2");
	struct agent_claim *claim;

	names();
	write_file(conf_file, TWO_SESSIONS, 0600);
	fake_reset();
	agent_begin();
	EQ(reload_init(&agent, conf_file), 0);
	run();
	EQ(fake.sessions.size, 2);
	EQ(agent_session_origin(agent_session_by_id(&agent, 1)),
	   AGENT_ORIGIN_CONFIG);
	claim = agent_claim(&agent, NULL, w, NULL, NULL);
	run();
	write_file(conf_file, SESSIONS(SESSION("192.0.2.4", "")), 0600);
	reload_start(&agent);
	run();
	EQ(fake.sessions.size, 2);
	EQ(agent_session_origin(agent_claim_session(claim)),
	   AGENT_ORIGIN_CLAIMED);
	agent_claim_release(claim);
	run();
	EQ(fake.sessions.size, 1);
	write_file(conf_file, "sessions = (", 0600);
	reload_start(&agent);
	run();
	EQ(fake.sessions.size, 1);
	bfdnl_session_free(w);
	reload_end(&agent);
	agent_finish();
	unlink(conf_file);
}
