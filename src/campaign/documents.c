#include "documents.h"

#include "json_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The words of a list of strings; none for another value. */
static bool words_open(struct word_list *list, const json_t *array, struct error *error)
{
    const size_t count = json_array_size(array);
    char **words = calloc(count + 1, sizeof *words);
    if (!words)
        return error_memory(error, "the documents' options", 0);
    *list = (struct word_list){(int)count, words};
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(array, i));
        if (!word)
            return error_set(error, "the documents' options: one is no text");
        words[i] = (char *)word; /* which nobody changes */
    }
    return true;
}

static bool same_words(struct word_list a, struct word_list b)
{
    if (a.count != b.count)
        return false;
    for (int i = 0; i < a.count; i++)
        if (strcmp(a.words[i], b.words[i]) != 0)
            return false;
    return true;
}

/* A member that is a number, or the sum of a list. */
static double total_of(const json_t *printed, const char *one, const char *list)
{
    const json_t *parts = json_object_get(printed, list);
    double sum = 0;
    if (!json_is_array(parts))
        return json_member_number(printed, one);
    for (size_t i = 0; i < json_array_size(parts); i++)
        sum += json_number_value(json_array_get(parts, i));
    return sum;
}

static double accuracy_of(const json_t *printed)
{
    const json_t *list = json_object_get(printed, "validation_accuracy");
    const json_t *last = json_array_size(list) ? json_array_get(list, json_array_size(list) - 1) : NULL;
    return json_is_number(last) ? json_number_value(last) : json_member_number(printed, "test_accuracy");
}

static bool lists(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *item = json_string_value(json_array_get(array, i));
        if (item && strcmp(item, text) == 0)
            return true;
    }
    return false;
}

static bool row_open(struct document_row *row, const json_t *json, struct error *error)
{
    const json_t *printed = json_object_get(json, "printed"), *flaw = json_object_get(json, "flaw"),
                 *figures = json_object_get(flaw, "figures"), *timed = json_object_get(flaw, "timed_epochs");
    *row = (struct document_row){
        .json = json,
        .id = json_string_value(json_object_get(json, "id")),
        .really = json_string_value(json_object_get(flaw, "really")),
        .experiment = -1,
        .right = -1,
        .seconds = total_of(printed, "total_seconds", "epoch_seconds"),
        .cpu_seconds = json_member_number(printed, "cpu_seconds"),
        .accuracy = accuracy_of(printed),
        .seconds_are_wrong = lists(figures, "total_seconds") || lists(figures, "epoch_seconds"),
        .accuracy_is_wrong = lists(figures, "test_accuracy") || lists(figures, "validation_accuracy"),
        .first_timed = json_array_size(timed) ? (int)json_integer_value(json_array_get(timed, 0)) - 1 : 0,
    };
    if (!row->id)
        return error_set(error, "the documents' experiments: one has no id");
    return words_open(&row->words, json_object_get(json, "options"), error) &&
           words_open(&row->right_words, json_object_get(flaw, "right"), error);
}

bool documents_open(struct documents *documents, const char *text, struct error *error)
{
    json_error_t reason;
    *documents = (struct documents){.json = json_loads(text, JSON_REJECT_DUPLICATES, &reason)};
    if (!documents->json)
        return error_set(error, "the documents' experiments, line %d: %s", reason.line, reason.text);
    const size_t count = json_array_size(documents->json);
    documents->rows = calloc(count + 1, sizeof *documents->rows);
    bool opened = documents->rows || error_memory(error, "the documents' experiments", 0);
    for (size_t i = 0; opened && i < count; i++) {
        documents->count = (int)i + 1;
        opened = row_open(&documents->rows[i], json_array_get(documents->json, i), error);
    }
    if (!opened)
        documents_close(documents);
    return opened;
}

void documents_close(struct documents *documents)
{
    for (int i = 0; documents->rows && i < documents->count; i++) {
        free((void *)documents->rows[i].words.words);
        free((void *)documents->rows[i].right_words.words);
    }
    free(documents->rows);
    json_decref(documents->json);
    *documents = (struct documents){.json = NULL};
}

/* What the model scores on the test reviews is asked for where the training does not say it. */
static bool is_unvalidated(struct word_list words)
{
    for (int i = 0; i + 1 < words.count; i++)
        if (strcmp(words.words[i], "--validation") == 0 && strcmp(words.words[i + 1], "none") == 0)
            return true;
    return false;
}

/* The index of the experiment with these words, which is added if there is none; -1 on failure. */
static int experiment_of(struct campaign *campaign, const char *id, const char *suffix,
                         struct word_list words, struct error *error)
{
    for (int i = 0; i < campaign->experiment_count; i++)
        if (same_words(campaign->experiments[i].words, words))
            return i;
    struct experiment experiment = {.words = words, .is_evaluated = is_unvalidated(words)};
    snprintf(experiment.name, sizeof experiment.name, "%.100s%s", id, suffix);
    return campaign_add(campaign, &experiment, error);
}

bool documents_add(struct documents *documents, struct campaign *campaign, struct error *error)
{
    for (int i = 0; i < documents->count; i++) {
        struct document_row *row = &documents->rows[i];
        if (row->words.count == 0)
            continue;
        row->experiment = experiment_of(campaign, row->id, "", row->words, error);
        if (row->experiment < 0)
            return false;
        if (row->right_words.count == 0 || same_words(row->words, row->right_words))
            continue;
        row->right = experiment_of(campaign, row->id, "-right", row->right_words, error);
        if (row->right < 0)
            return false;
    }
    return true;
}

static double training_seconds(const struct run_result *result, int first)
{
    double seconds = 0;
    for (int i = first; i < result->epoch_count; i++)
        seconds += result->epochs[i].seconds;
    return seconds;
}

enum { ACCURACY, TRAINING, WALL, CPU, FIGURES };

static bool figures_take(struct document_figures *figures, const struct campaign *campaign, int experiment,
                         int first_timed, struct error *error)
{
    const size_t seeds = (size_t)campaign->settings->seeds;
    double *values = calloc(seeds * FIGURES, sizeof *values);
    int count = 0;
    if (!values)
        return error_memory(error, "the figures of an experiment", 0);
    for (int seed = 0; experiment >= 0 && seed < campaign->settings->seeds; seed++) {
        const struct run_result *result = campaign_result(campaign, experiment, seed);
        if (!result)
            continue;
        double *of_run = values + count++;
        of_run[ACCURACY * seeds] = run_accuracy(result);
        of_run[TRAINING * seeds] = training_seconds(result, first_timed);
        of_run[WALL * seeds] = result->cost.wall_seconds;
        of_run[CPU * seeds] = result->cost.cpu_seconds;
    }
    *figures = (struct document_figures){
        sample_of(values + ACCURACY * seeds, count), sample_of(values + TRAINING * seeds, count),
        sample_of(values + WALL * seeds, count), sample_of(values + CPU * seeds, count)};
    free(values);
    return true;
}

bool documents_take(struct documents *documents, const struct campaign *campaign, struct error *error)
{
    for (int i = 0; i < documents->count; i++) {
        struct document_row *row = &documents->rows[i];
        if (!figures_take(&row->ours, campaign, row->experiment, row->first_timed, error) ||
            !figures_take(&row->right_ours, campaign, row->right, 0, error))
            return false;
    }
    return true;
}

double document_training_ratio(const struct documents *documents, const struct document_row *row)
{
    return documents->is_rehearsal ? NAN : row->seconds / row->ours.training_seconds.mean;
}

double document_whole_ratio(const struct documents *documents, const struct document_row *row)
{
    return documents->is_rehearsal || row->first_timed > 0 ? NAN : row->seconds / row->ours.wall_seconds.mean;
}
