/* Save, load, predict: equal to the bit; and the files that Keras itself wrote. */
#include "compare.h"
#include "golden.h"
#include "scratch.h"
#include "small_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { COUNT = 11, T = 9, V = 20 };

static char directory[256], model_path[300];

static int make_place(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%s/matinee-checkpoint-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(directory))
        return -1;
    snprintf(model_path, sizeof model_path, "%s/model.keras", directory);
    return 0;
}

static int remove_place(void **state)
{
    (void)state;
    unlink(model_path);
    return rmdir(directory);
}

static void predict(struct network *network, const struct training_state *training,
                    const struct reviews *reviews, float *probabilities)
{
    struct score score;
    struct error error;
    fill_nan(probabilities, (size_t)reviews->count);
    network_upload(network, training);
    assert_true(trainer_evaluate(network, reviews, &score, probabilities, &error));
}

static void expect_same_state(const struct training_state *got, const struct training_state *expected,
                              size_t count)
{
    assert_int_equal(got->iterations, expected->iterations);
    expect_equal_bits("weights", got->weights, expected->weights, count * sizeof(float));
    expect_equal_bits("Adam's m", got->m, expected->m, count * sizeof(float));
    expect_equal_bits("Adam's v", got->v, expected->v, count * sizeof(float));
}

static void test_saved_and_loaded_predicts_the_same(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run run;
    struct network network;
    struct checkpoint loaded;
    struct error error;
    float before[COUNT], after[COUNT];
    char settings[] = "{\"seed\": 7}", trainer[] = "{\"step\": 3}";
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&run, (struct small_sizes){V, T, 8, 7, 5, 1}, 0.01);
    small_run_fit(&run, &reviews, 2, 5, 7);
    predict(&run.network, &run.state, &reviews, before);
    struct checkpoint saved = {
        .spec = run.spec, .table = run.table, .state = run.state, .settings = settings, .trainer = trainer};
    if (!checkpoint_save(&saved, model_path, &error) || !checkpoint_load(&loaded, model_path, &error))
        fail_msg("%s", error.message);
    assert_true(loaded.has_slots);
    assert_null(loaded.vocabulary);
    assert_string_equal(loaded.settings, settings);
    assert_string_equal(loaded.trainer, trainer);
    assert_int_equal(loaded.spec.maxlen, T);
    assert_true((float)loaded.spec.adam.learning_rate == 0.01f);
    expect_same_state(&loaded.state, &run.state, run.table.total_count);
    assert_true(network_open(&network, run.backend, &loaded.spec, 5, 7, &error));
    predict(&network, &loaded.state, &reviews, after);
    expect_equal_bits("predictions", after, before, sizeof before);
    network_close(&network);
    checkpoint_close(&loaded);
    small_run_close(&run);
    small_reviews_close(&reviews);
}

/* Trained on, a loaded model takes the same way as the one in memory. */
static void test_saved_and_loaded_trains_the_same(void **state)
{
    (void)state;
    struct reviews reviews;
    struct small_run straight, resumed;
    struct checkpoint loaded;
    struct error error;
    small_reviews_open(&reviews, COUNT, T, V);
    small_run_open(&straight, (struct small_sizes){V, T, 8, 7, 5, 1}, 1e-3);
    small_run_open(&resumed, (struct small_sizes){V, T, 8, 7, 5, 1}, 1e-3);
    small_run_fit(&straight, &reviews, 1, 5, 7);
    struct checkpoint saved = {.spec = straight.spec, .table = straight.table, .state = straight.state};
    if (!checkpoint_save(&saved, model_path, &error) || !checkpoint_load(&loaded, model_path, &error))
        fail_msg("%s", error.message);
    training_state_close(&resumed.state);
    resumed.state = loaded.state;
    resumed.network.spec = loaded.spec;
    resumed.network.spec.adam.learning_rate = (double)0.001f; /* as a file that Keras saved has it */
    loaded.state = (struct training_state){0};
    small_run_fit(&straight, &reviews, 1, 5, 7);
    small_run_fit(&resumed, &reviews, 1, 5, 7);
    expect_same_state(&resumed.state, &straight.state, straight.table.total_count);
    checkpoint_close(&loaded);
    small_run_close(&straight);
    small_run_close(&resumed);
    small_reviews_close(&reviews);
}

/* Keras' own files hold, to the bit, the numbers of m1.json. */
static void expect_golden_file(const char *path, const struct golden *golden, const double *weights,
                               bool trained)
{
    struct checkpoint checkpoint;
    struct error error;
    if (!checkpoint_load(&checkpoint, path, &error))
        fail_msg("%s", error.message);
    static const struct tolerance exact = {0};
    assert_int_equal(checkpoint.has_slots, trained);
    assert_int_equal(checkpoint.state.iterations, trained ? GOLDEN_STEPS : 0);
    assert_int_equal(checkpoint.table.total_count, golden->total_count);
    expect_close("weights", checkpoint.state.weights, weights, golden->total_count, exact);
    if (trained) {
        expect_close("Adam's m", checkpoint.state.m, golden->adam_m, golden->total_count, exact);
        expect_close("Adam's v", checkpoint.state.v, golden->adam_v, golden->total_count, exact);
    }
    checkpoint_close(&checkpoint);
}

static void test_files_of_keras(void **state)
{
    (void)state;
    struct golden golden;
    golden_open(&golden, MATINEE_FIXTURES "/golden", 1);
    expect_golden_file(MATINEE_FIXTURES "/golden/m1_step0.keras", &golden, golden.weights0, false);
    expect_golden_file(MATINEE_FIXTURES "/golden/m1_step3.keras", &golden,
                       golden.steps[GOLDEN_STEPS - 1].weights, true);
    golden_close(&golden);
}

/* A model with the vocabulary of the built-in sample; T and V as the vocabulary has them, or not. */
static bool save_and_load(struct checkpoint *loaded, struct small_sizes sizes, struct vocabulary *vocabulary,
                          struct error *error)
{
    struct small_run run;
    small_run_open(&run, sizes, 1e-3);
    struct checkpoint saved = {
        .spec = run.spec, .table = run.table, .state = run.state, .vocabulary = vocabulary};
    bool good = checkpoint_save(&saved, model_path, error) && checkpoint_load(loaded, model_path, error);
    assert_null(saved.vocabulary_text);
    small_run_close(&run);
    return good;
}

/* The text of the vocabulary made beforehand gives the same file; made a second time it stays. */
static void expect_prepared_saves_equal(struct checkpoint *checkpoint)
{
    struct error error;
    size_t bytes, bytes_prepared;
    assert_true(checkpoint_save(checkpoint, model_path, &error));
    char *file = scratch_read(model_path, &bytes);
    assert_true(checkpoint_prepare_saves(checkpoint, &error));
    const char *text = checkpoint->vocabulary_text;
    assert_non_null(text);
    assert_true(checkpoint_prepare_saves(checkpoint, &error));
    assert_ptr_equal(checkpoint->vocabulary_text, text);
    assert_true(checkpoint_save(checkpoint, model_path, &error));
    char *file_prepared = scratch_read(model_path, &bytes_prepared);
    assert_int_equal(bytes_prepared, bytes);
    expect_equal_bits("the file", file_prepared, file, bytes);
    free(file);
    free(file_prepared);
}

static void test_the_vocabulary_travels(void **state)
{
    (void)state;
    static const char text[] = "The film was not good; it was a masterpiece.";
    struct dataset dataset;
    struct checkpoint loaded;
    struct error error;
    int32_t row[T], row_loaded[T], pads, pads_loaded;
    struct dataset_options options = {.path = dataset_sample_name, .num_words = V, .maxlen = T};
    assert_true(dataset_open(&dataset, &options, &error));
    if (!save_and_load(&loaded, (struct small_sizes){V, T, 2, 3, 1, 1}, dataset.vocabulary, &error))
        fail_msg("%s", error.message);
    assert_non_null(loaded.vocabulary);
    assert_true(vocabulary_encode(dataset.vocabulary, text, strlen(text), row, &pads, &error));
    assert_true(vocabulary_encode(loaded.vocabulary, text, strlen(text), row_loaded, &pads_loaded, &error));
    expect_equal_bits("ids", row_loaded, row, sizeof row);
    assert_int_equal(pads_loaded, pads);
    expect_prepared_saves_equal(&loaded);
    checkpoint_close(&loaded);

    assert_false(
        save_and_load(&loaded, (struct small_sizes){V, T + 1, 2, 3, 1, 1}, dataset.vocabulary, &error));
    assert_non_null(strstr(error.message, model_path));
    assert_non_null(strstr(error.message, "vocabulary"));
    assert_false(
        save_and_load(&loaded, (struct small_sizes){V - 1, T, 2, 3, 1, 1}, dataset.vocabulary, &error));
    assert_non_null(strstr(error.message, "vocabulary"));
    dataset_close(&dataset);
}

static void test_a_missing_file_is_named(void **state)
{
    (void)state;
    struct checkpoint checkpoint;
    struct error error = {""};
    assert_false(checkpoint_load(&checkpoint, "/nowhere/model.keras", &error));
    assert_non_null(strstr(error.message, "/nowhere/model.keras"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_and_loaded_predicts_the_same),
        cmocka_unit_test(test_saved_and_loaded_trains_the_same),
        cmocka_unit_test(test_files_of_keras),
        cmocka_unit_test(test_the_vocabulary_travels),
        cmocka_unit_test(test_a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
