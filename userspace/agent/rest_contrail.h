/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections in the JSON that Contrail's own clients speak.
 */
#ifndef REST_CONTRAIL_H
#define REST_CONTRAIL_H

#include <json-c/json.h>
#include <bfdnl/bfdnl.h>

/**
 * contrail_state() - a state, as it is called there
 * @state: enum bfd_state
 *
 * Return: a constant.
 */
const char *contrail_state(unsigned int state);

/**
 * contrail_json() - what was asked for
 * @address: of the peer
 * @fields: the session
 *
 * Return: an object of the caller's.
 */
struct json_object *contrail_json(const struct bfdnl_addr *address,
				  const struct bfdnl_session *fields);

/**
 * contrail_add_running() - what became of it
 * @json: gets it
 * @fields: the session
 */
void contrail_add_running(struct json_object *json,
			  const struct bfdnl_session *fields);

/**
 * contrail_parse() - what is asked for
 * @json: as a client wrote it
 *
 * Return: a session of the caller's; NULL if it makes no sense.
 */
struct bfdnl_session *contrail_parse(struct json_object *json);

#endif /* REST_CONTRAIL_H */
