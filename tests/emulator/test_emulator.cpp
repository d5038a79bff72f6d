/* The emulator: what kernels may count on, and the faults that it must not let pass. */
#include "cuda_emulator.h"
#include "dies.h"
#include "standin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string>
#include <vector>

extern "C" {
#include <cmocka.h>
}

enum { WARP = 32, FULL = -1, ORDERS = 5 };

namespace
{

/* Runs f under forward, reverse and three random orders. */
template <class F> void in_all_orders(F f)
{
    for (int order = 0; order < ORDERS; order++) {
        setenv("MATINEE_EMULATOR_ORDER", std::to_string(order).c_str(), 1);
        f();
    }
    unsetenv("MATINEE_EMULATOR_ORDER");
}

template <class T> struct device_array {
    T *data;
    size_t count;

    explicit device_array(size_t n) : count(n)
    {
        assert_int_equal(cudaMalloc((void **)&data, n * sizeof(T)), cudaSuccess);
        assert_int_equal(cudaMemset(data, 0, n * sizeof(T)), cudaSuccess);
    }
    ~device_array()
    {
        cudaFree(data);
    }
    std::vector<T> host() const
    {
        std::vector<T> copy(count);
        assert_int_equal(cudaMemcpy(copy.data(), data, count * sizeof(T), cudaMemcpyDeviceToHost),
                         cudaSuccess);
        return copy;
    }
};

/* Each thread says after two waits who it is. */
__global__ void who_kernel(unsigned *where)
{
    __syncthreads();
    __syncwarp();
    const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    where[block * blockDim.x * blockDim.y * blockDim.z + thread] = threadIdx.x + 10 * threadIdx.y +
                                                                   100 * threadIdx.z + 1000 * blockIdx.x +
                                                                   10000 * blockIdx.y + 100000 * blockIdx.z;
}

void every_thread_knows_itself(void **)
{
    in_all_orders([] {
        const device_array<unsigned> where(2 * 3 * 2 * 5 * 4 * 3);
        launch(who_kernel, dim3(2, 3, 2), dim3(5, 4, 3), NULL, where.data);
        const std::vector<unsigned> found = where.host();
        size_t i = 0;
        for (unsigned block = 0; block < 12; block++)
            for (unsigned thread = 0; thread < 60; thread++)
                assert_int_equal(found[i++], thread % 5 + 10 * (thread / 5 % 4) + 100 * (thread / 20) +
                                                 1000 * (block % 2) + 10000 * (block / 2 % 3) +
                                                 100000 * (block / 6));
    });
}

/* Sums thread numbers in a tree; without its barrier it reads what is not yet there. */
template <bool with_barrier> void sum_block(unsigned *sums, unsigned *shared)
{
    const int thread = (int)threadIdx.x;
    shared[thread] = threadIdx.x;
    for (int step = (int)blockDim.x / 2; step > 0; step /= 2) {
        if (with_barrier)
            __syncthreads();
        if (thread < step)
            shared[thread] += shared[thread + step];
    }
    if (thread == 0)
        sums[blockIdx.x] = shared[0];
}

__global__ void sum_kernel(unsigned *sums)
{
    __shared__ unsigned shared[64];
    sum_block<true>(sums, shared);
}

__global__ void hasty_sum_kernel(unsigned *sums)
{
    __shared__ unsigned shared[64];
    sum_block<false>(sums, shared);
}

bool sums_are_right(void (*kernel)(unsigned *))
{
    const device_array<unsigned> sums(3);
    launch(kernel, 3, 64, NULL, sums.data);
    return sums.host() == std::vector<unsigned>(3, 63 * 64 / 2);
}

void barriers_order_and_their_lack_is_seen(void **)
{
    int wrong = 0;
    in_all_orders([&] {
        assert_true(sums_are_right(sum_kernel));
        wrong += !sums_are_right(hasty_sum_kernel);
    });
    assert_true(wrong >= ORDERS - 1);
}

/* The value must be read by all before the next is written: the barrier at the loop's end. */
template <bool with_barrier> void pass_round(int *mismatches, int *shared)
{
    for (int round = 0; round < 3; round++) {
        if ((int)threadIdx.x == round)
            *shared = round;
        __syncthreads();
        if (*shared != round)
            atomicAdd(mismatches, 1);
        if (with_barrier)
            __syncthreads();
    }
}

__global__ void pass_kernel(int *mismatches)
{
    __shared__ int shared;
    pass_round<true>(mismatches, &shared);
}

__global__ void hasty_pass_kernel(int *mismatches)
{
    __shared__ int shared;
    pass_round<false>(mismatches, &shared);
}

void early_writes_are_seen(void **)
{
    int wrong = 0;
    in_all_orders([&] {
        const device_array<int> right(1), hasty(1);
        launch(pass_kernel, 1, 64, NULL, right.data);
        launch(hasty_pass_kernel, 1, 64, NULL, hasty.data);
        assert_int_equal(right.host()[0], 0);
        wrong += hasty.host()[0] > 0;
    });
    assert_true(wrong >= ORDERS - 1);
}

__global__ void leftover_kernel(float *seen)
{
    __shared__ float shared[40];
    seen[blockIdx.x * 40 + threadIdx.x] = shared[threadIdx.x];
    shared[threadIdx.x] = 1.0f;
}

void shared_memory_begins_as_nan(void **)
{
    const device_array<float> seen(2 * 40);
    launch(leftover_kernel, 2, 40, NULL, seen.data);
    for (float value : seen.host())
        assert_true(value != value);
}

template <class T> __global__ void shuffle_kernel(T *found, int threads)
{
    const int lane = (int)threadIdx.x;
    const T value = (T)(lane + 1);
    found[0 * threads + lane] = __shfl_sync(FULL, value, 3);
    found[1 * threads + lane] = __shfl_sync(FULL, value, 3, 8);
    found[2 * threads + lane] = __shfl_xor_sync(FULL, value, 16);
    found[3 * threads + lane] = __shfl_up_sync(FULL, value, 2);
    found[4 * threads + lane] = __shfl_down_sync(FULL, value, 2);
    found[5 * threads + lane] = __shfl_up_sync(FULL, value, 1, 8);
    found[6 * threads + lane] = __shfl_down_sync(FULL, value, 1, 8);
}

template <class T> void check_shuffles()
{
    const device_array<T> array(7 * WARP);
    launch(shuffle_kernel<T>, 1, WARP, NULL, array.data, WARP);
    const std::vector<T> found = array.host();
    for (int lane = 0; lane < WARP; lane++) {
        const int expected[] = {3,
                                lane / 8 * 8 + 3,
                                lane ^ 16,
                                lane < 2 ? lane : lane - 2,
                                lane > 29 ? lane : lane + 2,
                                lane % 8 == 0 ? lane : lane - 1,
                                lane % 8 == 7 ? lane : lane + 1};
        for (int i = 0; i < 7; i++)
            assert_true(found[(size_t)(i * WARP + lane)] == (T)(expected[i] + 1));
    }
}

void shuffles_move_words(void **)
{
    in_all_orders([] {
        check_shuffles<int>();
        check_shuffles<float>();
        check_shuffles<double>();
    });
}

/* 40 threads: the second warp has 8. Lanes without a thread give NaN. */
__global__ void partial_kernel(float *found)
{
    found[threadIdx.x] = __shfl_xor_sync(FULL, (float)threadIdx.x, 4);
    found[40 + threadIdx.x] = __shfl_xor_sync(FULL, (float)threadIdx.x, 16);
}

void partial_warps_meet(void **)
{
    in_all_orders([] {
        const device_array<float> array(80);
        launch(partial_kernel, 1, 40, NULL, array.data);
        const std::vector<float> found = array.host();
        for (size_t i = 0; i < 40; i++) {
            assert_true(found[i] == (float)(i ^ 4));
            assert_true(i < WARP ? found[40 + i] == (float)(i ^ 16) : found[40 + i] != found[40 + i]);
        }
    });
}

/* The halves of a warp meet by themselves, one more often than the other; then all. */
__global__ void halves_kernel(int *found)
{
    const int lane = (int)threadIdx.x;
    const unsigned half = lane < 16 ? 0xffffu : 0xffff0000u;
    int sum = lane;
    for (int repeat = 0; repeat < (lane < 16 ? 1 : 3); repeat++)
        for (int step = 8; step > 0; step /= 2)
            sum += __shfl_xor_sync(half, sum, step);
    found[lane] = sum + __shfl_xor_sync(FULL, sum, 16);
}

void parts_of_a_warp_meet(void **)
{
    in_all_orders([] {
        const device_array<int> array(WARP);
        launch(halves_kernel, 1, WARP, NULL, array.data);
        for (int value : array.host())
            assert_int_equal(value, 120 + 256 * 376);
    });
}

__global__ void votes_kernel(unsigned *found, int *count)
{
    const int lane = (int)threadIdx.x;
    found[lane] = __ballot_sync(FULL, lane % 3 == 0);
    found[32 + lane] = (unsigned)__any_sync(FULL, lane == 31);
    found[64 + lane] = (unsigned)__any_sync(FULL, lane == 32);
    found[96 + lane] = (unsigned)__all_sync(FULL, lane < 31);
    atomicAdd(count, lane);
}

void votes_are_counted(void **)
{
    in_all_orders([] {
        const device_array<unsigned> array(4 * WARP);
        const device_array<int> count(1);
        launch(votes_kernel, 1, WARP, NULL, array.data, count.data);
        const std::vector<unsigned> found = array.host();
        for (size_t lane = 0; lane < WARP; lane++) {
            assert_int_equal(found[lane], 0x49249249);
            assert_int_equal(found[32 + lane], 1);
            assert_int_equal(found[64 + lane], 0);
            assert_int_equal(found[96 + lane], 0);
        }
        assert_int_equal(count.host()[0], 31 * 16);
    });
}

/* Whoever has returned is not waited for, by the block nor by the warp. */
__global__ void leave_kernel(int *last)
{
    if (threadIdx.x % 2 == 0)
        return;
    __syncthreads();
    __syncwarp();
    if (threadIdx.x == 63)
        return;
    __syncthreads();
    __syncwarp();
    atomicAdd(last, 1);
}

void threads_may_return(void **)
{
    in_all_orders([] {
        const device_array<int> last(1);
        launch(leave_kernel, 1, 64, NULL, last.data);
        assert_int_equal(last.host()[0], 31);
    });
}

__global__ void turn_kernel(int *counter, int *turns)
{
    turns[blockIdx.x + gridDim.x * blockIdx.y] = atomicAdd(counter, 1);
}

std::vector<int> turns_of_blocks()
{
    const device_array<int> counter(1), turns(12);
    launch(turn_kernel, dim3(4, 3), 1, NULL, counter.data, turns.data);
    return turns.host();
}

void blocks_run_in_any_order(void **)
{
    std::vector<std::vector<int>> orders;
    in_all_orders([&] { orders.push_back(turns_of_blocks()); });
    for (int i = 0; i < 12; i++) {
        assert_int_equal(orders[0][(size_t)i], i);
        assert_int_equal(orders[1][(size_t)i], 11 - i);
    }
    assert_true(orders[2] != orders[0] && orders[2] != orders[1] && orders[3] != orders[2]);
    int sum = 0;
    for (int turn : orders[2])
        sum += 1 << turn;
    assert_int_equal(sum, 0xfff);
}

__global__ void nothing_kernel(int)
{
}

void impossible_launches_are_refused(void **)
{
    const struct {
        dim3 grid, block;
        bool good;
    } launches[] = {
        {dim3(0), dim3(1), false},           {dim3(1), dim3(0), false},
        {dim3(1, 0), dim3(1), false},        {dim3(1), dim3(1025), false},
        {dim3(1), dim3(1024), true},         {dim3(1), dim3(33, 32), false},
        {dim3(1), dim3(1, 1, 65), false},    {dim3(1, 65536), dim3(1), false},
        {dim3(1, 1, 65536), dim3(1), false}, {dim3(1, 65535), dim3(1), true},
    };
    for (const auto &wanted : launches) {
        launch(nothing_kernel, wanted.grid, wanted.block, NULL, 0);
        assert_int_equal(cudaGetLastError(), wanted.good ? cudaSuccess : cudaErrorInvalidConfiguration);
    }
}

__global__ void half_waits_kernel(int)
{
    if (threadIdx.x < 16)
        __syncthreads();
    else
        __syncwarp();
}

__global__ void two_lines_kernel(int)
{
    if (threadIdx.x < 32)
        __syncthreads();
    else
        __syncthreads();
}

__global__ void outside_kernel(int)
{
    __shfl_sync(0xff, 1.0f, 0);
}

__global__ void masks_kernel(int)
{
    if (threadIdx.x < 2)
        __syncwarp(threadIdx.x == 0 ? 0x3u : 0x7u);
}

__global__ void mixed_kernel(int)
{
    if (threadIdx.x < 16)
        __syncwarp();
    else
        __shfl_sync(FULL, 1.0f, 0);
}

__global__ void forever_kernel(volatile int *flag)
{
    while (*flag == 0)
        __syncwarp();
}

#if defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
__attribute__((noipa)) void set(int *array, int i)
{
    array[i] = 1;
}

__global__ void beyond_kernel(int by)
{
    __shared__ int shared[63];
    set(shared, (int)threadIdx.x + by);
}

void shared_memory_ends()
{
    launch(beyond_kernel, 1, 64, NULL, 0);
    cudaDeviceSynchronize();
}

void device_memory_ends()
{
    const device_array<float> seen(2 * 40 - 1);
    launch(leftover_kernel, 2, 40, NULL, seen.data);
    seen.host();
}

void overruns_are_seen(void **)
{
    expect_death(shared_memory_ends, "AddressSanitizer: global-buffer-overflow");
    expect_death(device_memory_ends, "AddressSanitizer: use-after-poison");
}
#endif

template <void (*kernel)(int)> void run_block_of_64()
{
    launch(kernel, 1, 64, NULL, 0);
    cudaDeviceSynchronize();
}

void run_forever()
{
    const device_array<int> flag(1);
    launch(forever_kernel, 1, 1, NULL, (volatile int *)flag.data);
    flag.host();
}

void kernels_that_cannot_go_on_end(void **)
{
    expect_death(run_block_of_64<half_waits_kernel>, "and 16 at __syncthreads, for others that never come");
    expect_death(run_block_of_64<two_lines_kernel>, "threads wait at __syncthreads of line ");
    expect_death(run_block_of_64<outside_kernel>, "lane 8 is not in its mask 000000ff");
    expect_death(run_block_of_64<masks_kernel>, "2 threads wait in their warp");
    expect_death(run_block_of_64<mixed_kernel>, "lanes of one warp call different functions");
    expect_death(run_forever, "forever_kernel, block (0,0,0): runs forever");
}

}  // namespace

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thread_knows_itself),
        cmocka_unit_test(barriers_order_and_their_lack_is_seen),
        cmocka_unit_test(early_writes_are_seen),
        cmocka_unit_test(shared_memory_begins_as_nan),
        cmocka_unit_test(shuffles_move_words),
        cmocka_unit_test(partial_warps_meet),
        cmocka_unit_test(parts_of_a_warp_meet),
        cmocka_unit_test(votes_are_counted),
        cmocka_unit_test(threads_may_return),
        cmocka_unit_test(blocks_run_in_any_order),
        cmocka_unit_test(impossible_launches_are_refused),
#if defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
        cmocka_unit_test(overruns_are_seen),
#endif
        cmocka_unit_test(kernels_that_cannot_go_on_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
