/* Whole networks on the CUDA backend, beside the same on the CPU: every preset, and a deep one of all layers, with
 * every engine that takes it. */
#include "compare.h"
#include "cuda_fixture.h"
#include "model/small_specs.h"
#include "train/small_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { V = SMALL_V, T = SMALL_T, BATCH = 8, LAST = 5, REVIEWS = 4 * BATCH + LAST, STEPS = 10, SEED = 7 };

static const enum engine_choice engines[] = {ENGINE_AUTO, ENGINE_CUDNN, ENGINE_GENERIC, ENGINE_FUSED};
static const char *const engine_names[] = {"auto", "cudnn", "generic", "fused"};

enum { ENGINES = sizeof engines / sizeof engines[0] };

static struct reviews reviews;

static int open_reviews(void **state)
{
    (void)state;
    small_reviews_open(&reviews, REVIEWS, T, V);
    return 0;
}

static int close_reviews(void **state)
{
    (void)state;
    small_reviews_close(&reviews);
    return cuda_fixture_left_over() == 0 ? 0 : -1;
}

/* A step's sums and its recording: a full batch, or the rows at the end. */
struct kind_of_step {
    struct pass pass;
    struct recording *recording;
};

static void record(struct kind_of_step *kind, struct small_run *run, const struct resident_reviews *resident,
                   int rows)
{
    struct error error;
    pass_build(&kind->pass, &run->network, resident, rows, PASS_TRAIN);
    assert_true(
        run->backend->memory->record(run->backend, &kind->recording, pass_train, &kind->pass, &error));
}

/* Two epochs of five steps; leaves the trained state in run->state and each step's mean loss in `losses`. */
static void run_steps(struct small_run *run, double losses[STEPS])
{
    struct resident_reviews resident;
    struct kind_of_step full, last;
    struct error error;
    struct backend *backend = run->backend;
    int32_t order[REVIEWS];
    for (int n = 0; n < REVIEWS; n++)
        order[n] = n * 8 % REVIEWS;
    network_upload(&run->network, &run->state);
    assert_true(resident_reviews_open(&resident, &run->network, &reviews, &error));
    backend->memory->upload(backend, resident.order, order, sizeof order);
    record(&full, run, &resident, BATCH);
    record(&last, run, &resident, LAST);
    for (int step = 0; step < STEPS; step++) {
        const int of_epoch = step % (STEPS / 2);
        struct metrics sums;
        struct step_state state = {.first_row = of_epoch * BATCH, .step = (uint32_t)step, .alpha = 1e-3f};
        backend->ops->clear(backend, run->network.metrics, sizeof *run->network.metrics);
        backend->memory->upload(backend, run->network.state, &state, sizeof state);
        backend->memory->replay(backend, of_epoch < STEPS / 2 - 1 ? full.recording : last.recording);
        backend->memory->download(backend, &sums, run->network.metrics, sizeof sums);
        losses[step] = sums.loss / (double)sums.count;
    }
    if (!backend->memory->status(backend, &error))
        fail_msg("%s", error.message);
    network_download(&run->network, &run->state);
    backend->memory->forget(backend, full.recording);
    backend->memory->forget(backend, last.recording);
    resident_reviews_close(&resident);
}

/* What makes an engine refuse the spec, in its words; NULL: it must take it. */
static const char *refusal(enum engine_choice engine, int number)
{
    if (engine == ENGINE_CUDNN && (strstr(small_spec_name(number), "gate") || number == SMALL_DEEP))
        return "cuDNN";
    return engine == ENGINE_FUSED && number == SMALL_DEEP ? "the engine fused has no hard_sigmoid" : NULL;
}

static bool engine_takes(struct backend *backend, const struct spec *spec, int number, int engine)
{
    struct error error;
    bool taken = network_engine(backend, spec, BATCH, PASS_TRAIN, &error) != NULL;
    const char *reason = refusal(engines[engine], number);
    if (!taken && (!reason || !strstr(error.message, reason)))
        fail_msg("%s, engine %s: %s", small_spec_name(number), engine_names[engine], error.message);
    if (taken && reason)
        fail_msg("%s: the engine %s takes what it cannot do", small_spec_name(number), engine_names[engine]);
    return taken;
}

/* Under `auto` most specs are computed by the engine fused, which has a turn of its own. */
static int first_engine(int number)
{
    return number == SMALL_DEEP ? 0 : 1;
}

static bool open_run(struct small_run *run, int number, int engine, bool no_graph)
{
    struct spec spec;
    struct backend *backend;
    struct backend_options options = {.device = "cuda", .engine = engines[engine], .no_graph = no_graph};
    small_spec(&spec, number);
    assert_true(cuda_fixture_open_with(&options, &backend));
    if (!engine_takes(backend, &spec, number, engine)) {
        backend->close(backend);
        return false;
    }
    small_run_open_on(run, backend, &spec, BATCH, SEED);
    return true;
}

static void test_losses_are_those_of_the_cpu(void **state)
{
    (void)state;
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run expected, run;
        double expected_losses[STEPS], losses[STEPS];
        small_spec(&spec, number);
        small_run_open_spec(&expected, &spec, BATCH, 1, SEED);
        run_steps(&expected, expected_losses);
        small_run_close(&expected);
        for (int engine = first_engine(number); engine < ENGINES; engine++) {
            if (!open_run(&run, number, engine, false))
                continue;
            run_steps(&run, losses);
            for (int step = 0; step < STEPS; step++)
                if (!(fabs(losses[step] - expected_losses[step]) <= 1e-5 * expected_losses[step]))
                    fail_msg("%s, engine %s, step %d: loss %.9g, the CPU's is %.9g", small_spec_name(number),
                             engine_names[engine], step, losses[step], expected_losses[step]);
            small_run_close(&run);
        }
    }
}

/* A graph of a step computes what its ops one by one do, and a second run what the first did. */
static void test_graphs_and_reruns_do_not_matter(void **state)
{
    (void)state;
    for (int number = 0; number < SMALL_SPECS; number++)
        for (int engine = first_engine(number); engine < ENGINES; engine++) {
            struct small_run recorded, again, eager;
            double losses[STEPS];
            if (!open_run(&recorded, number, engine, false))
                continue;
            run_steps(&recorded, losses);
            assert_true(open_run(&again, number, engine, false));
            run_steps(&again, losses);
            small_run_expect_same("a second run", &again, &recorded);
            assert_true(open_run(&eager, number, engine, true));
            run_steps(&eager, losses);
            small_run_expect_same("without graphs", &eager, &recorded);
            small_run_close(&recorded);
            small_run_close(&again);
            small_run_close(&eager);
        }
}

/* The trainer's own way: two epochs with progress, then an evaluation. */
static void test_training_and_evaluation(void **state)
{
    (void)state;
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct small_run expected, run;
        struct score score, expected_score;
        float probabilities[REVIEWS], expected_probabilities[REVIEWS];
        double wanted[REVIEWS];
        struct error error;
        small_spec(&spec, number);
        small_run_open_spec(&expected, &spec, BATCH, 1, SEED);
        assert_true(open_run(&run, number, 0, false));
        struct score trained = small_run_fit(&run, &reviews, 2, BATCH, SEED);
        struct score expected_trained = small_run_fit(&expected, &reviews, 2, BATCH, SEED);
        assert_true(fabs(trained.loss - expected_trained.loss) <= 1e-5);
        assert_true(trainer_evaluate(&run.network, &reviews, &score, probabilities, &error));
        assert_true(
            trainer_evaluate(&expected.network, &reviews, &expected_score, expected_probabilities, &error));
        assert_true(fabs(score.loss - expected_score.loss) <= 1e-5);
        for (int n = 0; n < REVIEWS; n++)
            wanted[n] = (double)expected_probabilities[n];
        expect_close("probabilities", probabilities, wanted, REVIEWS, (struct tolerance){.absolute = 1e-5});
        small_run_close(&run);
        small_run_close(&expected);
    }
}

static int thrice(struct backend *backend, const struct lstm *dims)
{
    (void)backend;
    return 3 * dims->N;
}

static void expect_score(struct network *network, const struct score *expected, const double *wanted)
{
    static const struct tolerance tolerance = {.absolute = 1e-6};
    struct score score;
    float probabilities[REVIEWS];
    struct error error;
    if (!trainer_evaluate(network, &reviews, &score, probabilities, &error))
        fail_msg("%s", error.message);
    expect_close("probabilities", probabilities, wanted, REVIEWS, tolerance);
    expect_close_number("loss", score.loss, expected->loss, tolerance);
}

static void check_more_rows(struct small_run *run)
{
    struct network network;
    struct score score;
    float probabilities[REVIEWS];
    double wanted[REVIEWS];
    struct error error;
    network_upload(&run->network, &run->state);
    assert_true(trainer_evaluate(&run->network, &reviews, &score, probabilities, &error));
    for (int n = 0; n < REVIEWS; n++)
        wanted[n] = (double)probabilities[n];
    const struct backend_memory *own = run->backend->memory;
    struct backend_memory liking = *own;
    liking.inference_rows = thrice;
    run->backend->memory = &liking;
    for (int trains = 0; trains < 2; trains++) {
        assert_true(
            trains ? network_open(&network, run->backend, &run->spec, BATCH, SEED, &error)
                   : network_open_evaluating(&network, run->backend, &run->spec, BATCH, REVIEWS, &error));
        assert_int_equal(network.N_evaluate, 3 * BATCH);
        network_upload(&network, &run->state);
        expect_score(&network, &score, wanted);
        network_close(&network);
    }
    run->backend->memory = own;
}

/* Batches of 24 and 13 rows are scored like those of 8: by a network that trains, and by one that does not. */
static void test_evaluating_more_rows_at_a_time(void **state)
{
    (void)state;
    static const int numbers[] = {0, SMALL_DEEP, SMALL_STACKED};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        for (int engine = first_engine(numbers[i]); engine < ENGINES; engine++) {
            struct small_run run;
            if (!open_run(&run, numbers[i], engine, false))
                continue;
            check_more_rows(&run);
            small_run_close(&run);
        }
}

static void make_spec(struct spec *spec, const struct layer_spec *layers, size_t count)
{
    struct error error;
    *spec = (struct spec){.name = "pooled", .maxlen = SMALL_T, .adam = keras_adam, .layer_count = (int)count};
    memcpy(spec->layers, layers, count * sizeof *layers);
    if (!spec_check(spec, &error))
        fail_msg("%s", error.message);
}

/* Losses of the CPU, and the bits of a second run without graphs. */
static void check_spec(const struct spec *spec)
{
    struct small_run expected, runs[2];
    double expected_losses[STEPS], losses[2][STEPS];
    small_run_open_spec(&expected, spec, BATCH, 1, SEED);
    run_steps(&expected, expected_losses);
    small_run_close(&expected);
    for (int i = 0; i < 2; i++) {
        struct backend *backend;
        const struct backend_options options = {.device = "cuda", .no_graph = i == 1};
        assert_true(cuda_fixture_open_with(&options, &backend));
        backend->inference_bytes = 0; /* nothing is evaluated here */
        small_run_open_on(&runs[i], backend, spec, BATCH, SEED);
        run_steps(&runs[i], losses[i]);
    }
    expect_close_doubles("losses", losses[0], expected_losses, STEPS, (struct tolerance){.relative = 1e-5});
    small_run_expect_same("without graphs", &runs[1], &runs[0]);
    small_run_close(&runs[0]);
    small_run_close(&runs[1]);
}

static void test_strides_and_global_maximum(void **state)
{
    (void)state;
    static const struct layer_spec layers[] = {
        {.kind = LAYER_EMBEDDING, .name = "embedding", .input_dim = SMALL_V, .units = SMALL_E},
        {.kind = LAYER_DROPOUT, .name = "words", .dropout = 0.2, .dropout_unit = DROP_STEPS},
        {.kind = LAYER_DROPOUT, .name = "spatial", .dropout = 0.3, .dropout_unit = DROP_FEATURES},
        {.kind = LAYER_CONV1D,
         .name = "conv1d",
         .units = 9,
         .kernel_size = 5,
         .strides = 2,
         .padding = PADDING_SAME,
         .activation = ACTIVATION_RELU},
        {.kind = LAYER_MAX_POOLING1D, .name = "max_pooling1d", .pool_size = 2},
        {.kind = LAYER_LSTM,
         .name = "bidirectional",
         .inner_name = "lstm",
         .units = 5,
         .bidirectional = true,
         .return_sequences = true},
        {.kind = LAYER_GLOBAL_MAX_POOLING1D, .name = "global_max_pooling1d"},
        {.kind = LAYER_DROPOUT, .name = "dropout", .dropout = 0.3},
        {.kind = LAYER_DENSE, .name = "dense", .units = 1},
    };
    struct spec spec;
    make_spec(&spec, layers, sizeof layers / sizeof layers[0]);
    check_spec(&spec);
}

static void test_masked_average(void **state)
{
    (void)state;
    static const struct layer_spec layers[] = {
        {.kind = LAYER_EMBEDDING,
         .name = "embedding",
         .input_dim = SMALL_V,
         .units = SMALL_E,
         .mask_zero = true},
        {.kind = LAYER_DROPOUT, .name = "words", .dropout = 0.2, .dropout_unit = DROP_STEPS},
        {.kind = LAYER_GLOBAL_AVERAGE_POOLING1D, .name = "global_average_pooling1d"},
        {.kind = LAYER_DENSE, .name = "dense", .units = 1},
    };
    struct spec spec;
    make_spec(&spec, layers, sizeof layers / sizeof layers[0]);
    check_spec(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_are_those_of_the_cpu),
        cmocka_unit_test(test_graphs_and_reruns_do_not_matter),
        cmocka_unit_test(test_training_and_evaluation),
        cmocka_unit_test(test_evaluating_more_rows_at_a_time),
        cmocka_unit_test(test_strides_and_global_maximum),
        cmocka_unit_test(test_masked_average),
    };
    return cmocka_run_group_tests(tests, open_reviews, close_reviews);
}
