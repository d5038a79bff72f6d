#include "sum_case.h"

#include "matinee/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of many sizes, so that another order of a sum of three or more has other bits. */
static void make_gradients(struct sum_case *sum_case, int step)
{
    const size_t count = sum_case->op.count;
    for (int rank = 0; rank < sum_case->ranks; rank++) {
        struct rng rng = rng_open(17, RNG_SAMPLE, (uint32_t)(100 * step + rank));
        for (size_t k = 0; k < count; k++)
            sum_case->gradients[(size_t)rank * count + k] =
                (float)ldexp(2.0 * rng_uniform(&rng) - 1.0, (int)rng_below(&rng, 12) - 6);
    }
}

/* The loss has bits that no float has. */
static struct metrics metrics_of(int rank, int step)
{
    return (struct metrics){.loss = 1000.0 * step + rank + ldexp(1.0, -LOSS_BITS),
                            .correct = (1LL << 33) + rank,
                            .count = (1LL << 40) + 3 * rank + step};
}

static bool check_metrics(struct sum_case *sum_case, int step, struct error *error)
{
    struct backend *backend = sum_case->backend;
    struct metrics expected = {.loss = 0.0}, own, all;
    const struct metrics own_before = metrics_of(sum_case->rank, step);
    for (int rank = 0; rank < sum_case->ranks; rank++) {
        const struct metrics of_rank = metrics_of(rank, step);
        expected.loss += of_rank.loss;
        expected.correct += of_rank.correct;
        expected.count += of_rank.count;
    }
    backend->memory->download(backend, &own, sum_case->op.own, sizeof own);
    backend->memory->download(backend, &all, sum_case->op.all, sizeof all);
    if (!backend->memory->status(backend, error))
        return false;
    if (memcmp(&own, &own_before, sizeof own) != 0)
        return error_set(error, "the rank's own metrics have changed");
    return memcmp(&all, &expected, sizeof all) == 0 ||
           error_set(error, "metrics %.17g, %lld, %lld, and not %.17g, %lld, %lld", all.loss,
                     (long long)all.correct, (long long)all.count, expected.loss, (long long)expected.correct,
                     (long long)expected.count);
}

/* Neighbours first, then neighbouring sums. */
static float tree_sum(const struct sum_case *sum_case, size_t k)
{
    float sums[16];
    for (int rank = 0; rank < sum_case->ranks; rank++)
        sums[rank] = sum_case->gradients[(size_t)rank * sum_case->op.count + k];
    for (int width = 1; width < sum_case->ranks; width *= 2)
        for (int rank = 0; rank + width < sum_case->ranks; rank += 2 * width)
            sums[rank] += sums[rank + width];
    return sums[0];
}

static bool check_gradients(struct sum_case *sum_case, struct error *error)
{
    const size_t count = sum_case->op.count;
    for (size_t k = 0; k < count; k++) {
        double sum = 0.0, sizes = 0.0;
        for (int rank = 0; rank < sum_case->ranks; rank++) {
            const double g = (double)sum_case->gradients[(size_t)rank * count + k];
            sum += g;
            sizes += fabs(g);
        }
        const float is = sum_case->result[k], tree = tree_sum(sum_case, k);
        const bool good = sum_case->op.gathered
                              ? memcmp(&is, &tree, sizeof is) == 0
                              : fabs((double)is - sum) <= sum_case->ranks * ldexp(sizes, -24);
        if (!good)
            return error_set(error, "gradient %zu is %.9g, and not %.9g", k, (double)is,
                             sum_case->op.gathered ? (double)tree : sum);
    }
    return true;
}

static void sum(void *context)
{
    const struct sum_case *sum_case = context;
    sum_case->backend->ops->sum_ranks(sum_case->backend, &sum_case->op);
}

bool sum_case_open(struct sum_case *sum_case, struct backend *backend, size_t count, bool gathered,
                   struct error *error)
{
    const struct backend_memory *memory = backend->memory;
    const size_t bytes = count * sizeof(float), ranks = (size_t)sum_case->ranks;
    sum_case->backend = backend;
    sum_case->op = (struct sum_ranks){.count = count};
    sum_case->gradients = malloc(ranks * bytes);
    sum_case->result = malloc(bytes);
    if (!sum_case->gradients || !sum_case->result)
        return error_memory(error, "a test", ranks * bytes);
    return (sum_case->op.gradients = memory->allocate(backend, bytes, "a test", error)) &&
           (!gathered ||
            (sum_case->op.gathered = memory->allocate(backend, ranks * bytes, "a test", error))) &&
           (sum_case->op.own = memory->allocate(backend, sizeof(struct metrics), "a test", error)) &&
           (sum_case->op.all = memory->allocate(backend, sizeof(struct metrics), "a test", error)) &&
           memory->record(backend, &sum_case->recording, sum, sum_case, error);
}

void sum_case_close(struct sum_case *sum_case)
{
    struct backend *backend = sum_case->backend;
    const struct backend_memory *memory = backend->memory;
    if (sum_case->recording)
        memory->forget(backend, sum_case->recording);
    memory->release(backend, sum_case->op.gradients);
    memory->release(backend, sum_case->op.gathered);
    memory->release(backend, (void *)sum_case->op.own);
    memory->release(backend, sum_case->op.all);
    free(sum_case->gradients);
    free(sum_case->result);
}

bool sum_case_run(struct sum_case *sum_case, int step, struct error *error)
{
    struct backend *backend = sum_case->backend;
    const struct backend_memory *memory = backend->memory;
    const size_t count = sum_case->op.count;
    const struct metrics own = metrics_of(sum_case->rank, step);
    make_gradients(sum_case, step);
    memory->upload(backend, sum_case->op.gradients, sum_case->gradients + (size_t)sum_case->rank * count,
                   count * sizeof(float));
    memory->upload(backend, (void *)sum_case->op.own, &own, sizeof own);
    memory->replay(backend, sum_case->recording);
    memory->download(backend, sum_case->result, sum_case->op.gradients, count * sizeof(float));
    return memory->status(backend, error) && check_gradients(sum_case, error) &&
           check_metrics(sum_case, step, error);
}
