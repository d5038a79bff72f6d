/* k-grams of one k by key, each with its token. */
#ifndef MATINEE_DATA_NGRAM_TABLE_H
#define MATINEE_DATA_NGRAM_TABLE_H

#include "matinee/ngrams.h"

/* A k-gram of ids t1, t2, t3 below V is the number t1, t1*V + t2 or (t1*V + t2)*V + t3. Keys of different k are never
 * in one table. */
enum { NGRAM_KEY_BITS = 3 * 19, NGRAM_TOKEN_BITS = 6 };

static inline uint64_t ngram_key(const int32_t *words, int k, int V)
{
    uint64_t key = 0;
    for (int i = 0; i < k; i++)
        key = key * (uint64_t)V + (uint64_t)words[i];
    return key;
}

/* A slot is key << NGRAM_TOKEN_BITS | token; 0 is an empty one, for no token of a seen k-gram is 0. The key is at its
 * hash's place or in one of the next few. */
struct ngram_table {
    int64_t count;
    uint64_t *slots; /* (mask + 1), a power of two */
    uint64_t mask, seed;
};

/* Of `count` packed slots with keys that differ. False without memory, and for keys that no seed spreads: nobody but an
 * enemy finds those. */
bool ngram_table_open(struct ngram_table *table, const uint64_t *packed, int64_t count, struct error *error);
void ngram_table_close(struct ngram_table *table);

/* Number of the key's slot, or -1. */
int64_t ngram_table_slot(const struct ngram_table *table, uint64_t key);

/* All packed slots in the order of their keys, into (count) `packed`; `scratch` is (count), too. */
void ngram_table_sorted(const struct ngram_table *table, uint64_t *packed, uint64_t *scratch);

/* Sorts numbers; scratch is (count), too. */
void ngram_sort(uint64_t *items, uint64_t *scratch, int64_t count);

struct ngrams {
    int n, V;
    struct ngram_table tables[NGRAMS_MAX]; /* [k - 1] */
};

#endif
