#include "word_index.h"

#include <stdlib.h>

struct candidate {
    int64_t count;
    int32_t place; /* in the dict */
    int32_t number;
};

static int by_rank(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Adds the words to the index by rank. */
static bool fill(struct word_index *index, const struct word_table *seen, const struct candidate *ranked,
                 int32_t *rank_of, struct error *error)
{
    for (int i = 0; i < seen->count; i++) {
        int32_t number = ranked[i].number;
        if (word_table_add(&index->words, word_table_word(seen, number), error) == WORD_UNKNOWN)
            return false;
        index->counts[i] = ranked[i].count;
        rank_of[number] = i + 1;
    }
    return true;
}

bool word_index_open(struct word_index **index, const struct word_table *seen, const int64_t *counts,
                     int32_t *rank_of, struct error *error)
{
    size_t count = (size_t)seen->count;
    struct word_index *made = calloc(1, sizeof *made);
    int32_t *order = malloc(count * sizeof *order);
    struct candidate *candidates = malloc(count * sizeof *candidates);
    bool ok = made != NULL && order != NULL && candidates != NULL;
    if (ok) {
        made->counts = malloc(count * sizeof *made->counts);
        ok = made->counts != NULL;
    }
    if (!ok) {
        error_memory(error, "the word index", count * (sizeof *candidates + sizeof *order + sizeof *counts));
        goto fail;
    }
    if (!word_table_open(&made->words, error) || !word_table_dict_order(seen, NULL, order, error))
        goto fail;
    for (int place = 0; place < seen->count; place++) {
        int32_t number = order[place];
        candidates[place] = (struct candidate){.count = counts[number], .place = place, .number = number};
    }
    qsort(candidates, count, sizeof *candidates, by_rank);
    if (!fill(made, seen, candidates, rank_of, error))
        goto fail;
    free(order);
    free(candidates);
    *index = made;
    return true;

fail:
    free(order);
    free(candidates);
    word_index_close(made);
    return false;
}

void word_index_close(struct word_index *index)
{
    if (index == NULL)
        return;
    word_table_close(&index->words);
    free(index->counts);
    free(index);
}

int word_index_count(const struct word_index *words)
{
    return words->words.count;
}

const char *word_index_word(const struct word_index *words, int rank, size_t *bytes, int64_t *count)
{
    struct word word = word_table_word(&words->words, rank - 1);
    if (bytes != NULL)
        *bytes = word.bytes;
    if (count != NULL)
        *count = words->counts[rank - 1];
    return word.text;
}
