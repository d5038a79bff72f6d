/* Exercises of a communicator's two collectives, the same for every kind. Every rank calls them. */
#ifndef TESTS_DIST_COLLECTIVES_H
#define TESTS_DIST_COLLECTIVES_H

#include "matinee/communicator.h"

#include <stdbool.h>

/* Many sizes: none, one, around the borders of chunks, and, of up to three ranks, several megabytes. The sums have the
 * same bits on all ranks; with in_order those of adding by rank. False, with a line on standard error, at the first that
 * is wrong. */
bool exercise_sizes(const struct communicator *communicator, bool in_order);

/* Short sums and gathers in turn, `rounds` times. */
bool exercise_rounds(const struct communicator *communicator, int rounds);

#endif
