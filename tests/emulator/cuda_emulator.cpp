#include "cuda_emulator.h"

#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define fiber_leaves(fake, bottom, size) __sanitizer_start_switch_fiber(fake, bottom, size)
#define fiber_arrives(fake, bottom, size) __sanitizer_finish_switch_fiber(fake, bottom, size)
#else
#define fiber_leaves(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#define fiber_arrives(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#endif

enum { WARP = 32, STACK_BYTES = 64 << 10 };

extern "C" char __start_emulated_shared[], __stop_emulated_shared[];
/* The section exists even where no kernel shares memory. */
__attribute__((section("emulated_shared"), used)) static float shared_anchor;

namespace
{

struct fiber {
    ucontext_t context;
    std::vector<char> stack;
    void *fake_stack = nullptr;
    bool done = false;
    dim3 thread;
};

struct warp {
    uint32_t words[WARP];
    int arrived, live;
    unsigned generation;
};

struct {
    ucontext_t scheduler;
    void *fake_stack;
    const void *stack_bottom; /* of the scheduler */
    size_t stack_bytes;
    std::vector<fiber> fibers;
    std::vector<warp> warps;
    std::vector<int> order;
    int current, count, live, arrived;
    unsigned generation;
    const std::function<void()> *body;
    emulated_thread identity;
} block;

unsigned random_state = 1;

int random_below(int n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (int)((random_state >> 8) % (unsigned)n);
}

void yield()
{
    fiber &self = block.fibers[block.current];
    fiber_leaves(&self.fake_stack, block.stack_bottom, block.stack_bytes);
    swapcontext(&self.context, &block.scheduler);
    fiber_arrives(self.fake_stack, &block.stack_bottom, &block.stack_bytes);
}

warp &own_warp()
{
    return block.warps[block.current / WARP];
}

/* A thread that returns is waited for no longer. */
void leave()
{
    warp &w = own_warp();
    block.live--;
    w.live--;
    if (block.arrived > 0 && block.arrived == block.live) {
        block.arrived = 0;
        block.generation++;
    }
    if (w.arrived > 0 && w.arrived == w.live) {
        w.arrived = 0;
        w.generation++;
    }
}

void fiber_main()
{
    fiber_arrives(nullptr, &block.stack_bottom, &block.stack_bytes);
    (*block.body)();
    fiber &self = block.fibers[block.current];
    self.done = true;
    leave();
    fiber_leaves(nullptr, block.stack_bottom, block.stack_bytes);
    swapcontext(&self.context, &block.scheduler);
}

void arrange(int order)
{
    for (int i = 0; i < block.count; i++)
        block.order[i] = order == 1 ? block.count - 1 - i : i;
    if (order >= 2)
        for (int i = block.count - 1; i > 0; i--)
            std::swap(block.order[i], block.order[random_below(i + 1)]);
}

void resume(int i)
{
    block.current = i;
    fiber &f = block.fibers[i];
    block.identity.thread = f.thread;
    fiber_leaves(&block.fake_stack, f.stack.data(), f.stack.size());
    swapcontext(&block.scheduler, &f.context);
    fiber_arrives(block.fake_stack, nullptr, nullptr);
}

/* What changes when any thread gets further. */
unsigned long progress()
{
    unsigned long sum =
        block.generation * 100003ul + (unsigned long)block.live * 307ul + (unsigned long)block.arrived;
    for (const warp &w : block.warps)
        sum = sum * 31ul + w.generation * 5ul + (unsigned long)w.arrived;
    return sum;
}

void begin(fiber &f, dim3 thread)
{
    f.done = false;
    f.fake_stack = nullptr;
    f.thread = thread;
    f.stack.resize(STACK_BYTES);
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.data();
    f.context.uc_stack.ss_size = f.stack.size();
    f.context.uc_link = &block.scheduler;
    makecontext(&f.context, fiber_main, 0);
}

void run_block(int order)
{
    for (float *word = (float *)__start_emulated_shared; word < (float *)__stop_emulated_shared; word++)
        *word = NAN;
    const dim3 dim = block.identity.block_dim;
    block.live = block.count;
    block.arrived = 0;
    block.generation = 0;
    for (int w = 0; w < (int)block.warps.size(); w++)
        block.warps[w] = {{0}, 0, block.count - w * WARP < WARP ? block.count - w * WARP : WARP, 0};
    for (int i = 0; i < block.count; i++)
        begin(block.fibers[i], dim3(i % dim.x, i / dim.x % dim.y, i / (dim.x * dim.y)));
    while (block.live > 0) {
        unsigned long before = progress();
        arrange(order);
        for (int i : block.order)
            if (!block.fibers[i].done)
                resume(i);
        if (progress() == before) {
            fprintf(stderr, "emulator: block %u: %d threads wait at a barrier that others never reach\n",
                    block.identity.block.x, block.live);
            abort();
        }
    }
}

void run_grid(dim3 grid, dim3 dim, const std::function<void()> &body)
{
    const char *text = getenv("MATINEE_EMULATOR_ORDER");
    int order = text ? atoi(text) : 0;
    block.body = &body;
    block.identity.grid_dim = grid;
    block.identity.block_dim = dim;
    block.count = (int)(dim.x * dim.y * dim.z);
    block.fibers.resize(block.count);
    block.order.resize(block.count);
    block.warps.resize((block.count + WARP - 1) / WARP);
    for (unsigned z = 0; z < grid.z; z++)
        for (unsigned y = 0; y < grid.y; y++)
            for (unsigned x = 0; x < grid.x; x++) {
                block.identity.block = dim3(x, y, z);
                run_block(order);
            }
}

}  // namespace

const emulated_thread &emulator_thread()
{
    return block.identity;
}

int emulator_lane()
{
    return block.current % WARP;
}

void emulator_barrier()
{
    unsigned generation = block.generation;
    if (++block.arrived == block.live) {
        block.arrived = 0;
        block.generation++;
        return;
    }
    while (block.generation == generation)
        yield();
    block.identity.thread = block.fibers[block.current].thread;
}

void emulator_warp_barrier()
{
    warp &w = own_warp();
    unsigned generation = w.generation;
    if (++w.arrived == w.live) {
        w.arrived = 0;
        w.generation++;
        return;
    }
    while (w.generation == generation)
        yield();
}

uint32_t emulator_shuffle(uint32_t word, int from)
{
    warp &w = own_warp();
    w.words[emulator_lane()] = word;
    emulator_warp_barrier();
    uint32_t result = w.words[from % WARP];
    emulator_warp_barrier();
    return result;
}

void emulator_launch(dim3 grid, dim3 dim, cudaStream_t stream, std::function<void()> body)
{
    standin_enqueue(stream, [=] { run_grid(grid, dim, body); });
}
