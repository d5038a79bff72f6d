/* Training, files, scores and predictions of the library are the program's. */
#include "library.h"

#include "scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct matinee_options *options;
static struct matinee_model *model;
static char *directory, *file; /* of the model */

static int open_model(void **state)
{
    (void)state;
    directory = scratch_open();
    file = scratch_path(directory, "tiny.keras");
    options = tiny_options();
    model = train(options);
    return matinee_model_save(model, file, NULL) ? 0 : 1;
}

static int close_model(void **state)
{
    (void)state;
    matinee_model_free(model);
    matinee_options_free(options);
    free(file);
    scratch_close(directory);
    return 0;
}

static void test_version(void **state)
{
    (void)state;
    assert_string_equal(matinee_version(), MATINEE_VERSION);
}

static void same_bytes(const char *path, const char *other)
{
    size_t bytes, other_bytes;
    char *own = scratch_read(path, &bytes), *its = scratch_read(other, &other_bytes);
    assert_int_equal(bytes, other_bytes);
    assert_memory_equal(own, its, bytes);
    free(own);
    free(its);
}

/* All weights and Adam's moments; a .keras file says when it was made. */
static void test_train_is_the_programs(void **state)
{
    static const char *const endings[] = {".safetensors", ".weights.h5"};
    (void)state;
    char words[2048], *run = scratch_path(directory, "run");
    snprintf(words, sizeof words, "train --quiet %s --out %s", tiny_words, run);
    free(run_program(words));
    for (int i = 0; i < 2; i++) {
        char own[1024], its[1024];
        snprintf(own, sizeof own, "%s/own%s", directory, endings[i]);
        snprintf(its, sizeof its, "%s/its%s", directory, endings[i]);
        assert_true(matinee_model_save(model, own, NULL));
        snprintf(words, sizeof words, "convert %s/model.keras %s", run, its);
        free(run_program(words));
        same_bytes(own, its);
    }
    free(run);
}

static void predict(struct matinee_model *of, const char *const *all, size_t count, float *probabilities)
{
    struct matinee_error error = {""};
    for (size_t i = 0; i < count; i++)
        probabilities[i] = -1;
    if (!matinee_model_predict(of, all, count, probabilities, &error))
        fail_msg("%s", error.message);
}

static void test_predict_is_the_programs(void **state)
{
    (void)state;
    struct matinee_model *loaded;
    float probabilities[TEXTS], again[TEXTS];
    char words[2048], *lines;
    assert_true(matinee_model_load(&loaded, file, options, NULL));
    predict(model, texts, TEXTS, probabilities);
    predict(loaded, texts, TEXTS, again);
    assert_memory_equal(probabilities, again, sizeof again);
    snprintf(words, sizeof words, "predict %s --device cpu --json '%s' '%s' '%s'", file, texts[0], texts[1],
             texts[2]);
    lines = run_program(words);
    const char *line = lines;
    for (int i = 0; i < TEXTS; i++) {
        assert_true((float)json_number_of(line, "probability") == probabilities[i]);
        line = strchr(line, '\n') + 1;
    }
    assert_true(probabilities[0] != probabilities[1]);
    free(lines);
    matinee_model_free(loaded);
}

/* However many texts a call has, and whatever calls came before it. */
static void test_predict_any_count(void **state)
{
    enum { MANY = 1100 };
    (void)state;
    static const char *many[MANY];
    static float probabilities[MANY];
    float one, expected[TEXTS];
    predict(model, texts, TEXTS, expected);
    for (int i = 0; i < MANY; i++)
        many[i] = texts[i % TEXTS];
    predict(model, many, MANY, probabilities);
    for (int i = 0; i < MANY; i++)
        assert_true(probabilities[i] == expected[i % TEXTS]);
    predict(model, texts + 1, 1, &one);
    assert_true(one == expected[1]);
    assert_true(matinee_model_predict(model, NULL, 0, NULL, NULL));
}

static void test_evaluate_is_the_programs(void **state)
{
    (void)state;
    double loss = -1, accuracy = -1;
    char words[2048], *line;
    assert_true(matinee_model_evaluate(model, options, &loss, &accuracy, NULL));
    snprintf(words, sizeof words, "evaluate %s --data sample --device cpu --json", file);
    line = run_program(words);
    assert_true(fabs(json_number_of(line, "loss") - loss) <= 1e-14 * loss); /* it is printed with 15 digits */
    assert_true(fabs(json_number_of(line, "accuracy") - accuracy) <= 1e-14);
    assert_true(loss > 0 && accuracy > 0);
    free(line);
}

/* From a file with its optimizer, with options of which some are refused. */
static void test_going_on_from_a_file(void **state)
{
    (void)state;
    struct matinee_options *further;
    struct matinee_error error;
    struct matinee_model *trained;
    float before[TEXTS], after[TEXTS];
    assert_true(matinee_options_new(&further, NULL));
    set(further, "model", file);
    set(further, "data", "sample");
    set(further, "train-limit", "96");
    set(further, "epochs", "1");
    set(further, "device", "cpu");
    set(further, "units", "7");
    assert_false(matinee_train(&trained, further, NULL, NULL, &error));
    assert_null(trained);
    assert_non_null(strstr(error.message, "--units 7"));
    set(further, "units", "6");
    trained = train(further);
    predict(model, texts, TEXTS, before);
    predict(trained, texts, TEXTS, after);
    assert_true(before[0] != after[0]);
    matinee_model_free(trained);
    matinee_options_free(further);
}

/* As Keras writes a model, without a vocabulary: the options say where the words have their numbers. */
static void test_model_without_vocabulary(void **state)
{
    (void)state;
    struct matinee_model *bare;
    struct matinee_error error;
    float expected[TEXTS], probabilities[TEXTS];
    char words[4096], *weights = scratch_path(directory, "bare.weights.h5"),
                      *path = scratch_path(directory, "bare.keras");
    assert_true(matinee_model_save(model, weights, NULL));
    snprintf(words, sizeof words,
             "convert %s %s --model lstm --units 6 --embedding 4 --maxlen 30 --vocabulary 500 "
             "--recurrent-dropout 0.2",
             weights, path);
    free(run_program(words));
    assert_true(matinee_model_load(&bare, path, NULL, NULL));
    assert_false(matinee_model_predict(bare, texts, TEXTS, probabilities, &error));
    assert_non_null(strstr(error.message, "bare.keras: has no vocabulary"));
    matinee_model_free(bare);
    assert_true(matinee_model_load(&bare, path, options, NULL));
    predict(model, texts, TEXTS, expected);
    predict(bare, texts, TEXTS, probabilities);
    assert_memory_equal(probabilities, expected, sizeof expected);
    matinee_model_free(bare);
    free(weights);
    free(path);
}

struct heard {
    int calls, epochs_ended, stop_after;
    struct matinee_progress last;
};

static bool hear(void *context, const struct matinee_progress *progress)
{
    struct heard *heard = context;
    heard->calls++;
    heard->epochs_ended += progress->epoch_ended;
    heard->last = *progress;
    return heard->calls != heard->stop_after;
}

static void test_progress(void **state)
{
    (void)state;
    struct heard heard = {.stop_after = 0};
    struct matinee_model *trained;
    double loss, accuracy;
    set(options, "epochs", "2");
    assert_true(matinee_train(&trained, options, hear, &heard, NULL));
    assert_int_equal(heard.calls, 2 * (3 + 1));
    assert_int_equal(heard.epochs_ended, 2);
    assert_true(heard.last.epoch == 2 && heard.last.epochs == 2 && heard.last.step == 3 &&
                heard.last.steps == 3);
    assert_true(heard.last.epoch_ended && heard.last.validated && heard.last.loss > 0 &&
                heard.last.seconds > 0);
    assert_true(matinee_model_evaluate(trained, options, &loss, &accuracy, NULL));
    assert_true(heard.last.validation_loss == loss && heard.last.validation_accuracy == accuracy);
    matinee_model_free(trained);
    set(options, "epochs", "1");
}

/* The model is that of the steps that were done. */
static void test_stop(void **state)
{
    (void)state;
    struct heard heard = {.stop_after = 1};
    struct matinee_model *trained;
    float all[TEXTS], stopped[TEXTS];
    assert_true(matinee_train(&trained, options, hear, &heard, NULL));
    assert_true(heard.calls == 1 && heard.last.step == 1 && !heard.last.epoch_ended);
    predict(model, texts, TEXTS, all);
    predict(trained, texts, TEXTS, stopped);
    assert_true(all[0] != stopped[0]);
    matinee_model_free(trained);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_train_is_the_programs),
        cmocka_unit_test(test_predict_is_the_programs),
        cmocka_unit_test(test_predict_any_count),
        cmocka_unit_test(test_evaluate_is_the_programs),
        cmocka_unit_test(test_going_on_from_a_file),
        cmocka_unit_test(test_model_without_vocabulary),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
