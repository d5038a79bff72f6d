#include "training_parts.h"

#include "matinee/clock.h"

#include <stdlib.h>
#include <string.h>

/* A run goes on with the tokens that it began with, or its numbers would be those of no run. */
static bool check_resumed(const struct training *training, const struct checkpoint *counted,
                          struct error *error)
{
    size_t bytes = 0;
    unsigned char *before = ngrams_to_bytes(training->session->model.ngrams, &bytes);
    if (!before)
        return error_memory(error, "the n-grams", 0);
    const bool same =
        bytes == counted->ngrams_bytes_count && memcmp(before, counted->ngrams_bytes, bytes) == 0;
    free(before);
    return same || error_set(error,
                             "%s/model.keras: matinee/ngrams.bin: are not the n-grams of its reviews; go on "
                             "with the program "
                             "that the run began with",
                             training->options->resume);
}

/* The model's n-grams become those that were counted: what it had is of other reviews, or the same. */
static bool take_counted(struct training *training, struct ngrams *ngrams, struct error *error)
{
    struct checkpoint *model = &training->session->model, counted = {.ngrams = ngrams};
    const bool good = checkpoint_prepare_saves(&counted, error) &&
                      (!training->begun_with || !model->ngrams || check_resumed(training, &counted, error));
    if (!good) {
        free(counted.ngrams_bytes);
        ngrams_close(ngrams);
        return false;
    }
    ngrams_close(model->ngrams);
    free(model->ngrams_bytes);
    model->ngrams = ngrams;
    model->ngrams_bytes = counted.ngrams_bytes;
    model->ngrams_bytes_count = counted.ngrams_bytes_count;
    return true;
}

/* The labels stay: the rows with n-grams have them, too. */
static void free_words(struct reviews *reviews)
{
    struct reviews words = *reviews;
    ngrams_free_rows(&words);
    *reviews = (struct reviews){.count = reviews->count, .T = reviews->T, .labels = reviews->labels};
}

/* Reviews that are trained on do not see their own labels; the others see those of all that are. */
static bool count_and_expand(struct training *training, const uint8_t *folds, struct error *error)
{
    struct training_data *data = &training->data;
    const struct checkpoint *model = &training->session->model;
    const struct ngram_training wanted = {.n = model->ngram_order,
                                          .V = checkpoint_words(model),
                                          .reviews = &data->train,
                                          .folds = folds,
                                          .threads = training->options->threads};
    struct ngram_counts *counts = NULL;
    bool good = ngram_counts_open(&counts, &wanted, error) &&
                ngram_counts_expand(counts, &wanted, &data->expanded_train, error);
    good = good && take_counted(training, ngram_counts_take(counts), error);
    ngram_counts_close(counts);
    if (!good)
        return false;
    if (data->validation.count > 0 &&
        !ngrams_expand(model->ngrams, &data->validation, training->options->threads,
                       &data->expanded_validation, error))
        return false;
    free_words(&training->session->data.train);
    free_words(&training->session->data.test);
    data->train = data->expanded_train;
    data->validation = data->expanded_validation;
    return true;
}

/* Folds are of all training reviews of the data, also where fewer are trained on. */
bool training_ngrams(struct training *training, struct error *error)
{
    const struct checkpoint *model = &training->session->model;
    const struct dataset *all = &training->session->data;
    const struct training_data *data = &training->data;
    const size_t bytes = (size_t)all->train.count;
    const double before = clock_seconds();
    if (model->ngram_order == 0)
        return true;
    if (!ngrams_check_bytes(model->ngram_order, checkpoint_words(model),
                            (int64_t)data->train.count + data->validation.count, data->train.T,
                            ranks_available_bytes(training->options), error))
        return false;
    uint8_t *folds = malloc(bytes);
    if (!folds)
        return error_memory(error, "the folds of the reviews", bytes);
    const bool good = ngram_folds(folds, all->train.labels, all->train_places, all->train.count, error) &&
                      count_and_expand(training, folds, error);
    free(folds);
    training->ngrams_seconds = clock_seconds() - before;
    training->data_seconds += training->ngrams_seconds;
    return good;
}
