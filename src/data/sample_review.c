#include "sample_review.h"

#include <assert.h>
#include <string.h>

enum { SAMPLE_SEED = 1895, QUANTILES = 33, SHORT_WORDS = 40, CLOSING_WORDS = 26, HALF_A_SENTENCE = 6 };

/* How the opinions on the way to the verdict are spread. All in percent. */
struct manner {
    uint32_t share;                 /* of all reviews                                                 */
    uint32_t opinions;              /* of the sentences of the body                                   */
    uint32_t agreeing;              /* of those opinions, until the last fifth of the body            */
    uint32_t concession;            /* of those opinions: one sentence that has both sides            */
    uint32_t expecting;             /* chance of a sentence early on that points the wrong way        */
    uint32_t turn, denial, verdict; /* chances of the closing sentences, one of which is always there */
};

static const struct manner manners[] = {
    {55, 42, 86, 25, 10, 0, 25, 94},   /* of one mind                        */
    {26, 46, 64, 40, 30, 30, 30, 90},  /* mixed                              */
    {14, 40, 30, 20, 70, 100, 20, 90}, /* turning at the end                 */
    {5, 22, 65, 50, 30, 0, 100, 0},    /* reticent, and then by denials only */
};

/* Words of a review at each 1/32 of all reviews: the shape of the real set's lengths. */
static const uint32_t length_quantiles[QUANTILES] = {14,  56,  73,  90,  106, 115, 121, 125, 130, 134, 139,
                                                     144, 150, 156, 163, 170, 178, 187, 197, 208, 221, 235,
                                                     251, 268, 291, 315, 343, 377, 422, 480, 560, 720, 1150};

struct composition {
    struct sample_writer *writer;
    const struct manner *manner;
    bool positive;
    int words;      /* written so far */
    size_t counted; /* bytes of text that they are in */
};

static bool chance(struct composition *review, uint32_t percent)
{
    return rng_below(&review->writer->rng, 100) < percent;
}

static const struct manner *draw_manner(struct rng *rng)
{
    uint32_t left = rng_below(rng, 100);
    const struct manner *manner = manners;
    for (; left >= manner->share; manner++)
        left -= manner->share;
    return manner;
}

static int draw_length(struct rng *rng)
{
    uint32_t i = rng_below(rng, QUANTILES - 1);
    return (int)(length_quantiles[i] + rng_below(rng, length_quantiles[i + 1] - length_quantiles[i]));
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'';
}

static void count_words(struct composition *review)
{
    const char *text = review->writer->text;
    for (; review->counted < review->writer->bytes; review->counted++)
        review->words += is_letter(text[review->counted]) && !is_letter(text[review->counted + 1]);
}

static void add_text(struct sample_writer *writer, const char *text)
{
    size_t bytes = strlen(text);
    assert(writer->bytes + bytes < sizeof writer->text);
    memcpy(writer->text + writer->bytes, text, bytes + 1);
    writer->bytes += bytes;
}

static void add_sentence(struct composition *review, const char *rule, bool positive)
{
    struct sample_writer *writer = review->writer;
    if (writer->bytes > 0)
        add_text(writer, chance(review, 9) ? "<br /><br />" : " ");
    size_t begin = writer->bytes;
    sample_expand(writer, sample_rule_find(rule), positive);
    char *first = &writer->text[begin];
    if (*first >= 'a' && *first <= 'z')
        *first = (char)(*first - 'a' + 'A');
    count_words(review);
}

static void add_opinion(struct composition *review, uint32_t agreeing)
{
    bool agrees = chance(review, agreeing);
    const char *rule = chance(review, review->manner->concession) ? "concession" : "remark";
    add_sentence(review, rule, agrees == review->positive);
}

static void add_body(struct composition *review, int words)
{
    if (chance(review, review->manner->expecting))
        add_sentence(review, "expectation", !review->positive);
    while (review->words + HALF_A_SENTENCE < words) {
        bool late = review->words * 5 > words * 4;
        if (!chance(review, review->manner->opinions))
            add_sentence(review, "plot", review->positive);
        else
            add_opinion(review, late ? 65 + review->manner->agreeing / 3 : review->manner->agreeing);
    }
}

static void add_closing(struct composition *review)
{
    const struct manner *manner = review->manner;
    bool turns = chance(review, manner->turn), denies = chance(review, manner->denial);
    if (turns)
        add_sentence(review, "turn", review->positive);
    if (denies)
        add_sentence(review, "denial", review->positive);
    if (chance(review, manner->verdict) || !(turns || denies))
        add_sentence(review, "verdict", review->positive);
    if (chance(review, 25))
        add_sentence(review, "afterthought", review->positive);
}

void sample_review(struct sample_writer *writer, uint32_t number, bool positive)
{
    *writer = (struct sample_writer){.rng = rng_open(SAMPLE_SEED, RNG_SAMPLE, number)};
    struct composition review = {.writer = writer, .positive = positive};
    review.manner = draw_manner(&writer->rng);
    int words = draw_length(&writer->rng);
    if (words < SHORT_WORDS) {
        add_sentence(&review, "short_verdict", positive);
        while (review.words + HALF_A_SENTENCE < words)
            add_sentence(&review, "verdict", positive);
        return;
    }
    add_sentence(&review, "opening", positive);
    add_body(&review, words - CLOSING_WORDS);
    add_closing(&review);
}
