#include "run_report_parts.h"

#include "matinee/page.h"

#include <math.h>
#include <string.h>

static void put_status(FILE *stream, const struct run_report *report)
{
    const char *status = text_of(report->run, "status"), *named = report->directory;
    char directory[1024];
    const double epochs = number_of(report->settings, "epochs");
    const int done = report->epoch_count;
    shell_word(directory, sizeof directory, named);
    if (strcmp(status, "done") == 0)
        page_fact(stream, "Status", "done, %d %s", done, done == 1 ? "epoch" : "epochs");
    else if (strcmp(status, "interrupted") == 0)
        page_fact(stream, "Status", "interrupted after %d of %.0f epochs; matinee train --resume %s goes on",
                  done, epochs, directory);
    else if (strcmp(status, "failed") == 0)
        page_fact(stream, "Status",
                  "failed after %d of %.0f epochs; matinee train --resume %s goes on from there", done,
                  epochs, directory);
    else
        page_fact(stream, "Status",
                  "%d of %.0f epochs done; if it is not at work any more, matinee train --resume %s goes on",
                  done, epochs, directory);
}

static void put_count(FILE *stream, const char *name, double count)
{
    char text[SUMMARY_NUMBER_BYTES];
    if (isfinite(count))
        page_fact(stream, name, "%s", count_text(count, text));
}

/* Accuracy and loss of an epoch, from 0. */
static void put_score(FILE *stream, const struct run_report *report, const char *when, int epoch)
{
    char name[REPORT_TEXT_BYTES], accuracy[REPORT_TEXT_BYTES], loss[REPORT_TEXT_BYTES];
    if (!isfinite(epoch_number(report, epoch, "val_accuracy")))
        return;
    snprintf(name, sizeof name, "%s, %s", strcmp(report->validated_on, "test") == 0 ? "Test" : "Validation",
             when);
    page_fact(stream, name, "accuracy %s, loss %s (epoch %d)",
              decimal_text(epoch_number(report, epoch, "val_accuracy"), 4, accuracy),
              decimal_text(epoch_number(report, epoch, "val_loss"), 4, loss), epoch + 1);
}

/* Nothing of one process that computes whole batches. */
static void put_ranks(FILE *stream, const struct run_report *report)
{
    const double ranks = number_of(report->run, "ranks"), parts = number_of(report->run, "parts");
    char in_parts[REPORT_TEXT_BYTES] = "";
    if (parts > 1)
        snprintf(in_parts, sizeof in_parts, "; each computes its share of a batch in %.0f parts", parts);
    if (ranks > 1 || parts > 1)
        page_fact(stream, "Ranks", "%s%s%s", ranks > 1 ? text_of(report->run, "communicator") : "one process",
                  in_parts,
                  json_is_true(json_object_get(report->settings, "exact_ranks")) ? ", with exact sums" : "");
}

static double total_of(const struct run_report *report, const char *key)
{
    double total = 0;
    for (int i = 0; i < report->epoch_count; i++)
        total += fmax(0, epoch_number(report, i, key));
    return total;
}

void report_summary(FILE *stream, const struct run_report *report)
{
    char text[REPORT_TEXT_BYTES], training[REPORT_TEXT_BYTES];
    const int last = report->epoch_count - 1;
    const double best = number_of(report->run, "best_epoch");
    const double wall = number_of(json_object_get(report->run, "wall"), "total");
    page_facts_begin(stream);
    put_status(stream, report);
    put_score(stream, report, "in the end", last);
    if (best >= 1 && best <= last)
        put_score(stream, report, "at best", (int)best - 1);
    if (isfinite(report->roc.area))
        page_fact(stream, "ROC area", "%s", decimal_text(report->roc.area, 4, text));
    put_count(stream, "Parameters", number_of(report->run, "parameters"));
    put_count(stream, "Training reviews", number_of(report->run, "train_reviews"));
    if (number_of(report->run, "validation_reviews") > 0)
        put_count(stream, strcmp(report->validated_on, "test") == 0 ? "Test reviews" : "Validation reviews",
                  number_of(report->run, "validation_reviews"));
    page_fact(stream, "Data", "%s", text_of(report->run, "data"));
    page_fact(stream, "Device", "%s", text_of(report->run, "device"));
    put_ranks(stream, report);
    seconds_text(total_of(report, "seconds"), training);
    if (isfinite(wall))
        page_fact(stream, "Time", "%s, of which training %s", seconds_text(wall, text), training);
    else
        page_fact(stream, "Time", "training %s", training);
    if (text_of(report->run, "started")[0])
        page_fact(stream, "Started", "%s", text_of(report->run, "started"));
    page_facts_end(stream);
    if (json_is_true(json_object_get(report->settings, "sample")))
        page_note(stream, "The reviews are the built-in sample: they were generated and are not real.");
}

static void put_epoch(FILE *stream, const struct run_report *report, int i)
{
    enum { COLUMNS = 8 };
    static const char *const keys[COLUMNS] = {
        "epoch", "accuracy", "loss", "val_accuracy", "val_loss", "seconds", "validation_seconds", NULL};
    static const int decimals[COLUMNS] = {0, 4, 4, 4, 4, 2, 2, 1};
    char texts[COLUMNS][REPORT_TEXT_BYTES];
    const char *cells[COLUMNS];
    for (int k = 0; k < COLUMNS; k++) {
        const double value =
            keys[k] ? epoch_number(report, i, keys[k])
                    : 1e3 * epoch_number(report, i, "seconds") / epoch_number(report, i, "steps");
        cells[k] = decimal_text(value, decimals[k], texts[k]);
    }
    page_row(stream, COLUMNS, cells);
}

void report_epochs(FILE *stream, const struct run_report *report)
{
    enum { ROWS_MAX = 200, OPEN_ROWS_MAX = 25 };
    static const char *const headings[] = {"epoch", "accuracy", "loss",       NULL,
                                           NULL,    "seconds",  "validating", "ms/step"};
    const char *cells[sizeof headings / sizeof *headings];
    const int count = report->epoch_count, every = count / ROWS_MAX + (count % ROWS_MAX != 0);
    memcpy(cells, headings, sizeof cells);
    const bool is_test = strcmp(report->validated_on, "test") == 0;
    cells[3] = is_test ? "test accuracy" : "val. accuracy";
    cells[4] = is_test ? "test loss" : "val. loss";
    if (count == 0)
        return;
    page_section_begin(stream, "Epochs");
    if (every > 1)
        page_note(stream, "Every %d epochs; history.csv has all.", every);
    if (count > OPEN_ROWS_MAX)
        fprintf(stream, "<details>\n<summary>A table of %d epochs</summary>\n", count);
    page_table_begin(stream, NULL, (int)(sizeof cells / sizeof *cells), cells);
    for (int i = 0; i < count; i++)
        if (i % every == 0 || i == count - 1)
            put_epoch(stream, report, i);
    page_table_end(stream);
    if (count > OPEN_ROWS_MAX)
        fputs("</details>\n", stream);
    page_section_end(stream);
}

/* "learning_rate" is "learning rate" for people. */
static void put_fact(FILE *stream, const char *key, const json_t *value)
{
    char name[REPORT_TEXT_BYTES];
    snprintf(name, sizeof name, "%s", key);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = ' ';
    if (json_is_string(value))
        page_fact(stream, name, "%s", json_string_value(value));
    else if (json_is_integer(value))
        page_fact(stream, name, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        page_fact(stream, name, "%.10g", json_real_value(value));
    else if (json_is_boolean(value))
        page_fact(stream, name, "%s", json_is_true(value) ? "yes" : "no");
}

/* All members that are no lists or objects, in their order. */
static void put_facts(FILE *stream, const json_t *object)
{
    const char *key;
    const json_t *value;
    page_facts_begin(stream);
    json_object_foreach((json_t *)object, key, value) put_fact(stream, key, value);
    page_facts_end(stream);
}

/* "units 100, dropout 0.2": sizes and rates of a layer, those that are off left out. */
static void layer_text(const json_t *layer, char *text, size_t bytes)
{
    const char *key;
    const json_t *value;
    size_t used = 0;
    text[0] = '\0';
    json_object_foreach((json_t *)layer, key, value)
    {
        char shown[REPORT_TEXT_BYTES];
        if (strcmp(key, "class") == 0 || strcmp(key, "name") == 0)
            continue;
        if (json_is_string(value))
            snprintf(shown, sizeof shown, " %s", json_string_value(value));
        else if (json_is_number(value) && json_number_value(value) != 0)
            snprintf(shown, sizeof shown, " %.10g", json_number_value(value));
        else if (json_is_true(value))
            shown[0] = '\0';
        else
            continue;
        const int more = snprintf(text + used, bytes - used, "%s%s%s", used ? ", " : "", key, shown);
        used += (size_t)more < bytes - used ? (size_t)more : bytes - used - 1;
    }
}

static void put_layers(FILE *stream, const json_t *layers)
{
    size_t i;
    const json_t *layer;
    page_facts_begin(stream);
    json_array_foreach(layers, i, layer)
    {
        char text[1024];
        layer_text(layer, text, sizeof text);
        page_fact(stream, text_of(layer, "name"), "%s: %s", text_of(layer, "class"), text);
    }
    page_facts_end(stream);
}

void report_settings(FILE *stream, const struct run_report *report)
{
    static const char *const of_machine[] = {"device", "engine", "graph", "threads", "no_gpu"};
    page_section_begin(stream, "Model");
    put_layers(stream, json_object_get(report->settings, "layers"));
    page_section_end(stream);
    page_columns_begin(stream);
    page_section_begin(stream, "Settings");
    put_facts(stream, report->settings);
    page_section_end(stream);
    page_section_begin(stream, "Device and versions");
    page_facts_begin(stream);
    for (size_t i = 0; i < sizeof of_machine / sizeof *of_machine; i++)
        put_fact(stream, of_machine[i], json_object_get(report->run, of_machine[i]));
    page_facts_end(stream);
    put_facts(stream, json_object_get(report->run, "versions"));
    page_section_end(stream);
    page_columns_end(stream);
}
