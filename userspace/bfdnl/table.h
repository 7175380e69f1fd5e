/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Aligned columns for people.
 */
#ifndef BFDNL_TABLE_H
#define BFDNL_TABLE_H

#include "term.h"

#define TABLE_COLUMNS_MAX	16

struct table_cell {
	char *text;
	enum color color;
};

/* Begin with { .columns = n }. */
struct table {
	int columns;
	struct table_cell *cells;
	int size;
	int room;
};

void table_add(struct table *table, const char *text, enum color color);
void table_print(struct table *table);

#endif /* BFDNL_TABLE_H */
