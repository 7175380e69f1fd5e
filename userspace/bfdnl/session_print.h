/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One session in full: session_print.c, and why it is so: session_notes.c.
 */
#ifndef BFDNL_SESSION_PRINT_H
#define BFDNL_SESSION_PRINT_H

#include "out.h"

void print_session(struct out *out, const struct bfdnl_session *session);
const char *format_tuple(const struct bfdnl_session *session, char *text,
			 size_t size);
void print_note(struct out *out, const struct bfdnl_session *session,
		enum bfdnl_field field);
const char *format_age(const struct bfdnl_session *session, char *text);

/* Room for what format_tuple() makes */
#define TUPLE_LEN	192

#endif /* BFDNL_SESSION_PRINT_H */
