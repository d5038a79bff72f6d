#include "matinee/session.h"

#include "matinee/ranks.h"

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
    const bool opened = session_open_dataset(&session->data, &wanted, options, error);
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
    network_close(&session->network);
    if (!network_open_evaluating(&session->network, session->backend, &session->model.spec, batch_size,
                                 reviews, error))
        return false;
    session->network.sharing.communicator = session->communicator;
    network_upload(&session->network, &session->model.state);
    return true;
}

bool session_score(struct session *session, const struct reviews *reviews, struct score *score,
                   float *probabilities, struct error *error)
{
    return trainer_evaluate(&session->network, reviews, score, probabilities, error);
}

enum exit_status session_failure(struct session *session, struct error *error)
{
    struct error device;
    if (!session->backend || session->backend->memory->status(session->backend, &device))
        return STATUS_FAILED;
    *error = device;
    return STATUS_DEVICE_FAILED;
}

void session_end(struct session *session, enum exit_status status)
{
    if (session->backend)
        session->backend->is_abandoned = status != STATUS_DONE && status != STATUS_INTERRUPTED;
    session_close(session);
}

void session_close_device(struct session *session)
{
    if (session->backend)
        network_close(&session->network);
    backend_close(session->backend);
    session->backend = NULL;
}

void session_close(struct session *session)
{
    session_close_device(session);
    dataset_close(&session->data);
    checkpoint_close(&session->model);
    *session = (struct session){.backend = NULL};
}
