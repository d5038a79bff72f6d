#include "flow.h"

#include <assert.h>
#include <string.h>

struct flow flow_begin(FILE *out, const struct markup *markup, int width, const char *indent, int column)
{
    return (struct flow){.out = out, .markup = markup, .width = width, .indent = indent, .column = column};
}

void flow_put(struct flow *flow, const char *text)
{
    size_t length = strlen(text);
    assert(flow->word_bytes + length < sizeof flow->word);
    memcpy(flow->word + flow->word_bytes, text, length);
    flow->word_bytes += length;
}

/* The length of the option that begins here, "--epochs"; 0 if none does. */
static size_t option_length(const char *text, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    if (length < 3 || strncmp(text, "--", 2) != 0 || !strchr(letters, text[2]))
        return 0;
    size_t end = 2;
    while (end < length && (strchr(letters, text[end]) || text[end] == '-'))
        end++;
    return end;
}

static void mark_up(struct flow *flow, const char *text, size_t length, bool line_begins)
{
    size_t begin = 0;
    while (begin < length && option_length(text + begin, length - begin) == 0)
        begin++;
    flow->word_bytes = 0;
    if (begin > 0)
        flow->markup->text(flow, text, begin, line_begins);
    if (begin == length)
        return;
    size_t option = option_length(text + begin, length - begin);
    flow_put(flow, flow->markup->option_begins);
    flow->markup->text(flow, text + begin, option, false);
    flow_put(flow, flow->markup->option_ends);
    flow->markup->text(flow, text + begin + option, length - begin - option, false);
}

static void put_word(struct flow *flow, const char *text, size_t length)
{
    int begins = (int)strlen(flow->indent);
    mark_up(flow, text, length, flow->column == 0);
    bool full = flow->column + 1 + (int)flow->word_bytes > flow->width;
    if (flow->column > begins && (full || flow->sentence_over)) {
        fprintf(flow->out, "\n%s", flow->indent);
        flow->column = begins;
        mark_up(flow, text, length, true);
    } else if (flow->column > begins) {
        fputc(' ', flow->out);
        flow->column++;
    }
    fwrite(flow->word, 1, flow->word_bytes, flow->out);
    flow->column += (int)flow->word_bytes;
    flow->sentence_over = flow->markup->sentence_ends_line && text[length - 1] == '.';
}

void flow_text(struct flow *flow, const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        size_t blanks = strspn(text, " \n");
        text += blanks;
        size_t word = strcspn(text, " \n");
        if (text + word > end)
            word = text < end ? (size_t)(end - text) : 0;
        if (word > 0)
            put_word(flow, text, word);
        text += word;
    }
}

void flow_end(struct flow *flow)
{
    fputc('\n', flow->out);
    flow->column = 0;
    flow->sentence_over = false;
}
