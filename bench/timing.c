#include "timing.h"

#include "load.h"
#include "row.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP_STEPS = 3 };

struct stopwatch {
    struct timing *timing;
    const struct timing_options *options;
    int group, groups;
    int since;        /* steps that were done when the group began; 0: none has */
    double began;     /* it */
    struct pass pass; /* what a step is, to be counted */
    int threads;      /* of the backend */
    unsigned char *seen;
    struct load_meter load;
    volatile sig_atomic_t stop;
};

/* The batch of the step that has just ended is still where its ops read it. */
static void count_work(struct stopwatch *watch, double us)
{
    const struct step_work work = step_work_of(&watch->pass, watch->threads, watch->seen);
    step_work_add(&watch->timing->work, &work);
    if (watch->options->step)
        watch->options->step(watch->options->context, &watch->pass, us, watch->seen);
}

static void mean_work(struct timing *timing)
{
    timing->work.flops /= timing->count;
    timing->work.forward_flops /= timing->count;
    timing->work.row_steps /= timing->count;
    timing->work.cache_bytes /= timing->count;
    timing->work.memory_bytes /= timing->count;
}

/* A GPU tells of several steps at once: a group is as many as it says, and at least watch->group. */
static void steps_done(void *context, const struct step_progress *progress)
{
    struct stopwatch *watch = context;
    struct timing *timing = watch->timing;
    double now = bench_clock_us();
    int steps = progress->step - watch->since;
    if (watch->since == 0 ? steps < WARM_UP_STEPS : steps < watch->group)
        return;
    if (watch->since == 0) {
        load_begin(&watch->load);
    } else if (timing->count < watch->groups) {
        timing->us[timing->count++] = (now - watch->began) / steps;
        if (timing->is_counted)
            count_work(watch, timing->us[timing->count - 1]);
    }
    if (timing->count == watch->groups && !watch->stop) {
        timing->foreign_load = load_foreign(&watch->load);
        watch->stop = 1;
    }
    watch->since = progress->step;
    watch->began = bench_clock_us();
}

bool reviews_open(struct reviews *reviews, int count, int T, struct error *error)
{
    const size_t bytes = (size_t)count * (size_t)T * sizeof *reviews->tokens;
    *reviews = (struct reviews){.count = count, .T = T};
    reviews->tokens = malloc(bytes);
    reviews->pads = malloc((size_t)count * sizeof *reviews->pads);
    reviews->labels = malloc((size_t)count);
    return (reviews->tokens && reviews->pads && reviews->labels) || error_memory(error, "the reviews", bytes);
}

bool reviews_take(struct reviews *taken, const struct reviews *from, int count, int T, struct error *error)
{
    const size_t row = (size_t)T, whole = (size_t)from->T;
    if (!reviews_open(taken, count, T, error))
        return false;
    for (int i = 0; i < count; i++) {
        const int review = i % from->count, cut = from->T - T;
        for (size_t t = 0; t < row; t++)
            taken->tokens[(size_t)i * row + t] =
                reviews_token(from, (size_t)review * whole + (whole - row) + t);
        taken->pads[i] = from->pads[review] > cut ? from->pads[review] - cut : 0;
        taken->labels[i] = from->labels[review];
    }
    return true;
}

void reviews_free(struct reviews *reviews)
{
    free(reviews->tokens);
    free(reviews->pads);
    free(reviews->labels);
    *reviews = (struct reviews){0};
}

int timing_reviews(const struct timing_options *options)
{
    long long steps = (long long)options->steps + WARM_UP_STEPS + options->ahead;
    return steps * options->batch_size < INT_MAX ? (int)(steps * options->batch_size) : INT_MAX;
}

static bool watch_open(struct stopwatch *watch, struct timing *timing, const struct timing_options *options,
                       struct network *network, struct error *error)
{
    *watch = (struct stopwatch){.timing = timing,
                                .options = options,
                                .group = options->group,
                                .groups = options->steps / options->group,
                                .threads = network->backend->threads};
    *timing = (struct timing){.is_counted = strcmp(network->backend->name, "cpu") == 0, .foreign_load = -1};
    if (options->steps > STEPS_MAX - options->ahead)
        return error_set(error, "--steps %d: use at most %d", options->steps, STEPS_MAX - options->ahead);
    if (watch->groups == 0)
        return error_set(error, "--steps %d: a group is %d; use more, or a smaller --group", options->steps,
                         options->group);
    timing->us = calloc((size_t)watch->groups, sizeof *timing->us);
    watch->seen = calloc((size_t)network->spec.layers[0].input_dim, 1);
    if (!timing->us || !watch->seen)
        return error_memory(error, "the times of the steps", (size_t)watch->groups * sizeof *timing->us);
    pass_build(&watch->pass, network, &(struct resident_reviews){0}, options->batch_size, PASS_TRAIN);
    return true;
}

/* In one epoch, so that nothing but steps lies between two steps. */
static bool fit(struct stopwatch *watch, const struct timing_options *options, struct network *network,
                struct training_state *state, const struct reviews *train, struct error *error)
{
    struct trainer_options fitting = {.epochs = 1,
                                      .batch_size = options->batch_size,
                                      .seed = options->seed,
                                      .stop = &watch->stop,
                                      .events = {.context = watch, .step = steps_done}};
    struct epoch_record record;
    int epochs_done;
    bool interrupted;
    if (!trainer_fit(network, state, train, NULL, &fitting, &record, &epochs_done, &interrupted, error))
        return false;
    return watch->timing->count > 0 ||
           error_set(error, "--steps %d: the device told of too few in time; use more", options->steps);
}

bool timing_run(struct timing *timing, const struct timing_options *options, struct network *network,
                struct training_state *state, const struct reviews *train, struct error *error)
{
    struct stopwatch watch;
    struct reviews repeated = {.count = 0};
    bool ok = watch_open(&watch, timing, options, network, error);
    const int wanted = timing_reviews(options);
    if (ok && train->count < wanted) {
        ok = reviews_take(&repeated, train, wanted, train->T, error);
        train = &repeated;
    }
    if (ok && fit(&watch, options, network, state, train, error)) {
        if (watch.timing->is_counted)
            mean_work(timing);
    } else {
        ok = false;
    }
    reviews_free(&repeated);
    free(watch.seen);
    return ok;
}

void timing_close(struct timing *timing)
{
    free(timing->us);
    *timing = (struct timing){0};
}
