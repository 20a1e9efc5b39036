/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON whose numbers are digits.
 */
#ifndef TSLAB_DIGITS_H
#define TSLAB_DIGITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

json_t *json_u64(uint64_t n);
void json_write(FILE *file, const json_t *json, bool one_line);

#endif /* TSLAB_DIGITS_H */
