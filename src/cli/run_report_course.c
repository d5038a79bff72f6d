/* How a run went: its curves, and where the time went. */
#include "run_report_parts.h"

#include "run_log.h"

#include "matinee/page.h"
#include "matinee/plot.h"

#include <math.h>
#include <string.h>

enum { CURVE_POINTS_MAX = 400, TIME_EPOCHS_MAX = 60 };

static const char *const keys[] = {"accuracy", "loss", "val_accuracy", "val_loss"};
enum { ACCURACY, LOSS, KINDS }; /* of training; those of the validation follow */

/* What the curves are drawn of: every so-manieth epoch, and the last. */
struct course {
    int count;
    double epochs[CURVE_POINTS_MAX + 1];  /* (count) from 1 */
    double middles[CURVE_POINTS_MAX + 1]; /* (count) of the epochs */
    double values[2 * KINDS][CURVE_POINTS_MAX + 1];
    struct run_log log;
};

static bool course_open(struct course *course, const struct run_report *report, struct error *error)
{
    const int all = report->epoch_count, every = all / CURVE_POINTS_MAX + 1;
    *course = (struct course){.count = 0};
    for (int i = 0; i < all; i++) {
        if (i % every != 0 && i < all - 1)
            continue;
        course->epochs[course->count] = i + 1;
        course->middles[course->count] = i + 0.5;
        for (int k = 0; k < 2 * KINDS; k++)
            course->values[k][course->count] = epoch_number(report, i, keys[k]);
        course->count++;
    }
    return run_log_read(&course->log, text_of(json_object_get(report->run, "options"), "log"), error);
}

/* "In epoch 3 training has 0.2365, test 0.3251." */
static void describe(char text[static 256], const struct course *course, int kind, const char *validated_on)
{
    char training[REPORT_TEXT_BYTES], validation[REPORT_TEXT_BYTES];
    const int last = course->count - 1;
    snprintf(text, 256, "In epoch %.0f training has %s, %s %s.", course->epochs[last],
             decimal_text(course->values[kind][last], 4, training), validated_on,
             decimal_text(course->values[KINDS + kind][last], 4, validation));
}

static void put_curve(FILE *stream, const struct course *course, int kind, const char *title,
                      const char *validated_on)
{
    const struct run_log *log = &course->log;
    char description[256];
    describe(description, course, kind, validated_on);
    const struct plot_series series[] = {
        {.label = "training, every 50 steps",
         .style = 0,
         .count = log->count,
         .x = log->epochs,
         .y = kind == LOSS ? log->losses : log->accuracies},
        {.label = log->count ? "training, mean of the epoch" : "training",
         .style = log->count ? 2 : 0,
         .marked = true,
         .count = course->count,
         .x = log->count ? course->middles : course->epochs,
         .y = course->values[kind]},
        {.label = validated_on,
         .style = 1,
         .dashed = true,
         .marked = true,
         .count = course->count,
         .x = course->epochs,
         .y = course->values[KINDS + kind]},
    };
    bool validated = false;
    for (int i = 0; i < course->count; i++)
        validated = validated || isfinite(series[2].y[i]);
    const int first = log->count ? 0 : 1;
    const double end =
        log->count ? fmax(ceil(log->epochs[log->count - 1]), course->epochs[course->count - 1]) : 0;
    const struct plot plot = {.title = title,
                              .description = description,
                              .x = {.label = "epoch", .whole = true, .high = end},
                              .y = {.unit = kind == ACCURACY ? PLOT_PERCENT : PLOT_NUMBER},
                              .series_count = (validated ? 3 : 2) - first,
                              .series = series + first};
    plot_lines(stream, &plot);
}

bool report_curves(FILE *stream, const struct run_report *report, struct error *error)
{
    struct course course;
    const bool good = course_open(&course, report, error);
    page_section_begin(stream, "Curves");
    if (good && course.count > 0) {
        page_columns_begin(stream);
        put_curve(stream, &course, LOSS, "Loss", report->validated_on);
        put_curve(stream, &course, ACCURACY, "Accuracy", report->validated_on);
        page_columns_end(stream);
        page_note(stream,
                  "Training is measured while it goes on, before each update and with all that is dropped: "
                  "its accuracy may "
                  "well lie below that of the %s reviews.",
                  report->validated_on);
    } else if (good) {
        char directory[1024];
        shell_word(directory, sizeof directory, report->directory);
        page_note(stream, "No epoch has ended yet; matinee train --resume %s goes on.", directory);
    }
    page_section_end(stream);
    run_log_close(&course.log);
    return good;
}

enum time_kind { TIME_DATA, TIME_SETUP, TIME_TRAINING, TIME_VALIDATION, TIME_SAVING, TIME_OTHER, TIME_KINDS };

static const char *const time_names[TIME_KINDS] = {"reading data", "set-up", "training",
                                                   "validation",   "saving", "other"};

/* No less than nothing, also where there is no number. */
static double positive(double seconds)
{
    return seconds > 0 && seconds < 1e12 ? seconds : 0;
}

static void find_totals(const struct run_report *report, double totals[static TIME_KINDS])
{
    const json_t *wall = json_object_get(report->run, "wall");
    totals[TIME_DATA] = positive(number_of(wall, "data"));
    totals[TIME_SETUP] = positive(number_of(wall, "setup"));
    totals[TIME_SAVING] = positive(number_of(wall, "saving"));
    totals[TIME_TRAINING] = positive(number_of(json_object_get(report->run, "position"), "seconds"));
    totals[TIME_VALIDATION] = 0;
    for (int i = 0; i < report->epoch_count; i++) {
        totals[TIME_TRAINING] += positive(epoch_number(report, i, "seconds"));
        totals[TIME_VALIDATION] += positive(epoch_number(report, i, "validation_seconds"));
    }
    double known = 0;
    for (int kind = 0; kind < TIME_OTHER; kind++)
        known += totals[kind];
    totals[TIME_OTHER] = positive(number_of(wall, "total") - known);
}

struct time_parts {
    int count;
    struct plot_part parts[TIME_KINDS + 2 * TIME_EPOCHS_MAX + 1];
};

static void add_part(struct time_parts *parts, enum time_kind kind, double seconds)
{
    if (seconds > 0)
        parts->parts[parts->count++] =
            (struct plot_part){.style = (int)kind, .length = seconds, .label = time_names[kind]};
}

/* In the order of their time, epoch by epoch where there are not too many; saves are one at the end. */
static void find_parts(struct time_parts *parts, const struct run_report *report,
                       const double totals[static TIME_KINDS])
{
    parts->count = 0;
    add_part(parts, TIME_DATA, totals[TIME_DATA]);
    add_part(parts, TIME_SETUP, totals[TIME_SETUP]);
    if (report->epoch_count <= TIME_EPOCHS_MAX) {
        for (int i = 0; i < report->epoch_count; i++) {
            add_part(parts, TIME_TRAINING, positive(epoch_number(report, i, "seconds")));
            add_part(parts, TIME_VALIDATION, positive(epoch_number(report, i, "validation_seconds")));
        }
        add_part(parts, TIME_TRAINING,
                 positive(number_of(json_object_get(report->run, "position"), "seconds")));
    } else {
        add_part(parts, TIME_TRAINING, totals[TIME_TRAINING]);
        add_part(parts, TIME_VALIDATION, totals[TIME_VALIDATION]);
    }
    add_part(parts, TIME_SAVING, totals[TIME_SAVING]);
    add_part(parts, TIME_OTHER, totals[TIME_OTHER]);
}

static void put_totals(FILE *stream, const double totals[static TIME_KINDS], double all)
{
    static const char *const headings[] = {"part", "seconds", "share"};
    char seconds[REPORT_TEXT_BYTES], share[REPORT_TEXT_BYTES];
    page_table_begin(stream, NULL, 3, headings);
    for (int kind = 0; kind < TIME_KINDS; kind++) {
        snprintf(share, sizeof share, "%.1f %%", 100 * totals[kind] / all);
        page_row(stream, 3,
                 (const char *const[]){time_names[kind], decimal_text(totals[kind], 2, seconds), share});
    }
    page_table_end(stream);
}

void report_time(FILE *stream, const struct run_report *report)
{
    double totals[TIME_KINDS], all = 0;
    struct time_parts parts;
    char length[REPORT_TEXT_BYTES], description[256];
    find_totals(report, totals);
    for (int kind = 0; kind < TIME_KINDS; kind++)
        all += totals[kind];
    if (all <= 0)
        return;
    find_parts(&parts, report, totals);
    snprintf(description, sizeof description, "%s in all; the table beside it has the parts.",
             seconds_text(all, length));
    const struct plot_bar bar = {.title = "From the start of the program to the last save",
                                 .description = description,
                                 .axis = {.label = "seconds"},
                                 .kind_count = TIME_KINDS,
                                 .kinds = time_names,
                                 .part_count = parts.count,
                                 .parts = parts.parts};
    page_section_begin(stream, "Where the time went");
    page_columns_begin(stream);
    plot_bar(stream, &bar);
    put_totals(stream, totals, all);
    page_columns_end(stream);
    if (!json_object_get(report->run, "wall"))
        page_note(stream, "run.json has the times of the epochs alone: an older version has written it.");
    page_section_end(stream);
}
