#include "explanation.h"

#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Which words pushed the score</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --faint: #626a73; --line: #d8dde3;\n"
    "  --up: 37 99 235; --down: 217 95 2 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --ground: #14171b; --ink: #e7e9ec; --faint: #9aa3ad; --line: #343b43;\n"
    "    --up: 92 150 255; --down: 255 138 46 }\n"
    "}\n"
    "body { margin: 0; background: var(--ground); color: var(--ink);\n"
    "  font: 1rem/1.6 system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif }\n"
    "main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }\n"
    "h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .75rem }\n"
    "h2 { font-size: 1.1rem; margin: 0 }\n"
    "section { border-top: 1px solid var(--line); margin-top: 1.75rem; padding-top: 1.25rem }\n"
    "p { margin: .6rem 0; overflow-wrap: anywhere }\n"
    ".note { color: var(--faint); font-size: .9rem }\n"
    ".text { font-size: 1.05rem; line-height: 1.9 }\n"
    ".up, .down { color: var(--ink); border-radius: .2em; --c: var(--up);\n"
    "  background: rgb(var(--c) / calc(var(--s) * .5));\n"
    "  border-bottom: 2px solid rgb(var(--c) / var(--s)) }\n"
    ".down { --c: var(--down); border-bottom-style: dotted }\n"
    ".outside { color: var(--faint); font-style: italic }\n"
    ".unseen { color: var(--faint); text-decoration: line-through }\n"
    ".cut { color: var(--faint) }\n"
    "table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem }\n"
    "caption { text-align: left; color: var(--faint); padding-bottom: .3rem }\n"
    "th, td { text-align: right; padding: .15rem .9rem .15rem 0 }\n"
    "th { font-weight: 600; border-bottom: 1px solid var(--line) }\n"
    "th:last-child, td:last-child { text-align: left; overflow-wrap: anywhere }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<main>\n"
    "<h1>Which words pushed the score</h1>\n";

static const char legend[] = "<p>A word&#39;s push is what the logit of the text loses when this one word, "
                             "and nothing else, is replaced "
                             "by one that the model does not know. Pushes depend on the other words and do "
                             "not add up to the score.</p>\n"
                             "<p class=\"note\"><span class=\"up\" style=\"--s:1\">towards positive</span>\n"
                             "<span class=\"down\" style=\"--s:1\">towards negative</span>\n"
                             "<span class=\"outside\">too rare for numbers of its own</span> &middot;\n"
                             "<span class=\"unseen\">never seen in training, not read</span> &middot;\n"
                             "<span class=\"cut\">too far from the end, not read</span></p>\n";

/* Bytes that are UTF-8, without control characters. */
static void put_escaped(FILE *stream, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        case '\'':
            fputs("&#39;", stream);
            break;
        default:
            fputc(*text, stream);
        }
}

static bool put_text(FILE *stream, const char *text, size_t bytes, struct error *error)
{
    char *shown = text_printable(text, bytes);
    if (!shown)
        return error_memory(error, "a text", bytes);
    put_escaped(stream, shown);
    free(shown);
    return true;
}

/* The element around a word, up to its text. */
static void put_opening(FILE *stream, const struct explanation *explanation, int i)
{
    static const char *const classes[] = {
        [WORD_OUTSIDE] = "outside", [WORD_UNSEEN] = "unseen", [WORD_CUT] = "cut"};
    const enum word_state state = explanation->words.items[i].state;
    const double push = explanation->pushes[i];
    if (state != WORD_READ)
        fprintf(stream, "<span class=\"%s\">", classes[state]);
    else
        fprintf(stream, "<span class=\"%s\" style=\"--s:%.3f\" title=\"%+.4f; %.4f without\">",
                push < 0 ? "down" : "up", explanation_strength(explanation, i), push,
                probability_of(explanation->logit - push));
}

static bool put_words(FILE *stream, const struct explanation *explanation, struct error *error)
{
    size_t done = 0;
    for (int i = 0; i < explanation->words.count; i++) {
        const struct text_word *word = &explanation->words.items[i];
        if (!put_text(stream, explanation->text + done, word->start - done, error))
            return false;
        put_opening(stream, explanation, i);
        if (!put_text(stream, explanation->text + word->start, word->bytes, error))
            return false;
        fputs("</span>", stream);
        done = word->start + word->bytes;
    }
    return put_text(stream, explanation->text + done, explanation->bytes - done, error);
}

static bool put_table(FILE *stream, const struct explanation *explanation, int count, struct error *error)
{
    const int all = explanation->strongest_count, listed = count < all ? count : all;
    fprintf(stream,
            "<table>\n<caption>The strongest %d of %d</caption>\n"
            "<tr><th>push</th><th>without</th><th>at</th><th>word</th></tr>\n",
            listed, all);
    for (int i = 0; i < listed; i++) {
        const struct word_push *push = &explanation->strongest[i];
        const struct text_word *word = &explanation->words.items[push->word];
        fprintf(stream, "<tr><td>%+.4f</td><td>%.4f</td><td>%d</td><td>", push->push,
                probability_of(explanation->logit - push->push), push->word + 1);
        if (!put_text(stream, explanation->text + word->start, word->bytes, error))
            return false;
        fputs("</td></tr>\n", stream);
    }
    fputs("</table>\n", stream);
    return true;
}

bool explanation_page_begin(FILE *stream, const char *model, struct error *error)
{
    fputs(head, stream);
    fputs("<p class=\"note\">Model: ", stream);
    if (!put_text(stream, model, strlen(model), error))
        return false;
    fputs("</p>\n", stream);
    fputs(legend, stream);
    return true;
}

bool explanation_page_add(FILE *stream, const struct explanation *explanation, int count, struct error *error)
{
    const double probability = probability_of(explanation->logit);
    fprintf(stream, "<section>\n<h2>%ld: %s, %.4f</h2>\n<p class=\"text\">", explanation->number,
            label_of(probability), probability);
    if (!put_words(stream, explanation, error))
        return false;
    fputs("</p>\n", stream);
    if (!put_table(stream, explanation, count, error))
        return false;
    fputs("</section>\n", stream);
    return true;
}

void explanation_page_end(FILE *stream)
{
    fputs("</main>\n</body>\n</html>\n", stream);
}
