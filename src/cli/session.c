#include "session.h"

#include "data_cache.h"
#include "model_text.h"
#include "ranks.h"

#include "matinee/summary.h"

#include <stdio.h>
#include <string.h>

bool session_open_data(struct session *session, const struct options *options, bool test_only,
                       enum kept_texts keep_texts, struct error *error)
{
    const bool has_words = session->model.vocabulary && !dataset_holds_ranks(options->data);
    struct dataset_options wanted = {.path = options->data,
                                     .table = options->table,
                                     .num_words = checkpoint_words(&session->model),
                                     .maxlen = checkpoint_length(&session->model),
                                     .test_only = test_only,
                                     .bytes_max = ranks_available_bytes(options),
                                     .encoder = session->model.vocabulary,
                                     .word_index = has_words ? NULL : options->word_index,
                                     .keep_texts = keep_texts};
    /* One of each machine fills the cache, from which the others read. */
    if (ranks_own_local(options) != 0)
        ranks_wait(options);
    const bool opened = open_dataset(&session->data, &wanted, options, error);
    if (opened && ranks_own_local(options) == 0)
        ranks_wait(options);
    return opened;
}

bool session_check_word_index(const struct session *session, const struct options *options,
                              struct error *error)
{
    bool has_words = session->model.vocabulary && !options->fresh;
    return !options->word_index || !has_words || dataset_holds_ranks(options->data) ||
           error_set(error,
                     "--word-index %s: the model has a vocabulary of its own and the reviews are text; leave "
                     "the option out",
                     options->word_index);
}

bool session_open_backend(struct session *session, const struct options *options, struct error *error)
{
    int threads;
    session->communicator = options->communicator;
    if (!ranks_share_machine(&threads, options, error))
        return false;
    struct backend_options wanted = {.device = options->device,
                                     .threads = threads,
                                     .communicator = options->communicator,
                                     .cpu_kernels = options->cpu_kernels,
                                     .engine = options->engine,
                                     .precision = options->precision,
                                     .masks = options->dropout_masks,
                                     .no_graph = options->no_graph};
    if (!backend_open(&session->backend, &wanted, session->no_gpu, error))
        return false;
    session->on_gpu = strcmp(options->device, "cpu") != 0 && !session->no_gpu[0];
    return true;
}

bool session_choose_engine(struct session *session, int batch_size, enum pass_kind kind, struct error *error)
{
    session->engine = network_engine(session->backend, &session->model.spec, batch_size, kind, error);
    return session->engine != NULL;
}

bool session_open_network(struct session *session, const struct sharing *sharing, int batch_size,
                          uint64_t seed, struct error *error)
{
    if (!network_open_shared(&session->network, session->backend, &session->model.spec, batch_size, seed,
                             sharing, error))
        return false;
    network_upload(&session->network, &session->model.state);
    return true;
}

bool session_open_evaluating(struct session *session, int batch_size, int reviews, struct error *error)
{
    if (!network_open_evaluating(&session->network, session->backend, &session->model.spec, batch_size,
                                 reviews, error))
        return false;
    session->network.sharing.communicator = session->communicator;
    network_upload(&session->network, &session->model.state);
    return true;
}

enum cli_status session_failure(struct session *session, struct error *error)
{
    struct error device;
    if (!session->backend || session->backend->memory->status(session->backend, &device))
        return CLI_FAILED;
    *error = device;
    return CLI_DEVICE_FAILED;
}

void session_end(struct session *session, enum cli_status status)
{
    if (session->backend)
        session->backend->is_abandoned = status != CLI_DONE && status != CLI_INTERRUPTED;
    session_close(session);
}

void session_close(struct session *session)
{
    if (session->backend)
        network_close(&session->network);
    backend_close(session->backend);
    dataset_close(&session->data);
    checkpoint_close(&session->model);
    *session = (struct session){.backend = NULL};
}

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
