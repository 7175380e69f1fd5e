// SPDX-License-Identifier: GPL-2.0
/*
 * Pointers in order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "vector.h"

size_t vector_find(const struct vector *v, vector_compare_fn compare,
		   const void *key)
{
	size_t low = 0, high = v->size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(v->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *vector_get(const struct vector *v, vector_compare_fn compare,
		 const void *key)
{
	size_t index = vector_find(v, compare, key);

	if (index == v->size || compare(v->at[index], key))
		return NULL;
	return v->at[index];
}

int vector_insert(struct vector *v, size_t index, void *item)
{
	if (v->size == v->room) {
		size_t room = v->room ? 2 * v->room : 16;
		void **at = reallocarray(v->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		v->at = at;
		v->room = room;
	}
	memmove(&v->at[index + 1], &v->at[index],
		(v->size - index) * sizeof(*v->at));
	v->at[index] = item;
	v->size++;
	return 0;
}

int vector_append(struct vector *v, void *item)
{
	return vector_insert(v, v->size, item);
}

void vector_remove(struct vector *v, size_t index)
{
	v->size--;
	memmove(&v->at[index], &v->at[index + 1],
		(v->size - index) * sizeof(*v->at));
}

void vector_clear(struct vector *v, void (*free_item)(void *item))
{
	for (size_t i = 0; free_item && i < v->size; i++)
		free_item(v->at[i]);
	free(v->at);
	*v = (struct vector){ 0 };
}
