#include "sample_grammar.h"

#include <assert.h>
#include <string.h>

enum { RULE_NAME_BYTES = 32, FRESH_TRIES = 6 };

static const struct sample_rules *const grammar[] = {&sample_names, &sample_things, &sample_plots,
                                                     &sample_opinions, &sample_verdicts};

const struct sample_rule *sample_rule_find(const char *name)
{
    for (size_t part = 0; part < sizeof grammar / sizeof grammar[0]; part++)
        for (size_t i = 0; i < grammar[part]->count; i++)
            if (strcmp(grammar[part]->rules[i].name, name) == 0)
                return &grammar[part]->rules[i];
    return NULL;
}

static bool is_vowel(char c)
{
    return c != '\0' && strchr("aeiouAEIOU", c) != NULL;
}

static bool ends_with_article(const struct sample_writer *writer)
{
    size_t n = writer->bytes;
    if (n < 2 || writer->text[n - 1] != ' ' || (writer->text[n - 2] | 0x20) != 'a')
        return false;
    return n == 2 || strchr(" (\">", writer->text[n - 3]) != NULL;
}

static void append(struct sample_writer *writer, char c)
{
    assert(writer->bytes + 3 <= sizeof writer->text);
    if (is_vowel(c) && ends_with_article(writer)) {
        writer->text[writer->bytes - 1] = 'n';
        writer->text[writer->bytes++] = ' ';
    }
    writer->text[writer->bytes++] = c;
    writer->text[writer->bytes] = '\0';
}

static void append_text(struct sample_writer *writer, const char *text)
{
    for (; *text; text++)
        append(writer, *text);
}

static bool is_recent(const struct sample_writer *writer, const char *choice)
{
    for (int i = 0; i < SAMPLE_RECENT; i++)
        if (writer->recent[i] == choice)
            return true;
    return false;
}

static const char *draw_fresh(struct sample_writer *writer, const struct sample_choices *choices)
{
    const char *choice = choices->items[rng_below(&writer->rng, choices->count)];
    for (int i = 1; i < FRESH_TRIES && is_recent(writer, choice); i++)
        choice = choices->items[rng_below(&writer->rng, choices->count)];
    writer->recent[writer->recent_next] = choice;
    writer->recent_next = (writer->recent_next + 1) % SAMPLE_RECENT;
    return choice;
}

static const char *draw(struct sample_writer *writer, const struct sample_rule *rule, bool positive)
{
    const struct sample_choices *choices =
        !positive && rule->against.count > 0 ? &rule->against : &rule->plain;
    uint32_t range = choices->count;
    if (rule->draw == SAMPLE_FRESH)
        return draw_fresh(writer, choices);
    if (rule->draw == SAMPLE_TAILED) /* choice k of n comes with probability about ln(n / k) / n */
        range = 1 + rng_below(&writer->rng, range);
    return choices->items[rng_below(&writer->rng, range)];
}

static void expand_choice(struct sample_writer *writer, const char *choice, bool positive)
{
    for (const char *c = choice; *c; c++) {
        if (*c != '{') {
            append(writer, *c);
            continue;
        }
        const char *end = strchr(c, '}');
        bool opposite = c[1] == '!';
        const char *begin = c + 1 + opposite;
        char name[RULE_NAME_BYTES] = {0};
        assert(end && end > begin && (size_t)(end - begin) < sizeof name);
        memcpy(name, begin, (size_t)(end - begin));
        const struct sample_rule *rule = sample_rule_find(name);
        assert(rule);
        sample_expand(writer, rule, positive != opposite);
        c = end;
    }
}

static void expand_fact(struct sample_writer *writer, const struct sample_rule *rule, bool positive)
{
    for (int i = 0; i < writer->fact_count; i++) {
        if (writer->fact_rules[i] == rule) {
            append_text(writer, writer->facts[i]);
            return;
        }
    }
    assert(writer->fact_count < SAMPLE_MAX_FACTS);
    size_t begin = writer->bytes;
    expand_choice(writer, draw(writer, rule, positive), positive);
    begin += writer->text[begin] == ' '; /* where an `a` before it became `an ` */
    assert(writer->bytes - begin < SAMPLE_FACT_BYTES);
    strcpy(writer->facts[writer->fact_count], writer->text + begin);
    writer->fact_rules[writer->fact_count++] = rule;
}

void sample_expand(struct sample_writer *writer, const struct sample_rule *rule, bool positive)
{
    if (rule->draw == SAMPLE_FACT)
        expand_fact(writer, rule, positive);
    else
        expand_choice(writer, draw(writer, rule, positive), positive);
}
