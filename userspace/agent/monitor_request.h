/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FreeBFD's monitor protocol: what clients send.
 */
#ifndef BFDAGENT_MONITOR_REQUEST_H
#define BFDAGENT_MONITOR_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <json-c/json.h>
#include "session_id.h"

/* Bytes that a request may have */
#define MONITOR_REQUEST_MAX	4096

/**
 * struct monitor_input - takes a stream of bytes apart
 * @tokener: the object that has begun
 * @used: how many bytes it has so far
 * @skip: nothing is understood until the next line
 */
struct monitor_input {
	struct json_tokener *tokener;
	size_t used;
	bool skip;
};

/* Return: 0 or -ENOMEM. */
int monitor_input_init(struct monitor_input *input);
void monitor_input_end(struct monitor_input *input);

/**
 * monitor_input_feed() - take some bytes
 * @input: the stream
 * @data: what has come
 * @len: how much of it
 * @object: gets a complete object, to be put by the caller, or NULL
 * @wrong: gets what is wrong with the line, or NULL
 *
 * Objects may follow each other with or without white space in between. What
 * is not understood is passed over up to the end of the line.
 *
 * Return: how many bytes were used: all, or those up to the end of an object
 * or to a mistake.
 */
size_t monitor_input_feed(struct monitor_input *input, const char *data,
			  size_t len, struct json_object **object,
			  const char **wrong);

enum monitor_command {
	MONITOR_LIST,
	MONITOR_SUBSCRIBE,
	MONITOR_UNSUBSCRIBE,
};

/**
 * struct monitor_request - what a client wants
 * @command: what to do
 * @all: with all sessions
 * @id: of the session, as the client wrote it
 * @wanted: the session if not @all, identity and parameters; NULL for a list
 */
struct monitor_request {
	enum monitor_command command;
	bool all;
	char id[SESSION_ID_LEN];
	struct bfdnl_session *wanted;
};

/**
 * monitor_request_read() - understand an object
 * @object: what came
 * @request: gets it; monitor_request_end() either way
 * @wrong: gets what is wrong with it, for a person
 * @room: bytes of @wrong
 *
 * Return: true if it was understood.
 */
bool monitor_request_read(struct json_object *object,
			  struct monitor_request *request, char *wrong,
			  size_t room);
void monitor_request_end(struct monitor_request *request);

#endif /* BFDAGENT_MONITOR_REQUEST_H */
