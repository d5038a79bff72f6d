#include "run_report.h"

#include "run_directory.h"
#include "run_report_parts.h"
#include "training_run.h"

#include "matinee/output_file.h"
#include "matinee/page.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

double epoch_number(const struct run_report *report, int i, const char *key)
{
    return number_of(json_array_get(report->epochs, (size_t)i), key);
}

const char *seconds_text(double seconds, char text[static REPORT_TEXT_BYTES])
{
    if (!isfinite(seconds) || fabs(seconds) > 1e12)
        snprintf(text, REPORT_TEXT_BYTES, "-");
    else if (seconds < 600)
        snprintf(text, REPORT_TEXT_BYTES, "%.*f s", seconds < 10 ? 2 : 1, seconds);
    else
        snprintf(text, REPORT_TEXT_BYTES, "%.0f min %.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
    return text;
}

const char *decimal_text(double value, int decimals, char text[static REPORT_TEXT_BYTES])
{
    if (isfinite(value) && fabs(value) < 1e12)
        snprintf(text, REPORT_TEXT_BYTES, "%.*f", decimals, value);
    else
        snprintf(text, REPORT_TEXT_BYTES, isfinite(value) ? "%.3g" : "-", value);
    return text;
}

const char *count_text(double count, char text[static SUMMARY_NUMBER_BYTES])
{
    const bool known = count >= 0 && count < 1e15;
    return known ? summary_number(text, (int64_t)count) : strcpy(text, "-");
}

/* The latest epoch whose accuracy is that of the predictions. */
static int find_epoch(const struct run_report *report)
{
    const struct confusion *c = &report->confusion;
    const double correct = c->true_positive + c->true_negative;
    if (number_of(report->run, "validation_reviews") != report->predictions.count)
        return 0;
    for (int i = report->epoch_count - 1; i >= 0; i--)
        if (fabs(epoch_number(report, i, "val_accuracy") * report->predictions.count - correct) < 0.5)
            return i + 1;
    return 0;
}

/* False only without memory: what is wrong with the file is for the reader of the page. */
static bool open_predictions(struct run_report *report, struct error *error)
{
    char path[RUN_PATH_BYTES];
    snprintf(path, sizeof path, "%s/predictions.csv", report->directory);
    report->lacks_predictions = access(path, F_OK) != 0;
    if (report->lacks_predictions || !predictions_read(&report->predictions, path, &report->problem))
        return true;
    const struct predictions *p = &report->predictions;
    report->has_predictions = true;
    report->confusion = confusion_of(p->probabilities, p->labels, p->count);
    report->predicted_epoch = find_epoch(report);
    return roc_open(&report->roc, p->probabilities, p->labels, p->count, error);
}

static bool open_report(struct run_report *report, const char *directory, struct error *error)
{
    report->directory = directory;
    report->run = run_json_read(directory, error);
    if (!report->run)
        return false;
    report->settings = json_object_get(report->run, "settings");
    report->epochs = json_object_get(report->run, "epochs");
    report->epoch_count = (int)json_array_size(report->epochs);
    report->validated_on =
        json_is_number(json_object_get(report->settings, "validation")) ? "validation" : "test";
    return open_predictions(report, error);
}

static void close_report(struct run_report *report)
{
    json_decref(report->run);
    predictions_close(&report->predictions);
    roc_close(&report->roc);
}

/* "cnn-lstm: 87.10 % of 25,000 test reviews right". */
static void title_of(const struct run_report *report, char title[static PAGE_TEXT_BYTES])
{
    const char *model = text_of(report->settings, "model"), *slash = strrchr(model, '/');
    const double accuracy = epoch_number(report, report->epoch_count - 1, "val_accuracy");
    char count[SUMMARY_NUMBER_BYTES];
    model = slash && slash[1] ? slash + 1 : model[0] ? model : "a run";
    if (isfinite(accuracy))
        snprintf(title, PAGE_TEXT_BYTES, "%s: %.2f %% of %s %s reviews right", model, 100 * accuracy,
                 count_text(number_of(report->run, "validation_reviews"), count), report->validated_on);
    else
        snprintf(title, PAGE_TEXT_BYTES, "%s: %d %s", model, report->epoch_count,
                 report->epoch_count == 1 ? "epoch" : "epochs");
}

static bool put_page(FILE *stream, const struct run_report *report, struct error *error)
{
    char title[PAGE_TEXT_BYTES];
    title_of(report, title);
    page_begin(stream, title, report_predictions_style);
    report_summary(stream, report);
    if (!report_curves(stream, report, error))
        return false;
    report_predictions(stream, report);
    report_time(stream, report);
    report_epochs(stream, report);
    report_settings(stream, report);
    report_mistakes(stream, report);
    page_end(stream);
    return true;
}

bool run_report_write(const char *directory, const char *output, struct error *error)
{
    struct run_report report = {.roc = {.area = NAN}};
    struct output_file file = {.stream = NULL};
    const bool written = open_report(&report, directory, error) && output_file_open(&file, output, error) &&
                         put_page(file.stream, &report, error) && output_file_commit(&file, error);
    output_file_abandon(&file);
    close_report(&report);
    return written;
}
