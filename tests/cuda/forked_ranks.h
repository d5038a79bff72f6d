/* Ranks as processes that a test forks, because the stand-ins play one device's process each. */
#ifndef MATINEE_TESTS_FORKED_RANKS_H
#define MATINEE_TESTS_FORKED_RANKS_H

#include "matinee/communicator.h"

enum { FORKED_RANKS_MAX = 8 };

struct rank_outcome {
    bool ended; /* false: it was killed, because another failed before */
    bool good;
    int left; /* objects of the stand-ins */
    struct error error;
};

/* What a rank does; false with an error ends all. Nothing of cmocka: it is not the test's process. Its communicator
 * gathers, and nothing else. */
typedef bool rank_function(const struct communicator *, void *context, struct error *error);

/* Runs all ranks to their end, which comes within a minute or two, and fills outcomes (ranks). Fails the running test
 * where a rank ends otherwise than by returning. */
void forked_ranks_run(int ranks, rank_function *function, void *context, struct rank_outcome *outcomes);

/* The same, where all must be good and leave nothing. */
void forked_ranks_expect_good(int ranks, rank_function *function, void *context);

#endif
