/* bench_step: how long a training step and an evaluation of the test split take, through the trainer itself.
 *
 * One line of JSON each. Steps are those of a preset in the tutorials' sizes from a seed's weights in a seed's order, as
 * `matinee train` takes them; the first few warm up and do not count. A sample is the mean of a group of steps: of a GPU
 * the trainer hears only now and then how far it is.
 */
#include "evaluation.h"
#include "load.h"
#include "op_rows.h"
#include "peak.h"
#include "row.h"
#include "step_data.h"
#include "timing.h"

#include "matinee/backend.h"
#include "matinee/data.h"
#include "matinee/network.h"
#include "matinee/trainer.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WARM_EVALUATIONS = 2,
    BATCH_SIZE = 64,
    GPU_GROUP = 20,
    STEPS_AHEAD = 80, /* of a GPU, which is given its steps in advance */
    TINY_MAXLEN = 8,
    PEAK_ROUNDS = 5
};

struct settings {
    const char *model, *data, *commit;
    struct backend_options device;
    int steps, group, evaluations;
    int seed;
    bool tiny, ops;
};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Of batches of N rows. */
static void print_times(const struct settings *settings, const char *what, const struct network *network,
                        int N, double *us, int count)
{
    char name[96], shape[96];
    const struct spec *spec = &network->spec;
    const char *engine = bench_engine_name(network->backend, settings->device.engine);
    snprintf(name, sizeof name, "%s %s", what, settings->model);
    snprintf(shape, sizeof shape, "N=%d T=%d", N, spec->maxlen);
    struct bench_row row = {.name = name,
                            .shape = shape,
                            .commit = settings->commit,
                            .backend = network->backend,
                            .options = &settings->device,
                            .lstm_engine = engine,
                            .us = us,
                            .count = count,
                            .predicted_us = settings->tiny ? 0 : predicted_us(name, engine)};
    bench_row_begin(&row);
    printf(", \"seed\": %d", settings->seed);
}

/* What the steps had to compute, and how near that is to the processor's peak, measured before and after them. */
static void print_work(const struct settings *settings, const struct network *network,
                       const struct timing *timing, const double peak[2])
{
    const double us = bench_quantile(timing->us, timing->count, 0.5), rate = timing->work.flops / us * 1e-3;
    const double best = 1e-9 * (peak[0] > peak[1] ? peak[0] : peak[1]);
    printf(", \"kernels\": \"%s\", \"threads\": %d, \"row_steps\": %.0f, \"gflop\": %.3f, "
           "\"gflop_per_s\": %.1f, \"peak_before\": %.1f, \"peak_after\": %.1f, \"share_of_peak\": %.3f",
           peak_kernels(settings->device.cpu_kernels), network->backend->threads, timing->work.row_steps,
           1e-9 * timing->work.flops, rate, 1e-9 * peak[0], 1e-9 * peak[1], rate / best);
}

/* Each op of the steps, whose times are sorted already. */
static bool print_ops(const struct settings *settings, struct network *network, const struct timing *timing,
                      struct op_times *times, const struct op_peaks *peaks, struct error *error)
{
    const struct op_report report = {.model = settings->model,
                                     .commit = settings->commit,
                                     .kernels = peak_kernels(settings->device.cpu_kernels),
                                     .options = &settings->device,
                                     .seed = settings->seed,
                                     .network = network,
                                     .rows = BATCH_SIZE,
                                     .step_us = bench_quantile(timing->us, timing->count, 0.5),
                                     .foreign_load = timing->foreign_load,
                                     .times = times,
                                     .peaks = *peaks};
    return op_rows_print(&report, stderr, error);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The best that the processor can do, before the steps and once more after them. Shares of ops hang on both figures, so
 * with them it is asked often enough to find it at its best. */
static bool measure_peaks(const struct settings *settings, const struct network *network,
                          struct op_peaks *peaks, struct error *error)
{
    const struct peak_loops *loops = peak_loops_of(peak_kernels(settings->device.cpu_kernels));
    const int threads = network->backend->threads,
              rounds = settings->ops && !settings->tiny ? PEAK_ROUNDS : 1;
    for (int i = 0; i < rounds; i++) {
        double bytes = 0;
        peaks->flops = larger(peaks->flops, peak_flops(loops, threads));
        if (settings->ops && !peak_memory(loops, threads, &bytes, error))
            return false;
        peaks->bytes = larger(peaks->bytes, bytes);
    }
    return true;
}

static bool time_steps(const struct settings *settings, struct network *network, struct training_state *state,
                       const struct reviews *train, struct error *error)
{
    struct op_times times = {.backend = NULL};
    struct timing_options options = {.steps = settings->steps,
                                     .group = settings->group,
                                     .ahead = STEPS_AHEAD,
                                     .batch_size = BATCH_SIZE,
                                     .seed = (uint64_t)settings->seed};
    const bool on_cpu = strcmp(network->backend->name, "cpu") == 0;
    struct op_peaks before = {0}, after = {0};
    struct timing timing = {.us = NULL};
    if (settings->ops) {
        options.step = op_times_step;
        options.context = &times;
    }
    bool ok = (!on_cpu || measure_peaks(settings, network, &before, error)) &&
              (!settings->ops || op_times_open(&times, network->backend, settings->steps, error)) &&
              timing_run(&timing, &options, network, state, train, error) &&
              (!on_cpu || measure_peaks(settings, network, &after, error));
    if (ok) {
        print_times(settings, "step", network, BATCH_SIZE, timing.us, timing.count);
        if (timing.is_counted)
            print_work(settings, network, &timing, (const double[]){before.flops, after.flops});
        bench_print_load(timing.foreign_load);
        bench_row_end();
    }
    if (ok && settings->ops) {
        const struct op_peaks peaks = {larger(before.flops, after.flops), larger(before.bytes, after.bytes)};
        ok = print_ops(settings, network, &timing, &times, &peaks, error);
    }
    op_times_close(&times);
    timing_close(&timing);
    return ok;
}

/* Of reviews that are resident, as in a validation during training. The first two record. */
static bool time_evaluations(const struct settings *settings, struct network *network,
                             const struct reviews *test, struct error *error)
{
    double *us = calloc((size_t)settings->evaluations, sizeof *us);
    if (!us)
        return error_memory(error, "the times of the evaluations",
                            (size_t)settings->evaluations * sizeof *us);
    struct evaluation evaluation;
    struct score score = {0};
    struct load_meter load = {.is_known = false};
    bool ok = evaluation_open(&evaluation, network, test, error);
    for (int i = -WARM_EVALUATIONS; ok && i < settings->evaluations; i++) {
        if (i == 0)
            load_begin(&load);
        double began = bench_clock_us();
        ok = evaluation_run(&evaluation, &score, NULL, error);
        if (i >= 0)
            us[i] = bench_clock_us() - began;
    }
    double foreign = load_foreign(&load);
    evaluation_close(&evaluation);
    if (ok) {
        print_times(settings, "evaluate", network, smaller(network->N_evaluate, test->count), us,
                    settings->evaluations);
        printf(", \"reviews\": %d, \"accuracy\": %.4f", test->count, score.accuracy);
        bench_print_load(foreign);
        bench_row_end();
    }
    free(us);
    return ok;
}

static bool sizes_of(struct preset_options *sizes, const struct settings *settings, struct error *error)
{
    if (!preset_defaults(sizes, settings->model, error))
        return false;
    if (settings->tiny) {
        sizes->maxlen = TINY_MAXLEN;
        sizes->embedding = sizes->units = sizes->filters = 4;
    }
    return true;
}

static bool measure(const struct settings *settings, struct step_data *data, struct error *error)
{
    struct backend *backend = NULL;
    struct network network = {0};
    struct training_state state = {0};
    struct preset_options sizes;
    struct spec spec;
    bool ok = false;
    const uint64_t seed = (uint64_t)settings->seed;
    if (!sizes_of(&sizes, settings, error) || !spec_preset(&spec, settings->model, &sizes, error) ||
        !step_data_open(data, settings->data, &sizes, error) ||
        !backend_open(&backend, &settings->device, NULL, error) ||
        !network_engine(backend, &spec, BATCH_SIZE, PASS_TRAIN, error) ||
        !network_open(&network, backend, &spec, BATCH_SIZE, seed, error) ||
        !training_state_open(&state, &network.parameters, error) ||
        !parameters_initialize(&network.parameters, seed, state.weights, error))
        goto fail;
    fprintf(stderr, "%s: %s; %s\n", settings->model, data->dataset.source, backend->description);
    network_upload(&network, &state);
    if (settings->steps > 0 && !time_steps(settings, &network, &state, &data->train, error))
        goto fail;
    if (settings->evaluations > 0 && !time_evaluations(settings, &network, &data->test, error))
        goto fail;
    ok = true;
fail:
    training_state_close(&state);
    network_close(&network);
    backend_close(backend);
    return ok;
}

/* Presets, one after another on the same data. One that cannot be measured is said, and the others are. */
static int measure_all(struct settings *settings, char *models)
{
    struct step_data data = {.ngrams = 0};
    struct error error;
    int failures = 0;
    for (char *rest = models, *model; (model = strtok_r(rest, ", ", &rest));) {
        settings->model = model;
        if (!measure(settings, &data, &error)) {
            fprintf(stderr, "bench_step: %s: %s\n", model, error.message);
            failures++;
        }
    }
    step_data_close(&data);
    return failures;
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

static enum engine_choice engine_of(const char *text, struct argp_state *state)
{
    if (strcmp(text, "fused") == 0)
        return ENGINE_FUSED;
    if (strcmp(text, "cudnn") == 0)
        return ENGINE_CUDNN;
    if (strcmp(text, "generic") == 0)
        return ENGINE_GENERIC;
    if (strcmp(text, "auto") != 0)
        argp_error(state, "--engine %s: it is one of auto, fused, cudnn and generic", text);
    return ENGINE_AUTO;
}

static enum precision precision_of(const char *text, struct argp_state *state)
{
    if (strcmp(text, "tf32") == 0)
        return PRECISION_TF32;
    if (strcmp(text, "fp32") != 0)
        argp_error(state, "--precision %s: it is fp32 or tf32", text);
    return PRECISION_FP32;
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
        settings->device.threads = whole_number(text, 0, "threads", state);
        return 0;
    case 'k':
        settings->device.cpu_kernels = text;
        return 0;
    case 'g':
        settings->group = whole_number(text, 1, "group", state);
        return 0;
    case 'D':
        settings->device.device = text;
        return 0;
    case 'E':
        settings->device.engine = engine_of(text, state);
        return 0;
    case 'P':
        settings->device.precision = precision_of(text, state);
        return 0;
    case 'G':
        settings->device.no_graph = true;
        return 0;
    case 'o':
        settings->ops = true;
        return 0;
    case 'T':
        settings->tiny = true;
        return 0;
    case 'c':
        settings->commit = text;
        return 0;
    case 's':
        settings->seed = whole_number(text, 0, "seed", state);
        return 0;
    case ARGP_KEY_END:
        if (settings->ops && strcmp(settings->device.device, "cpu") != 0)
            argp_error(state, "--ops: of the processor alone; bench_gpu times a GPU's ops");
        if (settings->ops && settings->group > 1)
            argp_error(state, "--ops: steps are timed one by one; leave --group out");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"model", 'm', "PRESET", 0, "of those that matinee train has, several with commas, or all (lstm)", 0},
        {"data", 'd', "PATH", 0, "aclImdb directory or archive (as for matinee train)", 0},
        {"steps", 'n', "N", 0, "training steps to time, 0 for none (60)", 0},
        {"evaluations", 'e', "N", 0, "evaluations of the test split to time, 0 for none (1)", 0},
        {"threads", 't', "N", 0, "0: all processors of this process (2)", 0},
        {"cpu-kernels", 'k', "WHICH", 0, "of the processor: auto (default), avx512, avx2, sse2 or native", 0},
        {"device", 'D', "DEVICE", 0, "cpu (default), cuda, cuda:I or auto", 0},
        {"engine", 'E', "ENGINE", 0, "of a GPU: auto (default), fused, cudnn or generic", 0},
        {"precision", 'P', "WHICH", 0, "of a GPU: fp32 (default) or tf32", 0},
        {"no-graph", 'G', NULL, 0, "of a GPU: enqueue a step's ops one by one", 0},
        {"group", 'g', "N", 0, "steps that are timed together (1; of a GPU 20)", 0},
        {"ops", 'o', NULL, 0, "each op of the steps, too: lines, and a table on stderr", 0},
        {"tiny", 'T', NULL, 0, "tiny sizes, to try the program out", 0},
        {"commit", 'c', "TEXT", 0, "written to every line", 0},
        {"seed", 's', "N", 0, "of the weights and the order (7)", 0},
        {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse,
                                     .doc = "Times training steps and evaluations; one line of JSON each."};
    struct settings settings = {.model = "lstm",
                                .commit = "",
                                .device = {.device = "cpu", .threads = 2},
                                .steps = 60,
                                .evaluations = 1,
                                .seed = 7};
    argp_err_exit_status = 2;
    argp_parse(&argp, argc, argv, 0, NULL, &settings);
    if (settings.group == 0)
        settings.group = strcmp(settings.device.device, "cpu") == 0 ? 1 : GPU_GROUP;
    char *models = strdup(strcmp(settings.model, "all") == 0 ? preset_names() : settings.model);
    if (!models) {
        perror("bench_step");
        return 1;
    }
    int failures = measure_all(&settings, models);
    free(models);
    if (fflush(stdout) != 0) {
        perror("bench_step: standard output");
        return 1;
    }
    return failures > 0;
}
