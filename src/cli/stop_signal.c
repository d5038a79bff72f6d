#include "stop_signal.h"

#include <stddef.h>

enum { SIGNALS = 2 };

static const int signals[SIGNALS] = {SIGINT, SIGTERM};
static struct sigaction former[SIGNALS];
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

const volatile sig_atomic_t *stop_signal_open(void)
{
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    stop_requested = 0;
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &former[i]);
    return &stop_requested;
}

void stop_signal_raise(void)
{
    stop_requested = 1;
}

void stop_signal_close(void)
{
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &former[i], NULL);
}
