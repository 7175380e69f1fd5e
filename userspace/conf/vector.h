/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pointers in order.
 */
#ifndef BFDCONF_VECTOR_H
#define BFDCONF_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

struct vector {
	void **at;
	size_t size;
	size_t room;
};

/* Negative, 0 or positive as @item is before, at or behind @key */
typedef int (*vector_compare_fn)(const void *item, const void *key);

/* Return: index of the first item that is not before @key. */
size_t vector_find(const struct vector *v, vector_compare_fn compare,
		   const void *key);

/* Return: the item that is at @key, or NULL. */
void *vector_get(const struct vector *v, vector_compare_fn compare,
		 const void *key);

/* Return: 0 or -ENOMEM. */
int vector_insert(struct vector *v, size_t index, void *item);
int vector_append(struct vector *v, void *item);

/* Take out, without freeing, what is at @index. */
void vector_remove(struct vector *v, size_t index);

/* Free the vector, and each item with @free_item unless that is NULL. */
void vector_clear(struct vector *v, void (*free_item)(void *item));

#endif /* BFDCONF_VECTOR_H */
