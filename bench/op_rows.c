#include "op_rows.h"

#include "row.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 96 };

/* One line: an op, or what lies between the ops. */
struct line {
    const char *name, *layer; /* layer NULL: no layer's */
    char shape[TEXT_BYTES];
    double *us;
    double flops, bytes; /* of a step */
};

double op_least_seconds(double flops, double bytes, const struct op_peaks *peaks)
{
    const double arithmetic = flops / peaks->flops, memory = bytes / peaks->bytes;
    return arithmetic > memory ? arithmetic : memory;
}

static const char *bound_of(const struct line *line, const struct op_peaks *peaks)
{
    return line->flops / peaks->flops > line->bytes / peaks->bytes ? "arithmetic" : "memory";
}

static void put_shape(char shape[static TEXT_BYTES], const struct pass_op *op)
{
    const struct embedding *embedding = &op->embedding.forward;
    const struct dropout_layer *dropout = &op->dropout.forward;
    const struct conv_pool *conv = &op->conv_pool.forward;
    const struct max_pool *pool = &op->max_pool.forward;
    const struct global_pool *global = &op->global_pool.forward;
    const struct lstm *lstm = &op->lstm.forward;
    const struct dense_bce *dense = &op->dense.forward;
    switch (op->kind) {
    case OP_EMBEDDING:
        snprintf(shape, TEXT_BYTES, "N=%d T=%d V=%d E=%d", embedding->N, embedding->T, embedding->V,
                 embedding->E);
        break;
    case OP_DROPOUT:
        snprintf(shape, TEXT_BYTES, "N=%d T=%d F=%d", dropout->N, dropout->T, dropout->F);
        break;
    case OP_CONV_POOL:
        snprintf(shape, TEXT_BYTES, "N=%d T=%d E=%d C=%d K=%d stride=%d P=%d", conv->N, conv->T, conv->E,
                 conv->C, conv->K, conv->stride, conv->P);
        break;
    case OP_MAX_POOL:
        snprintf(shape, TEXT_BYTES, "N=%d T=%d F=%d P=%d", pool->N, pool->T, pool->F, pool->P);
        break;
    case OP_GLOBAL_POOL:
        snprintf(shape, TEXT_BYTES, "N=%d T=%d F=%d", global->N, global->T, global->F);
        break;
    case OP_LSTM:
        snprintf(shape, TEXT_BYTES, "N=%d T=%d E=%d H=%d D=%d", lstm->N, lstm->T, lstm->E, lstm->H, lstm->D);
        break;
    case OP_DENSE:
        snprintf(shape, TEXT_BYTES, "N=%d F=%d", dense->N, dense->F);
        break;
    }
}

static struct line line_of(const struct op_report *report, const struct pass *pass,
                           const struct timed_op *call)
{
    const double steps = report->times->step_count;
    struct line line = {.name = call->entry->name,
                        .us = call->us,
                        .flops = call->flops / steps,
                        .bytes = call->bytes / steps};
    if (call->op >= 0) {
        const struct pass_op *op = &pass->ops[call->op];
        line.layer = report->network->spec.layers[op->layer].name;
        put_shape(line.shape, op);
    } else if (call->entry->phase == PHASE_LOAD) {
        snprintf(line.shape, TEXT_BYTES, "N=%d T=%d", pass->load.N, pass->load.T);
    } else {
        snprintf(line.shape, TEXT_BYTES, "%zu parameters", pass->adam.count);
    }
    return line;
}

static void print_json(const struct op_report *report, const struct line *line)
{
    const struct op_peaks *peaks = &report->peaks;
    struct bench_row row = {.name = line->name,
                            .shape = line->shape,
                            .commit = report->commit,
                            .backend = report->network->backend,
                            .options = report->options,
                            .lstm_engine = "cpu",
                            .us = line->us,
                            .count = report->times->step_count};
    bench_row_begin(&row);
    const double us = bench_quantile(line->us, row.count, 0.5), seconds = 1e-6 * us;
    printf(", \"seed\": %d, \"model\": \"%s\"", report->seed, report->model);
    if (line->layer)
        printf(", \"layer\": \"%s\"", line->layer);
    else
        printf(", \"layer\": null");
    printf(", \"kernels\": \"%s\", \"threads\": %d, \"share_of_step\": %.4f, \"gflop\": %.6f, \"mb\": %.4f",
           report->kernels, report->network->backend->threads, us / report->step_us, 1e-9 * line->flops,
           1e-6 * line->bytes);
    if (line->bytes > 0)
        printf(", \"gflop_per_s\": %.2f, \"gb_per_s\": %.2f, \"bound\": \"%s\", \"share_of_peak\": %.3f",
               1e-9 * line->flops / seconds, 1e-9 * line->bytes / seconds, bound_of(line, peaks),
               op_least_seconds(line->flops, line->bytes, peaks) / seconds);
    else
        printf(", \"gflop_per_s\": null, \"gb_per_s\": null, \"bound\": null, \"share_of_peak\": null");
    printf(", \"peak_gflop_per_s\": %.1f, \"peak_gb_per_s\": %.1f", 1e-9 * peaks->flops, 1e-9 * peaks->bytes);
    bench_print_load(report->foreign_load);
    bench_row_end();
}

static void print_table_head(FILE *table, const struct op_report *report)
{
    fprintf(table, "%s: a step takes %.2f ms (median of %d); at best %.0f GFLOP/s and %.0f GB/s\n",
            report->model, 1e-3 * report->step_us, report->times->step_count, 1e-9 * report->peaks.flops,
            1e-9 * report->peaks.bytes);
    fprintf(table, "%-18s  %-16s  %8s  %7s  %7s  %7s  %7s  %6s  %s\n", "op", "layer", "ms", "of step",
            "GFLOP", "GFLOP/s", "MB", "GB/s", "of the peak");
}

/* Of sorted times. */
static void print_table_line(FILE *table, const struct op_report *report, const struct line *line)
{
    const double us = bench_quantile(line->us, report->times->step_count, 0.5), seconds = 1e-6 * us;
    fprintf(table, "%-18s  %-16s  %8.3f  %5.1f %%", line->name, line->layer ? line->layer : "", 1e-3 * us,
            100 * us / report->step_us);
    if (line->flops > 0)
        fprintf(table, "  %7.3f  %7.1f", 1e-9 * line->flops, 1e-9 * line->flops / seconds);
    else
        fprintf(table, "  %7s  %7s", "-", "-");
    if (line->bytes > 0)
        fprintf(table, "  %7.2f  %6.1f  %3.0f %% %s\n", 1e-6 * line->bytes, 1e-9 * line->bytes / seconds,
                100 * op_least_seconds(line->flops, line->bytes, &report->peaks) / seconds,
                bound_of(line, &report->peaks));
    else
        fprintf(table, "  %7s  %6s  %s\n", "-", "-", "-");
}

static void print_line(const struct op_report *report, const struct line *line, FILE *table)
{
    print_json(report, line);
    print_table_line(table, report, line);
}

bool op_rows_print(const struct op_report *report, FILE *table, struct error *error)
{
    struct op_times *times = report->times;
    struct pass pass;
    if (times->changed || times->step_count == 0)
        return error_set(error, "--ops: the steps differ in their ops; time them without --ops");
    pass_build(&pass, report->network, &(struct resident_reviews){0}, report->rows, PASS_TRAIN);
    print_table_head(table, report);
    for (int i = 0; i < times->op_count; i++) {
        const struct line line = line_of(report, &pass, &times->ops[i]);
        print_line(report, &line, table);
    }
    print_line(report, &(struct line){.name = "rest", .us = times->rest_us}, table);
    return true;
}
