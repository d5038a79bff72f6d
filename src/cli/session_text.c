#include "session_text.h"

#include "model_text.h"

#include "matinee/summary.h"

#include <stdio.h>

void session_print_data(const struct session *session)
{
    const struct dataset *data = &session->data;
    char counts[64];
    if (data->test.count == 0)
        snprintf(counts, sizeof counts, "%d training reviews", data->train.count);
    else if (data->train.count > 0)
        snprintf(counts, sizeof counts, "%d training and %d test reviews", data->train.count,
                 data->test.count);
    else
        snprintf(counts, sizeof counts, "%d test reviews", data->test.count);
    if (data->is_sample)
        printf("Data: the built-in sample, %s, generated and not real; for the real ones run "
               "scripts/fetch_imdb.sh or give --data PATH\n",
               counts);
    else
        printf("Data: %s, %s\n", data->source, counts);
    if (data->word_source[0])
        printf("Words: %s\n", data->word_source);
    else if (data->is_ranks && data->vocabulary)
        printf("Words: the data are ranks alone; they are taken for those of the model's vocabulary\n");
    else if (data->is_ranks)
        printf("Words: none; the data are ranks alone, and a model that learns from them needs --word-index "
               "to predict "
               "text\n");
}

void session_print_loading(const struct session *session)
{
    const struct dataset *data = &session->data;
    if (!data->is_sample)
        printf("Read: in %.2f s%s%s\n", data->seconds,
               data->from_cache  ? ", from the cache"
               : data->is_cached ? ", and from the cache the next time"
                                 : "",
               data->train.mapped || data->test.mapped ? "; mapped, not in memory" : "");
}

void session_print_model(const struct session *session)
{
    const struct spec *spec = &session->model.spec;
    char parameters[SUMMARY_NUMBER_BYTES];
    printf("Model: %s, %s parameters: ", spec->name,
           summary_number(parameters, (int64_t)session->model.table.total_count));
    model_text_print(stdout, spec);
    printf("; reads the last %d words of a review", checkpoint_length(&session->model));
    const int n = session->model.ngram_order;
    if (n == 1)
        printf(", each with its bucket");
    else if (n > 1)
        printf(", each with the buckets of the 1 to %d words that begin there", n);
    putchar('\n');
}

void session_print_device(const struct session *session)
{
    printf("Device: %s", session->backend->description);
    if (session->on_gpu)
        printf("; LSTM: %s", session->engine);
    else if (session->no_gpu[0])
        printf("; no GPU: %s", session->no_gpu);
    putchar('\n');
}

void ranks_print(const struct sharing *sharing, int batch_size)
{
    const int ranks = sharing_ranks(sharing), share = batch_size / ranks + (batch_size % ranks != 0);
    if (ranks == 1 && sharing->parts == 1)
        return;
    printf("Ranks: %s", ranks > 1 ? sharing->communicator->description : "one process");
    if (batch_size > 0)
        printf("; %s%d reviews of a batch%s", batch_size % ranks ? "at most " : "", share,
               ranks > 1 ? " each" : "");
    if (batch_size > 0 && sharing->parts > 1)
        printf(", in %d parts", sharing->parts);
    puts(sharing->exact ? ", with exact sums" : "");
}
