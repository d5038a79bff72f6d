#include "stop_signal.h"

#include <stddef.h>

enum { SIGNALS = 3 };

static const int signals[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction former[SIGNALS];
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

/* A terminal that closes may send SIGHUP twice, itself and through the shell: only the others end the program at the
 * second one. */
static struct sigaction stopping(int signal_number)
{
    int once = signal_number == SIGHUP ? 0 : (int)SA_RESETHAND;
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = once | SA_RESTART};
    sigemptyset(&action.sa_mask);
    return action;
}

const volatile sig_atomic_t *stop_signal_open(void)
{
    stop_requested = 0;
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction action = stopping(signals[i]);
        sigaction(signals[i], NULL, &former[i]);
        if (signals[i] != SIGHUP || former[i].sa_handler != SIG_IGN) /* which is what nohup asks for */
            sigaction(signals[i], &action, NULL);
    }
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
