/* Denormal numbers make the backward pass ten times slower and change nothing that is visible: each thread of lstm,
 * conv_pool, embedding, dropout, their backward ops and adam flushes them to zero and puts the old mode back. */
#ifndef CPU_DENORMALS_H
#define CPU_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

static inline uint64_t denormals_flush(void)
{
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u); /* flush to zero, denormals are zero */
    return before;
}

static inline void denormals_restore(uint64_t before)
{
    _mm_setcsr((unsigned)before);
}

#elif defined(__aarch64__)

static inline uint64_t denormals_flush(void)
{
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ull << 24))); /* FZ */
    return before;
}

static inline void denormals_restore(uint64_t before)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}

#else

static inline uint64_t denormals_flush(void)
{
    return 0;
}

static inline void denormals_restore(uint64_t before)
{
    (void)before;
}

#endif

#endif
