#include "load.h"

#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

bool load_busy_ticks(const char *line, double *ticks)
{
    enum { IDLE = 3, WAITING = 4, COUNTS = 7 };
    if (strncmp(line, "cpu ", 4) != 0)
        return false;
    line += 4;
    *ticks = 0;
    for (int i = 0; i < COUNTS; i++) {
        char *end;
        unsigned long long count = strtoull(line, &end, 10);
        if (end == line)
            return false;
        if (i != IDLE && i != WAITING)
            *ticks += (double)count;
        line = end;
    }
    return true;
}

static bool read_busy(double *seconds)
{
    char line[256];
    double ticks;
    FILE *file = fopen("/proc/stat", "r");
    if (!file)
        return false;
    bool ok = fgets(line, sizeof line, file) && load_busy_ticks(line, &ticks);
    fclose(file);
    if (ok)
        *seconds = ticks / (double)sysconf(_SC_CLK_TCK);
    return ok;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static double own_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

void load_begin(struct load_meter *meter)
{
    meter->is_known = read_busy(&meter->busy_seconds);
    meter->own_seconds = own_seconds();
    meter->began_us = bench_clock_us();
}

double load_foreign(const struct load_meter *meter)
{
    double busy, seconds = 1e-6 * (bench_clock_us() - meter->began_us);
    if (!meter->is_known || !read_busy(&busy) || !(seconds > 0))
        return -1;
    double foreign = (busy - meter->busy_seconds - (own_seconds() - meter->own_seconds)) / seconds;
    return foreign > 0 ? foreign : 0;
}
