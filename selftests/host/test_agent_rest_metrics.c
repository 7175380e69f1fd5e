// SPDX-License-Identifier: GPL-2.0
/*
 * bfdagentd, REST: metrics for Prometheus.
 */
#include "test_agent_rest.h"
#include "metrics.h"

static char *scrape(const char *header)
{
	int fd = begin_request("GET", "/metrics", header, NULL);
	char *text = hear(fd, NULL);

	EQ(status_of(text), 200);
	close(fd);
	return text;
}

static bool tells(const char *text, const char *line)
{
	if (strstr(text, line))
		return true;
	printf("# \"%s\" is not in %s\n", line, text);
	return false;
}

#define TELLS(text, line)	CHECK(tells(text, line))

static void begin(void)
{
	fake_reset();
	EQ(rest_begin(""), 0);
	fake_add(1, "192.0.2.2", BFD_STATE_UP);
	fake_add(2, "2001:db8::2", BFD_STATE_DOWN);
	fake_created(1);
	fake_created(2);
	run();
}

TEST(plain, "sessions, drops, CPUs and the agent itself are told as text 0.0.4")
{
	char *text;

	begin();
	text = scrape("");
	TELLS(text, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	TELLS(text, "# TYPE bfd_session_up gauge\nbfd_session_up{remote=\"192.0.2.2\",");
	TELLS(text, "type=\"path-ip-sh\"} 1\nbfd_session_up{remote=\"2001:db8::2\",");
	TELLS(text, "# TYPE bfd_session_receive_packets_total counter\n"
	      "bfd_session_receive_packets_total{remote=\"192.0.2.2\"");
	TELLS(text, "\nbfd_dropped_packets_total{reason=\"ttl\"} 3\n");
	TELLS(text, "\nbfd_dropped_packets_total{reason=\"auth-digest\"} 0\n");
	TELLS(text, "\nbfd_sessions{state=\"down\"} 2\n");
	TELLS(text, "\nbfd_cpu_wakeups_total{cpu=\"1\"} 124\n");
	TELLS(text, "\nbfd_kernel_up 1\n");
	TELLS(text, "\nbfd_agent_http_requests_total 1\n");
	CHECK(!strstr(text, "discriminator=\""));
	CHECK(!strstr(text, "# EOF"));
	free(text);
	rest_finish();
}

TEST(openmetrics, "who asks for OpenMetrics gets it")
{
	char *text;

	begin();
	text = scrape("Accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n");
	TELLS(text, "Content-Type: application/openmetrics-text; version=1.0.0;");
	TELLS(text, "# TYPE bfd_session_receive_packets counter\n"
	      "bfd_session_receive_packets_total{");
	CHECK(!strcmp(text + strlen(text) - 7, "\n# EOF\n"));
	free(text);
	rest_finish();
}

TEST(histogram, "buckets of lateness add up, in seconds")
{
	char *text;

	begin();
	text = scrape("");
	TELLS(text, "# TYPE bfd_lateness_seconds histogram\n");
	TELLS(text, "bfd_lateness_seconds_bucket{kind=\"sending\",le=\"1e-06\"} 60\n"
	      "bfd_lateness_seconds_bucket{kind=\"sending\",le=\"2e-06\"} 70\n"
	      "bfd_lateness_seconds_bucket{kind=\"sending\",le=\"4e-06\"} 72\n"
	      "bfd_lateness_seconds_bucket{kind=\"sending\",le=\"8e-06\"} 72\n"
	      "bfd_lateness_seconds_bucket{kind=\"sending\",le=\"+Inf\"} 73\n"
	      "bfd_lateness_seconds_sum{kind=\"sending\"} 0.0061\n"
	      "bfd_lateness_seconds_count{kind=\"sending\"} 73\n");
	TELLS(text, "bfd_lateness_max_seconds{kind=\"detection\"} 0.021\n");
	free(text);
	rest_finish();
}

TEST(names, "whatever an interface is called, it is one label of valid UTF-8")
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "a\"} 1\nb{c=\"", "interface=\"a\\\"} 1\\nb{c=\\\"\"" },
		{ "\\", "interface=\"\\\\\"" },
		{ "\xff\xc3\xa9\xc3", "interface=\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "interface=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf0\x9f\x98\x80", "interface=\"\xf0\x9f\x98\x80\"" },
		{ "\xc0\xaf", "interface=\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char labels[METRICS_LABELS_MAX] = "";

		CASE("%zu", i);
		metrics_label(labels, "interface", cases[i].name);
		if (!CHECK(!strcmp(labels, cases[i].want)))
			printf("# %s\n", labels);
	}
}

TEST(long_names, "labels that are too long are cut, and end")
{
	char labels[METRICS_LABELS_MAX] = "", name[2 * METRICS_LABELS_MAX];

	memset(name, '"', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	metrics_label(labels, "a", "b");
	metrics_label(labels, "c", name);
	metrics_label(labels, "d", "e");
	CHECK(strlen(labels) < METRICS_LABELS_MAX);
	CHECK(labels[strlen(labels) - 1] == '"' && labels[strlen(labels) - 2] == '"');
	CHECK(!strstr(labels, "d=") || strstr(labels, ",d=\"e\""));
}

TEST(many, "many sessions are read a few at a time; several who ask share the work")
{
	unsigned int requests;
	char dest[32], *text;
	int fd[5];

	begin();
	for (int i = 3; i <= 1000; i++) {
		snprintf(dest, sizeof(dest), "10.0.%d.%d", i / 250, 1 + i % 250);
		fake_add(i, dest, BFD_STATE_UP);
		fake_created(i);
	}
	run();
	requests = fake.requests;
	for (int i = 0; i < 5; i++)
		fd[i] = begin_request("GET", "/metrics", "", NULL);
	/* somebody who does not wait, and somebody else's quick question */
	close(fd[4]);
	tell_it(200, "GET", "/v1/health", NULL);
	CHECK(fake.requests < requests + 1000);
	for (int i = 0; i < 4; i++) {
		text = hear(fd[i], NULL);
		TELLS(text, "remote=\"10.0.4.1\"");
		free(text);
		close(fd[i]);
	}
	CHECK(fake.requests < requests + 2100);
	rest_finish();
}

TEST(gone, "a client that goes away takes its work along, and sessions may, too")
{
	char dest[32];
	int fd;

	begin();
	for (int i = 3; i <= 500; i++) {
		snprintf(dest, sizeof(dest), "10.0.%d.%d", i / 250, 1 + i % 250);
		fake_add(i, dest, BFD_STATE_UP);
		fake_created(i);
	}
	run();
	fd = begin_request("GET", "/metrics", "", NULL);
	for (int i = 0; i < 4; i++)
		sd_event_run(agent.loop, 1000);
	fake_remove(400);
	close(fd);
	run();
	free(scrape(""));
	rest_finish();
}

TEST(no_kernel, "without the module it is said that there is none")
{
	char *text;

	begin();
	fake.no_family = true;
	fake_unloaded();
	run();
	text = scrape("");
	TELLS(text, "\nbfd_kernel_up 0\n");
	TELLS(text, "\nbfd_agent_info{version=");
	free(text);
	rest_finish();
}
