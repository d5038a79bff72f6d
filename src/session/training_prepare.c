/* What is settled of a training before its first step. */
#include "training_parts.h"

#include "matinee/clock.h"

#include <string.h>

void training_open(struct training *training, struct session *session, struct options *options)
{
    *training = (struct training){.options = options, .session = session};
    training_options_complete(options);
    machine_read(&training->machine);
}

/* What goes by the validation accuracy needs one. */
static bool check_validation(const struct options *options, struct error *error)
{
    if (options->validation != VALIDATION_NONE || (!options->keep_best && options->patience == 0))
        return true;
    return error_set(error, "%s: goes by the validation accuracy, and there is none with --validation none%s",
                     options->keep_best ? "--keep-best" : "--patience",
                     options->resume ? ", with which the run began; leave the option out"
                                     : "; leave one of them out");
}

bool training_check(const struct options *options, struct error *error)
{
    return ranks_check(options, error) && check_validation(options, error);
}

enum exit_status training_open_model(struct training *training, struct error *error)
{
    const struct options *options = training->options;
    enum model_kind kind = model_kind(options->model);
    if (options->fresh && (kind == MODEL_PRESET || kind == MODEL_CONFIG)) {
        error_set(error, "--fresh: needs --model FILE.keras; %s%s always starts fresh",
                  kind == MODEL_PRESET ? "the preset " : "", options->model);
        return STATUS_USAGE;
    }
    enum exit_status opened = session_open_model(training->session, options->model, options, error);
    if (opened != STATUS_DONE)
        return opened;
    bool fits = session_check_word_index(training->session, options, error) &&
                training_optimizer_choose(training, error) && training_check(options, error);
    return fits ? STATUS_DONE : STATUS_USAGE;
}

static bool has_weights(const struct training *training)
{
    const struct options *options = training->options;
    return training->begun_with || (!options->fresh && model_kind(options->model) == MODEL_KERAS);
}

static enum exit_status open_device(struct training *training, struct error *error)
{
    struct session *session = training->session;
    const struct options *options = training->options;
    if (!session_open_backend(session, options, error) ||
        !session_choose_engine(session, training_rows(training), PASS_TRAIN, error) ||
        !training_memory_check(training, error))
        return session_failure(session, error);
    return (has_weights(training) || session_new_weights(session, options, error)) &&
                   training_optimizer_open(training, error)
               ? STATUS_DONE
               : STATUS_FAILED;
}

/* Whether the data are those that the run began with, and the position one that they have. */
static bool check_begun(const struct training *training, struct error *error)
{
    const struct trainer_position *position = &training->position;
    const int64_t N = training->options->batch_size, all = training->data.train.count;
    int64_t seen = position->step * N < all ? position->step * N : all;
    if (strcmp(training->data_mark, training->begun_with) != 0)
        return error_set(error,
                         "%.500s: are not the reviews that %.200s began with; give the same with --data",
                         training->session->data.source, training->options->resume);
    if (position->step <= (all + N - 1) / N && position->sums.count == seen &&
        position->step <= training->session->model.state.iterations)
        return true;
    return error_set(
        error,
        "%s/model.keras: matinee/trainer.json: %d steps of %lld examples do not fit the model and "
        "its data; use the file as it was saved",
        training->options->resume, position->step, (long long)position->sums.count);
}

static bool take_vocabulary(struct session *session, struct error *error)
{
    if (session->model.vocabulary || !session->data.vocabulary)
        return true;
    session->model.vocabulary = vocabulary_copy(session->data.vocabulary);
    return session->model.vocabulary || error_memory(error, "the vocabulary", 0);
}

static enum exit_status open_data(struct training *training, enum kept_texts keep_texts, struct error *error)
{
    struct session *session = training->session;
    const double before = clock_seconds();
    if (!session_open_data(session, training->options, false, keep_texts, error))
        return STATUS_FAILED;
    training->data_seconds = clock_seconds() - before;
    if (!training_data_split(&training->data, &session->data, training->options, error))
        return STATUS_USAGE;
    training_data_mark(training->data_mark, &training->data);
    if (training->begun_with && !check_begun(training, error))
        return STATUS_FAILED;
    if (!training_optimizer_schedule(training, error))
        return STATUS_USAGE;
    if (!take_vocabulary(session, error) || !training_ngrams(training, error))
        return STATUS_FAILED;
    if (session->backend->reads_host) /* others copy them, in their order */
        reviews_take_any_order(&training->data.train);
    return STATUS_DONE;
}

enum exit_status training_prepare(struct training *training, enum kept_texts keep_texts, struct error *error)
{
    const enum exit_status status = open_device(training, error);
    return status == STATUS_DONE ? open_data(training, keep_texts, error) : status;
}
