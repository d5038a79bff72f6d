/* A training step of every preset in the tutorials' sizes, and in odd ones, on a device: each layer's output and every
 * gradient agree with the CPU backend's, and a second run has the same bits. Loops in double would take minutes here;
 * the CPU backend is held to them elsewhere. */
#include "compare.h"
#include "cuda_fixture.h"
#include "device_engines.h"
#include "train/small_run.h"

#include "matinee/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEED = 7, TENSORS_MAX = 64 };

struct shape {
    const char *preset;
    int N, T, V, E, H;
};

static const struct shape shapes[] = {
    {"lstm", 64, 500, 5000, 32, 100},
    {"lstm-dropout", 64, 500, 5000, 32, 100},
    {"lstm-gate-dropout", 64, 500, 5000, 32, 100},
    {"bilstm", 64, 500, 5000, 32, 100},
    {"bilstm-gate-dropout", 64, 500, 5000, 32, 100},
    {"cnn-lstm", 64, 500, 5000, 32, 100},
    {"cnn-lstm-dropout", 64, 500, 5000, 32, 100},
    {"lstm-reversed", 64, 500, 5000, 32, 100},
    {"lstm-embedding-dropout", 64, 500, 5000, 32, 100},
    {"lstm", 1, 500, 5000, 32, 100},
    {"lstm-gate-dropout", 130, 17, 5000, 32, 104},
    {"bilstm", 3, 17, 5000, 32, 64},
    {"cnn-lstm", 130, 17, 5000, 32, 32},
    {"lstm-dropout", 40, 500, 5000, 32, 104},
    {"bilstm-gate-dropout", 1, 17, 5000, 33, 32},
    {"lstm", 130, 1, 5000, 32, 64},
    {"lstm-embedding-dropout", 3, 17, 70000, 7, 96},
};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static struct shape shape_of(size_t i)
{
    struct shape shape = shapes[i];
    if (device_shapes_are_tiny()) {
        shape.N = smaller(shape.N, 3);
        shape.T = smaller(shape.T, 5);
        shape.V = 20;
        shape.E = smaller(shape.E, 4);
        shape.H = smaller(shape.H, 6);
    }
    return shape;
}

static void make_spec(struct spec *spec, const struct shape *shape)
{
    struct preset_options options;
    struct error error;
    assert_true(preset_defaults(&options, shape->preset, &error));
    options.vocabulary = shape->V;
    options.maxlen = shape->T;
    options.embedding = shape->E;
    options.units = shape->H;
    if (!spec_preset(spec, shape->preset, &options, &error))
        fail_msg("%s", error.message);
}

/* What a step has made: outputs of layers, probabilities, then gradients by parameter. */
struct tensors {
    int count;
    struct tensor {
        char name[PARAMETER_NAME_BYTES];
        bool is_gradient;
        size_t count;
        float *values;
    } items[TENSORS_MAX];
};

static void keep(struct tensors *tensors, struct backend *backend, const char *name, bool is_gradient,
                 const float *from, size_t count)
{
    assert_true(tensors->count < TENSORS_MAX);
    struct tensor *tensor = &tensors->items[tensors->count++];
    *tensor =
        (struct tensor){.is_gradient = is_gradient, .count = count, .values = allocate(count, sizeof(float))};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    backend->memory->download(backend, tensor->values, from, count * sizeof(float));
}

static void release(struct tensors *tensors)
{
    for (int i = 0; i < tensors->count; i++)
        free(tensors->items[i].values);
}

/* The floats that an op writes as its layer's output; 0 for one that works in place. */
static size_t output_floats(const struct pass_op *op)
{
    const struct embedding *embedding = &op->embedding.forward;
    const struct conv_pool *conv = &op->conv_pool.forward;
    const struct global_pool *global = &op->global_pool.forward;
    const struct lstm *lstm = &op->lstm.forward;
    switch (op->kind) {
    case OP_EMBEDDING:
        return (size_t)embedding->T * (size_t)embedding->N * (size_t)embedding->E;
    case OP_CONV_POOL:
        return (size_t)conv_pool_steps(conv) * (size_t)conv->N * (size_t)conv->C;
    case OP_LSTM:
        return (size_t)(lstm->sequences ? lstm->T : 1) * (size_t)lstm->N * (size_t)(lstm->D * lstm->H);
    case OP_GLOBAL_POOL:
        return (size_t)global->N * (size_t)global->F;
    case OP_MAX_POOL:
    case OP_DROPOUT:
    case OP_DENSE:
        break;
    }
    return 0;
}

static void poison(struct backend *backend, void *memory, size_t bytes)
{
    if (bytes == 0)
        return;
    unsigned char *nan = allocate(bytes, 1);
    memset(nan, 0xff, bytes);
    backend->memory->upload(backend, memory, nan, bytes);
    free(nan);
}

static void poison_all(struct network *network, const struct pass *pass)
{
    struct backend *backend = network->backend;
    struct memory_plan plan =
        network_memory_plan(backend, &network->spec, network->N_train, &(struct sharing){.parts = 1});
    for (int i = 0; i < pass->op_count; i++) {
        const struct pass_op *op = &pass->ops[i];
        struct layer_memory *layer = &network->layers[op->layer];
        poison(backend, layer->y, output_floats(op) * sizeof(float));
        poison(backend, layer->dy, output_floats(op) * sizeof(float));
        poison(backend, layer->saved, plan.saved[op->layer]);
    }
    poison(backend, network->scratch, plan.scratch);
    poison(backend, network->prob, (size_t)network->N_train * sizeof(float));
    poison(backend, network->dz, (size_t)network->N_train * sizeof(float));
}

static void keep_all(struct tensors *made, struct network *network, const struct pass *pass)
{
    char name[64];
    for (int i = 0; i < pass->op_count; i++) {
        const struct pass_op *op = &pass->ops[i];
        snprintf(name, sizeof name, "output of layer %d", op->layer);
        if (output_floats(op) > 0)
            keep(made, network->backend, name, false, network->layers[op->layer].y, output_floats(op));
    }
    keep(made, network->backend, "probabilities", false, network->prob, (size_t)network->N_train);
    for (int p = 0; p < network->parameters.count; p++) {
        const struct parameter *parameter = &network->parameters.items[p];
        keep(made, network->backend, parameter->name, true, network->gradients + parameter->offset,
             parameter->count);
    }
}

/* One step from a seed's weights; step_number is that of the masks. Adam has moved the weights afterwards, but nothing
 * of what is kept. False if the engine does not take the network. */
static bool run_step(struct tensors *made, struct backend *backend, const struct spec *spec,
                     const struct reviews *reviews)
{
    struct network network;
    struct training_state state;
    struct resident_reviews resident;
    struct pass pass;
    struct error error;
    const struct step_state step = {.step = 3, .alpha = 1e-3f};
    const int N = reviews->count;
    if (!network_engine(backend, spec, N, PASS_TRAIN, &error)) {
        print_message("%s\n", error.message);
        return false;
    }
    assert_true(network_open(&network, backend, spec, N, SEED, &error));
    int32_t *order = allocate((size_t)N, sizeof *order);
    for (int n = 0; n < N; n++)
        order[n] = N - 1 - n;
    assert_true(training_state_open(&state, &network.parameters, &error));
    assert_true(parameters_initialize(&network.parameters, SEED, state.weights, &error));
    assert_true(resident_reviews_open(&resident, &network, reviews, &error));
    backend->memory->upload(backend, resident.order, order, (size_t)N * sizeof *order);
    network_upload(&network, &state);
    pass_build(&pass, &network, &resident, N, PASS_TRAIN);
    poison_all(&network, &pass);
    backend->memory->upload(backend, network.state, &step, sizeof step);
    backend->ops->clear(backend, network.metrics, sizeof *network.metrics);
    pass_train(&pass);
    *made = (struct tensors){.count = 0};
    keep_all(made, &network, &pass);
    if (!backend->memory->status(backend, &error))
        fail_msg("%s", error.message);
    resident_reviews_close(&resident);
    training_state_close(&state);
    network_close(&network);
    free(order);
    return true;
}

/* An op agrees within 1e-5; here errors of several ops and 500 steps meet. */
static void expect_agreement(const char *what, const struct tensors *made, const struct tensors *expected)
{
    assert_int_equal(made->count, expected->count);
    for (int i = 0; i < made->count; i++) {
        const struct tensor *a = &made->items[i], *b = &expected->items[i];
        char text[256];
        double *doubles = allocate(b->count, sizeof *doubles);
        assert_int_equal(a->count, b->count);
        for (size_t k = 0; k < b->count; k++)
            doubles[k] = (double)b->values[k];
        snprintf(text, sizeof text, "%s: %s", what, a->name);
        expect_close(text, a->values, doubles, a->count,
                     a->is_gradient ? of_largest(5e-5, doubles, b->count)
                                    : (struct tolerance){.absolute = 5e-5, .relative = 5e-5});
        free(doubles);
    }
}

static void expect_same_bits(const char *what, const struct tensors *a, const struct tensors *b)
{
    for (int i = 0; i < a->count; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s, a second time: %s", what, a->items[i].name);
        expect_equal_bits(text, a->items[i].values, b->items[i].values, a->items[i].count * sizeof(float));
    }
}

static void check_shape(const struct shape *shape, struct backend *cpu, struct backend *const *engines)
{
    struct spec spec;
    struct reviews reviews;
    struct tensors expected, first, second;
    make_spec(&spec, shape);
    small_reviews_open(&reviews, shape->N, shape->T, shape->V);
    /* With pads unknown every row has a gradient of its own on both backends. */
    memset(reviews.pads, 0, (size_t)shape->N * sizeof *reviews.pads);
    assert_true(run_step(&expected, cpu, &spec, &reviews));
    for (int e = 0; e < DEVICE_ENGINES; e++) {
        char what[128];
        snprintf(what, sizeof what, "%s, N=%d T=%d E=%d H=%d, %s", shape->preset, shape->N, shape->T,
                 shape->E, shape->H, device_engine_name(e));
        bool taken = run_step(&first, engines[e], &spec, &reviews);
        assert_int_equal(taken, device_engine_takes(e, shape->preset));
        if (!taken)
            continue;
        assert_true(run_step(&second, engines[e], &spec, &reviews));
        expect_agreement(what, &first, &expected);
        expect_same_bits(what, &second, &first);
        release(&first);
        release(&second);
    }
    release(&expected);
    small_reviews_close(&reviews);
}

static void test_steps_agree_with_the_cpu(void **state)
{
    (void)state;
    struct backend *cpu, *engines[DEVICE_ENGINES];
    struct error error;
    assert_true(cpu_backend_open(&cpu, 0, &error));
    for (int e = 0; e < DEVICE_ENGINES; e++) {
        struct backend_options options = device_engine_options(e);
        assert_true(cuda_fixture_open_with(&options, &engines[e]));
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct shape shape = shape_of(i);
        check_shape(&shape, cpu, engines);
    }
    for (int e = 0; e < DEVICE_ENGINES; e++)
        backend_close(engines[e]);
    backend_close(cpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_agree_with_the_cpu),
    };
    return cmocka_run_group_tests(tests, cuda_fixture_open, cuda_fixture_close);
}
