/* Reviews that came as ranks, and the words that those ranks mean. */
#include "ranked_reviews.h"

#include <assert.h>
#include <stdlib.h>

static int64_t word_count(const struct ranked_reviews *ranked)
{
    return ranked->starts == NULL ? 0 : ranked->starts[ranked->count];
}

bool ranked_reviews_check(const struct ranked_reviews *ranked, const struct word_index *index,
                          const char *path, struct error *error)
{
    int64_t count = word_count(ranked);
    for (int64_t i = 0; i < count; i++) {
        int32_t rank = ranked->ranks[i];
        if (rank > index->words.count || word_table_word(&index->words, rank - 1).bytes == 0)
            return error_set(
                error,
                "%s: has no word of rank %d, which the reviews have; name the index that belongs to them, "
                "with ranks that count from 1 without an offset",
                path, rank);
    }
    return true;
}

void ranked_reviews_count(const struct ranked_reviews *ranked, struct word_index *index)
{
    int64_t count = word_count(ranked);
    for (int64_t i = 0; i < count; i++)
        index->counts[ranked->ranks[i] - 1]++;
}

/* ranks[r - 1] is the rank in the table of the word of rank r in the index, or 0. */
static int32_t *other_ranks(const struct word_index *index, const struct word_table *words,
                            struct error *error)
{
    size_t bytes = (size_t)index->words.count * sizeof(int32_t);
    int32_t *ranks = malloc(bytes);
    if (ranks == NULL)
        error_memory(error, "the ranks of the words", bytes);
    for (int32_t number = 0; ranks != NULL && number < index->words.count; number++)
        ranks[number] = word_table_find(words, word_table_word(&index->words, number)) + 1;
    return ranks;
}

bool ranked_reviews_translate(struct ranked_reviews *ranked, const struct word_index *index,
                              const struct word_table *words, struct error *error)
{
    static_assert(WORD_UNKNOWN + 1 == 0, "an unknown word has the rank 0");
    int32_t *ranks = ranked->starts == NULL ? NULL : other_ranks(index, words, error);
    if (ranks == NULL)
        return ranked->starts == NULL;
    int64_t from = 0, to = 0;
    for (int i = 0; i < ranked->count; i++) {
        for (; from < ranked->starts[i + 1]; from++) {
            int32_t rank = ranks[ranked->ranks[from] - 1];
            if (rank > 0)
                ranked->ranks[to++] = rank;
            else
                ranked->dropped++;
        }
        ranked->starts[i + 1] = to;
    }
    free(ranks);
    return to > 0 || from == 0 ||
           error_set(error, "no review has a word that the model knows; name data in its words");
}
