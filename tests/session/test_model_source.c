/* --model and the options on it: what the model becomes, and which of them contradict it. */
#include "commands.h"
#include "matinee/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model_text.h"
#include "scratch.h"

#define CONFIG MATINEE_FIXTURES "/golden/config_m1.json"

/* With rates inside the LSTM. */
#define CONFIG_RATES MATINEE_FIXTURES "/golden/config_m3.json"

#define KERAS MATINEE_FIXTURES "/golden/m1_step3.keras"

enum { WORDS_MAX = 24 };

/* The model of "train --model lstm --units 8"; words are separated by one blank. */
static enum exit_status open_model(struct session *session, const char *line, struct error *error)
{
    static char text[1024], *words[WORDS_MAX + 1];
    struct options options;
    int count = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    *session = (struct session){.backend = NULL};
    error->message[0] = '\0';
    if (!options_parse(&options, command_find(words[0]), count, words, error))
        return STATUS_USAGE;
    return session_open_model(session, options.model, &options, error);
}

/* The model's line, as train prints it. */
static void expect_model(const char *line, const char *layers)
{
    struct session session;
    struct error error;
    if (open_model(&session, line, &error) != STATUS_DONE)
        fail_msg("%s: %s", line, error.message);
    char *text = NULL;
    size_t bytes;
    FILE *stream = open_memstream(&text, &bytes);
    assert_non_null(stream);
    model_text_print(stream, &session.model.spec);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, layers);
    free(text);
    session_close(&session);
}

static void expect_refused(const char *line, enum exit_status status, const char *message)
{
    struct session session;
    struct error error;
    assert_int_equal(open_model(&session, line, &error), status);
    assert_string_equal(error.message, message);
    session_close(&session);
}

static void test_presets(void **state)
{
    (void)state;
    expect_model("train", "Embedding(5000, 32), LSTM(100), Dense(1)");
    expect_model("train --model lstm-dropout",
                 "Embedding(5000, 32), Dropout(0.2), LSTM(100), Dropout(0.2), Dense(1)");
    expect_model(
        "train --model bilstm-gate-dropout",
        "Embedding(5000, 32), Bidirectional(LSTM(100, dropout=0.2, recurrent_dropout=0.2)), Dense(1)");
    expect_model(
        "train --model cnn-lstm",
        "Embedding(5000, 32), Conv1D(32, 3, padding=\"same\", activation=\"relu\"), MaxPooling1D(2), "
        "LSTM(100), Dense(1)");
    expect_model("train --model lstm-reversed",
                 "Embedding(5000, 32), LSTM(100, go_backwards=True), Dense(1)");
    expect_model("train --model lstm-embedding-dropout",
                 "Embedding(5000, 32, dropout=0.2), Dropout(0.2), LSTM(100), Dropout(0.2), Dense(1)");
}

static void test_options_replace_what_a_preset_has(void **state)
{
    (void)state;
    expect_model("train --vocabulary 50 --embedding 4 --units 8 --layers 2 --bidirectional",
                 "Embedding(50, 4), Bidirectional(LSTM(8, return_sequences=True)), Bidirectional(LSTM(8)), "
                 "Dense(1)");
    expect_model("train --model cnn-lstm --filters 7 --kernel-size 2 --pool-size 5",
                 "Embedding(5000, 32), Conv1D(7, 2, padding=\"same\", activation=\"relu\"), MaxPooling1D(5), "
                 "LSTM(100), Dense(1)");
    expect_model("train --model lstm-dropout --dropout 0.35 --embedding-dropout 0.1",
                 "Embedding(5000, 32, dropout=0.1), Dropout(0.35), LSTM(100), Dropout(0.35), Dense(1)");
    expect_model("train --model lstm-gate-dropout --dropout 0 --gate-masks shared",
                 "Embedding(5000, 32), LSTM(100, recurrent_dropout=0.2 with masks that its gates share), "
                 "Dense(1)");
    expect_model(
        "train --recurrent-dropout 0.4 --recurrent-activation hard_sigmoid",
        "Embedding(5000, 32), LSTM(100, recurrent_activation=\"hard_sigmoid\", recurrent_dropout=0.4), "
        "Dense(1)");
    expect_model("train --recurrent-activation hard_sigmoid_keras1",
                 "Embedding(5000, 32), LSTM(100, recurrent_activation=\"hard_sigmoid_keras1\"), Dense(1)");
}

static void test_options_for_parts_that_are_not_there(void **state)
{
    (void)state;
    expect_refused(
        "train --dropout 0.3", STATUS_USAGE,
        "--dropout: lstm drops nothing between layers; use --model lstm-dropout or lstm-gate-dropout");
    expect_refused("train --model cnn-lstm --dropout 0.3", STATUS_USAGE,
                   "--dropout: cnn-lstm drops nothing between layers; use --model cnn-lstm-dropout");
    expect_refused("train --model bilstm --dropout 0.3", STATUS_USAGE,
                   "--dropout: bilstm drops nothing between layers; use --model bilstm-gate-dropout");
    expect_refused("train --model lstm-reversed --dropout 0.3", STATUS_USAGE,
                   "--dropout: lstm-reversed drops nothing between layers; use --model lstm-dropout or "
                   "lstm-gate-dropout");
    expect_refused("train --filters 8", STATUS_USAGE, "--filters: lstm has no Conv1D; use --model cnn-lstm");
    expect_refused("train --model bilstm --kernel-size 8", STATUS_USAGE,
                   "--kernel-size: bilstm has no Conv1D; use --model cnn-lstm");
    expect_refused("train --pool-size 2", STATUS_USAGE,
                   "--pool-size: lstm has no Conv1D; use --model cnn-lstm");
    expect_refused("train --model lstm-reversed --bidirectional", STATUS_USAGE,
                   "lstm-reversed: bidirectional contradicts it, its LSTM reads backwards only; leave "
                   "bidirectional out or "
                   "take bilstm");
}

static void test_masks_without_a_rate(void **state)
{
    (void)state;
    expect_refused("train --gate-masks shared", STATUS_USAGE,
                   "--gate-masks: no LSTM of lstm drops anything; leave the option out or use --model "
                   "lstm-gate-dropout");
    expect_refused(
        "train --gate-masks per-gate --model lstm-dropout", STATUS_USAGE,
        "--gate-masks: no LSTM of lstm-dropout drops anything; leave the option out or use --model "
        "lstm-gate-dropout");
    expect_refused("train --gate-masks shared --model " CONFIG, STATUS_USAGE,
                   "--gate-masks: no LSTM of " CONFIG " drops anything; leave the option out or use --model "
                   "lstm-gate-dropout");
    expect_refused("train --gate-masks shared --model " KERAS, STATUS_USAGE,
                   "--gate-masks: no LSTM of " KERAS " drops anything; leave the option out or use --model "
                   "lstm-gate-dropout");
    expect_model(
        "train --recurrent-dropout 0.1 --gate-masks shared",
        "Embedding(5000, 32), LSTM(100, recurrent_dropout=0.1 with masks that its gates share), Dense(1)");
}

/* Two LSTMs of a file with different units: an option can be right for one of them alone. */
static void test_units_of_every_lstm(void **state)
{
    (void)state;
    char *directory = scratch_open(), *path = scratch_path(directory, "config.json"), line[512], message[512];
    json_t *config = json_load_file(CONFIG, 0, NULL);
    json_t *layers = json_object_get(json_object_get(config, "config"), "layers");
    json_t *second = json_deep_copy(json_array_get(layers, 2));
    json_t *first = json_object_get(json_array_get(layers, 2), "config");
    assert_int_equal(json_object_set_new(first, "return_sequences", json_true()), 0);
    assert_int_equal(json_object_set_new(json_object_get(second, "config"), "units", json_integer(7)), 0);
    assert_int_equal(json_object_set_new(json_object_get(second, "config"), "name", json_string("top")), 0);
    assert_int_equal(json_array_insert_new(layers, 3, second), 0);
    assert_int_equal(json_dump_file(config, path, 0), 0);
    json_decref(config);
    snprintf(line, sizeof line, "train --units 100 --model %s", path);
    snprintf(message, sizeof message,
             "--units 100: %s was made with 7; leave the option out or train a new model", path);
    expect_refused(line, STATUS_USAGE, message);
    free(path);
    scratch_close(directory);
}

/* What evaluate and predict load. */
static void test_a_configuration_has_no_weights(void **state)
{
    (void)state;
    struct session session = {.backend = NULL};
    struct error error;
    assert_false(session_load_model(&session, "x.json", &error));
    assert_string_equal(
        error.message,
        "x.json: is a configuration without weights; train it first: matinee train --model x.json");
    assert_true(session_load_model(&session, KERAS, &error));
    session_close(&session);
}

static void test_names(void **state)
{
    (void)state;
    struct session session;
    struct error error;
    assert_int_equal(model_kind("lstm"), MODEL_PRESET);
    assert_int_equal(model_kind("config.json"), MODEL_CONFIG);
    assert_int_equal(model_kind("a/b.keras"), MODEL_KERAS);
    assert_int_equal(model_kind("runs/lstm-7"), MODEL_UNKNOWN);
    assert_int_equal(model_kind("model.h5"), MODEL_KERAS);
    assert_int_equal(model_kind("a/model.hdf5"), MODEL_KERAS);
    assert_int_equal(model_kind("model.hdf"), MODEL_UNKNOWN);
    assert_int_equal(open_model(&session, "train --model model.hdf", &error), STATUS_USAGE);
    assert_non_null(strstr(error.message, "model.hdf: cannot tell what model that is; "));
    assert_non_null(strstr(error.message, "lstm-dropout"));
    session_close(&session);
    assert_int_equal(open_model(&session, "train --model lstm-gru", &error), STATUS_USAGE);
    assert_non_null(strstr(error.message, "lstm-gru: no such model"));
    session_close(&session);
}

/* The configuration with another optimizer, in a scratch directory. */
static void write_config(const char *path)
{
    json_t *config = json_load_file(CONFIG_RATES, 0, NULL);
    json_t *adam =
        json_object_get(json_object_get(json_object_get(config, "compile_config"), "optimizer"), "config");
    assert_int_equal(json_object_set_new(adam, "learning_rate", json_real(0.002)), 0);
    assert_int_equal(json_object_set_new(adam, "epsilon", json_real(1e-6)), 0);
    assert_int_equal(json_dump_file(config, path, 0), 0);
    json_decref(config);
}

static void test_a_configuration(void **state)
{
    (void)state;
    char *directory = scratch_open(), *path = scratch_path(directory, "config.json"), line[512];
    struct session session;
    struct error error;
    write_config(path);
    snprintf(line, sizeof line, "train --gate-masks shared --initializers keras1 --model %s", path);
    assert_int_equal(open_model(&session, line, &error), STATUS_DONE);
    assert_int_equal(session.model.table.total_count, 213301);
    assert_int_equal(first_lstm(&session.model.spec)->gate_masks, GATE_MASKS_SHARED);
    assert_true(session.model.spec.adam.learning_rate == 0.002);
    assert_true(session.model.spec.adam.epsilon == 1e-6);
    session_close(&session);
    snprintf(line, sizeof line, "train --learning-rate 0.1 --model %s", path);
    assert_int_equal(open_model(&session, line, &error), STATUS_DONE);
    assert_true(session.model.spec.adam.learning_rate == 0.1);
    assert_true(session.model.spec.adam.epsilon == 1e-6);
    session_close(&session);
    free(path);
    scratch_close(directory);
    expect_refused("train --model nowhere.json", STATUS_FAILED,
                   "nowhere.json: cannot open the file: No such file or directory; check the name");
}

static void test_a_file_has_its_own_layers(void **state)
{
    (void)state;
    static const char *const options[] = {"--filters 8",
                                          "--kernel-size 2",
                                          "--pool-size 3",
                                          "--layers 2",
                                          "--bidirectional",
                                          "--dropout 0.1",
                                          "--recurrent-dropout 0.1",
                                          "--embedding-dropout 0.1",
                                          "--recurrent-activation sigmoid"};
    char line[512], message[512];
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        snprintf(line, sizeof line, "train %s --model " CONFIG, options[i]);
        snprintf(message, sizeof message,
                 "%.*s: " CONFIG " has its own; leave the option out or use a preset",
                 (int)strcspn(options[i], " "), options[i]);
        expect_refused(line, STATUS_USAGE, message);
    }
    expect_refused("train --units 7 --model " CONFIG, STATUS_USAGE,
                   "--units 7: " CONFIG " was made with 100; leave the option out or train a new model");
}

static void test_weights_of_a_file(void **state)
{
    (void)state;
    struct session session;
    struct error error;
    expect_refused("train --initializers keras --model " KERAS, STATUS_USAGE,
                   "--initializers: " KERAS " has weights; leave the option out or train it with --fresh");
    assert_int_equal(open_model(&session, "train --fresh --initializers keras1 --model " KERAS, &error),
                     STATUS_DONE);
    session_close(&session);
    assert_int_equal(open_model(&session, "train --epsilon 1e-5 --model " KERAS, &error), STATUS_DONE);
    assert_true(session.model.spec.adam.epsilon == 1e-5);
    session_close(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_options_replace_what_a_preset_has),
        cmocka_unit_test(test_options_for_parts_that_are_not_there),
        cmocka_unit_test(test_masks_without_a_rate),
        cmocka_unit_test(test_units_of_every_lstm),
        cmocka_unit_test(test_a_configuration_has_no_weights),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_configuration),
        cmocka_unit_test(test_a_file_has_its_own_layers),
        cmocka_unit_test(test_weights_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
