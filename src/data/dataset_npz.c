#include "dataset_npz.h"

#include "vocabulary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The word index of the options, or the one beside the data; "" if neither is there. */
static void find_index(struct dataset *dataset, const char *path, const char *named)
{
    char *source = dataset->word_source;
    size_t room = sizeof dataset->word_source;
    if (named != NULL) {
        snprintf(source, room, "%s", named);
        return;
    }
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
    struct stat status;
    if ((size_t)snprintf(source, room, "%.*simdb_word_index.json", folder, path) >= room ||
        stat(source, &status) != 0)
        source[0] = '\0';
}

/* The model's words, of which the reviews know nothing but the ranks. */
static bool check_encoder(const struct ranked_reviews *ranked, const struct vocabulary *encoder,
                          struct error *error)
{
    return ranked->largest <= encoder->words.count ||
           error_set(
               error,
               "has words up to rank %d, and the model's vocabulary %d words, so that they are not the same; "
               "name the word index of the data with --word-index",
               ranked->largest, encoder->words.count);
}

/* What becomes of the ranks of an index. */
static int32_t *encoder_ranks(const struct word_index *index, const struct vocabulary *encoder,
                              struct error *error)
{
    static_assert(WORD_UNKNOWN + 1 == 0, "an unknown word has the rank 0");
    size_t bytes = (size_t)index->words.count * sizeof(int32_t);
    int32_t *ranks = malloc(bytes);
    if (ranks == NULL)
        error_memory(error, "the ranks of the words", bytes);
    for (int32_t number = 0; ranks != NULL && number < index->words.count; number++)
        ranks[number] = word_table_find(&encoder->words, word_table_word(&index->words, number)) + 1;
    return ranks;
}

static bool use_encoder(struct dataset *dataset, const struct ranked_corpus *ranked,
                        const struct word_index *index, const struct vocabulary *encoder, const char *path,
                        int32_t **ranks, struct error *error)
{
    dataset->vocabulary = vocabulary_copy(encoder);
    if (dataset->vocabulary == NULL)
        return error_memory(error, "the vocabulary", encoder->words.text_bytes);
    if (index != NULL)
        return (*ranks = encoder_ranks(index, encoder, error)) != NULL;
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++)
        if (!check_encoder(&ranked->splits[split], encoder, error))
            return error_within(error, "%s: x_%s.npy", path, corpus_split_name(split));
    return true;
}

bool dataset_npz_words(struct dataset *dataset, const struct ranked_corpus *ranked, const char *path,
                       const struct dataset_options *options, int32_t **ranks, struct error *error)
{
    find_index(dataset, path, options->word_index);
    struct word_index *index = NULL;
    if (dataset->word_source[0] != '\0' && !word_index_read(&index, dataset->word_source, error))
        return false;
    bool ok = true;
    for (enum corpus_split split = CORPUS_TRAIN; ok && index != NULL && split < CORPUS_SPLITS; split++)
        ok = ranked_reviews_check(&ranked->splits[split], index, dataset->word_source, error);
    if (ok && options->encoder != NULL) {
        ok = use_encoder(dataset, ranked, index, options->encoder, path, ranks, error);
        word_index_close(index);
        return ok;
    }
    dataset->words = index;
    if (!ok || index == NULL)
        return ok;
    ranked_reviews_count(&ranked->splits[CORPUS_TRAIN], index);
    return vocabulary_open(&dataset->vocabulary, &index->words, options->num_words, options->maxlen, error);
}
