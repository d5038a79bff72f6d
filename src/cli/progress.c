#include "progress.h"

#include "terminal.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { BAR_WIDTH = 20, BAR_SHORTEST = 5 };

static const double redraw_seconds = 0.05;

/* Appends to a text of PROGRESS_TEXT_BYTES. */
__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, PROGRESS_TEXT_BYTES - used, format, arguments);
    va_end(arguments);
}

static void append_metric(char *text, const char *name, double value)
{
    if (isnan(value)) /* which printf may write as -nan */
        append(text, " - %s: nan", name);
    else
        append(text, fabs(value) > 1e-3 ? " - %s: %.4f" : " - %s: %.4e", name, value);
}

/* Alphabetical, as Keras sorts them. */
static void append_metrics(char *text, const struct progress_line *line)
{
    append_metric(text, "accuracy", line->train.accuracy);
    append_metric(text, "loss", line->train.loss);
    if (line->validated) {
        append_metric(text, "val_accuracy", line->validation.accuracy);
        append_metric(text, "val_loss", line->validation.loss);
    }
}

static void append_step_time(char *text, double seconds)
{
    if (seconds >= 1 || seconds == 0)
        append(text, " %.0fs/step", seconds);
    else if (seconds >= 1e-3)
        append(text, " %.0fms/step", seconds * 1e3);
    else
        append(text, " %.0fus/step", seconds * 1e6);
}

static void append_time_left(char *text, double seconds)
{
    long left = (long)seconds;
    if (seconds > 3600)
        append(text, "%ld:%02ld:%02ld", left / 3600, left % 3600 / 60, left % 60);
    else if (seconds > 60)
        append(text, "%ld:%02ld", left / 60, left % 60);
    else
        append(text, "%lds", left);
}

static int digits(int number)
{
    return snprintf(NULL, 0, "%d", number);
}

static void append_strokes(char *text, int count)
{
    while (count-- > 0)
        append(text, "━");
}

/* Characters on screen: escape sequences have no width and a UTF-8 character counts once. */
static int screen_width(const char *text)
{
    int width = 0;
    for (; *text; text++) {
        if (*text == '\x1b')
            text += strcspn(text, "m");
        else
            width += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return width;
}

/* What a bar line shows, from its front: each detail with all before it. */
enum detail { DETAIL_COUNTER, DETAIL_TIME, DETAIL_STEP_TIME, DETAIL_METRICS };

static void append_style(char *text, const struct progress_look *look, const char *style)
{
    if (look->colours)
        append(text, "\x1b[%sm", style);
}

static void append_bar(char *text, const struct progress_line *line, const struct progress_look *look,
                       int strokes)
{
    int done = (int)((double)strokes * line->step / line->steps);
    if (done > 0) {
        append_style(text, look, "32");
        append_strokes(text, done);
        append_style(text, look, "0");
    }
    append_style(text, look, "37");
    if (!look->colours)
        append(text, "%*s", strokes - done, ""); /* which only the colour would tell from what is done */
    else
        append_strokes(text, strokes - done);
    append_style(text, look, "0");
    append(text, " ");
}

/* Returns the line's width on screen. */
static int bar_line(char *text, const struct progress_line *line, const struct progress_look *look,
                    int strokes, enum detail last)
{
    text[0] = '\0';
    append_style(text, look, "1");
    append(text, "%*d/%d", digits(line->steps), line->step, line->steps);
    append_style(text, look, "0");
    append(text, " ");
    if (strokes > 0)
        append_bar(text, line, look, strokes);
    if (last >= DETAIL_TIME) {
        append_style(text, look, "1");
        if (line->finished)
            append(text, "%.0fs", line->seconds);
        else
            append_time_left(text, line->step_seconds * (line->steps - line->step));
        append_style(text, look, "0");
    }
    if (last >= DETAIL_STEP_TIME)
        append_step_time(text, line->step_seconds);
    if (last >= DETAIL_METRICS)
        append_metrics(text, line);
    return screen_width(text);
}

int progress_bar_text(char text[PROGRESS_TEXT_BYTES], const struct progress_line *line,
                      const struct progress_look *look)
{
    int width = bar_line(text, line, look, BAR_WIDTH, DETAIL_METRICS);
    int limit = look->columns - 1; /* from the last column some terminals go on to the next line */
    if (look->columns == 0 || width <= limit)
        return width;
    int strokes = BAR_WIDTH - (width - limit);
    if (strokes >= BAR_SHORTEST)
        return bar_line(text, line, look, strokes, DETAIL_METRICS);
    for (int last = DETAIL_METRICS; last >= DETAIL_COUNTER; last--) {
        width = bar_line(text, line, look, 0, (enum detail)last);
        if (width <= limit)
            return width;
    }
    text[0] = '\0';
    return 0;
}

void progress_plain_text(char text[PROGRESS_TEXT_BYTES], const struct progress_line *line)
{
    text[0] = '\0';
    append(text, "%*d/%d - %.0fs -", digits(line->steps), line->step, line->steps, line->seconds);
    append_step_time(text, line->step_seconds);
    append_metrics(text, line);
}

struct progress progress_open(FILE *stream)
{
    bool redraws = terminal_redraws(fileno(stream));
    return (struct progress){
        .stream = stream, .redraws = redraws, .look = {.colours = terminal_colours()}, .drawn = -1};
}

void progress_epoch_begin(struct progress *progress, int epoch, int epochs)
{
    progress->drawn = -1;
    progress->first_step_seconds = 0;
    if (epochs > 1)
        fprintf(progress->stream, "Epoch %d/%d\n", epoch, epochs);
    fflush(progress->stream);
}

/* Keras leaves the first step out, which is not like the others, as soon as there is a second. */
static double step_seconds(const struct progress *progress, int step, double seconds)
{
    return step > 1 ? (seconds - progress->first_step_seconds) / (step - 1) : seconds;
}

/* Goes back over the line, writes the new one, and blanks what the old one had more. */
static void draw(struct progress *progress, const struct progress_line *line)
{
    char text[PROGRESS_TEXT_BYTES];
    struct progress_look look = progress->look;
    look.columns = line->finished ? 0 : terminal_columns(fileno(progress->stream));
    int width = progress_bar_text(text, line, &look);
    for (int i = 0; i < progress->width; i++)
        fputc('\b', progress->stream);
    fprintf(progress->stream, "\r%s", text);
    for (int i = width; i < progress->width; i++)
        fputc(' ', progress->stream);
    progress->width = width;
}

void progress_step(struct progress *progress, const struct step_progress *step)
{
    if (step->step == 1)
        progress->first_step_seconds = step->seconds;
    if (!progress->redraws || (progress->drawn >= 0 && step->seconds - progress->drawn < redraw_seconds))
        return;
    draw(progress, &(struct progress_line){.step = step->step,
                                           .steps = step->steps,
                                           .seconds = step->seconds,
                                           .step_seconds = step_seconds(progress, step->step, step->seconds),
                                           .train = step->train});
    fflush(progress->stream);
    progress->drawn = step->seconds;
}

void progress_epoch_end(struct progress *progress, const struct epoch_record *record)
{
    struct progress_line line = {.step = record->steps,
                                 .steps = record->steps,
                                 .finished = true,
                                 .seconds = record->seconds + record->validation_seconds,
                                 .step_seconds = step_seconds(progress, record->steps, record->seconds),
                                 .train = record->train,
                                 .validated = record->validated,
                                 .validation = record->validation};
    if (progress->redraws) {
        draw(progress, &line);
    } else {
        char text[PROGRESS_TEXT_BYTES];
        progress_plain_text(text, &line);
        fputs(text, progress->stream);
    }
    fputc('\n', progress->stream);
    fflush(progress->stream);
    progress->width = 0;
}

void progress_close(struct progress *progress)
{
    if (progress->width > 0)
        fputc('\n', progress->stream);
    progress->width = 0;
}
