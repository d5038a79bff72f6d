#include "commands.h"
#include "json_values.h"
#include "session.h"

#include <stdio.h>
#include <time.h>

enum { BATCH_SIZE = 64 };

static const enum option_id evaluate_options[] = {OPTION_DATA, OPTION_DEVICE, OPTION_THREADS, OPTION_JSON,
                                                  OPTION_END};

static enum cli_status run_evaluate(const struct options *options, struct error *error);

const struct command command_evaluate = {
    .name = "evaluate",
    .arguments = "MODEL",
    .summary = "Loss and accuracy of a model file on the test reviews",
    .details =
        "The reviews are encoded with the vocabulary in the model file. A file that Keras wrote has none: "
        "then the words are numbered as Keras numbers those of the data set.",
    .options = evaluate_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_evaluate,
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool print_score(const struct session *session, const struct score *score, double seconds, bool json,
                        struct error *error)
{
    if (json)
        return json_print(json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:b}", "loss", json_number(score->loss),
                                    "accuracy", json_number(score->accuracy), "examples",
                                    session->data.test.count, "seconds", json_number(seconds), "device",
                                    json_text(session->backend->description), "data",
                                    json_text(session->data.source), "sample", session->data.is_sample),
                          error);
    printf("accuracy: %.4f - loss: %.4f - %d reviews in %.2f s\n", score->accuracy, score->loss,
           session->data.test.count, seconds);
    return true;
}

static enum cli_status evaluate(struct session *session, const struct options *options, struct error *error)
{
    if (!checkpoint_load(&session->model, options->arguments[0], error) ||
        !session_open_data(session, options->data, true, error) ||
        !session_open_backend(session, options, error))
        return CLI_FAILED;
    if (!options->json) {
        session_print_data(session);
        session_print_model(session);
        if (!session->model.vocabulary)
            printf("Vocabulary: %s has none; words are numbered as Keras numbers those of this data\n",
                   options->arguments[0]);
        session_print_device(session);
        fflush(stdout);
    }
    struct score score;
    double start = seconds_now();
    if (!session_open_network(session, BATCH_SIZE, error) ||
        !trainer_evaluate(&session->network, &session->data.test, &score, NULL, error))
        return session_failure(session, error);
    return print_score(session, &score, seconds_now() - start, options->json, error) ? CLI_DONE : CLI_FAILED;
}

static enum cli_status run_evaluate(const struct options *options, struct error *error)
{
    struct session session = {.backend = NULL};
    enum cli_status status = evaluate(&session, options, error);
    session_close(&session);
    return status;
}
