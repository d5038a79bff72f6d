/* Reviews that nobody wrote, with the lengths and the spread of words of the real ones: for measuring where no data are.
 *
 *     length of a review    the nearest whole number to exp(5.26 + 0.65 z), z standard normal, and at least 10
 *     word r = 1 .. 88584   with a probability in proportion to 1 / (r + 2.5)^1.15
 *     token of a word       r + 3, as Keras numbers them, or 2 from V on
 *
 * Of the 25,000 real training reviews and of these: mean length 238 and 237, cut to 500 221 and 224, a batch of 64 has
 * 2173 and about 2170 distinct tokens of 5000. Labels are even chances.
 */
#ifndef BENCH_SYNTHETIC_H
#define BENCH_SYNTHETIC_H

#include "matinee/data.h"

/* `count` reviews of T tokens below V, which is above 3; reviews_free() also after a failure. */
bool reviews_synthetic(struct reviews *reviews, int count, int T, int V, uint64_t seed, struct error *error);

#endif
