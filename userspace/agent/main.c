// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd: agents for the BFD sessions of the Linux kernel.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include "core.h"
#include "frontend.h"
#include "reload.h"

#define CONFIG_FILE	"/etc/bfdnl/bfd.conf"

static const char usage[] =
	"bfdagentd [ -c FILE ] [ -n NETNS ] [ -l LEDGER ] [ -t ] [ -d ] [ -V ] [ -h ]\n"
	"  -c, --config FILE    the configuration (" CONFIG_FILE ")\n"
	"  -n, --netns NETNS    serve this network namespace\n"
	"  -l, --ledger LEDGER  where it is noted which sessions are ours\n"
	"  -t, --test           only check the configuration\n"
	"  -d, --debug          log more\n";

struct arguments {
	const char *config;
	const char *netns;
	const char *ledger;
	bool test;
	bool debug;
};

/* Return: -1 to go on, or the exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "netns", required_argument, NULL, 'n' },
		{ "ledger", required_argument, NULL, 'l' },
		{ "test", no_argument, NULL, 't' },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*arguments = (struct arguments){ .config = CONFIG_FILE };
	while ((option = getopt_long(argc, argv, "c:n:l:tdVh", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			arguments->config = optarg;
			break;
		case 'n':
			arguments->netns = optarg;
			break;
		case 'l':
			arguments->ledger = optarg;
			break;
		case 't':
			arguments->test = true;
			break;
		case 'd':
			arguments->debug = true;
			break;
		case 'V':
			puts("bfdagentd " BFDNL_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 1;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "bfdagentd: \"%s\" is too much\n", argv[optind]);
	return 1;
}

static int on_hangup(sd_event_source *source,
		     const struct signalfd_siginfo *info, void *data)
{
	(void)source;
	(void)info;
	reload_start(data);
	return 0;
}

/* Signals are blocked before anything else: none is lost. */
static int handle_signals(struct agent *agent)
{
	sigset_t set;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	ret = sd_event_set_watchdog(agent->loop, true);
	if (ret >= 0)
		ret = sd_event_add_signal(agent->loop, NULL, SIGHUP, on_hangup,
					  agent);
	if (ret >= 0)
		ret = sd_event_add_signal(agent->loop, NULL, SIGTERM, NULL,
					  NULL);
	if (ret >= 0)
		ret = sd_event_add_signal(agent->loop, NULL, SIGINT, NULL, NULL);
	return ret < 0 ? ret : 0;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct agent agent = { 0 };
	int ret;

	ret = parse_arguments(argc, argv, &arguments);
	if (ret >= 0)
		return ret;
	log_init(arguments.debug ? LOG_DEBUG : LOG_INFO);
	if (arguments.test)
		return reload_test(arguments.config) ? 0 : 1;
	ret = core_start(&agent, arguments.netns, arguments.ledger);
	if (!ret)
		ret = handle_signals(&agent);
	if (!ret)
		ret = reload_init(&agent, arguments.config);
	if (!ret)
		ret = sd_event_loop(agent.loop);
	sd_notify(0, "STOPPING=1");
	frontends_stop(&agent, true);
	reload_end(&agent);
	core_end(&agent);
	return ret ? 1 : 0;
}
