/* How what a command asked for has ended. */
#ifndef MATINEE_STATUS_H
#define MATINEE_STATUS_H

/* The values are the program's exit status. */
enum cli_status {
    CLI_DONE = 0,
    CLI_FAILED = 1,         /* input, files, memory */
    CLI_USAGE = 2,          /* the options */
    CLI_DEVICE_FAILED = 70, /* a device failed while it worked */
    CLI_INTERRUPTED = 130,  /* ended by a signal, after saving */
};

#endif
