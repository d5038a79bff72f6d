/* What the model said of the reviews that it was tested on. */
#include "run_report_parts.h"

#include "matinee/page.h"
#include "matinee/plot.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char report_predictions_style[] =
    ".confusion td { text-align: center; padding: .9rem 1.2rem; border: 2px solid var(--ground);\n"
    "  background: rgb(var(--c) / calc(.08 + .5 * var(--s))) }\n"
    ".confusion td b { display: block; font-size: 1.25rem }\n"
    ".confusion th { vertical-align: middle; text-align: center; font-weight: 400; color: var(--faint) }\n"
    ".confusion thead th { border: 0 }\n"
    ".confusion { margin-bottom: .8rem }\n"
    ".right { --c: var(--good) } .wrong { --c: var(--bad) }\n"
    ".mistakes { padding-left: 0; list-style: none; max-width: 46rem }\n"
    ".mistakes li { margin: .9rem 0; padding-left: .8rem; border-left: 3px solid var(--line);\n"
    "  overflow-wrap: anywhere }\n"
    ".mistakes b { font-variant-numeric: tabular-nums }\n";

enum { SHOWN_BYTES = 420 }; /* of a text, before the rest of it is asked for */

void shell_word(char *quoted, size_t room, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:@%";
    size_t used = 0;
    if (text[strspn(text, plain)] == '\0') {
        snprintf(quoted, room, "%s", text);
        return;
    }
    quoted[used++] = '\'';
    for (; *text && used + 6 < room; text++)
        used += (size_t)snprintf(quoted + used, room - used, *text == '\'' ? "'\\''" : "%c", *text);
    snprintf(quoted + used, room - used, "'");
}

/* The command that makes predictions.csv of the data that the run had. */
static void put_remedy(FILE *stream, const struct run_report *report, const char *what)
{
    static const char *const keys[] = {"data",         "test",      "text-column",
                                       "label-column", "no-quotes", "word-index"};
    const json_t *options = json_object_get(report->run, "options");
    char directory[1024], of_data[2048] = "", value[1024];
    size_t used = 0;
    shell_word(directory, sizeof directory, report->directory);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!text_of(options, keys[i])[0])
            continue;
        shell_word(value, sizeof value, text_of(options, keys[i]));
        const bool is_flag = strcmp(keys[i], "no-quotes") == 0;
        const int more =
            snprintf(of_data + used, sizeof of_data - used, is_flag ? " --%s" : " --%s %s", keys[i], value);
        used += (size_t)more < sizeof of_data - used ? (size_t)more : sizeof of_data - used - 1;
    }
    page_paragraph(stream, "%s, and so there are no confusion matrix, no ROC curve and no mistakes here. ",
                   what);
    page_note(stream,
              "Where the data have test reviews, matinee evaluate %s/model.keras%s --predictions "
              "%s/predictions.csv and then matinee report %s add them.",
              directory, of_data, directory, directory);
}

static void put_cell(FILE *stream, int count, int all, bool right)
{
    const double share = all > 0 ? (double)count / all : 0;
    char text[SUMMARY_NUMBER_BYTES];
    fprintf(stream, "<td class=\"%s\" style=\"--s:%.3f\"><b>%s</b>%.1f %%</td>", right ? "right" : "wrong",
            share, count_text(count, text), 100 * share);
}

static void put_confusion(FILE *stream, const struct confusion *c)
{
    const int positive = c->true_positive + c->false_negative,
              negative = c->false_positive + c->true_negative;
    char text[SUMMARY_NUMBER_BYTES];
    fputs("<div>\n<div class=\"scroll\" tabindex=\"0\">\n<table class=\"confusion\">\n"
          "<caption>Reviews by what they are and what they were called; shares are of the row</caption>\n"
          "<thead><tr><th scope=\"col\"></th><th scope=\"col\">called positive</th>"
          "<th scope=\"col\">called negative</th></tr></thead>\n<tbody>\n",
          stream);
    fprintf(stream, "<tr><th scope=\"row\">positive: %s</th>", count_text(positive, text));
    put_cell(stream, c->true_positive, positive, true);
    put_cell(stream, c->false_negative, positive, false);
    fprintf(stream, "</tr>\n<tr><th scope=\"row\">negative: %s</th>", count_text(negative, text));
    put_cell(stream, c->false_positive, negative, false);
    put_cell(stream, c->true_negative, negative, true);
    fputs("</tr>\n</tbody>\n</table>\n</div>\n", stream);
}

static double share(int part, int all)
{
    return all > 0 ? (double)part / all : NAN;
}

static void put_rates(FILE *stream, const struct run_report *report)
{
    const struct confusion *c = &report->confusion;
    const int right = c->true_positive + c->true_negative;
    char text[REPORT_TEXT_BYTES];
    page_facts_begin(stream);
    page_fact(stream, "Accuracy", "%s", decimal_text(share(right, report->predictions.count), 4, text));
    page_fact(stream, "Of those called positive are", "%s",
              decimal_text(share(c->true_positive, c->true_positive + c->false_positive), 4, text));
    page_fact(stream, "Of those called negative are", "%s",
              decimal_text(share(c->true_negative, c->true_negative + c->false_negative), 4, text));
    page_fact(stream, "Area under the ROC curve", "%s", decimal_text(report->roc.area, 4, text));
    page_facts_end(stream);
    fputs("</div>\n", stream);
}

static void put_roc(FILE *stream, const struct run_report *report)
{
    static const double ends[] = {0, 1};
    struct roc roc = report->roc;
    char area[REPORT_TEXT_BYTES], title[128], description[256];
    if (roc.count == 0) {
        page_paragraph(stream,
                       "There is no ROC curve: it takes reviews of both kinds, and probabilities that are "
                       "numbers.");
        return;
    }
    roc_thin(&roc, 0.003);
    decimal_text(roc.area, 4, area);
    snprintf(title, sizeof title, "ROC curve, area %s", area);
    snprintf(description, sizeof description,
             "Share of the positive reviews called positive against that of the negative ones, for every "
             "threshold. The area under it is %s; guessing has 0.5.",
             area);
    const struct plot_series series[] = {
        {.style = PLOT_FAINT, .dashed = true, .count = 2, .x = ends, .y = ends},
        {.style = 0, .count = roc.count, .x = roc.false_rate, .y = roc.true_rate},
    };
    const struct plot plot = {
        .title = title,
        .description = description,
        .x = {.label = "negative reviews called positive", .unit = PLOT_PERCENT, .low = 0, .high = 1},
        .y = {.label = "positive reviews called positive", .unit = PLOT_PERCENT, .low = 0, .high = 1},
        .square = true,
        .series_count = 2,
        .series = series};
    plot_lines(stream, &plot);
}

/* Whether the text may be cut here: at a blank that is not the one of a "<br />". */
static bool is_gap(const char *text, size_t at)
{
    return text[at] == ' ' && !(at >= 3 && memcmp(text + at - 3, "<br", 3) == 0);
}

/* How much of a text is shown at first: to the end of a word; of one without blanks, of a character. */
static size_t shown_bytes(const char *text, size_t bytes)
{
    if (bytes <= SHOWN_BYTES + SHOWN_BYTES / 2)
        return bytes;
    size_t shown = SHOWN_BYTES;
    while (shown > SHOWN_BYTES / 2 && !is_gap(text, shown))
        shown--;
    while (shown < bytes && (text[shown] & 0xC0) == 0x80)
        shown++;
    return shown;
}

static void put_mistake(FILE *stream, const struct predictions *p, int row)
{
    const char *text = p->characters + p->texts[row];
    const size_t bytes = strlen(text), shown = shown_bytes(text, bytes);
    fprintf(stream, "<li><b>%.4f</b> &#160;<span class=\"note\">", (double)p->probabilities[row]);
    html_text(stream, p->characters + p->names[row]);
    fputs("</span><br />\n", stream);
    if (shown < bytes)
        fputs("<details><summary>", stream);
    html_prose(stream, text, shown);
    if (shown < bytes) {
        fputs(" &#8230;</summary>\n<p>&#8230;", stream);
        html_prose(stream, text + shown, bytes - shown);
        fputs("</p></details>", stream);
    }
    fputs("</li>\n", stream);
}

static void put_mistakes(FILE *stream, const struct predictions *p, bool called_positive)
{
    int rows[MISTAKES_MAX];
    const int count = confident_mistakes(p->probabilities, p->labels, p->count, called_positive, rows);
    fprintf(stream, "<div>\n<h3>Called %s, labelled %s</h3>\n", called_positive ? "positive" : "negative",
            called_positive ? "negative" : "positive");
    if (count == 0)
        page_note(stream, "None.");
    else
        fputs("<ol class=\"mistakes\">\n", stream);
    for (int i = 0; i < count; i++)
        put_mistake(stream, p, rows[i]);
    fputs(count == 0 ? "</div>\n" : "</ol>\n</div>\n", stream);
}

static void put_origin(FILE *stream, const struct run_report *report)
{
    char count[SUMMARY_NUMBER_BYTES];
    count_text(report->predictions.count, count);
    if (report->predicted_epoch == 0)
        page_note(stream, "predictions.csv has %s reviews, and its accuracy is that of no epoch of this run.",
                  count);
    else
        page_note(stream, "Of %s %s reviews, as of epoch %d. predictions.csv has them all.", count,
                  report->validated_on, report->predicted_epoch);
}

void report_predictions(FILE *stream, const struct run_report *report)
{
    page_section_begin(stream, "Predictions");
    if (report->has_predictions && report->predictions.count > 0) {
        put_origin(stream, report);
        page_columns_begin(stream);
        put_confusion(stream, &report->confusion);
        put_rates(stream, report);
        put_roc(stream, report);
        page_columns_end(stream);
    } else if (report->has_predictions) {
        put_remedy(stream, report, "predictions.csv has no reviews");
    } else {
        put_remedy(stream, report,
                   report->lacks_predictions ? "There is no predictions.csv" : report->problem.message);
    }
    page_section_end(stream);
}

void report_mistakes(FILE *stream, const struct run_report *report)
{
    if (!report->has_predictions || report->predictions.count == 0)
        return;
    page_section_begin(stream, "The most confident mistakes");
    page_note(stream, "The number is what the model said: the probability that the review is positive.");
    page_columns_begin(stream);
    put_mistakes(stream, &report->predictions, true);
    put_mistakes(stream, &report->predictions, false);
    page_columns_end(stream);
    page_section_end(stream);
}
