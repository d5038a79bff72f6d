#include "vocabulary.h"

#include "imdb.h"
#include "word_index.h"

#include <stdlib.h>
#include <string.h>

bool vocabulary_open(struct vocabulary **vocabulary, const struct word_table *words, int num_words,
                     int maxlen, struct error *error)
{
    struct vocabulary *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_memory(error, "the vocabulary", sizeof *made);
    made->num_words = num_words;
    made->maxlen = maxlen;
    if (!word_table_copy(&made->words, words, error)) {
        vocabulary_close(made);
        return false;
    }
    *vocabulary = made;
    return true;
}

bool vocabulary_from_word_index(struct vocabulary **vocabulary, const char *path, int num_words, int maxlen,
                                struct error *error)
{
    struct word_index *index = NULL;
    if (!word_index_read(&index, path, error))
        return false;
    bool opened = vocabulary_open(vocabulary, &index->words, num_words, maxlen, error);
    word_index_close(index);
    return opened;
}

struct vocabulary *vocabulary_copy(const struct vocabulary *vocabulary)
{
    struct vocabulary *copy = NULL;
    struct error error;
    return vocabulary_open(&copy, &vocabulary->words, vocabulary->num_words, vocabulary->maxlen, &error)
               ? copy
               : NULL;
}

void vocabulary_close(struct vocabulary *vocabulary)
{
    if (vocabulary == NULL)
        return;
    word_table_close(&vocabulary->words);
    free(vocabulary);
}

int vocabulary_size(const struct vocabulary *vocabulary)
{
    return vocabulary->num_words;
}

int vocabulary_maxlen(const struct vocabulary *vocabulary)
{
    return vocabulary->maxlen;
}

/* The ranks of the text's words, from 1. Returns how many; *own: how many of them have an id of their own. */
static int64_t look_up(const struct vocabulary *vocabulary, char *text, size_t bytes, int32_t *ranks,
                       int64_t *own)
{
    struct tokenizer tokenizer = tokenizer_open(text, bytes);
    int64_t count = 0;
    *own = 0;
    for (struct word word; tokenizer_next(&tokenizer, &word);) {
        int32_t number = word_table_find(&vocabulary->words, word);
        if (number == WORD_UNKNOWN)
            continue;
        ranks[count++] = number + 1;
        *own += number + 1 + IMDB_INDEX_FROM < vocabulary->num_words;
    }
    return count;
}

bool vocabulary_encode(const struct vocabulary *vocabulary, const char *text, size_t bytes, int32_t *row,
                       int32_t *pads, struct error *error)
{
    if (bytes == 0)
        return error_set(error, "the text is empty; give a text with English words");
    if (!corpus_check_text(text, bytes, error))
        return false;
    size_t most_ranks = bytes / 2 + 1;
    char *copy = malloc(bytes);
    int32_t *ranks = malloc(most_ranks * sizeof *ranks);
    bool ok = copy != NULL && ranks != NULL;
    if (!ok) {
        error_memory(error, "a review", bytes + most_ranks * sizeof *ranks);
    } else {
        memcpy(copy, text, bytes);
        int64_t own, count = look_up(vocabulary, copy, bytes, ranks, &own);
        ok = own > 0;
        if (ok)
            *pads = imdb_encode(ranks, count, vocabulary->num_words, vocabulary->maxlen, row);
        else
            error_set(error, "the review has no word that the model knows; give a text with English words");
    }
    free(copy);
    free(ranks);
    return ok;
}
