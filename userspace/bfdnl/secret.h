/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The secret of a key, from wherever it comes.
 */
#ifndef BFDNL_SECRET_H
#define BFDNL_SECRET_H

#include "bfdnl.h"

/* More than any key takes, so that too much can be told from enough */
struct secret {
	unsigned char bytes[256];
	size_t len;
};

enum status secret_read(const struct app *app, const char *what, bool is_file,
			char *word, struct secret *secret);
void secret_wipe(struct secret *secret);

#endif /* BFDNL_SECRET_H */
