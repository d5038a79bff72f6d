#include "synthetic.h"

#include "timing.h"

#include "matinee/rng.h"

#include <math.h>
#include <stdlib.h>

enum { WORDS = 88584, SHORTEST = 10, FIRST_RANK_ID = 3, OUTSIDE_ID = 2 };

/* cumulative[r - 1]: the probability of a word up to rank r, times a constant. */
static void add_up_words(double cumulative[WORDS])
{
    double sum = 0;
    for (int r = 1; r <= WORDS; r++) {
        sum += pow(r + 2.5, -1.15);
        cumulative[r - 1] = sum;
    }
}

/* The first rank whose cumulative probability is above a random share of the whole. */
static int draw_rank(const double cumulative[WORDS], struct rng *rng)
{
    const double share = rng_uniform(rng) * cumulative[WORDS - 1];
    int low = 0, high = WORDS - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (cumulative[middle] > share)
            high = middle;
        else
            low = middle + 1;
    }
    return low + 1;
}

static void write_review(struct reviews *reviews, int i, int V, uint64_t seed, const double cumulative[WORDS])
{
    struct rng rng = rng_open(seed, RNG_SAMPLE, (uint32_t)i);
    const double drawn = rint(exp(5.26 + 0.65 * rng_normal(&rng)));
    const int length = drawn < SHORTEST ? SHORTEST : drawn < reviews->T ? (int)drawn : reviews->T;
    const int pads = length < reviews->T ? reviews->T - length : 0;
    int32_t *tokens = reviews->tokens + (size_t)i * (size_t)reviews->T;
    for (int t = 0; t < reviews->T; t++) {
        int id = t < pads ? 0 : draw_rank(cumulative, &rng) + FIRST_RANK_ID;
        tokens[t] = id < V ? id : OUTSIDE_ID;
    }
    reviews->pads[i] = pads;
    reviews->labels[i] = (uint8_t)rng_below(&rng, 2);
}

bool reviews_synthetic(struct reviews *reviews, int count, int T, int V, uint64_t seed, struct error *error)
{
    if (!reviews_open(reviews, count, T, error))
        return false;
    double *cumulative = malloc(WORDS * sizeof *cumulative);
    if (!cumulative)
        return error_memory(error, "the words' probabilities", WORDS * sizeof *cumulative);
    add_up_words(cumulative);
    for (int i = 0; i < count; i++)
        write_review(reviews, i, V, seed, cumulative);
    free(cumulative);
    return true;
}
