#include "ranks.h"
#include "training_run.h"

#include "matinee/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run goes on with the tokens that it began with, or its numbers would be those of no run. */
static bool check_resumed(const struct training_run *run, const struct checkpoint *counted,
                          struct error *error)
{
    size_t bytes = 0;
    unsigned char *before = ngrams_to_bytes(run->session->model.ngrams, &bytes);
    if (!before)
        return error_memory(error, "the n-grams", 0);
    const bool same =
        bytes == counted->ngrams_bytes_count && memcmp(before, counted->ngrams_bytes, bytes) == 0;
    free(before);
    return same || error_set(error,
                             "%s/model.keras: matinee/ngrams.bin: are not the n-grams of its reviews; go on "
                             "with the program "
                             "that the run began with",
                             run->options->resume);
}

/* The model's n-grams become those that were counted: what it had is of other reviews, or the same. */
static bool take_counted(struct training_run *run, struct ngrams *ngrams, struct error *error)
{
    struct checkpoint *model = &run->session->model, counted = {.ngrams = ngrams};
    const bool good = checkpoint_prepare_saves(&counted, error) &&
                      (!run->resumed.is_one || !model->ngrams || check_resumed(run, &counted, error));
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
static bool count_and_expand(struct training_run *run, const uint8_t *folds, struct error *error)
{
    struct training_data *data = &run->data;
    const struct checkpoint *model = &run->session->model;
    const struct ngram_training training = {.n = model->ngram_order,
                                            .V = checkpoint_words(model),
                                            .reviews = &data->train,
                                            .folds = folds,
                                            .threads = run->options->threads};
    struct ngram_counts *counts = NULL;
    bool good = ngram_counts_open(&counts, &training, error) &&
                ngram_counts_expand(counts, &training, &data->expanded_train, error);
    good = good && take_counted(run, ngram_counts_take(counts), error);
    ngram_counts_close(counts);
    if (!good)
        return false;
    if (data->validation.count > 0 && !ngrams_expand(model->ngrams, &data->validation, run->options->threads,
                                                     &data->expanded_validation, error))
        return false;
    free_words(&run->session->data.train);
    free_words(&run->session->data.test);
    data->train = data->expanded_train;
    data->validation = data->expanded_validation;
    return true;
}

/* Folds are of all training reviews of the data, also where fewer are trained on. */
bool training_ngrams(struct training_run *run, struct error *error)
{
    const struct checkpoint *model = &run->session->model;
    const struct dataset *all = &run->session->data;
    const struct training_data *data = &run->data;
    const size_t bytes = (size_t)all->train.count;
    const double before = clock_seconds();
    if (model->ngram_order == 0)
        return true;
    if (!ngrams_check_bytes(model->ngram_order, checkpoint_words(model),
                            (int64_t)data->train.count + data->validation.count, data->train.T,
                            ranks_available_bytes(run->options), error))
        return false;
    uint8_t *folds = malloc(bytes);
    if (!folds)
        return error_memory(error, "the folds of the reviews", bytes);
    const bool good = ngram_folds(folds, all->train.labels, all->train_places, all->train.count, error) &&
                      count_and_expand(run, folds, error);
    free(folds);
    run->ngrams_seconds = clock_seconds() - before;
    run->wall.data += run->ngrams_seconds;
    return good;
}

void training_ngrams_print(const struct training_run *run)
{
    const struct checkpoint *model = &run->session->model;
    char length[32] = "one word";
    if (model->ngram_order == 0)
        return;
    if (model->ngram_order > 1)
        snprintf(length, sizeof length, "1 to %d words", model->ngram_order);
    printf("N-grams: %lld of %s, each in %d training reviews or more", (long long)ngrams_count(model->ngrams),
           length, NGRAM_MIN_REVIEWS);
    if (!run->session->data.is_sample)
        printf("; counted in %.2f s", run->ngrams_seconds);
    putchar('\n');
}
