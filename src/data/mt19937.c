#include "mt19937.h"

void mt19937_open(struct mt19937 *mt, uint32_t seed)
{
    mt->words[0] = seed;
    for (uint32_t i = 1; i < MT19937_WORDS; i++) {
        uint32_t last = mt->words[i - 1];
        mt->words[i] = 1812433253u * (last ^ (last >> 30)) + i;
    }
    mt->used = MT19937_WORDS;
}

static void make_words(struct mt19937 *mt)
{
    enum { MIDDLE = 397 };
    uint32_t *w = mt->words;
    for (int i = 0; i < MT19937_WORDS; i++) {
        uint32_t y = (w[i] & 0x80000000u) | (w[(i + 1) % MT19937_WORDS] & 0x7fffffffu);
        w[i] = w[(i + MIDDLE) % MT19937_WORDS] ^ (y >> 1) ^ ((y & 1) ? 0x9908b0dfu : 0);
    }
    mt->used = 0;
}

uint32_t mt19937_next(struct mt19937 *mt)
{
    if (mt->used == MT19937_WORDS)
        make_words(mt);
    uint32_t y = mt->words[mt->used++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* Uniform on 0 .. largest, both included. */
static uint32_t bounded(struct mt19937 *mt, uint32_t largest)
{
    uint32_t mask = largest;
    for (int shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    uint32_t value;
    do
        value = mt19937_next(mt) & mask;
    while (value > largest);
    return value;
}

void mt19937_shuffle(struct mt19937 *mt, int32_t *entries, int count)
{
    for (int i = count - 1; i > 0; i--) {
        uint32_t j = bounded(mt, (uint32_t)i);
        int32_t entry = entries[i];
        entries[i] = entries[j];
        entries[j] = entry;
    }
}
