/* What is settled of a run before its first step, by whoever wants it. */
#include "training_run.h"

enum cli_status training_open_model(struct training_run *run, struct error *error)
{
    const struct options *options = run->options;
    enum model_kind kind = model_kind(options->model);
    if (options->fresh && (kind == MODEL_PRESET || kind == MODEL_CONFIG)) {
        error_set(error, "--fresh: needs --model FILE.keras; %s%s always starts fresh",
                  kind == MODEL_PRESET ? "the preset " : "", options->model);
        return CLI_USAGE;
    }
    enum cli_status opened = session_open_model(run->session, options->model, options, error);
    if (opened != CLI_DONE)
        return opened;
    bool fits =
        session_check_word_index(run->session, options, error) && training_optimizer_choose(run, error);
    return fits ? CLI_DONE : CLI_USAGE;
}

bool training_check_validation(const struct options *options, struct error *error)
{
    if (options->validation != VALIDATION_NONE || (!options->keep_best && options->patience == 0))
        return true;
    return error_set(error, "%s: goes by the validation accuracy, and there is none with --validation none%s",
                     options->keep_best ? "--keep-best" : "--patience",
                     options->resume ? ", with which the run began; leave the option out"
                                     : "; leave one of them out");
}

enum cli_status training_take_data(struct training_run *run, struct error *error)
{
    struct session *session = run->session;
    if (!training_optimizer_schedule(run, error))
        return CLI_USAGE;
    if (!session->model.vocabulary && session->data.vocabulary) {
        session->model.vocabulary = vocabulary_copy(session->data.vocabulary);
        if (!session->model.vocabulary) {
            error_memory(error, "the vocabulary", 0);
            return CLI_FAILED;
        }
    }
    if (!training_ngrams(run, error))
        return CLI_FAILED;
    if (session->backend->reads_host) /* others copy them, in their order */
        reviews_take_any_order(&run->data.train);
    return CLI_DONE;
}
