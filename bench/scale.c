/* bench_scale: how the time of a training step of the plain LSTM grows with its sizes, beside what a simple model says.
 *
 * One line of JSON a point: the tutorials' sizes on all processors, and each of T, N, H, E and the threads varied alone.
 * All points are measured in turn, several rounds of them, so that none has a bad minute to itself. The model is
 *
 *     time = flops / F + cache bytes / C + memory bytes / M
 *
 * with the work counted from the batches (flops.h) and the best rates that the same run has measured (peak.h), of as many
 * threads: F of multiplications and additions in registers, C of reading a block as large as the recurrent kernel, M of
 * memory. Nothing is fitted. It leaves out the gates' functions, and that threads wait for each other.
 */
#include "peak.h"
#include "row.h"
#include "scale_grid.h"
#include "synthetic.h"
#include "timing.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYNTHETIC_REVIEWS = 4096 };

struct settings {
    const char *data, *commit;
    struct backend_options device;
    bool synthetic, tiny;
    int steps, rounds, seed;
};

struct rates {
    double flops, cache, memory; /* flops or bytes a second */
};

/* What the rounds have said of a point. */
struct result {
    struct backend shown; /* for its description */
    double *us;           /* (rounds*steps) */
    int count;
    struct step_work work; /* means over the rounds, as foreign_load */
    struct rates rates;    /* the best */
    double foreign_load;
};

static bool open_network(struct network *network, struct training_state *state, struct backend *backend,
                         const struct settings *settings, const struct scale_point *point,
                         struct error *error)
{
    const uint64_t seed = (uint64_t)settings->seed;
    struct preset_options sizes;
    struct spec spec;
    if (!preset_defaults(&sizes, "lstm", error))
        return false;
    sizes.maxlen = point->T;
    sizes.units = point->H;
    sizes.embedding = point->E;
    if (!spec_preset(&spec, "lstm", &sizes, error) ||
        !network_open(network, backend, &spec, point->N, seed, error) ||
        !training_state_open(state, &network->parameters, error) ||
        !parameters_initialize(&network->parameters, seed, state->weights, error))
        return false;
    network_upload(network, state);
    return true;
}

static bool measure_rates(struct rates *rates, const struct settings *settings,
                          const struct scale_point *point, struct error *error)
{
    const struct peak_loops *loops = peak_loops_of(peak_kernels(settings->device.cpu_kernels));
    const size_t kernel_bytes = (size_t)point->H * (size_t)point->H * GATE_COUNT * sizeof(float);
    rates->flops = peak_flops(loops, point->threads);
    return peak_reading(loops, point->threads, kernel_bytes, &rates->cache, error) &&
           peak_memory(loops, point->threads, &rates->memory, error);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void add_round(struct result *result, const struct timing *timing, const struct rates *rates,
                      int rounds)
{
    const struct step_work *work = &timing->work;
    memcpy(result->us + result->count, timing->us, (size_t)timing->count * sizeof *timing->us);
    result->count += timing->count;
    result->work.flops += work->flops / rounds;
    result->work.row_steps += work->row_steps / rounds;
    result->work.cache_bytes += work->cache_bytes / rounds;
    result->work.memory_bytes += work->memory_bytes / rounds;
    result->foreign_load += timing->foreign_load / rounds;
    result->rates = (struct rates){.flops = larger(result->rates.flops, rates->flops),
                                   .cache = larger(result->rates.cache, rates->cache),
                                   .memory = larger(result->rates.memory, rates->memory)};
}

/* The best of all points that ask the same of the processor. */
static struct rates rates_of(const struct scale_grid *grid, const struct result *results, int at)
{
    const struct scale_point *point = &grid->points[at];
    struct rates best = {0};
    for (int i = 0; i < grid->count; i++) {
        if (grid->points[i].threads != point->threads)
            continue;
        best.flops = larger(best.flops, results[i].rates.flops);
        best.memory = larger(best.memory, results[i].rates.memory);
        if (grid->points[i].H == point->H)
            best.cache = larger(best.cache, results[i].rates.cache);
    }
    return best;
}

/* One round of one point. */
static bool measure(const struct settings *settings, const struct scale_point *point,
                    const struct reviews *reviews, struct result *result, struct error *error)
{
    struct backend_options device = settings->device;
    struct backend *backend = NULL;
    struct network network = {0};
    struct training_state state = {0};
    struct reviews train = {.count = 0};
    struct timing timing = {.us = NULL};
    struct rates rates;
    const struct timing_options options = {
        .steps = settings->steps, .group = 1, .batch_size = point->N, .seed = (uint64_t)settings->seed};
    device.threads = point->threads;
    bool ok = reviews_take(&train, reviews, timing_reviews(&options), point->T, error) &&
              backend_open(&backend, &device, NULL, error) &&
              open_network(&network, &state, backend, settings, point, error) &&
              measure_rates(&rates, settings, point, error) &&
              timing_run(&timing, &options, &network, &state, &train, error);
    if (ok) {
        result->shown = *backend;
        add_round(result, &timing, &rates, settings->rounds);
    }
    timing_close(&timing);
    training_state_close(&state);
    if (backend)
        network_close(&network);
    backend_close(backend);
    reviews_free(&train);
    return ok;
}

static void print_result(const struct settings *settings, const struct scale_point *point,
                         struct result *result, const struct rates *rates)
{
    const struct step_work *work = &result->work;
    char shape[96];
    snprintf(shape, sizeof shape, "N=%d T=%d H=%d E=%d", point->N, point->T, point->H, point->E);
    struct bench_row row = {.name = "scale lstm",
                            .shape = shape,
                            .commit = settings->commit,
                            .backend = &result->shown,
                            .options = &settings->device,
                            .lstm_engine = "cpu",
                            .us = result->us,
                            .count = result->count,
                            .predicted_us =
                                1e6 * (work->flops / rates->flops + work->cache_bytes / rates->cache +
                                       work->memory_bytes / rates->memory)};
    bench_row_begin(&row);
    const double rate = 1e6 * work->flops / bench_quantile(result->us, result->count, 0.5);
    printf(", \"seed\": %d, \"default\": %s, \"T\": %d, \"N\": %d, \"H\": %d, \"E\": %d, \"threads\": %d, "
           "\"kernels\": \"%s\"",
           settings->seed, point->is_default ? "true" : "false", point->T, point->N, point->H, point->E,
           point->threads, peak_kernels(settings->device.cpu_kernels));
    printf(", \"row_steps\": %.0f, \"gflop\": %.6g, \"cache_gb\": %.6g, \"memory_gb\": %.6g", work->row_steps,
           1e-9 * work->flops, 1e-9 * work->cache_bytes, 1e-9 * work->memory_bytes);
    printf(", \"peak_gflop_per_s\": %.1f, \"cache_gb_per_s\": %.1f, \"memory_gb_per_s\": %.1f",
           1e-9 * rates->flops, 1e-9 * rates->cache, 1e-9 * rates->memory);
    printf(", \"gflop_per_s\": %.1f, \"share_of_peak\": %.3f", 1e-9 * rate, rate / rates->flops);
    bench_print_load(result->foreign_load);
    bench_row_end();
}

static bool result_open(struct result *result, const struct settings *settings, struct error *error)
{
    const size_t times = (size_t)settings->rounds * (size_t)settings->steps;
    result->us = calloc(times, sizeof *result->us);
    return result->us || error_memory(error, "the times of the steps", times);
}

static bool measure_grid(const struct settings *settings, const struct scale_grid *grid,
                         const struct reviews *reviews, struct error *error)
{
    struct result results[SCALE_POINTS_MAX] = {0};
    bool ok = true;
    for (int i = 0; ok && i < grid->count; i++)
        ok = result_open(&results[i], settings, error);
    for (int round = 0; ok && round < settings->rounds; round++) {
        for (int i = 0; ok && i < grid->count; i++)
            ok = measure(settings, &grid->points[i], reviews, &results[i], error);
        fprintf(stderr, "round %d of %d\n", round + 1, settings->rounds);
    }
    for (int i = 0; ok && i < grid->count; i++) {
        const struct rates rates = rates_of(grid, results, i);
        print_result(settings, &grid->points[i], &results[i], &rates);
    }
    for (int i = 0; i < grid->count; i++)
        free(results[i].us);
    return ok;
}

/* The threads that the device makes of 0, which is all. */
static bool all_threads(const struct settings *settings, int *threads, struct error *error)
{
    struct backend *backend = NULL;
    if (!backend_open(&backend, &settings->device, NULL, error))
        return false;
    *threads = backend->threads;
    backend_close(backend);
    return true;
}

static bool run(const struct settings *settings, struct error *error)
{
    struct preset_options sizes;
    struct dataset data = {0};
    struct reviews synthetic = {.count = 0};
    struct scale_grid grid;
    int threads;
    if (!preset_defaults(&sizes, "lstm", error) || !all_threads(settings, &threads, error))
        return false;
    scale_grid_make(&grid, threads, settings->tiny);
    const struct dataset_options options = {
        .path = settings->data, .num_words = sizes.vocabulary, .maxlen = grid.longest};
    bool ok = settings->synthetic ? reviews_synthetic(&synthetic, SYNTHETIC_REVIEWS, grid.longest,
                                                      sizes.vocabulary, (uint64_t)settings->seed, error)
                                  : dataset_open(&data, &options, error);
    ok = ok && measure_grid(settings, &grid, settings->synthetic ? &synthetic : &data.train, error);
    reviews_free(&synthetic);
    dataset_close(&data);
    return ok;
}

static int whole_number(const char *text, int least, int most, const char *option, struct argp_state *state)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < least || value > most)
        argp_error(state, "--%s %s: give a whole number from %d to %d", option, text, least, most);
    return (int)value;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct settings *settings = state->input;
    switch (key) {
    case 'd':
        settings->data = text;
        return 0;
    case 'y':
        settings->synthetic = true;
        return 0;
    case 'n':
        settings->steps = whole_number(text, 1, 1000, "steps", state);
        return 0;
    case 'r':
        settings->rounds = whole_number(text, 1, 1000, "rounds", state);
        return 0;
    case 'k':
        settings->device.cpu_kernels = text;
        return 0;
    case 'T':
        settings->tiny = true;
        return 0;
    case 'c':
        settings->commit = text;
        return 0;
    case 's':
        settings->seed = whole_number(text, 0, INT_MAX, "seed", state);
        return 0;
    case ARGP_KEY_END:
        if (settings->synthetic && settings->data)
            argp_error(state, "--synthetic: --data %s are others; leave one out", settings->data);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"data", 'd', "PATH", 0, "reviews (as for matinee train)", 0},
        {"synthetic", 'y', NULL, 0, "drawn reviews of the lengths of real ones (synthetic.h)", 0},
        {"steps", 'n', "N", 0, "training steps to time at a point in each round (12)", 0},
        {"rounds", 'r', "N", 0, "through all points (3)", 0},
        {"cpu-kernels", 'k', "WHICH", 0, "auto (default), avx512, avx2, sse2 or native", 0},
        {"tiny", 'T', NULL, 0, "tiny sizes, to try the program out", 0},
        {"commit", 'c', "TEXT", 0, "written to every line", 0},
        {"seed", 's', "N", 0, "of the weights, the order and drawn reviews (7)", 0},
        {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse,
                                     .doc = "Times training steps of many sizes; one line of JSON each."};
    struct settings settings = {
        .commit = "", .device = {.device = "cpu"}, .steps = 12, .rounds = 3, .seed = 7};
    struct error error;
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &settings);
    if (!run(&settings, &error)) {
        fprintf(stderr, "bench_scale: %s\n", error.message);
        return 1;
    }
    if (fflush(stdout) != 0) {
        perror("bench_scale: standard output");
        return 1;
    }
    return 0;
}
