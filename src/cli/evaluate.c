#include "commands.h"
#include "json_print.h"
#include "predictions.h"
#include "session_text.h"

#include "matinee/clock.h"
#include "matinee/output_file.h"
#include "matinee/training.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH_SIZE = 64 };

static const enum option_id evaluate_options[] = {
    OPTION_DATA,        OPTION_TEST,   OPTION_TEXT_COLUMN, OPTION_LABEL_COLUMN, OPTION_NO_QUOTES,
    OPTION_WORD_INDEX,  OPTION_CACHE,  OPTION_NO_CACHE,    OPTION_MAP_REVIEWS,  OPTION_DEVICE,
    OPTION_GPUS,        OPTION_ENGINE, OPTION_PRECISION,   OPTION_THREADS,      OPTION_CPU_KERNELS,
    OPTION_PREDICTIONS, OPTION_JSON,   OPTION_END};

static enum exit_status run_evaluate(const struct options *options, struct error *error);

const struct command command_evaluate = {
    .name = "evaluate",
    .arguments = "MODEL",
    .summary = "Loss and accuracy of a model file on the test reviews",
    .details =
        "The reviews are encoded with the vocabulary in the model file. A file that Keras wrote has none: "
        "then the words are numbered by --word-index, or as Keras numbers those of the data set. Of a .csv "
        "or .tsv all reviews are evaluated, unless --test names others or a fraction of them.\n\n"
        "With --gpus, and under mpirun or srun, several processes share the reviews: see docs/parallel.md.",
    .options = evaluate_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .ranks = RANKS_TOGETHER,
    .run = run_evaluate,
};

enum training_reviews { TRAINED_UNKNOWN, TRAINED_ON_SAMPLE, TRAINED_ON_REAL };

/* What the model's settings say; a file that Keras wrote has none. */
static enum training_reviews trained_on(const struct checkpoint *model)
{
    json_t *settings = model->settings ? json_loads(model->settings, 0, NULL) : NULL;
    json_t *sample = json_object_get(settings, "sample");
    enum training_reviews kind = json_is_true(sample)    ? TRAINED_ON_SAMPLE
                                 : json_is_false(sample) ? TRAINED_ON_REAL
                                                         : TRAINED_UNKNOWN;
    json_decref(settings);
    return kind;
}

static json_t *trained_on_sample_json(const struct checkpoint *model)
{
    enum training_reviews kind = trained_on(model);
    return kind == TRAINED_UNKNOWN ? json_null() : json_boolean(kind == TRAINED_ON_SAMPLE);
}

/* Of the table that the model was trained on; 0: none. */
static double held_out_fraction(const struct checkpoint *model)
{
    json_t *settings = model->settings ? json_loads(model->settings, 0, NULL) : NULL;
    double fraction = json_number_value(json_object_get(json_object_get(settings, "table"), "test"));
    json_decref(settings);
    return fraction;
}

static void print_mismatch(const struct session *session, const struct options *options)
{
    enum training_reviews kind = trained_on(&session->model);
    if (kind == TRAINED_ON_SAMPLE && !session->data.is_sample)
        puts("Note: the model was trained on the built-in sample, and these reviews are real");
    else if (kind == TRAINED_ON_REAL && session->data.is_sample)
        puts("Note: the model was trained on real reviews, and these are the built-in sample");
    double held_out = held_out_fraction(&session->model);
    if (held_out > 0 && options->data && !options->table.test && options->table.test_fraction != held_out)
        printf("Note: the model was trained with --test %.10g; of the same table, --test %.10g evaluates "
               "what was held out\n",
               held_out, held_out);
}

static bool print_score(const struct session *session, const struct score *score, double seconds, bool json,
                        struct error *error)
{
    if (json)
        return json_print(json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:b, s:o}", "loss",
                                    json_number(score->loss), "accuracy", json_number(score->accuracy),
                                    "examples", session->data.test.count, "seconds", json_number(seconds),
                                    "device", json_text(session->backend->description), "data",
                                    json_text(session->data.source), "sample", session->data.is_sample,
                                    "trained_on_sample", trained_on_sample_json(&session->model)),
                          error);
    printf("accuracy: %.4f - loss: %.4f - %d reviews in %.2f s\n", score->accuracy, score->loss,
           session->data.test.count, seconds);
    return true;
}

/* An imdb.npz may have none, and a table is all training reviews to a model that takes its words from it. */
static bool check_test_reviews(const struct session *session, const struct options *options,
                               struct error *error)
{
    if (session->data.test.count > 0)
        return true;
    if (session->data.is_ranks)
        return error_set(error, "%s: has no test reviews; name data that have some", session->data.source);
    return error_set(
        error,
        "%s: has no test reviews, and numbers the words of %s, which has no vocabulary; give the "
        "reviews to evaluate with --test, or what numbers the words with --word-index",
        session->data.source, options->arguments[0]);
}

/* The predictions must not take the place of what the command reads. */
static bool check_predictions(const struct options *options, struct error *error)
{
    const char *const read[] = {options->arguments[0], options->data, options->table.test,
                                options->word_index};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (output_file_would_replace(options->predictions, read[i]))
            return error_set(error, "--predictions %s: is a file that is read; give them another name",
                             options->predictions);
    return true;
}

/* Scores the test reviews and writes the predictions, if they are wanted. */
static bool score_reviews(struct session *session, const struct options *options, struct score *score,
                          double *seconds, struct error *error)
{
    const struct reviews *reviews = &session->data.test;
    const size_t bytes = (size_t)reviews->count * sizeof(float);
    float *probabilities = options->predictions ? malloc(bytes) : NULL;
    if (options->predictions && !probabilities)
        return error_memory(error, "the predictions", bytes);
    const struct predicted_reviews predicted = {.reviews = reviews,
                                                .probabilities = probabilities,
                                                .texts = session->data.texts,
                                                .vocabulary = session->data.vocabulary,
                                                .ngrams = session->model.ngram_order};
    const double start = clock_seconds();
    bool good = session_open_evaluating(session, BATCH_SIZE, reviews->count, error) &&
                session_score(session, reviews, score, probabilities, error);
    *seconds = clock_seconds() - start;
    if (good && probabilities && ranks_own(options) == 0)
        good = predictions_write(options->predictions, &predicted, error);
    free(probabilities);
    return good;
}

/* Whether all ranks score the same reviews with the same model. */
static bool ranks_are_alike(const struct session *session, const struct options *options, struct error *error)
{
    struct rank_mark mark = rank_mark_of(session->backend);
    training_data_mark(mark.reviews, &(struct training_data){.train = session->data.test});
    rank_mark_state(mark.weights, &session->model.table, &session->model.state);
    char text[64];
    snprintf(text, sizeof text, "%d %d", options->predictions != NULL, (int)options->precision);
    rank_mark_text(mark.options, text);
    return ranks_agree(options, &mark, error);
}

static enum exit_status evaluate(struct session *session, const struct options *options, struct error *error)
{
    const bool writes = ranks_own(options) == 0;
    if (writes && !check_predictions(options, error))
        return STATUS_USAGE;
    if (!session_load_model(session, options->arguments[0], error))
        return STATUS_FAILED;
    if (!session_check_word_index(session, options, error))
        return STATUS_USAGE;
    if (!session_open_backend(session, options, error) ||
        !session_choose_engine(session, BATCH_SIZE, PASS_EVALUATE, error) ||
        !session_open_data(session, options, true,
                           options->predictions && writes ? KEEP_TEST_TEXTS : KEEP_NO_TEXTS, error) ||
        !check_test_reviews(session, options, error) || !session_add_ngrams(session, options, error) ||
        !ranks_are_alike(session, options, error))
        return session_failure(session, error);
    if (!options->json && writes) {
        session_print_data(session);
        session_print_model(session);
        if (!session->model.vocabulary)
            printf("Vocabulary: %s has none; words are numbered %s\n", options->arguments[0],
                   session->data.word_source[0] ? "by the word index"
                   : session->data.is_ranks     ? "by their ranks in the data"
                                                : "as Keras numbers those of this data");
        print_mismatch(session, options);
        session_print_device(session);
        ranks_print(&(struct sharing){.communicator = options->communicator, .parts = 1}, 0);
        fflush(stdout);
    }
    struct score score;
    double seconds;
    if (!score_reviews(session, options, &score, &seconds, error))
        return session_failure(session, error);
    if (!writes)
        return STATUS_DONE;
    return print_score(session, &score, seconds, options->json, error) ? STATUS_DONE : STATUS_FAILED;
}

static enum exit_status run_evaluate(const struct options *options, struct error *error)
{
    struct session session = {.backend = NULL};
    enum exit_status status = evaluate(&session, options, error);
    session_end(&session, status);
    return status;
}
