#include "row.h"

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

/* Of sorted samples, between neighbours. */
static double quantile(const double *sorted, int count, double fraction)
{
    double place = fraction * (count - 1);
    int below = (int)place;
    int above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
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
    qsort(row->us, (size_t)row->count, sizeof *row->us, compare_doubles);
    double median = quantile(row->us, row->count, 0.5);
    putchar('{');
    print_text("name", row->name);
    print_text("shape", row->shape);
    print_text("engine", row->lstm_engine);
    print_text("precision", row->options->precision == PRECISION_TF32 ? "tf32" : "fp32");
    printf("\"graph\": %s, \"median_us\": %.2f, \"p10\": %.2f, \"p90\": %.2f, \"min_us\": %.2f, \"max_us\": "
           "%.2f, "
           "\"n\": %d, ",
           row->options->no_graph ? "false" : "true", median, quantile(row->us, row->count, 0.1),
           quantile(row->us, row->count, 0.9), row->us[0], row->us[row->count - 1], row->count);
    if (row->predicted_us > 0)
        printf("\"predicted_us\": %.0f, \"ratio\": %.3f, ", row->predicted_us, median / row->predicted_us);
    else
        printf("\"predicted_us\": null, \"ratio\": null, ");
    print_text("device", row->backend->description);
    printf("\"commit\": \"%s\"", row->commit);
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
