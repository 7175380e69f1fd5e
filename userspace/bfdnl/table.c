// SPDX-License-Identifier: GPL-2.0
/*
 * Aligned columns for people.
 */
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
	struct table_cell *cell, *cells = table->cells;

	if (table->size == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		cells = realloc(cells, table->room * sizeof(*cells));
		if (!cells)
			out_of_memory();
		table->cells = cells;
	}
	cell = &cells[table->size++];
	cell->color = color;
	cell->text = strdup(text && *text ? text : "-");
	if (!cell->text)
		out_of_memory();
}

static int column_width(const struct table *table, int column)
{
	int width = 0;

	for (int i = column; i < table->size; i += table->columns) {
		int len = strlen(table->cells[i].text);

		if (len > width)
			width = len;
	}
	return width;
}

/**
 * table_print() - print and empty a table
 * @table: the table
 */
void table_print(struct table *table)
{
	int last = table->columns - 1, width[TABLE_COLUMNS_MAX] = { 0 };

	for (int i = 0; i < table->columns; i++)
		width[i] = column_width(table, i);
	for (int i = 0; i < table->size; i++) {
		const struct table_cell *cell = &table->cells[i];
		int column = i % table->columns;
		int pad = width[column] - (int)strlen(cell->text) + 2;

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
