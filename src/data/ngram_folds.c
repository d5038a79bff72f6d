#include "matinee/ngrams.h"

#include <stdlib.h>

/* Reviews of a label in each of its blocks. */
static int block_of(int reviews)
{
    const int tenth = (reviews + NGRAM_FOLDS - 1) / NGRAM_FOLDS;
    return tenth < NGRAM_BLOCK_REVIEWS ? tenth : NGRAM_BLOCK_REVIEWS;
}

bool ngram_folds(uint8_t *folds, const uint8_t *labels, const int32_t *places, int count, struct error *error)
{
    const size_t bytes = ((size_t)count + 1) * sizeof(int32_t);
    int32_t *rows = malloc(bytes); /* by place */
    int seen[2] = {0}, blocks[2] = {0};
    if (rows == NULL)
        return error_memory(error, "the order of the reviews", bytes);
    for (int32_t row = 0; row < count; row++) {
        rows[places[row]] = row;
        blocks[labels[row]]++;
    }
    for (int label = 0; label < 2; label++)
        blocks[label] = block_of(blocks[label]);
    for (int place = 0; place < count; place++) {
        const int label = labels[rows[place]];
        folds[rows[place]] = (uint8_t)(seen[label]++ / blocks[label] % NGRAM_FOLDS);
    }
    free(rows);
    return true;
}
