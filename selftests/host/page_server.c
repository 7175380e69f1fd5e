// SPDX-License-Identifier: GPL-2.0
/*
 * usage: page-server ADDRESS:PORT [TOKEN_FILE]
 *
 * The REST front end before a fake kernel, for a browser. Lines of standard
 * input say what happens there; its end is the end:
 *
 *	add ID ADDRESS STATE INTERFACE VRF
 *	state ID STATE
 *	delete ID
 *
 * Each is answered with a line when it is done.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include "test_lib_fake.h"
#undef ARRAY_SIZE
#include "core.h"
#include "rest.h"

extern const struct agent_frontend rest_frontend;

static struct agent agent;

static void *settings_of(const char *listen, const char *token_file)
{
	struct problems problems = { 0 };
	void *settings = NULL;
	char text[600];
	config_t config;

	snprintf(text, sizeof(text), "listen = \"%s\"; %s%s%s", listen,
		 token_file ? "token-file = \"" : "",
		 token_file ? token_file : "", token_file ? "\";" : "");
	config_init(&config);
	if (config_read_string(&config, text))
		settings = rest_frontend.parse(config_root_setting(&config),
					       &problems);
	config_destroy(&config);
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "%s\n", problems.at[i]);
	problems_free(&problems);
	return settings;
}

static bool add(char *rest_of_line)
{
	char address[64], state[16], interface[128], vrf[128];
	struct bfdnl_session *session;
	unsigned int id;

	if (sscanf(rest_of_line, "%u %63s %15s %127s %127s", &id, address, state,
		   interface, vrf) != 5 || bfdnl_state_parse(state) < 0)
		return false;
	session = fake_add(id, address, bfdnl_state_parse(state));
	session->number[BFDNL_LOCAL_DISCRIMINATOR] = 1000 + id;
	bfdnl_session_set_text(session, BFDNL_INTERFACE, interface);
	if (strcmp(vrf, "-"))
		bfdnl_session_set_text(session, BFDNL_VRF, vrf);
	fake_created(id);
	return true;
}

static bool obey(char *line)
{
	char state[16];
	unsigned int id;

	if (!strncmp(line, "add ", 4))
		return add(line + 4);
	if (sscanf(line, "state %u %15s", &id, state) == 2 &&
	    bfdnl_state_parse(state) >= 0) {
		fake_state(id, bfdnl_state_parse(state));
		return true;
	}
	if (sscanf(line, "delete %u", &id) == 1) {
		fake_deleted(id);
		return true;
	}
	return false;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *data)
{
	static char text[65536];
	static size_t len;
	ssize_t got = read(fd, text + len, sizeof(text) - 1 - len);
	char *line = text, *end;

	(void)events;
	(void)data;
	if (got <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	len += got;
	text[len] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		printf("%s\n", obey(line) ? "done" : "what?");
		line = end + 1;
	}
	len -= line - text;
	memmove(text, line, len + 1);
	return 0;
}

int main(int argc, char **argv)
{
	char ledger[64], lock[80];
	void *settings;
	int ret;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(ledger, sizeof(ledger), "/tmp/page_server.%d.ledger", getpid());
	snprintf(lock, sizeof(lock), "%s.lock", ledger);
	log_init(LOG_WARNING);
	fake_reset();
	settings = settings_of(argv[1], argc > 2 ? argv[2] : NULL);
	ret = settings ? core_start(&agent, NULL, ledger) : -EINVAL;
	if (!ret)
		ret = rest_frontend.start(&agent, settings);
	if (!ret) {
		sd_event_add_io(agent.loop, NULL, 0, EPOLLIN, on_input, NULL);
		printf("ready\n");
		sd_event_loop(agent.loop);
		rest_frontend.stop(&agent, false);
		core_end(&agent);
		fake_reset();
	}
	unlink(ledger);
	unlink(lock);
	return ret ? 1 : 0;
}
