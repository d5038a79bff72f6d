/* One run of a campaign: trained, evaluated where that is wanted, gone on with where it was interrupted. */
#ifndef MATINEE_CAMPAIGN_ONE_RUN_H
#define MATINEE_CAMPAIGN_ONE_RUN_H

#include "campaign.h"

enum made {
    MADE,             /* the run is RUN_DONE */
    MADE_FAILED,      /* the run is RUN_FAILED */
    MADE_INTERRUPTED, /* the run waits */
    MADE_NOTHING,     /* the error is set: there is nothing to make runs with */
};

/* Makes the run of an experiment from the seed with this index, as far as it is not made yet. */
enum made one_run_make(struct campaign *campaign, int experiment, int seed, struct error *error);

/* Takes the result of the run if it was made before. */
bool one_run_take(struct campaign *campaign, int experiment, int seed, struct error *error);

#endif
