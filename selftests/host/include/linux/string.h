/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_STRING_H
#define _SHIM_LINUX_STRING_H

#include <string.h>

#define memzero_explicit(s, count) explicit_bzero(s, count)

#endif /* _SHIM_LINUX_STRING_H */
