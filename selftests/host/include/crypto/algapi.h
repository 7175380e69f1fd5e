/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_CRYPTO_ALGAPI_H
#define _SHIM_CRYPTO_ALGAPI_H

#include <string.h>

#define crypto_memneq(a, b, size) (memcmp(a, b, size) != 0)

#endif /* _SHIM_CRYPTO_ALGAPI_H */
