/* What the ranks of a command agree upon, with other ranks that are played. */
#include "commands.h"
#include "matinee/ranks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 16, RANKS_MAX = 8 };

static void parse(struct options *options, const char *line)
{
    static char text[512], *words[WORDS_MAX + 1];
    struct error error;
    int count = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    if (!options_parse(options, command_find("train"), count, words, &error))
        fail_msg("%s: %s", line, error.message);
}

/* Ranks that all have what this one has, but for some bytes of those from `first` on. */
struct played {
    struct communicator communicator;
    int first, gathers;
    size_t bytes;    /* of the latest gather */
    size_t at;       /* of the bytes */
    const char *has; /* NULL: no difference */
};

static void played_gather(const struct communicator *communicator, const void *own, size_t bytes, void *all)
{
    struct played *played = (struct played *)communicator; /* its first member */
    played->gathers++;
    played->bytes = bytes;
    for (int rank = 0; rank < communicator->ranks; rank++) {
        char *of_rank = (char *)all + (size_t)rank * bytes;
        memcpy(of_rank, own, bytes);
        if (played->has && rank >= played->first)
            memcpy(of_rank + played->at, played->has, strlen(played->has) + 1);
    }
}

static struct played play(int rank, int ranks)
{
    return (struct played){.communicator = {.rank = rank,
                                            .ranks = ranks,
                                            .local_rank = rank,
                                            .local_ranks = ranks,
                                            .description = "ranks that are played",
                                            .gather = played_gather}};
}

/* Of a command line on so many ranks; refused: the beginning of the message, NULL where it is none. */
static void check_of(const char *line, int ranks, const char *refused)
{
    struct options options;
    struct error error = {""};
    struct played played = play(0, ranks);
    parse(&options, line);
    options.communicator = ranks > 1 ? &played.communicator : NULL;
    const bool good = ranks_check(&options, &error);
    if (good != !refused || (refused && strncmp(error.message, refused, strlen(refused)) != 0))
        fail_msg("%s on %d ranks: %s", line, ranks, good ? "was taken" : error.message);
}

static void test_options_that_contradict(void **state)
{
    (void)state;
    check_of("train", 3, NULL);
    check_of("train --gpus 8 --exact-ranks", 1, NULL);
    check_of("train --gpus 2 --device cuda", 1, NULL);
    check_of("train --gpus 2 --device cpu", 1, "--gpus 2: contradicts --device cpu; ");
    check_of("train --gpus 1 --device cuda:1", 1, "--gpus 1: contradicts --device cuda:1; ");
    check_of("train --gpus 2", 4, "--gpus 2: mpirun has started 4 processes already; leave --gpus out");
    check_of("train --exact-ranks --virtual-ranks 2", 1, "--virtual-ranks 2: contradicts --exact-ranks, ");
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++)
        check_of("train --exact-ranks", ranks, 8 % ranks == 0 ? NULL : "--exact-ranks: sums 8 parts, on 1, ");
    check_of("train --exact-ranks", 16, "--exact-ranks: sums 8 parts, on 1, 2, 4 or 8 processes alike, ");
    check_of("train --exact-ranks --gpus 3", 1, "--exact-ranks: sums 8 parts, ");
    check_of("train --dropout-masks cudnn", 1, NULL);
    check_of("train --dropout-masks cudnn --virtual-ranks 1", 1, NULL);
    check_of("train --dropout-masks cudnn", 2, "--dropout-masks cudnn: draws a mask for a whole batch, ");
    check_of("train --dropout-masks cudnn --gpus 2", 1, "--dropout-masks cudnn: ");
    check_of("train --dropout-masks cudnn --exact-ranks", 1, "--dropout-masks cudnn: ");
    check_of("train --dropout-masks cudnn --virtual-ranks 2", 1, "--dropout-masks cudnn: ");
}

static void test_sharing(void **state)
{
    (void)state;
    struct options options;
    struct played played = play(0, 4);
    parse(&options, "train");
    struct sharing sharing = ranks_sharing(&options);
    assert_null(sharing.communicator);
    assert_int_equal(sharing.parts, 1);
    assert_false(sharing.exact);
    parse(&options, "train --virtual-ranks 5");
    assert_int_equal(ranks_sharing(&options).parts, 5);
    parse(&options, "train --exact-ranks");
    assert_int_equal(ranks_sharing(&options).parts, 8);
    options.communicator = &played.communicator;
    sharing = ranks_sharing(&options);
    assert_ptr_equal(sharing.communicator, &played.communicator);
    assert_int_equal(sharing.parts, 2);
    assert_true(sharing.exact);
}

/* Processors that this process may use: what a rank alone is given. */
static void test_threads(void **state)
{
    (void)state;
    struct options options;
    int threads;
    struct error error;
    struct played played = play(5, RANKS_MAX);
    struct backend *backend;
    parse(&options, "train --device cpu");
    const struct backend_options alone = {.device = "cpu"};
    assert_true(backend_open(&backend, &alone, NULL, &error));
    const int processors = backend->threads;
    backend_close(backend);

    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, 0);
    options.communicator = &played.communicator;
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, processors >= RANKS_MAX ? processors / RANKS_MAX : 1);
    played.first = 4; /* and those after it are on a machine with another name */
    played.has = "another";
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, processors >= 4 ? processors / 4 : 1);
    played.first = 6;
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, processors >= 6 ? processors / 6 : 1);
    played.first = RANKS_MAX; /* all machines have one name, and one process each */
    played.communicator.local_ranks = 1;
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, processors);
    played.communicator.local_ranks = RANKS_MAX;
    played.first = 5;
    played.communicator.ranks = 6;
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, processors);
    options.threads = 3;
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(threads, 3);
}

/* A rank that opened another kind of backend would be waited for in vain. */
static void test_devices(void **state)
{
    (void)state;
    struct options options;
    struct error error;
    struct played played = play(1, 4);
    int threads;
    parse(&options, "train --device cuda --threads 2");
    options.communicator = &played.communicator;
    assert_true(ranks_share_machine(&threads, &options, &error));
    assert_int_equal(played.gathers, 1);
    played.first = 3;
    played.at = played.bytes - 16;
    played.has = "cpu";
    assert_false(ranks_share_machine(&threads, &options, &error));
    assert_string_equal(error.message, "rank 3 of 4 has --device cpu, and rank 0 cuda; give all the same");
}

static void differs(size_t at, const char *has, const char *says)
{
    struct options options;
    struct error error = {""};
    struct played played = play(1, 4);
    struct rank_mark own = {
        .version = "1.0", .kernels = "cpu, a", .reviews = "r", .options = "o", .weights = "w"};
    parse(&options, "train");
    assert_true(ranks_agree(&options, &own, &error));
    options.communicator = &played.communicator;
    assert_true(ranks_agree(&options, &own, &error));
    played.first = 2;
    played.at = at;
    played.has = has;
    assert_false(ranks_agree(&options, &own, &error));
    assert_string_equal(error.message, says);
}

static void test_agreement(void **state)
{
    (void)state;
    differs(
        offsetof(struct rank_mark, version), "1.1",
        "rank 2 of 4 has other code than rank 0, 1.1 and not 1.0; start the same program on all machines");
    differs(offsetof(struct rank_mark, options), "O",
            "rank 2 of 4 has other options than rank 0, O and not o; give all processes the same");
    differs(offsetof(struct rank_mark, reviews), "s",
            "rank 2 of 4 has other reviews than rank 0, s and not r; give all machines the same data");
    differs(
        offsetof(struct rank_mark, kernels), "cpu, b",
        "rank 2 of 4 has other kernels than rank 0, cpu, b and not cpu, a; take GPUs of one kind, or name "
        "kernels that all processors have with --cpu-kernels");
    differs(offsetof(struct rank_mark, weights), "v",
            "rank 2 of 4 has other weights than rank 0, v and not w; give all machines the same model file");
}

static void test_marks(void **state)
{
    (void)state;
    float values[2][4] = {{1, 2, 3, 4}, {1, 2, 3, 4}};
    struct parameter_table table = {.total_count = 4};
    struct training_state one = {.weights = values[0]}, other = {.weights = values[1]};
    char mark[2][RANK_MARK_BYTES];
    rank_mark_state(mark[0], &table, &one);
    rank_mark_state(mark[1], &table, &other);
    assert_string_equal(mark[0], mark[1]);
    other.iterations = 1;
    rank_mark_state(mark[1], &table, &other);
    assert_string_not_equal(mark[0], mark[1]);
    other.iterations = 0;
    values[1][3] = -4;
    rank_mark_state(mark[1], &table, &other);
    assert_string_not_equal(mark[0], mark[1]);
    other.weights = values[0];
    other.v = values[0];
    rank_mark_state(mark[1], &table, &other);
    assert_string_not_equal(mark[0], mark[1]);
    rank_mark_text(mark[0], "a");
    rank_mark_text(mark[1], "b");
    assert_string_not_equal(mark[0], mark[1]);

    struct backend backend = {.name = "cpu", .description = "cpu, 12 threads, avx2 kernels"};
    assert_string_equal(rank_mark_of(&backend).kernels, "cpu, avx2 kernels");
    backend = (struct backend){.name = "cuda", .description = "cuda:3, A GPU, CUDA 13.0"};
    assert_string_equal(rank_mark_of(&backend).kernels, "cuda, A GPU, CUDA 13.0");
    backend = (struct backend){.name = "cuda",
                               .description = "cuda:3, A GPU, CUDA 13.0 (driver for 13.1), cuDNN 9.19"};
    assert_string_equal(rank_mark_of(&backend).kernels, "cuda, A GPU, CUDA 13.0, cuDNN 9.19");
}

int main(void)
{
    unsetenv("SLURM_PROCID");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_that_contradict),
        cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
