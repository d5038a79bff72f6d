/* bench_gpu: how long each op takes at the tutorials' sizes, one by one; a line of JSON each.
 *
 * A recording holds one op, several times over if it is short. A sample is some replays of it that are enqueued at once
 * and waited for together, so that the time to start them hides behind the work. */
#include "op_set.h"
#include "row.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 10000, REPLAYS_MAX = 4096, WARM_UP_REPLAYS = 5 };

struct settings {
    struct backend_options backend;
    struct op_dims dims;
    const char *commit;
    int samples;
    double sample_us; /* that a sample takes at least */
};

struct op_run {
    const struct op_of_set *op;
    struct op_set *set;
};

static void run_repeatedly(void *context)
{
    const struct op_run *run = context;
    for (int i = 0; i < run->op->repeat; i++)
        run->op->run(run->set);
}

/* Microseconds of so many replays, from an idle device to an idle device. */
static double time_replays(struct backend *backend, struct recording *recording, int replays,
                           const struct op_set *set)
{
    struct step_state waited_for;
    double began = bench_clock_us();
    for (int i = 0; i < replays; i++)
        backend->memory->replay(backend, recording);
    backend->memory->download(backend, &waited_for, set->state, sizeof waited_for);
    return bench_clock_us() - began;
}

static void print_row(const struct settings *settings, const struct op_run *run, const char *engine,
                      double *us)
{
    const struct op_dims *d = &settings->dims;
    char shape[96];
    snprintf(shape, sizeof shape, "N=%d T=%d E=%d H=%d C=%d K=%d V=%d", d->N, d->T, d->E, d->H, d->C, d->K,
             d->V);
    bool of_lstm = engine[0] != '\0';
    const char *choice = bench_engine_name(run->set->backend, settings->backend.engine);
    bool tutorial = d->T == 500;
    struct bench_row row = {.name = run->op->name,
                            .shape = shape,
                            .commit = settings->commit,
                            .backend = run->set->backend,
                            .options = &settings->backend,
                            .lstm_engine = engine,
                            .us = us,
                            .count = settings->samples,
                            .predicted_us =
                                tutorial ? predicted_us(run->op->name, of_lstm ? choice : "") : 0};
    bench_row_begin(&row);
    bench_row_end();
}

static bool time_op(const struct settings *settings, struct op_run *run, const char *engine,
                    struct error *error)
{
    struct backend *backend = run->set->backend;
    struct recording *recording = NULL;
    static double us[SAMPLES_MAX];
    if (!backend->memory->record(backend, &recording, run_repeatedly, run, error))
        return false;
    time_replays(backend, recording, WARM_UP_REPLAYS, run->set);
    int replays = 1;
    while (replays < REPLAYS_MAX && time_replays(backend, recording, replays, run->set) < settings->sample_us)
        replays *= 2;
    for (int i = 0; i < settings->samples; i++)
        us[i] = time_replays(backend, recording, replays, run->set) / replays / run->op->repeat;
    backend->memory->forget(backend, recording);
    if (!backend->memory->status(backend, error))
        return false;
    print_row(settings, run, engine, us);
    return true;
}

/* What the engine does not take is said and left out; the other ops belong to no engine. */
static bool time_all(const struct settings *settings, struct op_set *set, bool only_lstm, struct error *error)
{
    for (int i = 0; i < op_of_set_count; i++) {
        struct op_run run = {.op = &ops_of_set[i], .set = set};
        if (only_lstm && run.op->lstm_place == 0)
            continue;
        const char *engine = op_of_set_engine(run.op, set, error);
        if (!engine)
            fprintf(stderr, "%s: left out: %s\n", run.op->name, error->message);
        else if (!time_op(settings, &run, engine, error))
            return false;
    }
    return true;
}

static bool measure(const struct settings *settings, struct backend *backend, bool only_lstm,
                    struct error *error)
{
    struct op_set set = {.buffer_count = 0};
    fprintf(stderr, "%s\n", backend->description);
    bool ok = op_set_open(&set, backend, settings->dims, error) && time_all(settings, &set, only_lstm, error);
    op_set_close(&set);
    return ok;
}

/* Large enough for every op to have some work, small enough for an emulator. */
static const struct op_dims tiny = {.N = 3, .T = 6, .V = 20, .E = 8, .H = 8, .C = 8, .K = 3, .P = 2};
static const struct op_dims tutorial = {
    .N = 64, .T = 500, .V = 5000, .E = 32, .H = 100, .C = 32, .K = 3, .P = 2};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct settings *settings = state->input;
    char *end;
    switch (key) {
    case 'd':
        settings->backend.device = text;
        return 0;
    case 'c':
        settings->commit = text;
        return 0;
    case 'p':
        settings->backend.precision = PRECISION_TF32;
        return 0;
    case 'g':
        settings->backend.no_graph = true;
        return 0;
    case 't':
        settings->dims = tiny;
        settings->sample_us = 1;
        return 0;
    case 'n':
        settings->samples = (int)strtol(text, &end, 10);
        if (end == text || *end || settings->samples < 1 || settings->samples > SAMPLES_MAX)
            argp_error(state, "--samples %s: give a whole number from 1 to %d", text, SAMPLES_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"device", 'd', "DEVICE", 0, "cuda (default), cuda:I or cpu", 0},
        {"tf32", 'p', NULL, 0, "products on tensor cores", 0},
        {"no-graph", 'g', NULL, 0, "enqueue the ops one by one", 0},
        {"samples", 'n', "N", 0, "of each op (50)", 0},
        {"tiny", 't', NULL, 0, "tiny shapes, to try the program out", 0},
        {"commit", 'c', "TEXT", 0, "written to every line", 0},
        {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse,
                                     .doc = "Times every op at the tutorials' sizes; one line of JSON each."};
    static const enum engine_choice engines[] = {ENGINE_GENERIC, ENGINE_CUDNN, ENGINE_FUSED};
    struct settings settings = {.backend = {.device = "cuda", .threads = 2},
                                .dims = tutorial,
                                .commit = "",
                                .samples = 50,
                                .sample_us = 2000};
    struct error error;
    bool opened = true, failed = false;
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &settings);
    bool cpu = strcmp(settings.backend.device, "cpu") == 0;
    for (size_t i = 0; opened && i < (cpu ? 1 : sizeof engines / sizeof engines[0]); i++) {
        struct backend *backend = NULL;
        settings.backend.engine = cpu ? ENGINE_AUTO : engines[i];
        opened = backend_open(&backend, &settings.backend, NULL, &error);
        if (!opened || !measure(&settings, backend, i > 0, &error)) {
            fprintf(stderr, "bench_gpu: %s\n", error.message);
            failed = true;
        }
        backend_close(backend);
    }
    return failed;
}
