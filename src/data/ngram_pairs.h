/* All k-grams of one k with the reviews that contain them, sorted: what counts are read off. */
#ifndef MATINEE_DATA_NGRAM_PAIRS_H
#define MATINEE_DATA_NGRAM_PAIRS_H

#include "ngram_table.h"

/* Pairs of one key are in one part; the parts fit the processor's cache and are sorted by several threads. */
enum { NGRAM_PART_BITS = 6, NGRAM_PARTS = 1 << NGRAM_PART_BITS };

/* A pair is key << 5 | fold << 1 | label, once for each review that has the k-gram. */
enum { NGRAM_FOLD_BITS = 4, NGRAM_PAIR_BITS = NGRAM_FOLD_BITS + 1 };

struct ngram_pairs {
    uint64_t *items;                      /* parts one behind the other, each sorted */
    int64_t part_starts[NGRAM_PARTS + 1]; /* in items */
};

bool ngram_pairs_open(struct ngram_pairs *pairs, const struct ngram_training *training, int k,
                      struct error *error);
void ngram_pairs_close(struct ngram_pairs *pairs);

/* A group of pairs with one key: counts by fold and label. */
struct ngram_group {
    uint64_t key;
    int32_t all[2]; /* by label */
    int32_t folds[NGRAM_FOLDS][2];
};

/* Reads the group that begins at `first`, which is below part_starts[part + 1]; returns where the next one begins. */
int64_t ngram_pairs_group(const struct ngram_pairs *pairs, int part, int64_t first,
                          struct ngram_group *group);

#endif
