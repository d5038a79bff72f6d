#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

enum { THREADS_MAX = 8 };

struct loop {
    atomic_int next;
    int count;
    void (*turn)(void *context, int i);
    void *context;
};

static void *run(void *context)
{
    struct loop *loop = context;
    for (int i; (i = atomic_fetch_add(&loop->next, 1)) < loop->count;)
        loop->turn(loop->context, i);
    return NULL;
}

int parallel_threads(int wanted)
{
    long threads = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);
    return threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : (int)threads;
}

void parallel_for(int threads, int count, void (*turn)(void *context, int i), void *context)
{
    struct loop loop = {.count = count, .turn = turn, .context = context};
    pthread_t others[THREADS_MAX];
    int started = 0;
    while (started + 1 < threads && started + 1 < count && started < THREADS_MAX &&
           pthread_create(&others[started], NULL, run, &loop) == 0)
        started++;
    run(&loop);
    for (int i = 0; i < started; i++)
        pthread_join(others[i], NULL);
}
