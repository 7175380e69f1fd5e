/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write down what the kernel has.
 */
#ifndef BFDCONF_SAVE_H
#define BFDCONF_SAVE_H

#include <stdio.h>
#include "ledger.h"

/**
 * save_write() - a configuration that is what the kernel has
 * @h: a connected handle
 * @ledger: sessions that only claims own are left out; so are those that end
 *	with the program that made them
 * @out: where it is written
 *
 * The kernel does not tell the secrets of keys: they are to be filled in before
 * the file is applied to a kernel without those keys.
 *
 * Return: 0 or a negative errno; -EIO if it could not be written.
 */
int save_write(struct bfdnl *h, const struct ledger *ledger, FILE *out);

#endif /* BFDCONF_SAVE_H */
