/* What the tutorials claim of their models, as statements that a measurement can decide. */
#ifndef MATINEE_CAMPAIGN_CLAIMS_H
#define MATINEE_CAMPAIGN_CLAIMS_H

#include "statistics.h"

/* What is measured on both models with the same seed, and how the two are compared. */
enum measure {
    MEASURE_FIRST_LOSS, /* difference of the validation losses after the first epoch: masks off, equally many updates */
    MEASURE_ACCURACY, /* difference of the validation accuracies after the last epoch */
    MEASURE_TIME,     /* ratio of the seconds of an epoch, validation left out */
};

struct claim {
    const char *says;
    const char *model, *than; /* presets: of which it is said, and against which */
    enum measure measure;
    struct interval
        holds; /* where the difference, or ratio, of model to than lies if it is true; open at both ends */
};

extern const struct claim claims[];
extern const int claim_count;

enum verdict { VERDICT_SUPPORTED, VERDICT_CONTRADICTED, VERDICT_UNDECIDED };

/* The rule for all of them: supported if all of the measured interval lies where the claim holds, contradicted if none
 * of it does, undecided otherwise, and where there is no interval (NaN). */
enum verdict verdict_of(struct interval measured, struct interval holds);

/* "supported", "contradicted", "undecided". */
const char *verdict_name(enum verdict verdict);

/* "validation loss after the first epoch, difference", ... */
const char *measure_name(enum measure measure);

enum { CLAIM_TEXT_BYTES = 128 };

/* Where it holds: "above 0", "below 1", "between 1.5 and 2.5"; accuracies in points, 100 to 1. */
void claim_region_text(char text[static CLAIM_TEXT_BYTES], const struct claim *claim);

#endif
