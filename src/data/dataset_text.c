#include "dataset_text.h"

#include "vocabulary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The ranks in another table of all words of the corpus; 0 for those that it lacks. */
static void look_up(const struct ranked_corpus *ranked, const struct word_table *words, int32_t *ranks)
{
    static_assert(WORD_UNKNOWN + 1 == 0, "an unknown word has the rank 0");
    for (int32_t i = 0; i < ranked->words.count; i++)
        ranks[i] = word_table_find(words, word_texts_word(&ranked->words, i)) + 1;
}

/* The training split's words keep their ranks. */
static bool own_words(struct dataset *dataset, const struct ranked_corpus *ranked, int32_t *ranks,
                      struct error *error)
{
    for (int32_t i = 0; i < ranked->words.count; i++)
        ranks[i] = i < ranked->ranked ? i + 1 : 0;
    return word_index_open(&dataset->words, &ranked->words, ranked->ranked, ranked->counts, error);
}

static bool read_words(struct dataset *dataset, const struct ranked_corpus *ranked, const char *path,
                       int32_t *ranks, struct error *error)
{
    snprintf(dataset->word_source, sizeof dataset->word_source, "%s", path);
    if (!word_index_read(&dataset->words, path, error))
        return false;
    look_up(ranked, &dataset->words->words, ranks);
    for (int32_t i = 0; i < ranked->ranked; i++)
        if (ranks[i] != 0)
            dataset->words->counts[ranks[i] - 1] += ranked->counts[i];
    return true;
}

bool dataset_text_words(struct dataset *dataset, const struct ranked_corpus *ranked,
                        const struct dataset_options *options, int32_t **ranks, struct error *error)
{
    const size_t count = (size_t)ranked->words.count + 1;
    *ranks = calloc(count, sizeof **ranks);
    if (*ranks == NULL)
        return error_memory(error, "the ranks of the words", count * sizeof **ranks);
    if (options->encoder != NULL) {
        dataset->vocabulary = vocabulary_copy(options->encoder);
        if (dataset->vocabulary == NULL)
            return error_memory(error, "the vocabulary", options->encoder->words.text_bytes);
        look_up(ranked, &dataset->vocabulary->words, *ranks);
        return true;
    }
    bool ok = options->word_index != NULL ? read_words(dataset, ranked, options->word_index, *ranks, error)
                                          : own_words(dataset, ranked, *ranks, error);
    return ok && vocabulary_open(&dataset->vocabulary, &dataset->words->words, options->num_words,
                                 options->maxlen, error);
}
