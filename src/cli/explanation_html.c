#include "explanation.h"

#include "matinee/page.h"

static const char style[] =
    "main { max-width: 46rem }\n"
    ".text { font-size: 1.05rem; line-height: 1.9 }\n"
    ".up, .down { color: var(--ink); border-radius: .2em; --c: var(--up);\n"
    "  background: rgb(var(--c) / calc(var(--s) * .5));\n"
    "  border-bottom: 2px solid rgb(var(--c) / var(--s)) }\n"
    ".down { --c: var(--down); border-bottom-style: dotted }\n"
    ".outside { color: var(--faint); font-style: italic }\n"
    ".unseen { color: var(--faint); text-decoration: line-through }\n"
    ".cut { color: var(--faint) }\n"
    ".pushes th { border-bottom: 1px solid var(--line) }\n"
    ".pushes th:first-child { text-align: right }\n"
    ".pushes th:last-child, .pushes td:last-child { text-align: left; overflow-wrap: anywhere }\n";

static const char legend[] = "<p>A word&#39;s push is what the logit of the text loses when this one word, "
                             "and nothing else, is replaced "
                             "by one that the model does not know. Pushes depend on the other words and do "
                             "not add up to the score.</p>\n"
                             "<p class=\"note\"><span class=\"up\" style=\"--s:1\">towards positive</span>\n"
                             "<span class=\"down\" style=\"--s:1\">towards negative</span>\n"
                             "<span class=\"outside\">too rare for numbers of its own</span> &#183;\n"
                             "<span class=\"unseen\">never seen in training, not read</span> &#183;\n"
                             "<span class=\"cut\">too far from the end, not read</span></p>\n";

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

static void put_words(FILE *stream, const struct explanation *explanation)
{
    size_t done = 0;
    for (int i = 0; i < explanation->words.count; i++) {
        const struct text_word *word = &explanation->words.items[i];
        html_bytes(stream, explanation->text + done, word->start - done);
        put_opening(stream, explanation, i);
        html_bytes(stream, explanation->text + word->start, word->bytes);
        fputs("</span>", stream);
        done = word->start + word->bytes;
    }
    html_bytes(stream, explanation->text + done, explanation->bytes - done);
}

static void put_table(FILE *stream, const struct explanation *explanation, int count)
{
    const int all = explanation->strongest_count, listed = count < all ? count : all;
    fprintf(stream,
            "<table class=\"pushes\">\n<caption>The strongest %d of %d</caption>\n"
            "<tr><th>push</th><th>without</th><th>at</th><th>word</th></tr>\n",
            listed, all);
    for (int i = 0; i < listed; i++) {
        const struct word_push *push = &explanation->strongest[i];
        const struct text_word *word = &explanation->words.items[push->word];
        fprintf(stream, "<tr><td>%+.4f</td><td>%.4f</td><td>%d</td><td>", push->push,
                probability_of(explanation->logit - push->push), push->word + 1);
        html_bytes(stream, explanation->text + word->start, word->bytes);
        fputs("</td></tr>\n", stream);
    }
    fputs("</table>\n", stream);
}

void explanation_page_begin(FILE *stream, const char *model)
{
    page_begin(stream, "Which words pushed the score", style);
    fputs("<p class=\"note\">Model: ", stream);
    html_text(stream, model);
    fputs("</p>\n", stream);
    fputs(legend, stream);
}

void explanation_page_add(FILE *stream, const struct explanation *explanation, int count)
{
    const double probability = probability_of(explanation->logit);
    fprintf(stream, "<section>\n<h2>%ld: %s, %.4f</h2>\n<p class=\"text\">", explanation->number,
            label_of(probability), probability);
    put_words(stream, explanation);
    fputs("</p>\n", stream);
    put_table(stream, explanation, count);
    fputs("</section>\n", stream);
}

void explanation_page_end(FILE *stream)
{
    page_end(stream);
}
