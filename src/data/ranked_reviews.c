#include "ranked_reviews.h"

#include <stdlib.h>

static bool open_reviews(struct ranked_reviews *ranked, const struct corpus_part *part, struct error *error)
{
    size_t count = (size_t)part->count, bytes = (count + 1) * sizeof *ranked->starts;
    ranked->starts = calloc(1, bytes);
    ranked->labels = malloc(count + 1);
    if (ranked->starts == NULL || ranked->labels == NULL)
        return error_memory(error, "the encoded reviews", bytes + count);
    ranked->starts[0] = 0;
    return true;
}

/* Makes room for a review of so many bytes: a word and the space behind it take two at least. */
static bool reserve(struct ranked_reviews *ranked, size_t review_bytes, struct error *error)
{
    int64_t used = ranked->starts[ranked->count], more = (int64_t)review_bytes / 2 + 1;
    if (ranked->room - used >= more)
        return true;
    int64_t room = 2 * ranked->room + more;
    int32_t *ranks = realloc(ranked->ranks, (size_t)room * sizeof *ranks);
    if (ranks == NULL)
        return error_memory(error, "the encoded reviews", (size_t)room * sizeof *ranks);
    ranked->ranks = ranks;
    ranked->room = room;
    return true;
}

/* Ends the review whose ranks lie before `end`. A file without a known word is damaged; a row of a table may well be
 * ":-)", and is then the start token alone, as in Keras. */
static bool end_review(struct ranked_reviews *ranked, int64_t end, const struct corpus *corpus,
                       enum corpus_split split, struct error *error)
{
    const struct corpus_part *part = &corpus->parts[split];
    bool positive = part->reviews[ranked->count].positive;
    if (end == ranked->starts[ranked->count] && part->table == NULL) {
        error_set(error, "the review has no known word; remove the file or restore it from the data set");
        return corpus_error_within(corpus, split, positive, corpus_review_name(part, ranked->count), error);
    }
    ranked->labels[ranked->count] = positive;
    ranked->positive += positive;
    ranked->starts[++ranked->count] = end;
    return true;
}

/* Numbers the words of all reviews: by `known`, dropping others, or, if that is NULL, by their first occurrence, which
 * fills `seen`. The numbers stand where the ranks will. */
static bool number_words(struct ranked_reviews *ranked, const struct word_table *known,
                         struct word_table *seen, const struct corpus *corpus, enum corpus_split split,
                         struct error *error)
{
    const struct corpus_part *part = &corpus->parts[split];
    for (int i = 0; i < part->count; i++) {
        uint32_t bytes = part->reviews[i].bytes;
        if (!reserve(ranked, bytes, error))
            return false;
        struct tokenizer tokenizer = tokenizer_open(corpus_review_text(part, i), bytes);
        int64_t end = ranked->starts[i];
        for (struct word word; tokenizer_next(&tokenizer, &word);) {
            int32_t number = known != NULL ? word_table_find(known, word) : word_table_add(seen, word, error);
            if (number != WORD_UNKNOWN)
                ranked->ranks[end++] = number;
            else if (known != NULL)
                ranked->dropped++;
            else
                return false;
        }
        if (!end_review(ranked, end, corpus, split, error))
            return false;
    }
    if (part->count > 0 && ranked->starts[part->count] == 0)
        return error_set(error,
                         "%s: no review has a known word; name data in the words of the training reviews",
                         part->table);
    return true;
}

bool ranked_reviews_look_up(struct ranked_reviews *ranked, const struct word_table *words,
                            const struct corpus *corpus, enum corpus_split split, struct error *error)
{
    if (!open_reviews(ranked, &corpus->parts[split], error) ||
        !number_words(ranked, words, NULL, corpus, split, error))
        return false;
    int64_t count = ranked->starts[ranked->count];
    for (int64_t i = 0; i < count; i++)
        ranked->ranks[i]++;
    return true;
}

bool ranked_reviews_learn(struct ranked_reviews *ranked, struct word_index **index,
                          const struct corpus *corpus, enum corpus_split split, struct error *error)
{
    struct word_table seen = {0};
    int64_t *counts = NULL;
    int32_t *rank_of = NULL;
    bool ok = false;
    if (!word_table_open(&seen, error) || !open_reviews(ranked, &corpus->parts[split], error) ||
        !number_words(ranked, NULL, &seen, corpus, split, error))
        goto end;

    counts = calloc((size_t)seen.count, sizeof *counts);
    rank_of = malloc((size_t)seen.count * sizeof *rank_of);
    if (counts == NULL || rank_of == NULL) {
        error_memory(error, "the counts of the words", (size_t)seen.count * sizeof *counts);
        goto end;
    }
    int64_t words = ranked->starts[ranked->count];
    for (int64_t i = 0; i < words; i++)
        counts[ranked->ranks[i]]++;
    if (!word_index_open(index, &seen, counts, rank_of, error))
        goto end;
    for (int64_t i = 0; i < words; i++)
        ranked->ranks[i] = rank_of[ranked->ranks[i]];
    ok = true;

end:
    word_table_close(&seen);
    free(counts);
    free(rank_of);
    return ok;
}

void ranked_reviews_close(struct ranked_reviews *ranked)
{
    free(ranked->labels);
    free(ranked->starts);
    free(ranked->ranks);
    *ranked = (struct ranked_reviews){0};
}
