/* What the processes of an area know of each other beside their communicator. */
#ifndef DIST_LOCAL_H
#define DIST_LOCAL_H

#include "matinee/local_ranks.h"

/* True for the first rank that calls it: it is the one that says why all of them end. */
bool local_area_claim_message(struct local_area *area);

#endif
