/* The generator behind numpy.random.RandomState, as far as Keras' shuffle of the reviews needs it.
 * Source: Matsumoto and Nishimura, ACM TOMACS 8 (1998); bounded integers by NumPy's masked rejection. */
#ifndef MATINEE_DATA_MT19937_H
#define MATINEE_DATA_MT19937_H

#include <stdint.h>

enum { MT19937_WORDS = 624 };

struct mt19937 {
    uint32_t words[MT19937_WORDS];
    int used; /* words taken since they were last made */
};

void mt19937_open(struct mt19937 *mt, uint32_t seed);
uint32_t mt19937_next(struct mt19937 *mt);

/* numpy.random.shuffle: uniform order of the entries. */
void mt19937_shuffle(struct mt19937 *mt, int32_t *entries, int count);

#endif
