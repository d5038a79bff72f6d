#include "cuda_emulator.h"

#include "fiber.h"
#include "standin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <utility>
#include <vector>

enum { WARP = 32, THREADS_MAX = 1024, DEPTH_MAX = 64, GRID_YZ_MAX = 65535 };

/* Far beyond what a kernel needs; a thread that waits in a loop for what never comes gets there within seconds. */
static const long rounds_max = 1000000;

extern "C" char __start_emulated_shared[], __stop_emulated_shared[];
/* The section exists even where no kernel shares memory. */
__attribute__((section("emulated_shared"), used)) static float shared_anchor;

emulated_thread emulator_identity;

namespace
{

enum waiting { FOR_NOTHING, FOR_BLOCK, FOR_WARP };

struct thread {
    fiber *stack;
    dim3 index;
    waiting waits;
    int line;      /* of the barrier or meeting */
    unsigned mask; /* of the meeting */
    emulated_meeting kind;
    uint32_t word; /* given, then got */
    int from;
};

/* The fibres live as long as the program, and so does what refers to them. */
struct running_block {
    const char *kernel;
    const std::function<void()> *body;
    std::vector<thread> threads; /* as many as a block ever had */
    int count, current, live, arrived;
    uint32_t warps_live[THREADS_MAX / WARP], warps_waiting[THREADS_MAX / WARP];
    std::vector<int> ready, round; /* those that can run, and those that do */
} &block = *new running_block();

int order;
uint32_t random_state;

int random_below(size_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (int)(((uint64_t)random_state * n) >> 32);
}

template <class T> void arrange(std::vector<T> &list)
{
    if (order == 1)
        for (size_t i = 0; i < list.size() / 2; i++)
            std::swap(list[i], list[list.size() - 1 - i]);
    if (order >= 2)
        for (size_t i = list.size(); i > 1; i--)
            std::swap(list[i - 1], list[random_below(i)]);
}

__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...)
{
    va_list arguments;
    const dim3 &b = emulator_identity.block;
    fprintf(stderr, "emulator: %s, block (%u,%u,%u): ", block.kernel, b.x, b.y, b.z);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void wake(int i)
{
    block.threads[i].waits = FOR_NOTHING;
    block.ready.push_back(i);
}

/* Ends the wait of the whole block if all its live threads have arrived. */
void try_barrier()
{
    if (block.arrived == 0 || block.arrived != block.live)
        return;
    block.arrived = 0;
    int line = 0;
    for (int i = 0; i < block.count; i++)
        if (block.threads[i].waits == FOR_BLOCK) {
            if (line && line != block.threads[i].line)
                die("threads wait at __syncthreads of line %d and of line %d", line, block.threads[i].line);
            line = block.threads[i].line;
            wake(i);
        }
}

void check_alike(const thread &a, const thread &b)
{
    if (a.kind != b.kind)
        die("lanes of one warp call different functions, in lines %d and %d", a.line, b.line);
    if (a.kind != MEET_BARRIER && a.line != b.line)
        die("lanes of one warp meet in lines %d and %d", a.line, b.line);
}

/* Ends the wait of the lanes of a mask if all that live wait with this mask. */
void try_meeting(int w, unsigned mask)
{
    const uint32_t lanes = mask & block.warps_live[w];
    thread *warp = &block.threads[w * WARP];
    if (lanes == 0 || (block.warps_waiting[w] & lanes) != lanes)
        return;
    const thread &first = warp[__builtin_ctz(lanes)];
    uint32_t votes = 0, words[WARP];
    for (int l = 0; l < WARP; l++) {
        words[l] = 0xffffffff;
        if (!(lanes >> l & 1))
            continue;
        if (warp[l].mask != mask)
            return;
        check_alike(first, warp[l]);
        words[l] = warp[l].word;
        votes |= (uint32_t)(warp[l].word != 0) << l;
    }
    block.warps_waiting[w] &= ~lanes;
    for (int l = 0; l < WARP; l++)
        if (lanes >> l & 1) {
            warp[l].word = warp[l].kind == MEET_BALLOT ? votes : words[warp[l].from % WARP];
            wake(w * WARP + l);
        }
}

/* A thread that returns is waited for no longer. */
void leave()
{
    const int w = block.current / WARP;
    block.live--;
    block.warps_live[w] &= ~(1u << emulator_lane());
    try_barrier();
    for (int l = 0; l < WARP && block.warps_waiting[w] >> l; l++)
        if (block.warps_waiting[w] >> l & 1)
            try_meeting(w, block.threads[w * WARP + l].mask);
}

void thread_main()
{
    for (;;) {
        (*block.body)();
        leave();
        fiber_yield();
    }
}

void resume(int i)
{
    block.current = i;
    emulator_identity.thread = block.threads[i].index;
    fiber_resume(block.threads[i].stack);
}

__attribute__((noreturn)) void report_deadlock()
{
    int waiting_count[3] = {0, 0, 0};
    const thread *example[3] = {};
    for (int i = 0; i < block.count; i++) {
        const thread &t = block.threads[i];
        waiting_count[t.waits]++;
        example[t.waits] = &t;
    }
    if (waiting_count[FOR_WARP] == 0)
        die("%d threads wait at __syncthreads of line %d, which others never reach", waiting_count[FOR_BLOCK],
            example[FOR_BLOCK]->line);
    die("%d threads wait in their warp, one in line %d with mask %08x, and %d at __syncthreads, for others "
        "that "
        "never come",
        waiting_count[FOR_WARP], example[FOR_WARP]->line, example[FOR_WARP]->mask, waiting_count[FOR_BLOCK]);
}

/* A sanitizer puts redzones between the variables. They are written, too, which means nothing, but word by word: it
 * would see a memset. */
#ifdef __SANITIZE_ADDRESS__
using shared_word = volatile uint32_t;
#else
using shared_word = uint32_t;
#endif

__attribute__((no_sanitize("address"))) void forget_shared_memory()
{
    for (shared_word *word = (shared_word *)__start_emulated_shared;
         word < (shared_word *)__stop_emulated_shared; word++)
        *word = 0xffffffff; /* NaN */
}

void begin_block()
{
    forget_shared_memory();
    block.live = block.count;
    block.arrived = 0;
    block.ready.clear();
    for (int w = 0; w * WARP < block.count; w++) {
        const int lanes = block.count - w * WARP;
        block.warps_live[w] = lanes < WARP ? (1u << lanes) - 1 : 0xffffffff;
        block.warps_waiting[w] = 0;
    }
    for (int i = 0; i < block.count; i++)
        wake(i);
}

void run_block()
{
    begin_block();
    for (long rounds = 0; block.live > 0; rounds++) {
        if (block.ready.empty())
            report_deadlock();
        if (rounds == rounds_max)
            die("runs forever: %d threads still meet each other", block.live);
        block.round.swap(block.ready);
        block.ready.clear();
        arrange(block.round);
        for (int i : block.round)
            resume(i);
    }
}

void begin_grid(dim3 dim)
{
    const char *text = getenv("MATINEE_EMULATOR_ORDER");
    const int wanted = text ? atoi(text) : 0;
    if (wanted != order)
        random_state = (uint32_t)wanted;
    order = wanted;
    block.count = (int)(dim.x * dim.y * dim.z);
    while ((int)block.threads.size() < block.count) {
        block.threads.emplace_back();
        block.threads.back().stack = fiber_open(thread_main);
    }
    for (unsigned i = 0; i < (unsigned)block.count; i++)
        block.threads[i].index = dim3(i % dim.x, i / dim.x % dim.y, i / (dim.x * dim.y));
}

void run_grid(const char *kernel, dim3 grid, dim3 dim, const std::function<void()> &body)
{
    begin_grid(dim);
    block.kernel = kernel;
    block.body = &body;
    emulator_identity.grid_dim = grid;
    emulator_identity.block_dim = dim;
    std::vector<size_t> numbers((size_t)grid.x * grid.y * grid.z);
    for (size_t i = 0; i < numbers.size(); i++)
        numbers[i] = i;
    arrange(numbers);
    for (size_t i : numbers) {
        emulator_identity.block =
            dim3((unsigned)(i % grid.x), (unsigned)(i / grid.x % grid.y), (unsigned)(i / grid.x / grid.y));
        run_block();
    }
}

bool acceptable(dim3 grid, dim3 dim)
{
    return grid.x > 0 && grid.x <= 0x7fffffff && grid.y > 0 && grid.y <= GRID_YZ_MAX && grid.z > 0 &&
           grid.z <= GRID_YZ_MAX && dim.x > 0 && dim.x <= THREADS_MAX && dim.y > 0 && dim.y <= THREADS_MAX &&
           dim.z > 0 && dim.z <= DEPTH_MAX && (uint64_t)dim.x * dim.y * dim.z <= THREADS_MAX;
}

}  // namespace

int emulator_lane()
{
    return block.current % WARP;
}

void emulator_barrier(int line)
{
    thread &self = block.threads[block.current];
    self.waits = FOR_BLOCK;
    self.line = line;
    block.arrived++;
    try_barrier();
    fiber_yield();
}

uint32_t emulator_meet(unsigned mask, enum emulated_meeting kind, uint32_t word, int from, int line)
{
    const int self_number = block.current, w = self_number / WARP;
    thread &self = block.threads[self_number];
    if (!(mask >> emulator_lane() & 1))
        die("line %d: lane %d is not in its mask %08x", line, emulator_lane(), mask);
    self.waits = FOR_WARP;
    self.line = line;
    self.mask = mask;
    self.kind = kind;
    self.word = word;
    self.from = from;
    block.warps_waiting[w] |= 1u << emulator_lane();
    try_meeting(w, mask);
    fiber_yield();
    return block.threads[self_number].word;
}

void emulator_launch(const char *kernel, dim3 grid, dim3 dim, cudaStream_t stream, std::function<void()> body)
{
    if (!acceptable(grid, dim))
        standin_set_last_error(cudaErrorInvalidConfiguration);
    else if (standin_launch_begins(kernel, stream))
        standin_enqueue(stream, [=] { run_grid(kernel, grid, dim, body); });
}
