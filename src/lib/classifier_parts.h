/* What is behind the handles of classifier.h. */
#ifndef MATINEE_LIB_CLASSIFIER_PARTS_H
#define MATINEE_LIB_CLASSIFIER_PARTS_H

#include "classifier.h"

#include "matinee/session.h"

struct classifier_options {
    struct options options;
    char *texts[OPTION_END]; /* that the options point to; owned */
};

/* All that were set are set in `to`, which has none yet. */
bool classifier_options_copy(struct classifier_options *to, const struct classifier_options *from,
                             struct error *error);
void classifier_options_release(struct classifier_options *options);

struct classifier {
    struct classifier_options options;
    char *name;             /* for messages: of the file, or "the model"; options.options.arguments[0] */
    struct session session; /* the model; backend and network from the first prediction on */
    int rows;               /* that the network was opened for */
};

/* With no model yet. */
bool classifier_open(struct classifier **classifier, const char *name,
                     const struct classifier_options *options, struct error *error);

#endif
