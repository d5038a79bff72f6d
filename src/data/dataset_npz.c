#include "dataset_npz.h"

#include "imdb_npz.h"
#include "vocabulary.h"

#include <stdio.h>
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

static bool use_encoder(struct dataset *dataset, struct ranked_reviews *ranked,
                        const struct word_index *index, const struct vocabulary *encoder, const char *path,
                        struct error *error)
{
    dataset->vocabulary = vocabulary_copy(encoder);
    if (dataset->vocabulary == NULL)
        return error_memory(error, "the vocabulary", encoder->words.text_bytes);
    for (enum corpus_split split = CORPUS_TRAIN; split < CORPUS_SPLITS; split++) {
        bool done = index == NULL
                        ? check_encoder(&ranked[split], encoder, error)
                        : ranked_reviews_translate(&ranked[split], index, &dataset->vocabulary->words, error);
        if (!done)
            return error_within(error, "%s: x_%s.npy", path, corpus_split_name(split));
    }
    return true;
}

bool dataset_npz_read(struct dataset *dataset, struct ranked_reviews ranked[CORPUS_SPLITS], const char *path,
                      const struct dataset_options *options, struct error *error)
{
    snprintf(dataset->source, sizeof dataset->source, "%s", path);
    dataset->is_ranks = true;
    if (!imdb_npz_read(ranked, path, options->test_only, options->bytes_max, error))
        return false;
    find_index(dataset, path, options->word_index);
    struct word_index *index = NULL;
    if (dataset->word_source[0] != '\0' && !word_index_read(&index, dataset->word_source, error))
        return false;
    bool ok = true;
    for (enum corpus_split split = CORPUS_TRAIN; ok && index != NULL && split < CORPUS_SPLITS; split++)
        ok = ranked_reviews_check(&ranked[split], index, dataset->word_source, error);
    if (ok && options->encoder != NULL) {
        ok = use_encoder(dataset, ranked, index, options->encoder, path, error);
        word_index_close(index);
        return ok;
    }
    dataset->words = index;
    if (!ok || index == NULL)
        return ok;
    ranked_reviews_count(&ranked[CORPUS_TRAIN], index);
    return vocabulary_open(&dataset->vocabulary, &index->words, options->num_words, options->maxlen, error);
}
