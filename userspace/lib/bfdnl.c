// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The handle and the operations on sessions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

struct bfdnl *bfdnl_new(void)
{
	return calloc(1, sizeof(struct bfdnl));
}

static void disconnect(struct bfdnl *h)
{
	transport_close(h->transport);
	h->transport = NULL;
	free(h->netns);
	h->netns = NULL;
}

void bfdnl_free(struct bfdnl *h)
{
	if (!h)
		return;
	disconnect(h);
	free(h);
}

int bfdnl_connect(struct bfdnl *h, const char *netns)
{
	const char *failed;
	int ret;

	disconnect(h);
	error_clear(h);
	if (netns) {
		h->netns = strdup(netns);
		if (!h->netns)
			return fail(h, -ENOMEM, NULL);
	}
	ret = transport_open(&h->transport, netns, true, &failed);
	if (ret && netns)
		ret = fail(h, ret, "cannot %s, %s: %s", failed, netns,
			   strerror(-ret));
	else if (ret)
		ret = fail(h, ret, "cannot %s: %s", failed, strerror(-ret));
	else
		ret = resolve_family(h);
	if (ret)
		disconnect(h);
	return ret;
}

const char *bfdnl_error(const struct bfdnl *h)
{
	return h->error;
}

const char *bfdnl_error_message(const struct bfdnl *h)
{
	return *h->nl_error.message ? h->nl_error.message : NULL;
}

const char *bfdnl_error_attribute(const struct bfdnl *h)
{
	return h->nl_error.attribute;
}

static int fail_encode(struct bfdnl *h, struct nl_msg *msg, int ret)
{
	request_free(msg);
	if (!msg)
		return fail(h, -ENOMEM, NULL);
	if (ret == -EINVAL)
		return fail(h, ret, "id, local-discriminator or dest-addr must name a session");
	return fail(h, ret, NULL);
}

/* Takes the session of an answer; @data is a struct bfdnl_session *. */
static int session_answer(struct bfdnl *h, const struct nlmsghdr *nlh,
			  void *data)
{
	int ret = decode_session(nlh, data);

	return ret ? fail(h, ret, "malformed session") : 0;
}

/* Run @msg; the session that the kernel answers with goes to *@session. */
static int run_for_session(struct bfdnl *h, struct nl_msg *msg,
			   struct bfdnl_session **session)
{
	struct bfdnl_session *answer = bfdnl_session_new();
	int ret;

	if (!answer) {
		request_free(msg);
		return fail(h, -ENOMEM, NULL);
	}
	ret = request_run(h, msg, session_answer, answer, NULL);
	if (!ret && !bfdnl_session_has(answer, BFDNL_ID))
		ret = fail(h, -EPROTO, "the kernel answered without a session");
	if (ret || !session)
		bfdnl_session_free(answer);
	else
		*session = answer;
	return ret;
}

int bfdnl_add(struct bfdnl *h, const struct bfdnl_session *session,
	      struct bfdnl_session **created)
{
	struct nl_msg *msg = request_new(h, BFD_CMD_SESSION_NEW, 0);
	int ret;

	ret = msg ? encode_add(msg, session) : -ENOMEM;
	if (ret)
		return fail_encode(h, msg, ret);
	if (!created)
		return request_run(h, msg, NULL, NULL, NULL);
	return run_for_session(h, msg, created);
}

int bfdnl_set(struct bfdnl *h, const struct bfdnl_session *selector,
	      const struct bfdnl_session *changes)
{
	struct nl_msg *msg;
	int ret;

	for (int i = 0; i < BFDNL_FIELDS; i++)
		if (changes->present[i] && field_info(i)->use != USE_CHANGE)
			return fail(h, -EINVAL,
				    "%s cannot be changed: delete the session and add another",
				    bfdnl_field_name(i));
	msg = request_new(h, BFD_CMD_SESSION_SET, 0);
	ret = msg ? encode_selector(msg, selector) : -ENOMEM;
	if (!ret)
		ret = encode_changes(msg, changes);
	if (ret)
		return fail_encode(h, msg, ret);
	return request_run(h, msg, NULL, NULL, NULL);
}

static int run_selected(struct bfdnl *h, __u8 cmd,
			const struct bfdnl_session *selector)
{
	struct nl_msg *msg = request_new(h, cmd, 0);
	int ret;

	ret = msg ? encode_selector(msg, selector) : -ENOMEM;
	if (ret)
		return fail_encode(h, msg, ret);
	return request_run(h, msg, NULL, NULL, NULL);
}

int bfdnl_del(struct bfdnl *h, const struct bfdnl_session *selector)
{
	return run_selected(h, BFD_CMD_SESSION_DEL, selector);
}

int bfdnl_poll(struct bfdnl *h, const struct bfdnl_session *selector)
{
	return run_selected(h, BFD_CMD_SESSION_POLL, selector);
}

int bfdnl_get(struct bfdnl *h, const struct bfdnl_session *selector,
	      struct bfdnl_session **session)
{
	struct nl_msg *msg = request_new(h, BFD_CMD_SESSION_GET, 0);
	int ret;

	*session = NULL;
	ret = msg ? encode_selector(msg, selector) : -ENOMEM;
	if (ret)
		return fail_encode(h, msg, ret);
	return run_for_session(h, msg, session);
}

static int run_plain(struct bfdnl *h, __u8 cmd)
{
	struct nl_msg *msg = request_new(h, cmd, 0);

	return msg ? request_run(h, msg, NULL, NULL, NULL) :
		     fail(h, -ENOMEM, NULL);
}

int bfdnl_flush(struct bfdnl *h)
{
	return run_plain(h, BFD_CMD_SESSION_FLUSH);
}

int bfdnl_stats_clear(struct bfdnl *h)
{
	return run_plain(h, BFD_CMD_STATS_CLEAR);
}

void session_list_clear(struct session_list *list)
{
	for (size_t i = 0; i < list->size; i++)
		bfdnl_session_free(list->at[i]);
	free(list->at);
	*list = (struct session_list){ 0 };
}

/* Return: index of the first session whose id is not less than @id. */
size_t session_list_find(const struct session_list *list, __u64 id)
{
	size_t low = 0, high = list->size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->at[middle]->number[BFDNL_ID] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int session_list_insert(struct session_list *list, size_t index,
			struct bfdnl_session *session)
{
	if (list->size == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct bfdnl_session **at;

		at = realloc(list->at, room * sizeof(*at));
		if (!at)
			return -ENOMEM;
		list->at = at;
		list->room = room;
	}
	memmove(&list->at[index + 1], &list->at[index],
		(list->size - index) * sizeof(*list->at));
	list->at[index] = session;
	list->size++;
	return 0;
}

void session_list_remove(struct session_list *list, size_t index)
{
	bfdnl_session_free(list->at[index]);
	list->size--;
	memmove(&list->at[index], &list->at[index + 1],
		(list->size - index) * sizeof(*list->at));
}

static int dump_answer(struct bfdnl *h, const struct nlmsghdr *nlh, void *data)
{
	struct session_list *list = data;
	struct bfdnl_session *session = bfdnl_session_new();
	size_t index;
	int ret;

	if (!session)
		return fail(h, -ENOMEM, NULL);
	ret = decode_session(nlh, session);
	if (ret || !bfdnl_session_has(session, BFDNL_ID)) {
		bfdnl_session_free(session);
		return fail(h, -EBADMSG, "malformed session");
	}
	index = session_list_find(list, session->number[BFDNL_ID]);
	if (index < list->size &&
	    list->at[index]->number[BFDNL_ID] == session->number[BFDNL_ID])
		session_list_remove(list, index);
	if (session_list_insert(list, index, session)) {
		bfdnl_session_free(session);
		return fail(h, -ENOMEM, NULL);
	}
	return 0;
}

/**
 * dump_once() - read all sessions, consistent or not
 * @h: a connected handle
 * @list: gets the sessions; empty on failure
 * @interrupted: set if sessions came or went meanwhile
 *
 * Return: 0 or a negative errno.
 */
int dump_once(struct bfdnl *h, struct session_list *list, bool *interrupted)
{
	struct nl_msg *msg = request_new(h, BFD_CMD_SESSION_GET, NLM_F_DUMP);
	int ret;

	if (!msg)
		return fail(h, -ENOMEM, NULL);
	ret = request_run(h, msg, dump_answer, list, interrupted);
	if (ret)
		session_list_clear(list);
	return ret;
}

int bfdnl_dump(struct bfdnl *h, bfdnl_session_fn fn, void *data)
{
	struct session_list list = { 0 };
	bool interrupted = false;
	int ret;

	for (int i = 0; i < DUMP_ATTEMPTS; i++) {
		session_list_clear(&list);
		ret = dump_once(h, &list, &interrupted);
		if (ret)
			return ret;
		if (!interrupted)
			break;
	}
	for (size_t i = 0; !ret && i < list.size; i++)
		ret = fn(list.at[i], data);
	session_list_clear(&list);
	if (!ret && interrupted)
		return fail(h, -EAGAIN, "the list may be inconsistent: sessions came and went");
	return ret;
}
