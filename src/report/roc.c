#include "matinee/roc.h"

#include <math.h>
#include <stdlib.h>

struct confusion confusion_of(const float *probabilities, const uint8_t *labels, int count)
{
    struct confusion counts = {0};
    for (int i = 0; i < count; i++) {
        const bool called_positive = probabilities[i] > 0.5F;
        if (labels[i])
            *(called_positive ? &counts.true_positive : &counts.false_negative) += 1;
        else
            *(called_positive ? &counts.false_positive : &counts.true_negative) += 1;
    }
    return counts;
}

struct rated {
    float probability;
    uint8_t label;
};

static int by_falling_probability(const void *left, const void *right)
{
    const float a = ((const struct rated *)left)->probability, b = ((const struct rated *)right)->probability;
    return a < b ? 1 : a > b ? -1 : 0;
}

/* Goes down the ratings; positive and negative: how many there are. */
static void walk(struct roc *roc, const struct rated *rated, int count, double positive, double negative)
{
    double true_count = 0, false_count = 0, area = 0;
    roc->false_rate[0] = roc->true_rate[0] = 0;
    roc->count = 1;
    for (int i = 0; i < count;) {
        const double true_before = true_count, false_before = false_count;
        const float probability = rated[i].probability;
        for (; i < count && rated[i].probability == probability; i++)
            *(rated[i].label ? &true_count : &false_count) += 1;
        area += (false_count - false_before) * (true_before + true_count) / 2;
        roc->false_rate[roc->count] = false_count / negative;
        roc->true_rate[roc->count] = true_count / positive;
        roc->count++;
    }
    roc->area = area / positive / negative;
}

bool roc_open(struct roc *roc, const float *probabilities, const uint8_t *labels, int count,
              struct error *error)
{
    int positive = 0;
    bool numbers = true;
    for (int i = 0; i < count; i++) {
        positive += labels[i];
        numbers = numbers && isfinite(probabilities[i]);
    }
    *roc = (struct roc){.area = NAN};
    if (!numbers || positive == 0 || positive == count)
        return true;
    const size_t room = (size_t)count + 1;
    struct rated *rated = malloc((size_t)count * sizeof *rated);
    roc->false_rate = malloc(room * sizeof *roc->false_rate);
    roc->true_rate = malloc(room * sizeof *roc->true_rate);
    const bool good = rated && roc->false_rate && roc->true_rate;
    if (good) {
        for (int i = 0; i < count; i++)
            rated[i] = (struct rated){probabilities[i], labels[i]};
        qsort(rated, (size_t)count, sizeof *rated, by_falling_probability);
        walk(roc, rated, count, positive, count - positive);
    } else {
        roc_close(roc);
        error_memory(error, "a curve", room * (sizeof *rated + 2 * sizeof *roc->true_rate));
    }
    free(rated);
    return good;
}

void roc_thin(struct roc *roc, double distance)
{
    int kept = 0;
    for (int i = 0; i < roc->count; i++) {
        const bool end = i == 0 || i == roc->count - 1;
        if (!end && hypot(roc->false_rate[i] - roc->false_rate[kept - 1],
                          roc->true_rate[i] - roc->true_rate[kept - 1]) < distance)
            continue;
        roc->false_rate[kept] = roc->false_rate[i];
        roc->true_rate[kept] = roc->true_rate[i];
        kept++;
    }
    roc->count = kept;
}

void roc_close(struct roc *roc)
{
    free(roc->false_rate);
    free(roc->true_rate);
    *roc = (struct roc){.area = NAN};
}
