#include "library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const tiny[][2] = {
    {"data", "sample"}, {"train-limit", "96"},        {"epochs", "1"},       {"batch-size", "32"},
    {"units", "6"},     {"embedding", "4"},           {"maxlen", "30"},      {"vocabulary", "500"},
    {"device", "cpu"},  {"recurrent-dropout", "0.2"}, {"virtual-ranks", "2"}};

const char *const tiny_words =
    "--data sample --train-limit 96 --epochs 1 --batch-size 32 --units 6 --embedding 4 "
    "--maxlen 30 --vocabulary 500 --device cpu --recurrent-dropout 0.2 --virtual-ranks 2";

const char *const texts[TEXTS] = {"a wonderful film with a great cast", "dull, boring and bad",
                                  "the film was good and the plot was bad"};

void set(struct matinee_options *options, const char *name, const char *value)
{
    struct matinee_error error = {""};
    if (!matinee_options_set(options, name, value, &error))
        fail_msg("%s: %s", name, error.message);
}

void set_refused(struct matinee_options *options, const char *name, const char *value, const char *part)
{
    struct matinee_error error = {""};
    assert_false(matinee_options_set(options, name, value, &error));
    if (!strstr(error.message, part))
        fail_msg("\"%s\" is not in: %s", part, error.message);
}

struct matinee_options *tiny_options(void)
{
    struct matinee_options *options;
    assert_true(matinee_options_new(&options, NULL));
    for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++)
        set(options, tiny[i][0], tiny[i][1]);
    return options;
}

struct matinee_model *train(const struct matinee_options *options)
{
    struct matinee_error error = {""};
    struct matinee_model *model;
    if (!matinee_train(&model, options, NULL, NULL, &error))
        fail_msg("%s", error.message);
    return model;
}

char *run_program(const char *arguments)
{
    char command[4096], *output = calloc(1, 1 << 16);
    assert_non_null(output);
    snprintf(command, sizeof command, "%s %s 2>&1", MATINEE_PROGRAM, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t bytes = fread(output, 1, (1 << 16) - 1, pipe);
    output[bytes] = '\0';
    if (pclose(pipe) != 0)
        fail_msg("%s: %s", command, output);
    return output;
}

double json_number_of(const char *json, const char *key)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(json, quoted);
    if (!at)
        fail_msg("no %s in: %s", quoted, json);
    return strtod(at + strlen(quoted), NULL);
}
