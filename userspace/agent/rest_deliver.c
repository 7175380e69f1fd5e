// SPDX-License-Identifier: GPL-2.0
/*
 * Call the URLs: libcurl's multi interface in the event loop. One call at a
 * time for each URL, so that order is kept; all URLs at once, so that none
 * waits for another. What fails is tried again, after longer and longer.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>
#include "rest.h"

#define CONNECT_MS	3000
#define CALL_MS		10000
#define BACKOFF_MIN_US	100000
#define BACKOFF_MAX_US	30000000
#define ANSWER_BYTES	65536	/* of no interest, but whoever sends more errs */

/**
 * struct rest_call - how a target is called
 * @easy: libcurl's handle, kept for its connection
 * @headers: what is sent
 * @body: what is being sent
 * @answer: bytes that came back
 * @busy: it is under way
 * @retry: waits until it is time to try again
 */
struct rest_call {
	CURL *easy;
	struct curl_slist *headers;
	char *body;
	size_t answer;
	bool busy;
	sd_event_source *retry;
};

static CURLM *multi;
static sd_event_source *timer;

static void start(struct rest_target *target);

/* ---- bodies ---- */

static void write_lost(const struct rest_target *target, FILE *out)
{
	fprintf(out, "{\"event\":\"lost\",\"lost\":%llu}",
		(unsigned long long)target->lost_sending);
}

static void write_event(const struct rest_target *target, size_t index,
			FILE *out)
{
	const struct rest_event *event;
	char *text;

	event = target->queue[(target->head + index) % target->queue_room];
	if (!target->kind->body) {
		fputs(event->text, out);
		return;
	}
	text = target->kind->body(target, event);
	fputs(text ? text : "{}", out);
	free(text);
}

static void write_batch(struct rest_target *target, FILE *out)
{
	target->lost_sending = target->lost;
	target->sending = target->count < target->batch ? target->count :
							  target->batch;
	fputc('[', out);
	if (target->lost_sending)
		write_lost(target, out);
	for (size_t i = 0; i < target->sending; i++) {
		if (i || target->lost_sending)
			fputc(',', out);
		write_event(target, i, out);
	}
	fputc(']', out);
}

static void write_one(struct rest_target *target, FILE *out)
{
	target->lost_sending = target->lost;
	target->sending = !target->lost;
	if (target->lost)
		write_lost(target, out);
	else
		write_event(target, 0, out);
}

static char *body_of(struct rest_target *target, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	if (target->batch)
		write_batch(target, out);
	else
		write_one(target, out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- one call ---- */

static void succeed(struct rest_target *target)
{
	target->lost -= target->lost_sending;
	target->lost_sending = 0;
	rest_target_done(target);
	target->failures = 0;
	*target->error = '\0';
	start(target);
}

static __u64 backoff(unsigned int failures)
{
	__u64 us = BACKOFF_MAX_US;
	__u16 random = 0;

	if (failures < 10 && BACKOFF_MIN_US << failures < BACKOFF_MAX_US)
		us = BACKOFF_MIN_US << failures;
	/* so that those who failed together do not come again together */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	return us - us / 4 * random / UINT16_MAX;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct rest_target *target = data;

	(void)source;
	(void)usec;
	target->call->retry = sd_event_source_disable_unref(target->call->retry);
	start(target);
	return 0;
}

static void fail(struct rest_target *target, const char *why)
{
	if (!target->failures)
		agent_log(LOG_WARNING, "rest: notification %llu: %s",
			  (unsigned long long)target->id, why);
	target->lost_sending = 0;
	target->sending = 0;
	snprintf(target->error, sizeof(target->error), "%s", why);
	if (sd_event_add_time_relative(agent_loop(rest.agent),
				       &target->call->retry, CLOCK_MONOTONIC,
				       backoff(target->failures), 1000, on_retry,
				       target) < 0)
		agent_log(LOG_ERR, "rest: notification %llu: given up",
			  (unsigned long long)target->id);
	rest_target_failed(target);
}

static void finished(CURL *easy, int code)
{
	struct rest_target *target = NULL;
	long status = 0;
	char why[64];

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &target);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, easy);
	target->call->busy = false;
	free(target->call->body);
	target->call->body = NULL;
	snprintf(why, sizeof(why), "status %ld", status);
	if (code)
		fail(target, curl_easy_strerror(code));
	else if (status < 200 || status > 299)
		fail(target, why);
	else
		succeed(target);
}

static void start(struct rest_target *target)
{
	struct rest_call *call = target->call;
	size_t size = 0;

	if (call->busy || call->retry || (!target->count && !target->lost))
		return;
	call->body = body_of(target, &size);
	if (!call->body) {
		fail(target, strerror(ENOMEM));
		return;
	}
	call->answer = 0;
	curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body);
	curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)size);
	if (curl_multi_add_handle(multi, call->easy)) {
		free(call->body);
		call->body = NULL;
		fail(target, "libcurl refuses");
		return;
	}
	call->busy = true;
}

static size_t on_answer(char *text, size_t size, size_t count, void *data)
{
	struct rest_call *call = data;

	(void)text;
	call->answer += size * count;
	return call->answer > ANSWER_BYTES ? 0 : size * count;
}

static bool set_headers(struct rest_call *call, const char *token)
{
	struct curl_slist *more;
	char line[600];

	call->headers = curl_slist_append(NULL, "Content-Type: application/json");
	more = call->headers ? curl_slist_append(call->headers, "Expect:") : NULL;
	if (more && token) {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", token);
		more = curl_slist_append(call->headers, line);
		explicit_bzero(line, sizeof(line));
	}
	return more;
}

static void call_free(struct rest_call *call)
{
	if (call->busy)
		curl_multi_remove_handle(multi, call->easy);
	sd_event_source_disable_unref(call->retry);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	free(call->body);
	free(call);
}

static struct rest_call *call_new(struct rest_target *target)
{
	struct rest_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->easy = curl_easy_init();
	if (!call->easy || !set_headers(call, target->token) ||
	    curl_easy_setopt(call->easy, CURLOPT_URL, target->url)) {
		call_free(call);
		return NULL;
	}
	curl_easy_setopt(call->easy, CURLOPT_PRIVATE, target);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(call->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
	curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_USERAGENT, "bfdagentd/" BFDNL_VERSION);
	return call;
}

void rest_deliver(struct rest_target *target)
{
	if (!target->call)
		target->call = call_new(target);
	if (target->call)
		start(target);
	else
		agent_log(LOG_ERR, "rest: notification %llu: %s",
			  (unsigned long long)target->id, strerror(ENOMEM));
}

void rest_deliver_forget(struct rest_target *target)
{
	if (target->call)
		call_free(target->call);
	target->call = NULL;
}

/* ---- libcurl in the loop ---- */

static void act(curl_socket_t fd, int events)
{
	struct CURLMsg *message;
	int left, running;

	curl_multi_socket_action(multi, fd, events, &running);
	while ((message = curl_multi_info_read(multi, &left)))
		if (message->msg == CURLMSG_DONE)
			finished(message->easy_handle, message->data.result);
}

static int on_socket(sd_event_source *source, int fd, uint32_t seen, void *data)
{
	int events = 0;

	(void)source;
	(void)data;
	if (seen & EPOLLIN)
		events |= CURL_CSELECT_IN;
	if (seen & EPOLLOUT)
		events |= CURL_CSELECT_OUT;
	if (seen & (EPOLLERR | EPOLLHUP))
		events |= CURL_CSELECT_ERR;
	act(fd, events);
	return 0;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *data,
		       void *socket_data)
{
	sd_event_source *source = socket_data;
	__u32 events = 0;

	(void)easy;
	(void)data;
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		curl_multi_assign(multi, fd, NULL);
	} else if (source) {
		sd_event_source_set_io_events(source, events);
	} else if (sd_event_add_io(agent_loop(rest.agent), &source, fd, events,
				   on_socket, NULL) >= 0) {
		curl_multi_assign(multi, fd, source);
	}
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	(void)data;
	act(CURL_SOCKET_TIMEOUT, 0);
	return 0;
}

/*
 * By the clock of now, not by that of the loop, which is behind: libcurl is
 * not called again for a time that it believes to be yet to come.
 */
static int want_timer(CURLM *handle, long ms, void *data)
{
	struct timespec ts;

	(void)handle;
	(void)data;
	if (ms < 0)
		return sd_event_source_set_enabled(timer, SD_EVENT_OFF) < 0 ?
		       -1 : 0;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_event_source_set_time(timer, ts.tv_sec * 1000000ULL +
				 ts.tv_nsec / 1000 + ms * 1000);
	return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

int rest_deliver_start(void)
{
	int ret;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;
	multi = curl_multi_init();
	if (!multi)
		return -ENOMEM;
	ret = sd_event_add_time_relative(agent_loop(rest.agent), &timer,
					 CLOCK_MONOTONIC, 0, 1, on_timer, NULL);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(timer, SD_EVENT_OFF);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
			  (long)rest.settings->notifications + 1);
	return ret < 0 ? ret : 0;
}

void rest_deliver_stop(void)
{
	if (multi)
		curl_multi_cleanup(multi);
	multi = NULL;
	timer = sd_event_source_disable_unref(timer);
}
