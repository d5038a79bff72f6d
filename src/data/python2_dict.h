/* The order of a 64-bit CPython 2.7 dict with byte strings as keys: Keras' word index inherits it for words of equal
 * count. Source: stringobject.c (string_hash) and dictobject.c of CPython 2.7, described in its dictnotes.
 */
#ifndef MATINEE_DATA_PYTHON2_DICT_H
#define MATINEE_DATA_PYTHON2_DICT_H

#include "matinee/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* hash(str) without randomisation. */
uint64_t python2_hash(const char *text, size_t bytes);

/* In which order a dict yields its keys after distinct keys 0 .. count - 1, whose hashes are given, were inserted one
 * after the other: order[k] is the k-th key that it yields. */
bool python2_dict_order(const uint64_t *hashes, int count, int32_t *order, struct error *error);

#endif
