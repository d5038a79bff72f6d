/* What launchers put into the environment. */
#include "matinee/communicator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void launch(const char *ranks_name, const char *ranks, const char *rank_name, const char *rank)
{
    static const char *const names[] = {
        "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE",    "PMI_RANK",
        "SLURM_STEP_NUM_TASKS", "SLURM_PROCID",         "SLURM_NTASKS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(unsetenv(names[i]), 0);
    if (ranks_name)
        assert_int_equal(setenv(ranks_name, ranks, 1), 0);
    if (rank_name)
        assert_int_equal(setenv(rank_name, rank, 1), 0);
}

static void assert_launched(int ranks, int rank)
{
    int found = -1;
    assert_int_equal(communicator_launched(&found), ranks);
    assert_int_equal(found, rank);
}

static void launchers_are_known(void **state)
{
    (void)state;
    launch(NULL, NULL, NULL, NULL);
    assert_launched(0, 0);
    launch("OMPI_COMM_WORLD_SIZE", "4", "OMPI_COMM_WORLD_RANK", "3");
    assert_launched(4, 3);
    launch("PMI_SIZE", "12", "PMI_RANK", "10");
    assert_launched(12, 10);
    launch("SLURM_STEP_NUM_TASKS", "2", "SLURM_PROCID", "1");
    assert_launched(2, 1);
}

static void an_allocation_is_no_launch(void **state)
{
    (void)state;
    launch("SLURM_NTASKS", "8", "SLURM_PROCID", "0"); /* as batch scripts have them */
    assert_launched(0, 0);
}

static void nonsense_is_no_launch(void **state)
{
    static const char *const pairs[][2] = {{"4", "4"}, {"4", "-1"}, {"0", "0"},  {"-2", "0"},
                                           {"", ""},   {"4x", "1"}, {"4", "1x"}, {"99999999999", "1"},
                                           {" 4", "1"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        launch("OMPI_COMM_WORLD_SIZE", pairs[i][0], "OMPI_COMM_WORLD_RANK", pairs[i][1]);
        assert_launched(0, 0);
    }
    launch("OMPI_COMM_WORLD_SIZE", "4", NULL, NULL);
    assert_launched(0, 0);
}

static void without_a_launcher_it_is_alone(void **state)
{
    (void)state;
    const struct communicator *communicator;
    struct error error = {"untouched"};
    launch(NULL, NULL, NULL, NULL);
    assert_true(communicator_join(&communicator, &error));
    assert_int_equal(communicator->rank, 0);
    assert_int_equal(communicator->ranks, 1);
    assert_int_equal(communicator->local_rank, 0);
    assert_int_equal(communicator->local_ranks, 1);
    assert_string_equal(communicator->description, "");

    float value = 1.5f;
    communicator->sum(communicator, &value, 1);
    assert_true(value == 1.5f);
    const char own[] = "own";
    char all[4] = "";
    communicator->gather(communicator, own, sizeof own, all);
    assert_string_equal(all, "own");

    communicator_prepare_failure(1, &error);
    assert_string_equal(error.message, "untouched");
    communicator_leave(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launchers_are_known),
        cmocka_unit_test(an_allocation_is_no_launch),
        cmocka_unit_test(nonsense_is_no_launch),
        cmocka_unit_test(without_a_launcher_it_is_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
