#include "row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_sort(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
}

double bench_quantile(const double *sorted, int count, double fraction)
{
    double place = fraction * (count - 1);
    int below = (int)place;
    int above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

double bench_deviation(const double *values, int count)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < count; i++)
        mean += values[i] / count;
    for (int i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return count > 1 ? sqrt(squares / (count - 1)) : 0;
}

/* A description holds no control characters. */
static void print_text(const char *name, const char *text)
{
    printf("\"%s\": \"", name);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    printf("\", ");
}

void bench_row_begin(const struct bench_row *row)
{
    bench_sort(row->us, row->count);
    double median = bench_quantile(row->us, row->count, 0.5);
    putchar('{');
    print_text("name", row->name);
    print_text("shape", row->shape);
    print_text("engine", row->lstm_engine);
    print_text("precision", row->options->precision == PRECISION_TF32 ? "tf32" : "fp32");
    printf("\"graph\": %s, \"median_us\": %.2f, \"p10\": %.2f, \"p90\": %.2f, \"min_us\": %.2f, \"max_us\": "
           "%.2f, "
           "\"deviation\": %.2f, \"n\": %d, ",
           row->options->no_graph ? "false" : "true", median, bench_quantile(row->us, row->count, 0.1),
           bench_quantile(row->us, row->count, 0.9), row->us[0], row->us[row->count - 1],
           bench_deviation(row->us, row->count), row->count);
    if (row->predicted_us > 0)
        printf("\"predicted_us\": %.0f, \"ratio\": %.3f, ", row->predicted_us, median / row->predicted_us);
    else
        printf("\"predicted_us\": null, \"ratio\": null, ");
    print_text("device", row->backend->description);
    printf("\"commit\": \"%s\"", row->commit);
}

void bench_print_load(double foreign_load)
{
    if (foreign_load >= 0)
        printf(", \"foreign_load\": %.2f", foreign_load);
    else
        printf(", \"foreign_load\": null");
}

void bench_row_end(void)
{
    printf("}\n");
    fflush(stdout);
}

const char *bench_engine_name(const struct backend *backend, enum engine_choice engine)
{
    if (strcmp(backend->name, "cuda") != 0)
        return backend->name;
    switch (engine) {
    case ENGINE_AUTO:
        return "auto";
    case ENGINE_FUSED:
        return "fused";
    case ENGINE_CUDNN:
        return "cudnn";
    case ENGINE_GENERIC:
        return "generic";
    }
    return "";
}
