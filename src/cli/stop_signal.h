/* SIGINT, SIGTERM and SIGHUP ask for an end after the present step or validation; a second SIGINT or SIGTERM ends the
 * program at once. An ignored SIGHUP stays ignored. */
#ifndef MATINEE_CLI_STOP_SIGNAL_H
#define MATINEE_CLI_STOP_SIGNAL_H

#include <signal.h>

/* Installs the handlers. The flag becomes non-zero when an end is asked for. */
const volatile sig_atomic_t *stop_signal_open(void);

/* Asks for an end ourselves. */
void stop_signal_raise(void);

/* Puts the former handlers back. */
void stop_signal_close(void);

#endif
