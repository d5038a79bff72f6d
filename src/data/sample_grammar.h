/* The grammar of the built-in sample: rules, and how one is turned into text.
 *
 * A choice is English text with slots. `{name}` is replaced by a choice of the rule of that name, at the sentence's
 * polarity; `{!name}` at the opposite one. A rule with `against` has two lists, one for each polarity; any other rule
 * hands the polarity on to its own slots. `a` before a vowel becomes `an`.
 */
#ifndef DATA_SAMPLE_GRAMMAR_H
#define DATA_SAMPLE_GRAMMAR_H

#include "matinee/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_TEXT_BYTES = 1 << 15, SAMPLE_FACT_BYTES = 64, SAMPLE_MAX_FACTS = 16, SAMPLE_RECENT = 48 };

enum sample_draw {
    SAMPLE_TAILED, /* early choices often, late ones rarely: words           */
    SAMPLE_EVEN,   /* all alike                                              */
    SAMPLE_FRESH,  /* all alike, but none that this review has used just now */
    SAMPLE_FACT,   /* drawn once in a review, then always the same           */
};

struct sample_choices {
    const char *const *items;
    uint32_t count;
};

struct sample_rule {
    const char *name;
    enum sample_draw draw;
    struct sample_choices plain, against; /* against.count 0: plain serves both polarities */
};

/* For the initialisers of rules. */
#define SAMPLE_CHOICES(array)                                                                                \
    {                                                                                                        \
        array, sizeof(array) / sizeof((array)[0])                                                            \
    }

/* A part of the grammar; the rules of a list may use those of any other. */
struct sample_rules {
    const struct sample_rule *rules;
    size_t count;
};

extern const struct sample_rules sample_names, sample_things, sample_plots, sample_opinions, sample_verdicts;

/* What one review remembers while it is written. */
struct sample_writer {
    struct rng rng;
    char text[SAMPLE_TEXT_BYTES]; /* zero-terminated */
    size_t bytes;
    const struct sample_rule *fact_rules[SAMPLE_MAX_FACTS];
    char facts[SAMPLE_MAX_FACTS][SAMPLE_FACT_BYTES];
    int fact_count;
    const char *recent[SAMPLE_RECENT]; /* ring of SAMPLE_FRESH choices */
    int recent_next;
};

/* The rule of this name, or NULL. */
const struct sample_rule *sample_rule_find(const char *name);

/* Appends one choice of the rule to the writer's text. */
void sample_expand(struct sample_writer *writer, const struct sample_rule *rule, bool positive);

#endif
