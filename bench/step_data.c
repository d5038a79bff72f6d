#include "step_data.h"

#include "matinee/ngrams.h"

#include <stdlib.h>

static bool expand(struct step_data *data, const uint8_t *folds, struct error *error)
{
    const struct ngram_training training = {
        .n = data->ngrams, .V = data->vocabulary, .reviews = &data->dataset.train, .folds = folds};
    struct ngram_counts *counts = NULL;
    if (!ngram_counts_open(&counts, &training, error))
        return false;
    bool good = ngram_counts_expand(counts, &training, &data->train, error);
    if (good) {
        struct ngrams *ngrams = ngram_counts_take(counts);
        good = ngrams_expand(ngrams, &data->dataset.test, 0, &data->test, error);
        ngrams_close(ngrams);
    }
    ngram_counts_close(counts);
    return good;
}

static bool add_ngrams(struct step_data *data, struct error *error)
{
    const struct dataset *dataset = &data->dataset;
    const size_t bytes = (size_t)dataset->train.count;
    uint8_t *folds = malloc(bytes);
    if (!folds)
        return error_memory(error, "the folds of the reviews", bytes);
    const bool good =
        ngram_folds(folds, dataset->train.labels, dataset->train_places, dataset->train.count, error) &&
        expand(data, folds, error);
    free(folds);
    return good;
}

bool step_data_open(struct step_data *data, const char *path, const struct preset_options *sizes,
                    struct error *error)
{
    if (data->vocabulary == sizes->vocabulary && data->maxlen == sizes->maxlen &&
        data->ngrams == sizes->ngrams)
        return true;
    step_data_close(data);
    *data =
        (struct step_data){.vocabulary = sizes->vocabulary, .maxlen = sizes->maxlen, .ngrams = sizes->ngrams};
    const struct dataset_options options = {
        .path = path, .num_words = sizes->vocabulary, .maxlen = sizes->maxlen};
    if (!dataset_open(&data->dataset, &options, error)) {
        *data = (struct step_data){.ngrams = 0};
        return false;
    }
    if (sizes->ngrams > 0 && !add_ngrams(data, error)) {
        step_data_close(data);
        return false;
    }
    if (sizes->ngrams == 0) {
        data->train = data->dataset.train;
        data->test = data->dataset.test;
    }
    return true;
}

void step_data_close(struct step_data *data)
{
    if (data->ngrams > 0) {
        ngrams_free_rows(&data->train);
        ngrams_free_rows(&data->test);
    }
    dataset_close(&data->dataset);
    *data = (struct step_data){.ngrams = 0};
}
