/* A barrier in memory that processes share. */
#ifndef DIST_BARRIER_H
#define DIST_BARRIER_H

#include <stdatomic.h>

enum { CACHE_LINE_BYTES = 64 };

struct barrier {
    _Alignas(CACHE_LINE_BYTES) atomic_uint arrived; /* of this round */
    _Alignas(CACHE_LINE_BYTES) atomic_uint round;
    atomic_uint sleepers;
    unsigned members;
    int looks; /* at the round before a member sleeps */
};

/* For `members` that may run on `processors` processors of this machine at the same time. */
void barrier_init(struct barrier *barrier, int members, int processors);

/* Returns when all members have called it; what they wrote before is then seen by all. */
void barrier_wait(struct barrier *barrier);

#endif
