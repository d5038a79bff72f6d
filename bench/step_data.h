/* The reviews that a preset's steps are timed on. */
#ifndef BENCH_STEP_DATA_H
#define BENCH_STEP_DATA_H

#include "matinee/data.h"
#include "matinee/spec.h"

struct step_data {
    struct dataset dataset;
    struct reviews train, test; /* the data set's, or with their n-grams */
    int vocabulary, maxlen, ngrams;
};

/* Reviews as a preset of these sizes reads them; nothing to do where `data`, zeroed at first, has them already. With
 * n-grams their tokens are those of the training reviews as they are trained on. False, and `data` closed, for data
 * that cannot be read and without memory. */
bool step_data_open(struct step_data *data, const char *path, const struct preset_options *sizes,
                    struct error *error);
void step_data_close(struct step_data *data);

#endif
