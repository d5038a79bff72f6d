/* What the library refuses, and what it leaves alone: the terminal, signals, the language, other threads. */
#include "library.h"

#include "scratch.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_options_refused(void **state)
{
    (void)state;
    struct matinee_options *options = tiny_options();
    struct matinee_model *model;
    set_refused(options, "epoch", "1", "epoch: there is no such option");
    set_refused(options, "--epochs", "1", "no such option");
    set_refused(options, "epochs", "x", "--epochs x: must be a whole number");
    set_refused(options, "epochs", NULL, "--epochs: needs a value");
    set_refused(options, "bidirectional", "yes", "--bidirectional: takes no value");
    set_refused(options, "device", "gpu", "--device gpu: must be");
    set_refused(options, NULL, "1", "name is NULL");
    assert_false(matinee_options_set(NULL, "epochs", "1", NULL));
    assert_false(matinee_options_new(NULL, NULL));
    matinee_options_free(NULL);

    /* What was set before a refusal counts: train would refuse "gpu" and the missing test reviews. */
    set(options, "validation", "none");
    set_refused(options, "validation", "some", "--validation some: must be");
    set(options, "bidirectional", NULL);
    model = train(options);
    matinee_model_free(model);
    matinee_options_free(options);
}

/* Every option of `matinee train` is there, but for these; a line of its help names one. */
static void test_all_options(void **state)
{
    static const char *const of_command[] = {"resume", "save-every", "keep-best", "out",  "log",
                                             "quiet",  "dry-run",    "gpus",      "help", NULL};
    (void)state;
    struct matinee_options *options = tiny_options();
    struct matinee_error error;
    char *help = run_program("train --help"), *rest = help, *line;
    int found = 0;
    while ((line = strtok_r(rest, "\n", &rest))) {
        char name[64];
        int is_of_command = 0;
        if (sscanf(line, " --%63[a-z-]", name) != 1 && sscanf(line, " -h, --%63[a-z-]", name) != 1)
            continue;
        found++;
        for (int i = 0; of_command[i]; i++)
            is_of_command |= strcmp(name, of_command[i]) == 0;
        bool set = matinee_options_set(options, name, "1", &error) ||
                   matinee_options_set(options, name, NULL, &error) ||
                   !strstr(error.message, "no such option");
        if (set == is_of_command)
            fail_msg("%s is %s", name, set ? "an option of the library" : error.message);
    }
    assert_true(found > 50);
    free(help);
    matinee_options_free(options);
}

static void train_refused(const struct matinee_options *options, const char *part)
{
    struct matinee_error error = {""};
    struct matinee_model *model = (struct matinee_model *)&error;
    assert_false(matinee_train(&model, options, NULL, NULL, &error));
    assert_null(model);
    if (!strstr(error.message, part))
        fail_msg("\"%s\" is not in: %s", part, error.message);
}

static void test_train_refused(void **state)
{
    static const char *const wrong[][3] = {{"data", "/nowhere", "/nowhere"},
                                           {"model", "lstmm", "lstm-dropout"},
                                           {"model", "/nowhere.keras", "/nowhere.keras"},
                                           {"filters", "8", "--filters"},
                                           {"train-limit", "1000000", "--train-limit 1000000"},
                                           {"warmup", "0.5", "--warmup"},
                                           {"ngrams", "1", "--ngrams"}};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof wrong / sizeof *wrong; i++) {
        struct matinee_options *options = tiny_options();
        set(options, wrong[i][0], wrong[i][1]);
        train_refused(options, wrong[i][2]);
        matinee_options_free(options);
    }
    struct matinee_options *options = tiny_options();
    set(options, "patience", "1");
    set(options, "validation", "none");
    train_refused(options, "--patience");
    set(options, "validation", "test");
    set(options, "cache", "/tmp");
    set(options, "no-cache", NULL);
    train_refused(options, "--no-cache");
    train_refused(NULL, "options is NULL");
    assert_false(matinee_train(NULL, options, NULL, NULL, NULL));
    matinee_options_free(options);
}

static void test_model_refused(void **state)
{
    (void)state;
    struct matinee_options *options = tiny_options();
    struct matinee_model *model, *none = (struct matinee_model *)options;
    struct matinee_error error;
    float probabilities[3];
    double loss, accuracy;
    assert_false(matinee_model_load(&none, "/nowhere.keras", NULL, &error));
    assert_null(none);
    assert_non_null(strstr(error.message, "/nowhere.keras"));
    assert_false(matinee_model_load(&none, NULL, NULL, &error));
    assert_false(matinee_model_load(&none, "model.json", NULL, NULL));
    model = train(options);
    assert_false(matinee_model_save(model, "model.txt", &error));
    assert_non_null(strstr(error.message, "model.txt: cannot tell"));
    assert_false(matinee_model_save(model, "/nowhere/model.keras", &error));
    assert_non_null(strstr(error.message, "/nowhere/model.keras"));
    assert_false(matinee_model_save(NULL, "model.keras", NULL));
    assert_false(matinee_model_save(model, NULL, NULL));

    const char *strange[] = {"a good film", "\xff\xfe", NULL};
    assert_false(matinee_model_predict(model, strange, 2, probabilities, &error));
    assert_non_null(strstr(error.message, "texts[1]"));
    assert_false(matinee_model_predict(model, strange + 2, 1, probabilities, &error));
    assert_non_null(strstr(error.message, "texts[0]: is NULL"));
    assert_false(matinee_model_predict(model, NULL, 1, probabilities, NULL));
    assert_false(matinee_model_predict(model, strange, 1, NULL, NULL));
    assert_true(matinee_model_predict(model, strange, 1, probabilities, NULL));

    set(options, "data", "/nowhere");
    assert_false(matinee_model_evaluate(model, options, &loss, &accuracy, &error));
    assert_non_null(strstr(error.message, "/nowhere"));
    assert_false(matinee_model_evaluate(model, options, NULL, &accuracy, NULL));
    matinee_model_free(model);
    matinee_model_free(NULL);
    matinee_options_free(options);
}

/* A table, whose cache cannot be written: the program says so on standard error. */
static struct matinee_options *table_options(const char *directory)
{
    struct matinee_options *options = tiny_options();
    char *table = scratch_path(directory, "reviews.csv");
    FILE *stream = fopen(table, "w");
    assert_non_null(stream);
    fputs("text,label\n", stream);
    for (int i = 0; i < 100; i++)
        fprintf(stream, "a %s film number %d,%d\n", i % 2 ? "good" : "bad", i % 7, i % 2);
    assert_int_equal(fclose(stream), 0);
    set(options, "data", table);
    set(options, "train-limit", "40");
    set(options, "validation", "0.2");
    set(options, "cache", "/dev/null/cache");
    free(table);
    return options;
}

static bool look_at_signals(void *context, const struct matinee_progress *progress)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    int *taken = context;
    (void)progress;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action;
        *taken |= sigaction(signals[i], NULL, &action) != 0 || action.sa_handler != SIG_DFL;
    }
    return true;
}

static void test_says_nothing(void **state)
{
    (void)state;
    char *directory = scratch_open(), *said = scratch_path(directory, "said");
    struct matinee_options *options = table_options(directory);
    struct matinee_model *model;
    struct matinee_error error = {""};
    size_t bytes;
    int taken = 0, before[2] = {dup(1), dup(2)}, file = open(said, O_CREAT | O_RDWR, 0600);
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    bool trained = matinee_train(&model, options, look_at_signals, &taken, &error);
    fflush(NULL);
    dup2(before[0], 1);
    dup2(before[1], 2);
    close(file);
    if (!trained)
        fail_msg("%s", error.message);
    free(scratch_read(said, &bytes));
    assert_int_equal(bytes, 0);
    assert_int_equal(taken, 0);
    assert_int_equal(scratch_count(directory), 2);
    matinee_model_free(model);
    matinee_options_free(options);
    free(said);
    scratch_close(directory);
}

static bool write_number(void *context, const struct matinee_progress *progress)
{
    (void)progress;
    snprintf(context, 8, "%.1f", 0.5);
    return true;
}

/* A language with a comma in its numbers, made here, as few machines have one. */
static void test_language(void **state)
{
    (void)state;
    char *directory = scratch_open(), command[1024], number[8] = "";
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1", directory,
             directory);
    if (system(command) != 0) { /* NOLINT(cert-env33-c) */
        scratch_close(directory);
        skip();
    }
    setenv("LOCPATH", directory, 1);
    assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
    struct matinee_options *options = tiny_options(); /* "0.2" */
    struct matinee_model *model;
    assert_true(matinee_train(&model, options, write_number, number, NULL));
    assert_string_equal(number, "0,5");
    snprintf(number, sizeof number, "%.1f", 0.5);
    assert_string_equal(number, "0,5");
    setlocale(LC_ALL, "C");
    matinee_model_free(model);
    matinee_options_free(options);
    scratch_close(directory);
}

struct worker {
    const char *seed;
    char path[1024];
    float probabilities[TEXTS];
    double loss;
    bool done;
};

/* No cmocka here: its failures are of the main thread. */
static void *work(void *context)
{
    struct worker *worker = context;
    struct matinee_options *options = tiny_options();
    struct matinee_model *model = NULL, *loaded = NULL;
    double accuracy;
    worker->done = matinee_options_set(options, "seed", worker->seed, NULL) &&
                   matinee_options_set(options, "threads", "1", NULL) &&
                   matinee_train(&model, options, NULL, NULL, NULL) &&
                   matinee_model_save(model, worker->path, NULL) &&
                   matinee_model_load(&loaded, worker->path, options, NULL) &&
                   matinee_model_evaluate(loaded, options, &worker->loss, &accuracy, NULL) &&
                   matinee_model_predict(loaded, texts, TEXTS, worker->probabilities, NULL);
    matinee_model_free(model);
    matinee_model_free(loaded);
    matinee_options_free(options);
    return NULL;
}

static void test_threads(void **state)
{
    enum { WORKERS = 2 };
    static const char *const seeds[WORKERS] = {"1", "2"};
    (void)state;
    char *directory = scratch_open();
    struct worker alone[WORKERS], together[WORKERS];
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        alone[i] = (struct worker){.seed = seeds[i]};
        snprintf(alone[i].path, sizeof alone[i].path, "%s/%d.keras", directory, i);
        together[i] = alone[i];
        work(&alone[i]);
    }
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &together[i]), 0);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(alone[i].done && together[i].done);
        assert_true(alone[i].loss == together[i].loss);
        assert_memory_equal(alone[i].probabilities, together[i].probabilities, sizeof alone[i].probabilities);
    }
    assert_true(alone[0].loss != alone[1].loss);
    scratch_close(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_refused), cmocka_unit_test(test_all_options),
        cmocka_unit_test(test_train_refused),   cmocka_unit_test(test_model_refused),
        cmocka_unit_test(test_says_nothing),    cmocka_unit_test(test_language),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
