/* add_parts over random gradients, by a backend and by the reference. */
#ifndef MATINEE_TESTS_PARTS_CASE_H
#define MATINEE_TESTS_PARTS_CASE_H

#include "matinee/backend.h"

/* (parts,count) numbers of many sizes, zeros of both signs and denormals among them: another order of a sum of four or
 * more has other bits. */
float *parts_case_random(int parts, size_t count);

/* Each fails the running test unless the bits are those that backend.h says. */
void parts_case_check(struct backend *backend, int parts, size_t count);
void parts_case_check_written_out(struct backend *backend);

#endif
