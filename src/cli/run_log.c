#include "run_log.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BYTES_MAX = 256 << 20, POINTS_MAX = 2000 };

/* Means since the epoch began. */
struct report_line {
    double epoch, step, steps, accuracy, loss;
};

struct lines {
    int count, room;
    struct report_line *items;
};

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Only lines of steps and of epochs tell anything. */
static bool parse(const char *text, size_t bytes, struct report_line *line)
{
    json_t *object = json_loadb(text, bytes, 0, NULL);
    const char *event = json_string_value(json_object_get(object, "event"));
    const bool is_step = event && strcmp(event, "step") == 0, is_epoch = event && strcmp(event, "epoch") == 0;
    *line = (struct report_line){.epoch = number(object, "epoch"),
                                 .step = number(object, is_step ? "step" : "steps"),
                                 .steps = number(object, "steps"),
                                 .accuracy = number(object, "accuracy"),
                                 .loss = number(object, "loss")};
    json_decref(object);
    return (is_step || is_epoch) && line->epoch >= 1 && line->step >= 1 && line->step <= line->steps &&
           line->epoch < 1e9 && line->steps < 1e9;
}

/* What was said of this step and of later ones has been done again. */
static bool add(struct lines *lines, const struct report_line *line)
{
    while (lines->count > 0 && (lines->items[lines->count - 1].epoch > line->epoch ||
                                (lines->items[lines->count - 1].epoch == line->epoch &&
                                 lines->items[lines->count - 1].step >= line->step)))
        lines->count--;
    if (lines->count == lines->room) {
        const int room = 2 * lines->room + 256;
        struct report_line *larger = realloc(lines->items, (size_t)room * sizeof *larger);
        if (!larger)
            return false;
        lines->items = larger;
        lines->room = room;
    }
    lines->items[lines->count++] = *line;
    return true;
}

static bool read_lines(struct lines *lines, const char *path)
{
    struct stat status;
    FILE *stream = stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= BYTES_MAX
                       ? fopen(path, "rb")
                       : NULL;
    char *text = NULL;
    size_t room = 0;
    bool good = true;
    ssize_t bytes;
    while (stream && good && (bytes = getline(&text, &room, stream)) >= 0) {
        struct report_line line;
        good = !parse(text, (size_t)bytes, &line) || add(lines, &line);
    }
    free(text);
    if (stream)
        fclose(stream);
    return good;
}

/* The mean over the steps from `before` to `to`, of means since the epoch began. */
static double between(double mean_before, double before, double mean, double to)
{
    return (mean * to - mean_before * before) / (to - before);
}

bool run_log_read(struct run_log *log, const char *path, struct error *error)
{
    struct lines lines = {.count = 0};
    bool good = read_lines(&lines, path);
    const size_t bytes = (size_t)lines.count * sizeof(double);
    if (good && lines.count > 0) {
        log->epochs = malloc(bytes);
        log->accuracies = malloc(bytes);
        log->losses = malloc(bytes);
        good = log->epochs && log->accuracies && log->losses;
    }
    const int every = lines.count / POINTS_MAX + 1;
    struct report_line before = {.epoch = 0};
    for (int i = 0; good && i < lines.count; i++) {
        const struct report_line *line = &lines.items[i];
        if (line->epoch != before.epoch)
            before = (struct report_line){.epoch = line->epoch};
        if ((i + 1) % every != 0 && line->step < line->steps)
            continue;
        log->epochs[log->count] = line->epoch - 1 + (before.step + line->step) / 2 / line->steps;
        log->accuracies[log->count] = between(before.accuracy, before.step, line->accuracy, line->step);
        log->losses[log->count] = between(before.loss, before.step, line->loss, line->step);
        log->count++;
        before = *line;
    }
    free(lines.items);
    return good || error_memory(error, "the log of the run", bytes);
}

void run_log_close(struct run_log *log)
{
    free(log->epochs);
    free(log->accuracies);
    free(log->losses);
    *log = (struct run_log){.count = 0};
}
