/* How busy the machine is with work that is not this process's. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>

struct load_meter {
    bool is_known;
    double busy_seconds, own_seconds, began_us;
};

void load_begin(struct load_meter *meter);

/* How many processors were busy with other work on average since then, from /proc/stat less the process's own time;
 * below 0: not known. Both are counted in ticks of 10 ms: of use from some tenths of a second on. */
double load_foreign(const struct load_meter *meter);

/* The first line of /proc/stat, "cpu  USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ ...", to ticks of all processors that
 * were neither idle nor waiting. False if it is no such line. */
bool load_busy_ticks(const char *line, double *ticks);

#endif
