/* How what a command asked for has ended. */
#ifndef MATINEE_STATUS_H
#define MATINEE_STATUS_H

/* The values are the program's exit status. */
enum exit_status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,         /* input, files, memory */
    STATUS_USAGE = 2,          /* the options */
    STATUS_DEVICE_FAILED = 70, /* a device failed while it worked */
    STATUS_INTERRUPTED = 130,  /* ended by a signal, after saving */
};

#endif
