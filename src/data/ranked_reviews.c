#include "ranked_reviews.h"

#include "mapped_file.h"

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

void ranked_reviews_translate(struct ranked_reviews *ranked, const int32_t *ranks)
{
    int64_t from = 0, to = 0;
    for (int i = 0; ranked->starts != NULL && i < ranked->count; i++) {
        for (; from < ranked->starts[i + 1]; from++) {
            int32_t rank = ranks[ranked->ranks[from] - 1];
            if (rank > 0)
                ranked->ranks[to++] = rank;
        }
        ranked->starts[i + 1] = to;
    }
}

void ranked_reviews_close(struct ranked_reviews *ranked)
{
    free(ranked->labels);
    free(ranked->starts);
    if (ranked->mapped == NULL)
        free(ranked->ranks);
    mapped_file_close(ranked->mapped);
    *ranked = (struct ranked_reviews){0};
}
