/* Every preset in the tutorials' size, trained for some twenty steps on a device: losses within 1e-4 of the CPU
 * backend's, and a recorded step replayed has the bits of one that is not recorded. */
#include "compare.h"
#include "cuda_fixture.h"
#include "device_engines.h"
#include "train/small_run.h"

#include "matinee/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 7, EPOCHS_MAX = 7 };

/* Two full batches and a smaller one an epoch: each has a recording, which the second replay captures. */
struct sizes {
    int batch, rest, epochs;
    int vocabulary, maxlen, embedding, units, filters;
};

static struct sizes sizes_of_run(void)
{
    static const struct sizes tutorial = {64, 40, EPOCHS_MAX, 5000, 500, 32, 100, 32},
                              tiny = {4, 3, 2, 40, 6, 4, 5, 4};
    return device_shapes_are_tiny() ? tiny : tutorial;
}

static void make_spec(struct spec *spec, const char *preset, const struct sizes *sizes)
{
    struct preset_options options;
    struct error error;
    assert_true(preset_defaults(&options, preset, &error));
    options.vocabulary = sizes->vocabulary;
    options.maxlen = sizes->maxlen;
    options.embedding = sizes->embedding;
    options.units = sizes->units;
    options.filters = sizes->filters;
    options.pool_size = 2;
    if (!spec_preset(spec, preset, &options, &error))
        fail_msg("%s", error.message);
    spec->maxlen = sizes->maxlen; /* of the reviews, which have no n-grams */
}

/* Trains from the seed's weights; losses are those of the epochs. */
static void train(struct small_run *run, struct backend *backend, const struct spec *spec,
                  const struct reviews *reviews, const struct sizes *sizes, double losses[EPOCHS_MAX])
{
    struct trainer_options options = {.epochs = sizes->epochs, .batch_size = sizes->batch, .seed = SEED};
    struct epoch_record records[EPOCHS_MAX];
    int epochs_done;
    bool interrupted;
    struct error error;
    small_run_open_on(run, backend, spec, sizes->batch, SEED);
    if (!trainer_fit(&run->network, &run->state, reviews, NULL, &options, records, &epochs_done, &interrupted,
                     &error))
        fail_msg("%s", error.message);
    assert_int_equal(epochs_done, sizes->epochs);
    for (int epoch = 0; epoch < sizes->epochs; epoch++)
        losses[epoch] = records[epoch].train.loss;
}

static struct backend *open_engine(int engine, bool no_graph)
{
    struct backend *backend;
    struct backend_options options = device_engine_options(engine);
    options.no_graph = no_graph;
    assert_true(cuda_fixture_open_with(&options, &backend));
    return backend;
}

static void expect_refusal(int engine, const struct spec *spec, const struct sizes *sizes)
{
    struct error error = {{0}};
    struct backend *backend = open_engine(engine, false);
    assert_null(network_engine(backend, spec, sizes->batch, PASS_TRAIN, &error));
    if (!strstr(error.message, "layer ") || !strstr(error.message, "use --engine"))
        fail_msg("%s: the refusal names no layer or no remedy: %s", device_engine_name(engine),
                 error.message);
    backend_close(backend);
}

static void check_engine(int engine, const char *preset, const struct spec *spec,
                         const struct reviews *reviews, const struct sizes *sizes, const double *expected)
{
    struct small_run recorded, eager;
    double losses[EPOCHS_MAX], eager_losses[EPOCHS_MAX];
    char what[128];
    snprintf(what, sizeof what, "%s, %s", preset, device_engine_name(engine));
    train(&recorded, open_engine(engine, false), spec, reviews, sizes, losses);
    print_message("%s: loss of the last epoch %.6f, of the CPU %.6f\n", what, losses[sizes->epochs - 1],
                  expected[sizes->epochs - 1]);
    expect_close_doubles(what, losses, expected, (size_t)sizes->epochs, (struct tolerance){.relative = 1e-4});
    train(&eager, open_engine(engine, true), spec, reviews, sizes, eager_losses);
    small_run_expect_same(what, &eager, &recorded);
    small_run_close(&recorded);
    small_run_close(&eager);
}

static void test_presets(void **state)
{
    (void)state;
    const struct sizes sizes = sizes_of_run();
    struct dataset data;
    struct error error;
    const struct dataset_options options = {
        .path = dataset_sample_name, .num_words = sizes.vocabulary, .maxlen = sizes.maxlen};
    assert_true(dataset_open(&data, &options, &error));
    struct reviews reviews = data.train;
    reviews.count = 2 * sizes.batch + sizes.rest;
    assert_true(reviews.count <= data.train.count);
    for (int i = 0; preset_name(i); i++) {
        const char *preset = preset_name(i);
        struct spec spec;
        struct small_run cpu_run;
        struct backend *cpu;
        double expected[EPOCHS_MAX];
        make_spec(&spec, preset, &sizes);
        assert_true(cpu_backend_open(&cpu, 0, &error));
        train(&cpu_run, cpu, &spec, &reviews, &sizes, expected);
        small_run_close(&cpu_run);
        for (int engine = 0; engine < DEVICE_ENGINES; engine++)
            if (device_engine_takes(engine, preset))
                check_engine(engine, preset, &spec, &reviews, &sizes, expected);
            else
                expect_refusal(engine, &spec, &sizes);
    }
    dataset_close(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
