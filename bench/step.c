/* bench_step: how long a training step and an evaluation of the test split take, through the trainer itself.
 *
 * One line of JSON each. Steps are those of a preset in the tutorials' sizes from a seed's weights in a seed's order, as
 * `matinee train` takes them; the first few warm up and do not count.
 */
#include "matinee/backend.h"
#include "matinee/data.h"
#include "matinee/network.h"
#include "matinee/trainer.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WARM_UP_STEPS = 3, BATCH_SIZE = 64 };

struct settings {
    const char *model, *data;
    int steps, threads, evaluations;
    int seed;
};

struct stopwatch {
    double *ms; /* (wanted) */
    int wanted, seen;
    double last;
    volatile sig_atomic_t stop;
};

static double clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static void step_done(void *context, const struct step_progress *progress)
{
    (void)progress;
    struct stopwatch *watch = context;
    double now = clock_ms();
    if (watch->seen >= WARM_UP_STEPS)
        watch->ms[watch->seen - WARM_UP_STEPS] = now - watch->last;
    if (++watch->seen == WARM_UP_STEPS + watch->wanted)
        watch->stop = 1;
    watch->last = clock_ms();
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts its argument. */
static void print_times(const struct settings *settings, const char *what, double *ms, int count)
{
    qsort(ms, (size_t)count, sizeof *ms, compare_doubles);
    double median = (ms[(count - 1) / 2] + ms[count / 2]) / 2;
    printf("{\"what\": \"%s\", \"model\": \"%s\", \"threads\": %d, \"count\": %d, \"min_ms\": %.3f, "
           "\"median_ms\": %.3f, \"max_ms\": %.3f",
           what, settings->model, settings->threads, count, ms[0], median, ms[count - 1]);
}

static bool time_steps(const struct settings *settings, struct network *network, struct training_state *state,
                       const struct reviews *train, struct error *error)
{
    int greatest = train->count / BATCH_SIZE - WARM_UP_STEPS;
    if (settings->steps > greatest)
        return error_set(error,
                         "--steps %d: one epoch of this data has %d full batches to time; use at most that",
                         settings->steps, greatest > 0 ? greatest : 0);
    struct stopwatch watch = {.wanted = settings->steps};
    watch.ms = calloc((size_t)settings->steps, sizeof *watch.ms);
    if (!watch.ms)
        return error_memory(error, "the times of the steps", (size_t)settings->steps * sizeof *watch.ms);
    struct trainer_options options = {.epochs = 1,
                                      .batch_size = BATCH_SIZE,
                                      .seed = (uint64_t)settings->seed,
                                      .stop = &watch.stop,
                                      .events = {.context = &watch, .step = step_done}};
    struct epoch_record record;
    int epochs_done;
    bool interrupted;
    bool ok = trainer_fit(network, state, train, NULL, &options, &record, &epochs_done, &interrupted, error);
    if (ok) {
        print_times(settings, "step", watch.ms, watch.wanted);
        printf("}\n");
    }
    free(watch.ms);
    return ok;
}

static bool time_evaluations(const struct settings *settings, struct network *network,
                             const struct reviews *test, struct error *error)
{
    double *ms = calloc((size_t)settings->evaluations, sizeof *ms);
    if (!ms)
        return error_memory(error, "the times of the evaluations",
                            (size_t)settings->evaluations * sizeof *ms);
    struct score score = {0};
    bool ok = true;
    for (int i = 0; ok && i < settings->evaluations; i++) {
        double began = clock_ms();
        ok = trainer_evaluate(network, test, &score, NULL, error);
        ms[i] = clock_ms() - began;
    }
    if (ok) {
        print_times(settings, "evaluate", ms, settings->evaluations);
        printf(", \"reviews\": %d, \"accuracy\": %.4f}\n", test->count, score.accuracy);
    }
    free(ms);
    return ok;
}

static bool measure(const struct settings *settings, struct error *error)
{
    struct dataset data = {0};
    struct backend *backend = NULL;
    struct network network = {0};
    struct training_state state = {0};
    struct preset_options sizes;
    struct spec spec;
    bool ok = false;
    const uint64_t seed = (uint64_t)settings->seed;
    const struct backend_options device = {.device = "cpu", .threads = settings->threads};
    if (!preset_defaults(&sizes, settings->model, error) ||
        !spec_preset(&spec, settings->model, &sizes, error))
        goto fail;
    const struct dataset_options options = {
        .path = settings->data, .num_words = sizes.vocabulary, .maxlen = sizes.maxlen};
    if (!dataset_open(&data, &options, error) || !backend_open(&backend, &device, NULL, error) ||
        !network_open(&network, backend, &spec, BATCH_SIZE, seed, error) ||
        !training_state_open(&state, &network.parameters, error) ||
        !parameters_initialize(&network.parameters, seed, state.weights, error))
        goto fail;
    fprintf(stderr, "%s; %s\n", data.source, backend->description);
    network_upload(&network, &state);
    if (settings->steps > 0 && !time_steps(settings, &network, &state, &data.train, error))
        goto fail;
    if (settings->evaluations > 0 && !time_evaluations(settings, &network, &data.test, error))
        goto fail;
    ok = true;
fail:
    training_state_close(&state);
    network_close(&network);
    backend_close(backend);
    dataset_close(&data);
    return ok;
}

static int whole_number(const char *text, int least, const char *option, struct argp_state *state)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < least || value > INT_MAX)
        argp_error(state, "--%s %s: give a whole number, at least %d", option, text, least);
    return (int)value;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct settings *settings = state->input;
    switch (key) {
    case 'm':
        settings->model = text;
        return 0;
    case 'd':
        settings->data = text;
        return 0;
    case 'n':
        settings->steps = whole_number(text, 0, "steps", state);
        return 0;
    case 'e':
        settings->evaluations = whole_number(text, 0, "evaluations", state);
        return 0;
    case 't':
        settings->threads = whole_number(text, 0, "threads", state);
        return 0;
    case 's':
        settings->seed = whole_number(text, 0, "seed", state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"model", 'm', "PRESET", 0, "of those that matinee train has (lstm)", 0},
        {"data", 'd', "PATH", 0, "aclImdb directory or archive (as for matinee train)", 0},
        {"steps", 'n', "N", 0, "training steps to time, 0 for none (60)", 0},
        {"evaluations", 'e', "N", 0, "evaluations of the test split to time, 0 for none (1)", 0},
        {"threads", 't', "N", 0, "0: all processors of this process (2)", 0},
        {"seed", 's', "N", 0, "of the weights and the order (7)", 0},
        {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse,
                                     .doc = "Times training steps and evaluations; one line of JSON each."};
    struct settings settings = {.model = "lstm", .steps = 60, .evaluations = 1, .threads = 2, .seed = 7};
    struct error error;
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &settings);
    if (!measure(&settings, &error)) {
        fprintf(stderr, "bench_step: %s\n", error.message);
        return 1;
    }
    if (fflush(stdout) != 0) {
        perror("bench_step: standard output");
        return 1;
    }
    return 0;
}
