/* bench/documents.json: thirteen experiments with their fields, whose options this program takes as they stand. */
#include "commands.h"
#include "matinee/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

enum { ROWS = 13, WORDS_MAX = 32 };

static json_t *documents;

static int load(void **state)
{
    (void)state;
    json_error_t error;
    documents = json_load_file(MATINEE_DOCUMENTS, JSON_REJECT_DUPLICATES, &error);
    if (!documents)
        print_error("%s, line %d: %s\n", MATINEE_DOCUMENTS, error.line, error.text);
    return documents ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    json_decref(documents);
    return 0;
}

/* "train" and the words of a list; returns how many. */
static int command_line(const json_t *list, char *words[WORDS_MAX])
{
    int count = 0;
    size_t i;
    json_t *word;
    words[count++] = (char *)"train";
    json_array_foreach((json_t *)list, i, word)
    {
        assert_true(json_is_string(word) && count < WORDS_MAX - 8);
        words[count++] = (char *)json_string_value(word);
    }
    return count;
}

/* The model that a command line names, built but not trained; fails with the program's own message. */
static void open_model(struct session *session, struct options *options, const json_t *list)
{
    char *words[WORDS_MAX + 1] = {NULL};
    struct error error = {.message = ""};
    int count = command_line(list, words);
    if (!options_parse(options, command_find("train"), count, words, &error) ||
        session_open_model(session, options->model, options, &error) != STATUS_DONE)
        fail_msg("%s", error.message);
}

static void check_options(const json_t *row, const json_t *list)
{
    struct session session = {.backend = NULL};
    struct options options;
    open_model(&session, &options, list);
    assert_string_equal(options.model, json_string_value(json_object_get(row, "model")));
    assert_int_equal(session.model.table.total_count, json_integer_value(json_object_get(row, "parameters")));
    bool keras1 = json_integer_value(json_object_get(row, "keras")) == 1;
    assert_int_equal(options.initializers, keras1 ? INITIALIZERS_KERAS1 : INITIALIZERS_KERAS);
    assert_true(session.model.spec.adam.epsilon == (keras1 ? 1e-8 : 1e-7));
    assert_true(first_lstm(&session.model.spec)->hard_sigmoid_slope == (keras1 ? 0.2 : 0));
    session_close(&session);
}

/* The fields that a model which this program trains must have. */
static void check_experiment(const json_t *row)
{
    const json_t *options = json_object_get(row, "options"), *flaw = json_object_get(row, "flaw");
    assert_true(json_is_integer(json_object_get(row, "keras")));
    assert_true(json_integer_value(json_object_get(row, "train_reviews")) > 0);
    assert_true(json_is_string(json_object_get(row, "test_reviews")));
    assert_true(json_array_size(options) > 0);
    if (json_is_null(flaw)) {
        check_options(row, options);
        return;
    }
    size_t i;
    json_t *figure;
    assert_true(json_array_size(json_object_get(flaw, "figures")) > 0);
    json_array_foreach(json_object_get(flaw, "figures"), i, figure)
        assert_non_null(json_object_get(json_object_get(row, "printed"), json_string_value(figure)));
    assert_true(json_is_string(json_object_get(flaw, "really")));
    check_options(row, json_object_get(flaw, "right"));
}

static void test_every_row_has_its_fields(void **state)
{
    (void)state;
    size_t i;
    json_t *row;
    assert_int_equal(json_array_size(documents), ROWS);
    json_array_foreach(documents, i, row)
    {
        const json_t *year = json_object_get(row, "year");
        print_message("%s\n", json_string_value(json_object_get(row, "id")));
        assert_true(json_is_string(json_object_get(row, "document")));
        assert_true(json_is_integer(year) || json_is_null(year));
        assert_true(json_is_object(json_object_get(row, "printed")));
        if (!json_is_null(json_object_get(row, "model")))
            check_experiment(row);
    }
}

/* A figure is a number, or a list of them, in the unit that its name says: accuracies are fractions. */
static void check_figure(const char *name, const json_t *value)
{
    size_t i;
    json_t *one;
    if (json_is_array(value)) {
        json_array_foreach((json_t *)value, i, one) check_figure(name, one);
        return;
    }
    double number = json_number_value(value);
    if (strstr(name, "_seconds"))
        assert_true(json_is_integer(value) && number > 0);
    else if (strstr(name, "accuracy"))
        assert_true(json_is_null(value) || (number > 0.5 && number < 1));
    else if (strstr(name, "loss"))
        assert_true(number > 0 && number < 1);
    else
        fail_msg("%s: a figure of unknown unit", name);
}

static void test_figures_have_their_units(void **state)
{
    (void)state;
    size_t i;
    json_t *row, *value;
    const char *name;
    json_array_foreach(documents, i, row) json_object_foreach(json_object_get(row, "printed"), name, value)
        check_figure(name, value);
}

/* The list of figures per epoch is as long as the run. */
static void test_every_epoch_is_there(void **state)
{
    (void)state;
    size_t i, k;
    json_t *row;
    static const char *const names[] = {"epoch_seconds", "loss", "accuracy"};
    json_array_foreach(documents, i, row)
    {
        struct session session = {.backend = NULL};
        struct options options;
        if (json_is_null(json_object_get(row, "options")))
            continue;
        open_model(&session, &options, json_object_get(row, "options"));
        session_close(&session);
        for (k = 0; k < sizeof names / sizeof names[0]; k++) {
            const json_t *figures = json_object_get(json_object_get(row, "printed"), names[k]);
            if (figures)
                assert_int_equal(json_array_size(figures), options.epochs);
        }
    }
}

static void test_the_program_takes_the_options(void **state)
{
    (void)state;
    size_t i;
    json_t *row;
    json_array_foreach(documents, i, row)
    {
        char *words[WORDS_MAX + 1] = {NULL};
        struct error error = {.message = ""};
        if (json_is_null(json_object_get(row, "options")))
            continue;
        int count = command_line(json_object_get(row, "options"), words);
        words[count++] = (char *)"--data=sample";
        words[count++] = (char *)"--dry-run";
        words[count++] = (char *)"--quiet";
        words[count++] = (char *)"--out=never_made";
        if (command_run(command_find("train"), count, words, &error) != STATUS_DONE)
            fail_msg("%s", error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_has_its_fields),
        cmocka_unit_test(test_figures_have_their_units),
        cmocka_unit_test(test_every_epoch_is_there),
        cmocka_unit_test(test_the_program_takes_the_options),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
