// SPDX-License-Identifier: GPL-2.0
/*
 * UTF-8.
 */
#include <string.h>
#include <linux/types.h>
#include "utf8.h"

static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */

/* Return: bytes of the UTF-8 character at @text; 0: it is none. */
static size_t size_of(const unsigned char *text)
{
	static const __u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 :
		      *text >= 0xe0 && *text < 0xf0 ? 3 :
		      *text >= 0xf0 && *text < 0xf5 ? 4 : 0;
	__u32 code;

	if (size < 2)
		return size;
	code = *text & (0xff >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[size] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return size;
}

bool utf8_is_valid(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t size;

	for (; *c; c += size) {
		size = size_of(c);
		if (!size)
			return false;
	}
	return true;
}

size_t utf8_copy(const char **from, char to[static UTF8_SIZE_MAX])
{
	size_t size = size_of((const unsigned char *)*from);

	memcpy(to, size ? *from : replacement,
	       size ? size : sizeof(replacement) - 1);
	*from += size ? size : 1;
	return size ? size : sizeof(replacement) - 1;
}
