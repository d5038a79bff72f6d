/* Collectives through slots of shared memory: a chunk at a time, each rank writes into its own slot and reads those of
 * the others after a barrier. Chunks take the two halves of the slots in turn: a half is written again only after a
 * barrier that all reach when they have read it, so one barrier between writing and reading is enough. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, sched_getaffinity */
#include "local.h"
#include "barrier.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { CHUNK_BYTES = 1 << 18, CHUNK_FLOATS = CHUNK_BYTES / (int)sizeof(float), HALVES = 2 };

struct member {
    _Alignas(CACHE_LINE_BYTES) struct communicator communicator; /* first: a member is found from it */
    struct local_area *area;
    int half; /* of its next chunk */
};

struct local_area {
    struct barrier barrier;
    atomic_flag message_claimed;
    int ranks;
    size_t bytes;
    unsigned char *slots; /* (ranks,HALVES,CHUNK_BYTES); at the same address in all processes */
    struct member members[];
};

static struct member *member_of(const struct communicator *communicator)
{
    return &((const struct member *)communicator)->area->members[communicator->rank];
}

static void *slot(const struct local_area *area, int rank, int half)
{
    return area->slots + (size_t)(rank * HALVES + half) * CHUNK_BYTES;
}

/* The half for the member's next chunk. */
static int take_half(struct member *member)
{
    const int half = member->half;
    member->half = 1 - half;
    return half;
}

/* Where rank's part of `count` elements begins; that of the last + 1 is their end. */
static size_t part_begin(const struct local_area *area, int rank, size_t count)
{
    return count * (size_t)rank / (size_t)area->ranks;
}

/* values (count), at most CHUNK_FLOATS. Each rank adds up its part of them, from all slots, and leaves the sums in its
 * own slot, whose part no other rank reads before the second barrier. */
static void sum_chunk(struct member *member, float *values, size_t count)
{
    const struct local_area *area = member->area;
    const int own = member->communicator.rank, half = take_half(member);
    const size_t begin = part_begin(area, own, count), end = part_begin(area, own + 1, count);
    float *own_slot = slot(area, own, half);
    memcpy(own_slot, values, count * sizeof *values);
    barrier_wait(&member->area->barrier);

    memcpy(values + begin, (float *)slot(area, 0, half) + begin, (end - begin) * sizeof *values);
    for (int rank = 1; rank < area->ranks; rank++) {
        const float *other = slot(area, rank, half);
        for (size_t i = begin; i < end; i++)
            values[i] += other[i];
    }
    memcpy(own_slot + begin, values + begin, (end - begin) * sizeof *values);
    barrier_wait(&member->area->barrier);

    for (int rank = 0; rank < area->ranks; rank++) {
        const size_t from = part_begin(area, rank, count), to = part_begin(area, rank + 1, count);
        if (rank != own)
            memcpy(values + from, (const float *)slot(area, rank, half) + from, (to - from) * sizeof *values);
    }
}

static void local_sum(const struct communicator *communicator, float *values, size_t count)
{
    struct member *member = member_of(communicator);
    if (count == 0)
        barrier_wait(&member->area->barrier);
    for (size_t done = 0, chunk; done < count; done += chunk) {
        chunk = count - done < CHUNK_FLOATS ? count - done : CHUNK_FLOATS;
        sum_chunk(member, values + done, chunk);
    }
}

static void local_gather(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    struct member *member = member_of(communicator);
    const struct local_area *area = member->area;
    if (bytes == 0)
        barrier_wait(&member->area->barrier);
    for (size_t done = 0, chunk; done < bytes; done += chunk) {
        const int half = take_half(member);
        chunk = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;
        memcpy(slot(area, communicator->rank, half), (const unsigned char *)own + done, chunk);
        barrier_wait(&member->area->barrier);
        for (int rank = 0; rank < area->ranks; rank++)
            memcpy((unsigned char *)all + (size_t)rank * bytes + done, slot(area, rank, half), chunk);
    }
}

static int processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

struct local_area *local_area_open(int ranks, struct error *error)
{
    struct local_area *area;
    const size_t header = sizeof *area + (size_t)ranks * sizeof area->members[0];
    const size_t slots = (header + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
    const size_t bytes = slots + (size_t)ranks * HALVES * CHUNK_BYTES;
    area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) {
        error_set(error, "no shared memory for %d processes (%zu bytes): %s", ranks, bytes, strerror(errno));
        return NULL;
    }
    barrier_init(&area->barrier, ranks, processors());
    atomic_flag_clear(&area->message_claimed);
    area->ranks = ranks;
    area->bytes = bytes;
    area->slots = (unsigned char *)area + slots;
    for (int rank = 0; rank < ranks; rank++) {
        struct communicator *communicator = &area->members[rank].communicator;
        *communicator = (struct communicator){.rank = rank,
                                              .ranks = ranks,
                                              .local_rank = rank,
                                              .local_ranks = ranks,
                                              .sum = local_sum,
                                              .gather = local_gather};
        snprintf(communicator->description, sizeof communicator->description, "%d process%s on this machine",
                 ranks, ranks == 1 ? "" : "es");
        area->members[rank].area = area;
    }
    return area;
}

const struct communicator *local_area_communicator(struct local_area *area, int rank)
{
    return &area->members[rank].communicator;
}

bool local_area_claim_message(struct local_area *area)
{
    return !atomic_flag_test_and_set(&area->message_claimed);
}

void local_area_close(struct local_area *area)
{
    if (area)
        munmap(area, area->bytes);
}
