#include "training_text.h"

#include "matinee/summary.h"

/* "-" for none. */
static const char *bytes_text(char text[32], size_t bytes)
{
    if (bytes == 0)
        return "-";
    summary_memory(text, 32, (int64_t)bytes);
    return text;
}

static void print_row(FILE *stream, const char *what, size_t activations_bytes, size_t saved_bytes)
{
    char text[2][32];
    fprintf(stream, "  %-32s%12s  %12s\n", what, bytes_text(text[0], activations_bytes),
            bytes_text(text[1], saved_bytes));
}

static void print_sum(FILE *stream, const char *what, size_t bytes)
{
    char text[32];
    fprintf(stream, "  %-32s%12s\n", what, bytes_text(text, bytes));
}

void training_memory_print(FILE *stream, const struct training *training)
{
    const struct training_memory needed = training_memory(training);
    const struct spec *spec = &training->session->model.spec;
    char text[32];
    fprintf(stream, "Memory: %s%s\n", bytes_text(text, needed.total_bytes),
            ranks_count(training->options) > 1 ? " for each process" : "");
    fprintf(stream, "  %-32s%12s  %12s\n", "layer", "activations", "for backward");
    for (int i = 0; i < spec->layer_count; i++)
        print_row(stream, spec->layers[i].name, needed.plan.activations[i], needed.plan.saved[i]);
    print_sum(stream, "batch", needed.plan.batch);
    print_sum(stream, "scratch of all layers", needed.plan.scratch);
    print_sum(stream, "parameters, gradients, Adam", needed.plan.parameters);
    print_sum(stream, "reviews", needed.reviews_bytes);
}

void training_ngrams_print(const struct training *training)
{
    const struct checkpoint *model = &training->session->model;
    char length[32] = "one word";
    if (model->ngram_order == 0)
        return;
    if (model->ngram_order > 1)
        snprintf(length, sizeof length, "1 to %d words", model->ngram_order);
    printf("N-grams: %lld of %s, each in %d training reviews or more", (long long)ngrams_count(model->ngrams),
           length, NGRAM_MIN_REVIEWS);
    if (!training->session->data.is_sample)
        printf("; counted in %.2f s", training->ngrams_seconds);
    putchar('\n');
}

void training_optimizer_print(FILE *stream, const struct adam_spec *adam)
{
    const struct cosine_decay *cosine = &adam->cosine;
    fprintf(stream, "Optimizer: Adam, learning rate %.10g", adam_peak_rate(adam));
    if (adam_has_schedule(adam)) {
        if (cosine->warmup_target > 0)
            fprintf(stream, " after %.10g update%s from %.10g", cosine->warmup_steps,
                    cosine->warmup_steps == 1 ? "" : "s", cosine->initial_learning_rate);
        fprintf(stream, ", then along a cosine to %.10g in %.10g update%s",
                adam_peak_rate(adam) * cosine->alpha, cosine->decay_steps,
                cosine->decay_steps == 1 ? "" : "s");
    }
    if (adam_has_average(adam))
        fprintf(stream, "; weights averaged with momentum %.10g", adam->ema_momentum);
    fputc('\n', stream);
}
