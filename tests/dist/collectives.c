#include "collectives.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As local ranks have it; over MPI a chunk is of 4 MiB. */
enum { CHUNK_BYTES = 1 << 18, CHUNK_FLOATS = CHUNK_BYTES / 4, GUARD_BYTES = 64, GUARD = 0xa5, FEW_RANKS = 3 };

/* Of full precision, and of sizes so different that the order of a sum shows. */
static float value(int rank, size_t i)
{
    uint32_t bits = (uint32_t)i * 2654435761u ^ (uint32_t)(rank + 1) * 2246822519u;
    bits ^= bits >> 15;
    bits *= 2246822519u;
    bits ^= bits >> 13;
    return ldexpf((float)(bits >> 8) - 8388608.0f, -23 - (int)(bits & 7));
}

static unsigned char byte(int rank, size_t i)
{
    return (unsigned char)((size_t)rank * 89 + i * 7 + i / 251);
}

static bool wrong(const struct communicator *communicator, const char *what, size_t size, size_t at)
{
    fprintf(stderr, "rank %d of %d: %s of %zu: wrong at %zu\n", communicator->rank, communicator->ranks, what,
            size, at);
    return false;
}

static bool check_sums(const struct communicator *communicator, const float *values, size_t count,
                       bool in_order)
{
    for (size_t i = 0; i < count; i++) {
        float expected = value(0, i);
        for (int rank = 1; rank < communicator->ranks; rank++)
            expected += value(rank, i);
        if (!(fabsf(values[i] - expected) <= (in_order ? 0.0f : 1e-6f * (float)communicator->ranks)))
            return wrong(communicator, "sum", count, i);
    }
    return true;
}

/* What all ranks have is the same to the bit. */
static bool same_everywhere(const struct communicator *communicator, const void *own, size_t bytes)
{
    unsigned char *all = malloc((size_t)communicator->ranks * bytes + 1);
    if (!all)
        return wrong(communicator, "memory", bytes, 0);
    communicator->gather(communicator, own, bytes, all);
    bool same = true;
    for (int rank = 0; rank < communicator->ranks && same; rank++)
        same = memcmp(all + (size_t)rank * bytes, own, bytes) == 0 ||
               wrong(communicator, "sums that differ between ranks, of bytes", bytes, (size_t)rank);
    free(all);
    return same;
}

static bool check_guard(const struct communicator *communicator, const unsigned char *guard, size_t size)
{
    for (int i = 0; i < GUARD_BYTES; i++)
        if (guard[i] != GUARD)
            return wrong(communicator, "a write past the end", size, (size_t)i);
    return true;
}

static bool exercise_sum(const struct communicator *communicator, size_t count, bool in_order)
{
    float *values = malloc(count * sizeof *values + GUARD_BYTES);
    if (!values)
        return wrong(communicator, "memory", count, 0);
    for (size_t i = 0; i < count; i++)
        values[i] = value(communicator->rank, i);
    memset(values + count, GUARD, GUARD_BYTES);
    communicator->sum(communicator, values, count);
    bool right = check_sums(communicator, values, count, in_order) &&
                 same_everywhere(communicator, values, count * sizeof *values) &&
                 check_guard(communicator, (const unsigned char *)(values + count), count);
    free(values);
    return right;
}

static bool exercise_gather(const struct communicator *communicator, size_t bytes)
{
    const size_t all_bytes = (size_t)communicator->ranks * bytes;
    unsigned char *own = malloc(bytes + 1), *all = malloc(all_bytes + GUARD_BYTES);
    bool right = own && all;
    if (!right)
        wrong(communicator, "memory", bytes, 0);
    for (size_t i = 0; i < bytes && right; i++)
        own[i] = byte(communicator->rank, i);
    if (right) {
        memset(all, 0, all_bytes);
        memset(all + all_bytes, GUARD, GUARD_BYTES);
        communicator->gather(communicator, own, bytes, all);
    }
    for (int rank = 0; rank < communicator->ranks; rank++)
        for (size_t i = 0; i < bytes && right; i++)
            if (all[(size_t)rank * bytes + i] != byte(rank, i))
                right = wrong(communicator, "gather", bytes, (size_t)rank * bytes + i);
    right = right && check_guard(communicator, all + all_bytes, bytes);
    free(own);
    free(all);
    return right;
}

bool exercise_sizes(const struct communicator *communicator, bool in_order)
{
    enum { FLOATS = CHUNK_FLOATS, BYTES = CHUNK_BYTES, MANY = (1 << 20) + 7 };
    static const size_t counts[] = {0,   1, 2, 7, 8, 9, 1000, FLOATS - 1, FLOATS, FLOATS + 1, 2 * FLOATS + 1,
                                    MANY};
    static const size_t sizes[] = {0, 1, 3, 63, 64, 65, BYTES - 1, BYTES, BYTES + 1, 3 * BYTES - 1, 4 * MANY};
    const size_t most = communicator->ranks > FEW_RANKS ? 3 * BYTES : SIZE_MAX; /* for time's sake */
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i] < most && !exercise_sum(communicator, counts[i], in_order))
            return false;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i] < most && !exercise_gather(communicator, sizes[i]))
            return false;
    return true;
}

bool exercise_rounds(const struct communicator *communicator, int rounds)
{
    const int ranks = communicator->ranks;
    int *all = malloc((size_t)ranks * sizeof *all);
    bool right = all || wrong(communicator, "memory", 0, 0);
    for (int round = 0; round < rounds && right; round++) {
        float values[2] = {(float)(communicator->rank + round % 1000), 1.0f};
        const int own = round * 64 + communicator->rank;
        communicator->sum(communicator, values, 2);
        communicator->gather(communicator, &own, sizeof own, all);
        const int below = ranks * (ranks - 1) / 2;
        const float expected = (float)(below + ranks * (round % 1000));
        right = values[0] == expected && values[1] == (float)ranks;
        for (int rank = 0; rank < ranks && right; rank++)
            right = all[rank] == round * 64 + rank;
        if (!right)
            wrong(communicator, "round", (size_t)rounds, (size_t)round);
    }
    free(all);
    return right;
}
