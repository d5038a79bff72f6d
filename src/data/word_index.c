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

bool word_index_rank(const struct word_table *seen, const int64_t *counts, int32_t *rank_of,
                     struct error *error)
{
    size_t count = (size_t)seen->count;
    int32_t *order = malloc((count + 1) * sizeof *order);
    struct candidate *candidates = malloc((count + 1) * sizeof *candidates);
    bool ok = order != NULL && candidates != NULL
                  ? word_table_dict_order(seen, NULL, order, error)
                  : error_memory(error, "the word index", count * (sizeof *candidates + sizeof *order));
    for (int place = 0; ok && place < seen->count; place++) {
        int32_t number = order[place];
        candidates[place] = (struct candidate){.count = counts[number], .place = place, .number = number};
    }
    if (ok)
        qsort(candidates, count, sizeof *candidates, by_rank);
    for (int32_t i = 0; ok && i < seen->count; i++)
        rank_of[candidates[i].number] = i + 1;
    free(order);
    free(candidates);
    return ok;
}

struct word word_texts_word(const struct word_texts *words, int32_t i)
{
    int64_t start = i == 0 ? 0 : words->ends[i - 1];
    return (struct word){.text = words->text + start, .bytes = (size_t)(words->ends[i] - start)};
}

bool word_index_open(struct word_index **index, const struct word_texts *words, int32_t count,
                     const int64_t *counts, struct error *error)
{
    size_t bytes = ((size_t)count + 1) * sizeof *counts;
    struct word_index *made = calloc(1, sizeof *made);
    bool ok = made != NULL && (made->counts = malloc(bytes)) != NULL;
    ok = ok ? word_table_open_for(&made->words, count, error) : error_memory(error, "the word index", bytes);
    for (int32_t i = 0; ok && i < count; i++) {
        int32_t number = word_table_add(&made->words, word_texts_word(words, i), error);
        ok = number == i || (number != WORD_UNKNOWN && error_set(error, "a word is there twice"));
        made->counts[i] = counts[i];
    }
    if (ok)
        *index = made;
    else
        word_index_close(made);
    return ok;
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
