#include "claims.h"

#include <math.h>
#include <stdio.h>

/* Twice the time is taken as 1.5 to 2.5 times, a slight gain as one of up to a point of accuracy, and as good as no
 * more than a point worse. */
const struct claim claims[] = {
    {"dropout between layers slows convergence", "lstm-dropout", "lstm", MEASURE_FIRST_LOSS, {0, INFINITY}},
    {"dropout between layers slows convergence",
     "cnn-lstm-dropout",
     "cnn-lstm",
     MEASURE_FIRST_LOSS,
     {0, INFINITY}},
    {"dropout inside the gates slows it more",
     "lstm-gate-dropout",
     "lstm-dropout",
     MEASURE_FIRST_LOSS,
     {0, INFINITY}},
    {"two directions take twice the time", "bilstm", "lstm", MEASURE_TIME, {1.5, 2.5}},
    {"two directions take twice the time",
     "bilstm-gate-dropout",
     "lstm-gate-dropout",
     MEASURE_TIME,
     {1.5, 2.5}},
    {"two directions gain a little accuracy", "bilstm", "lstm", MEASURE_ACCURACY, {0, 0.01}},
    {"two directions gain a little accuracy",
     "bilstm-gate-dropout",
     "lstm-gate-dropout",
     MEASURE_ACCURACY,
     {0, 0.01}},
    {"convolution is faster", "cnn-lstm", "lstm", MEASURE_TIME, {0, 1}},
    {"convolution is as good", "cnn-lstm", "lstm", MEASURE_ACCURACY, {-0.01, INFINITY}},
};

const int claim_count = sizeof claims / sizeof claims[0];

enum verdict verdict_of(struct interval measured, struct interval holds)
{
    if (measured.low > holds.low && measured.high < holds.high)
        return VERDICT_SUPPORTED;
    if (measured.low >= holds.high || measured.high <= holds.low)
        return VERDICT_CONTRADICTED;
    return VERDICT_UNDECIDED;
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {[VERDICT_SUPPORTED] = "supported",
                                        [VERDICT_CONTRADICTED] = "contradicted",
                                        [VERDICT_UNDECIDED] = "undecided"};
    return names[verdict];
}

const char *measure_name(enum measure measure)
{
    static const char *const names[] = {
        [MEASURE_FIRST_LOSS] = "validation loss after the first epoch, difference",
        [MEASURE_ACCURACY] = "validation accuracy after the last epoch, difference in points",
        [MEASURE_TIME] = "seconds of an epoch, ratio"};
    return names[measure];
}

void claim_region_text(char text[static CLAIM_TEXT_BYTES], const struct claim *claim)
{
    const double unit = claim->measure == MEASURE_ACCURACY ? 100 : 1;
    const double low = unit * claim->holds.low, high = unit * claim->holds.high;
    const int bounded_below = claim->measure != MEASURE_TIME || low > 0; /* a ratio is above 0 anyway */
    if (isinf(high))
        snprintf(text, CLAIM_TEXT_BYTES, "above %g", low);
    else if (bounded_below)
        snprintf(text, CLAIM_TEXT_BYTES, "between %g and %g", low, high);
    else
        snprintf(text, CLAIM_TEXT_BYTES, "below %g", high);
}
