/* What a backend must do beside computing: its tables, memory and recordings. Each fails the running test where it
 * does not. */
#ifndef MATINEE_TESTS_MEMORY_CASE_H
#define MATINEE_TESTS_MEMORY_CASE_H

#include "matinee/backend.h"

/* No table has an empty place, but for sum_ranks of a backend that is alone, and the backend says what it is. */
void memory_case_check_tables(struct backend *backend, const char *name);

/* Zeros, and nothing outside them. */
void memory_case_check_clear(struct backend *backend);

void memory_case_check_alignment(struct backend *backend);

/* Too much memory is an error that says what for, and the backend goes on. */
void memory_case_check_too_much(struct backend *backend);

/* What a poll gives was there, and arrives if one asks again and again. */
void memory_case_check_poll(struct backend *backend);

/* A recording, replayed as often as its states, does what the calls do, to the bit. */
void memory_case_check_replay(struct backend *backend);

#endif
