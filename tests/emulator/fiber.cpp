/* A fibre is entered once through ucontext, whose every switch asks the kernel for the signal mask. From then on it is
 * left and resumed by the compiler's own __builtin_setjmp and __builtin_longjmp, which take some nanoseconds and which
 * no sanitizer intercepts: the sanitizer is told of each switch, and finds the variables of all stacks as they were. */
#include "fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define switch_begins(fake, bottom, size) __sanitizer_start_switch_fiber(fake, bottom, size)
#define switch_ended(fake, bottom, size) __sanitizer_finish_switch_fiber(fake, bottom, size)
#else
#define switch_begins(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#define switch_ended(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#endif

/* A function that switches has no variables of its own for the sanitizer to watch, and must not be told that what
 * follows the jump is never reached. */
#define switches __attribute__((noinline, no_sanitize("address", "undefined")))

enum { STACK_BYTES = 64 << 10, GUARD_BYTES = 64 << 10, WORDS_OF_BUILTIN_SETJMP = 5 };

struct fiber {
    void *place[WORDS_OF_BUILTIN_SETJMP];
    void *fake_stack; /* the sanitizer's */
    char *stack;
    void (*main)();
    bool entered;
};

static struct {
    void *place[WORDS_OF_BUILTIN_SETJMP]; /* where the fibre that runs was resumed */
    void *fake_stack;
    const void *stack;
    size_t stack_bytes;
    fiber *running;
} host;

fiber *fiber_open(void (*main)())
{
    fiber *f = new fiber();
    f->main = main;
    char *memory = (char *)mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, GUARD_BYTES, PROT_NONE) != 0) {
        perror("emulator: stack of a thread");
        abort();
    }
    f->stack = memory + GUARD_BYTES;
    return f;
}

static switches void jump(void **place)
{
    __builtin_longjmp(place, 1);
}

static switches void first_function()
{
    switch_ended(NULL, &host.stack, &host.stack_bytes);
    host.running->main();
    abort();
}

static switches void enter(fiber *f)
{
    ucontext_t context;
    f->entered = true;
    getcontext(&context);
    context.uc_stack.ss_sp = f->stack;
    context.uc_stack.ss_size = STACK_BYTES;
    context.uc_link = NULL;
    makecontext(&context, first_function, 0);
    setcontext(&context);
}

switches void fiber_resume(fiber *f)
{
    host.running = f;
    switch_begins(&host.fake_stack, f->stack, STACK_BYTES);
    if (__builtin_setjmp(host.place) == 0) {
        if (f->entered)
            jump(f->place);
        else
            enter(f);
    }
    switch_ended(host.fake_stack, NULL, NULL);
}

switches void fiber_yield()
{
    fiber *self = host.running;
    switch_begins(&self->fake_stack, host.stack, host.stack_bytes);
    if (__builtin_setjmp(self->place) == 0)
        jump(host.place);
    switch_ended(host.running->fake_stack, &host.stack, &host.stack_bytes);
}
