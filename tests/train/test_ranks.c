/* Networks shared out: ranks as threads of this process, each with a backend and a network of its own. */
#include "compare.h"
#include "matinee/cpu.h"
#include "matinee/local_ranks.h"
#include "model/small_specs.h"
#include "small_run.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 21, VALIDATED = 11, DEALT = 3, BATCH = 8, EPOCHS = 2, RANKS_MOST = 8, SEED = 7 };

/* What the ranks have in common. */
struct job {
    const struct spec *spec;
    const struct reviews *train, *validation;
    int ranks, parts, batch_size;
    bool exact;
    int odd_rank;             /* begins with another weight than the others; -1: none */
    int stop_rank, stop_step; /* is asked to end after so many steps of the first epoch; -1: none is */
    struct trainer_position position;
    const struct training_state *begin; /* NULL: Keras' initial weights */
};

/* One rank, and what it leaves. Only the main thread may fail a test. */
struct worker {
    const struct job *job;
    int rank;
    const struct communicator *communicator;
    struct backend *backend;
    struct parameter_table table;
    struct training_state state;
    struct network network;
    struct trainer_position position;
    struct epoch_record records[EPOCHS];
    float probabilities[VALIDATED];
    volatile sig_atomic_t stop;
    int epochs_done;
    bool interrupted, succeeded;
    struct error error;
};

static void on_step(void *context, const struct step_progress *progress)
{
    struct worker *worker = context;
    if (worker->rank == worker->job->stop_rank && progress->step == worker->job->stop_step)
        worker->stop = 1;
}

static bool begin_state(struct worker *worker, struct error *error)
{
    const struct job *job = worker->job;
    const size_t bytes = worker->table.total_count * sizeof(float);
    if (!training_state_open(&worker->state, &worker->table, error) ||
        !parameters_initialize(&worker->table, SEED, worker->state.weights, error) ||
        !training_state_set_average(&worker->state, &worker->table, adam_has_average(&job->spec->adam),
                                    error))
        return false;
    if (job->begin) {
        memcpy(worker->state.weights, job->begin->weights, bytes);
        memcpy(worker->state.m, job->begin->m, bytes);
        memcpy(worker->state.v, job->begin->v, bytes);
        if (worker->state.average)
            memcpy(worker->state.average, job->begin->average, bytes);
        worker->state.iterations = job->begin->iterations;
    }
    if (worker->rank == job->odd_rank)
        worker->state.weights[0] += 1.0f;
    return true;
}

static bool work(struct worker *worker)
{
    const struct job *job = worker->job;
    struct error *error = &worker->error;
    const struct sharing sharing = {
        .communicator = worker->communicator, .parts = job->parts, .exact = job->exact};
    const struct backend_options options = {.threads = 1, .communicator = worker->communicator};
    const struct trainer_options trainer = {.epochs = EPOCHS,
                                            .batch_size = job->batch_size,
                                            .seed = SEED,
                                            .position = &worker->position,
                                            .stop = &worker->stop,
                                            .probabilities = job->validation ? worker->probabilities : NULL,
                                            .events = {.context = worker, .step = on_step}};
    worker->position = job->position;
    parameter_table_build(&worker->table, job->spec);
    if (!begin_state(worker, error) || !cpu_backend_open_with(&worker->backend, &options, error) ||
        !network_open_shared(&worker->network, worker->backend, job->spec, job->batch_size, SEED, &sharing,
                             error))
        return false;
    worker->network.N_evaluate = DEALT; /* fewer than it could, so that there are some batches to deal out */
    return trainer_fit(&worker->network, &worker->state, job->train, job->validation, &trainer,
                       worker->records, &worker->epochs_done, &worker->interrupted, error);
}

static void *run_worker(void *context)
{
    struct worker *worker = context;
    worker->succeeded = work(worker);
    return NULL;
}

static void run_job(const struct job *job, struct worker workers[RANKS_MOST])
{
    pthread_t threads[RANKS_MOST];
    struct error error;
    struct local_area *area = local_area_open(job->ranks, &error);
    assert_non_null(area);
    for (int rank = 0; rank < job->ranks; rank++) {
        workers[rank] =
            (struct worker){.job = job, .rank = rank, .communicator = local_area_communicator(area, rank)};
        assert_int_equal(pthread_create(&threads[rank], NULL, run_worker, &workers[rank]), 0);
    }
    for (int rank = 0; rank < job->ranks; rank++)
        assert_int_equal(pthread_join(threads[rank], NULL), 0);
    local_area_close(area);
}

static void expect_success(const struct job *job, const struct worker *workers)
{
    for (int rank = 0; rank < job->ranks; rank++)
        if (!workers[rank].succeeded)
            fail_msg("rank %d of %d: %s", rank, job->ranks, workers[rank].error.message);
}

static void close_job(const struct job *job, struct worker *workers)
{
    for (int rank = 0; rank < job->ranks; rank++) {
        struct worker *worker = &workers[rank];
        if (worker->network.backend)
            network_close(&worker->network);
        if (worker->backend)
            worker->backend->close(worker->backend);
        training_state_close(&worker->state);
    }
}

static struct job plain_job(const struct spec *spec, const struct reviews *train,
                            const struct reviews *validation, int ranks)
{
    return (struct job){.spec = spec,
                        .train = train,
                        .validation = validation,
                        .ranks = ranks,
                        .parts = 1,
                        .batch_size = BATCH,
                        .odd_rank = -1,
                        .stop_rank = -1};
}

static void expect_same_state(const char *what, const struct worker *a, const struct worker *b)
{
    const size_t bytes = a->table.total_count * sizeof(float);
    expect_equal_bits(what, a->state.weights, b->state.weights, bytes);
    expect_equal_bits(what, a->state.m, b->state.m, bytes);
    expect_equal_bits(what, a->state.v, b->state.v, bytes);
    expect_equal_bits(what, evaluated_weights(&a->state), evaluated_weights(&b->state), bytes);
    assert_int_equal(a->state.iterations, b->state.iterations);
}

static void expect_same_results(const char *what, const struct worker *a, const struct worker *b)
{
    expect_equal_bits(what, a->probabilities, b->probabilities, sizeof a->probabilities);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        expect_equal_bits(what, &a->records[epoch].train, &b->records[epoch].train, sizeof(struct score));
        expect_equal_bits(what, &a->records[epoch].validation, &b->records[epoch].validation,
                          sizeof(struct score));
    }
}

/* All ranks have what rank 0 has. */
static void expect_agreement(const char *what, const struct job *job, const struct worker *workers)
{
    expect_success(job, workers);
    for (int rank = 1; rank < job->ranks; rank++) {
        expect_same_state(what, &workers[rank], &workers[0]);
        expect_same_results(what, &workers[rank], &workers[0]);
    }
}

/* The sums differ by rounding, which Adam's first updates magnify where a gradient is nearly zero: so of the weights
 * the losses and probabilities are compared. */
static void expect_close_results(const char *what, const struct worker *a, const struct worker *b)
{
    static const struct tolerance near = {.absolute = 1e-5, .relative = 1e-5};
    for (int i = 0; i < VALIDATED; i++)
        expect_close_number(what, (double)a->probabilities[i], (double)b->probabilities[i], near);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        expect_close_number(what, a->records[epoch].train.loss, b->records[epoch].train.loss, near);
        expect_close_number(what, a->records[epoch].validation.loss, b->records[epoch].validation.loss, near);
        assert_true(a->records[epoch].train.accuracy == b->records[epoch].train.accuracy);
    }
}

struct reviews_pair {
    struct reviews train, validation;
};

static void open_reviews(struct reviews_pair *pair)
{
    small_reviews_open(&pair->train, COUNT, SMALL_T, SMALL_V);
    small_reviews_open(&pair->validation, VALIDATED, SMALL_T, SMALL_V);
}

static void close_reviews(struct reviews_pair *pair)
{
    small_reviews_close(&pair->train);
    small_reviews_close(&pair->validation);
}

/* 21 reviews in batches of 8 and one of 5: uneven shares, and ranks with nothing to do. */
static void test_any_ranks_train_alike(void **state)
{
    (void)state;
    static const int counts[] = {2, 3, 4, 8};
    struct reviews_pair data;
    open_reviews(&data);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct worker alone[RANKS_MOST], shared[RANKS_MOST];
        small_spec(&spec, number);
        const struct job one = plain_job(&spec, &data.train, &data.validation, 1);
        run_job(&one, alone);
        expect_success(&one, alone);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            const struct job several = plain_job(&spec, &data.train, &data.validation, counts[i]);
            run_job(&several, shared);
            expect_agreement(small_spec_name(number), &several, shared);
            expect_close_results(small_spec_name(number), &shared[0], &alone[0]);
            close_job(&several, shared);
        }
        close_job(&one, alone);
    }
    close_reviews(&data);
}

static void test_exact_ranks_have_the_same_bits(void **state)
{
    (void)state;
    struct reviews_pair data;
    open_reviews(&data);
    for (int number = 0; number < SMALL_SPECS; number++) {
        struct spec spec;
        struct worker first[RANKS_MOST], others[RANKS_MOST];
        small_spec(&spec, number);
        struct job alone = plain_job(&spec, &data.train, &data.validation, 1);
        alone.exact = true;
        alone.parts = ROW_GROUPS;
        run_job(&alone, first);
        expect_success(&alone, first);
        for (int ranks = 2; ranks <= RANKS_MOST; ranks *= 2) {
            struct job several = plain_job(&spec, &data.train, &data.validation, ranks);
            several.exact = true;
            several.parts = ROW_GROUPS / ranks;
            run_job(&several, others);
            expect_agreement(small_spec_name(number), &several, others);
            expect_same_state(small_spec_name(number), &others[0], &first[0]);
            expect_same_results(small_spec_name(number), &others[0], &first[0]);
            close_job(&several, others);
        }
        close_job(&alone, first);
    }
    close_reviews(&data);
}

/* Parts one after the other are ranks side by side. */
static void test_parts_of_one_rank(void **state)
{
    (void)state;
    static const int counts[] = {2, 3, 5, 11};
    struct reviews_pair data;
    struct spec spec;
    struct worker alone[RANKS_MOST], parted[RANKS_MOST];
    open_reviews(&data);
    small_spec(&spec, SMALL_DEEP);
    const struct job one = plain_job(&spec, &data.train, &data.validation, 1);
    run_job(&one, alone);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct job parts = one;
        parts.parts = counts[i];
        run_job(&parts, parted);
        expect_success(&parts, parted);
        expect_close_results("parts", &parted[0], &alone[0]);
        close_job(&parts, parted);
    }
    close_job(&one, alone);
    close_reviews(&data);
}

/* As soon as one is asked to end all do, after the same step; and another number of ranks goes on from there. */
static void test_an_agreed_end(void **state)
{
    (void)state;
    struct reviews_pair data;
    struct spec spec;
    struct worker whole[RANKS_MOST], ended[RANKS_MOST], resumed[RANKS_MOST];
    open_reviews(&data);
    small_preset(&spec, "cnn-lstm-dropout");
    struct job exact = plain_job(&spec, &data.train, &data.validation, 4);
    exact.exact = true;
    exact.parts = 2;
    run_job(&exact, whole);
    expect_success(&exact, whole);
    for (int rank = 0; rank < 4; rank += 3) {
        struct job stopped = exact;
        stopped.stop_rank = rank;
        stopped.stop_step = 2;
        run_job(&stopped, ended);
        expect_success(&stopped, ended);
        for (int r = 0; r < 4; r++) {
            assert_true(ended[r].interrupted);
            assert_int_equal(ended[r].epochs_done, 0);
            assert_int_equal(ended[r].position.step, 2);
            assert_int_equal(ended[r].position.sums.count, 2 * BATCH);
            expect_same_state("ended", &ended[r], &ended[0]);
        }
        struct job rest = exact;
        rest.ranks = 2;
        rest.parts = 4;
        rest.position = ended[rank].position;
        rest.begin = &ended[rank].state;
        run_job(&rest, resumed);
        expect_agreement("resumed", &rest, resumed);
        expect_same_state("resumed", &resumed[0], &whole[0]);
        expect_same_results("resumed", &resumed[0], &whole[0]);
        close_job(&rest, resumed);
        close_job(&stopped, ended);
    }
    close_job(&exact, whole);
    close_reviews(&data);
}

static void test_other_weights_are_noticed(void **state)
{
    (void)state;
    struct reviews_pair data;
    struct spec spec;
    struct worker workers[RANKS_MOST];
    open_reviews(&data);
    small_preset(&spec, "lstm");
    struct job odd = plain_job(&spec, &data.train, NULL, 3);
    odd.odd_rank = 2;
    run_job(&odd, workers);
    for (int rank = 0; rank < 3; rank++) {
        assert_false(workers[rank].succeeded);
        assert_memory_equal(workers[rank].error.message, "rank 2 has come to other weights than rank 0; ",
                            46);
    }
    close_job(&odd, workers);
    close_reviews(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_ranks_train_alike),
        cmocka_unit_test(test_exact_ranks_have_the_same_bits),
        cmocka_unit_test(test_parts_of_one_rank),
        cmocka_unit_test(test_an_agreed_end),
        cmocka_unit_test(test_other_weights_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
