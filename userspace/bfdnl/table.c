// SPDX-License-Identifier: GPL-2.0
/*
 * Aligned columns for people.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bfdnl.h"
#include "table.h"

/**
 * table_add() - the next cell, from left to right and top to bottom
 * @table: the table; its first row is the heading
 * @text: is copied; an empty text is shown as "-"
 * @color: of the text
 */
void table_add(struct table *table, const char *text, enum color color)
{
	char *copy = strdup(text && *text ? text : "-");
	struct table_cell *cells = table->cells;

	if (copy && table->size == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		cells = realloc(cells, table->room * sizeof(*cells));
	}
	if (!copy || !cells) {
		refused("%s", strerror(ENOMEM));
		exit(STATUS_REFUSED);
	}
	table->cells = cells;
	cells[table->size++] = (struct table_cell){ copy, color };
}

/* The width of a column, 0 if it has nothing below its heading */
static int column_width(const struct table *table, int column)
{
	int width = strlen(table->cells[column].text);
	bool any = table->size <= table->columns;

	for (int i = column + table->columns; i < table->size;
	     i += table->columns) {
		const char *text = table->cells[i].text;

		if ((int)strlen(text) > width)
			width = strlen(text);
		any = any || strcmp(text, "-");
	}
	return any ? width : 0;
}

/**
 * table_print() - print and empty a table
 * @table: the table; columns with nothing below their heading are left out
 */
void table_print(struct table *table)
{
	int width[TABLE_COLUMNS_MAX], last = 0;

	for (int i = 0; table->size && i < table->columns; i++) {
		width[i] = column_width(table, i);
		if (width[i])
			last = i;
	}
	for (int i = 0; i < table->size; i++) {
		const struct table_cell *cell = &table->cells[i];
		int column = i % table->columns;
		int pad = width[column] - (int)strlen(cell->text) + 2;

		if (!width[column])
			continue;
		printf("%s%s%s", term_color(cell->color), cell->text,
		       term_reset(cell->color));
		if (column == last)
			putchar('\n');
		else
			printf("%*s", pad, "");
	}
	for (int i = 0; i < table->size; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct table){ .columns = table->columns };
}
