#define _DEFAULT_SOURCE /* syscall */
#include "barrier.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOKS = 2000 }; /* some 50 microseconds: about what waking a sleeper takes */

void barrier_init(struct barrier *barrier, int members, int processors)
{
    atomic_init(&barrier->arrived, 0);
    atomic_init(&barrier->round, 0);
    atomic_init(&barrier->sleepers, 0);
    barrier->members = (unsigned)members;
    barrier->looks = members <= processors ? LOOKS : 0; /* else one looks while another needs the processor */
}

/* Tells the processor that this is a loop of waiting. */
static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void release(struct barrier *barrier)
{
    atomic_store(&barrier->arrived, 0);
    atomic_fetch_add(&barrier->round, 1);
    /* Who is counted after this look finds the round changed and does not sleep. */
    if (atomic_load(&barrier->sleepers) > 0)
        syscall(SYS_futex, &barrier->round, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void barrier_wait(struct barrier *barrier)
{
    const unsigned round = atomic_load(&barrier->round);
    if (atomic_fetch_add(&barrier->arrived, 1) + 1 == barrier->members) {
        release(barrier);
        return;
    }
    for (int look = 0; look < barrier->looks; look++) {
        if (atomic_load(&barrier->round) != round)
            return;
        relax();
    }
    atomic_fetch_add(&barrier->sleepers, 1);
    while (atomic_load(&barrier->round) == round)
        syscall(SYS_futex, &barrier->round, FUTEX_WAIT, round, NULL, NULL, 0);
    atomic_fetch_sub(&barrier->sleepers, 1);
}
