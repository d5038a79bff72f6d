#include "commands.h"
#include "json_values.h"
#include "session.h"
#include "texts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1024, /* texts that are predicted at a time */
    BATCH_SIZE = 64,
    SHOWN_BYTES = 60, /* of a text */
};

static const enum option_id predict_options[] = {OPTION_FILE,   OPTION_WORD_DATA, OPTION_DEVICE,
                                                 OPTION_ENGINE, OPTION_PRECISION, OPTION_THREADS,
                                                 OPTION_JSON,   OPTION_END};

static enum cli_status run_predict(const struct options *options, struct error *error);

const struct command command_predict = {
    .name = "predict",
    .arguments = "MODEL [TEXT...]",
    .summary = "Probability that a text is positive, and its label",
    .details =
        "Prints a line for each text: probability, label, the text's beginning. With --json each line is an "
        "object with the text's number, from 1, or that of its line in a file. The TEXT - alone is --file -. "
        "Of a file, empty lines are skipped, and a line that cannot be predicted ends the command after the "
        "lines before it.\n\n"
        "A model file that Keras wrote has no vocabulary: name the data set that it was trained on with "
        "--data, and the words are numbered as Keras numbers them.",
    .options = predict_options,
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run_predict,
};

/* A chunk of encoded texts and what is shown of them. */
struct chunk {
    struct reviews reviews;
    float *probabilities;           /* (CHUNK) */
    long *numbers;                  /* (CHUNK) of the texts */
    char (*shown)[SHOWN_BYTES + 4]; /* (CHUNK) */
};

static bool chunk_open(struct chunk *chunk, int maxlen, struct error *error)
{
    size_t bytes = (size_t)CHUNK * (size_t)maxlen * sizeof(int32_t);
    *chunk = (struct chunk){.reviews = {.T = maxlen}};
    chunk->reviews.tokens = malloc(bytes);
    chunk->reviews.pads = malloc(CHUNK * sizeof(int32_t));
    chunk->reviews.labels = calloc(CHUNK, 1);
    chunk->probabilities = malloc(CHUNK * sizeof(float));
    chunk->numbers = malloc(CHUNK * sizeof *chunk->numbers);
    chunk->shown = malloc(CHUNK * sizeof *chunk->shown);
    if (chunk->reviews.tokens && chunk->reviews.pads && chunk->reviews.labels && chunk->probabilities &&
        chunk->numbers && chunk->shown)
        return true;
    return error_memory(error, "the texts", bytes);
}

static void chunk_close(struct chunk *chunk)
{
    free(chunk->reviews.tokens);
    free(chunk->reviews.pads);
    free(chunk->reviews.labels);
    free(chunk->probabilities);
    free(chunk->numbers);
    free(chunk->shown);
}

/* The beginning of a text, cut between characters, fit for a terminal. */
static void shorten(char shown[SHOWN_BYTES + 4], const char *text, size_t bytes)
{
    size_t kept = bytes < SHOWN_BYTES ? bytes : SHOWN_BYTES;
    while (kept < bytes && kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80)
        kept--;
    memcpy(shown, text, kept);
    strcpy(shown + kept, kept < bytes ? "..." : "");
    make_printable(shown);
}

/* Encodes texts until the chunk is full, there are no more, or one cannot be used: it then holds those before. */
static bool chunk_fill(struct chunk *chunk, struct texts *texts, const struct vocabulary *vocabulary,
                       struct error *error)
{
    struct reviews *reviews = &chunk->reviews;
    for (reviews->count = 0; reviews->count < CHUNK; reviews->count++) {
        const char *text;
        size_t bytes;
        int n = reviews->count;
        if (!texts_next(texts, &text, &bytes, error))
            return false;
        if (!text)
            break;
        if (!vocabulary_encode(vocabulary, text, bytes, reviews->tokens + (size_t)n * (size_t)reviews->T,
                               &reviews->pads[n], error))
            return texts_error_within(texts, error);
        chunk->numbers[n] = texts->number;
        shorten(chunk->shown[n], text, bytes);
    }
    return true;
}

static bool chunk_print(const struct chunk *chunk, bool json, struct error *error)
{
    for (int n = 0; n < chunk->reviews.count; n++) {
        double probability = (double)chunk->probabilities[n];
        const char *label = probability > 0.5 ? "positive" : "negative";
        if (!json) {
            printf("%.4f  %s  %s\n", probability, label, chunk->shown[n]);
            continue;
        }
        json_t *line = json_pack("{s:I, s:o, s:s}", "text", (json_int_t)chunk->numbers[n], "probability",
                                 json_number(probability), "label", label);
        char *text = line ? json_dumps(line, JSON_PRECISION | JSON_COMPACT) : NULL;
        json_decref(line);
        if (!text)
            return error_memory(error, "a JSON text", 0);
        puts(text);
        free(text);
    }
    return flush_output(error);
}

static enum cli_status predict_texts(struct session *session, struct texts *texts, struct chunk *chunk,
                                     bool json, struct error *error)
{
    struct score unused;
    struct error refusal;
    bool filled;
    do {
        filled = chunk_fill(chunk, texts, session->model.vocabulary, &refusal);
        if (chunk->reviews.count == 0)
            break;
        /* A chunk after the first is not larger. */
        if (!session->network.backend &&
            !session_open_evaluating(session, BATCH_SIZE, chunk->reviews.count, error))
            return session_failure(session, error);
        if (!trainer_evaluate(&session->network, &chunk->reviews, &unused, chunk->probabilities, error))
            return session_failure(session, error);
        if (!chunk_print(chunk, json, error))
            return CLI_FAILED;
    } while (filled && chunk->reviews.count == CHUNK);
    if (!filled)
        *error = refusal;
    return filled ? CLI_DONE : CLI_FAILED;
}

/* The model's own vocabulary, or the one that the data set rebuilds which --data names or which is found. The sample
 * is taken only by name: no other model was trained on it. */
static enum cli_status open_vocabulary(struct session *session, const struct options *options,
                                       struct error *error)
{
    struct checkpoint *model = &session->model;
    if (model->vocabulary && options->data) {
        error_set(error, "--data %s: %s has a vocabulary of its own; leave the option out", options->data,
                  options->arguments[0]);
        return CLI_USAGE;
    }
    if (model->vocabulary)
        return CLI_DONE;
    char found[DATA_PATH_BYTES];
    if (!options->data && dataset_locate(found, sizeof found) == DATA_SAMPLE) {
        error_set(
            error,
            "%s: has no vocabulary, so its words have no numbers; give the data set that it was trained "
            "on with --data PATH, or train it with matinee train",
            options->arguments[0]);
        return CLI_FAILED;
    }
    if (!session_open_data(session, options->data, true, error))
        return CLI_FAILED;
    model->vocabulary = vocabulary_copy(session->data.vocabulary);
    if (model->vocabulary)
        return CLI_DONE;
    error_memory(error, "the vocabulary", 0);
    return CLI_FAILED;
}

static enum cli_status predict(struct session *session, struct texts *texts, const struct options *options,
                               struct error *error)
{
    if (!session_load_model(session, options->arguments[0], error))
        return CLI_FAILED;
    enum cli_status status = open_vocabulary(session, options, error);
    if (status != CLI_DONE)
        return status;
    if (!texts_open(texts, options->file, options->arguments + 1, options->argument_count - 1, error) ||
        !session_open_backend(session, options, error) ||
        !session_choose_engine(session, BATCH_SIZE, PASS_EVALUATE, error))
        return session_failure(session, error);
    struct chunk chunk;
    status = chunk_open(&chunk, session->model.spec.maxlen, error)
                 ? predict_texts(session, texts, &chunk, options->json, error)
                 : CLI_FAILED;
    chunk_close(&chunk);
    return status;
}

static enum cli_status run_predict(const struct options *options, struct error *error)
{
    struct options chosen = *options;
    bool has_texts = options->argument_count > 1;
    if (options->argument_count == 2 && !options->file && strcmp(options->arguments[1], "-") == 0)
        chosen.file = "-";
    else if (has_texts == (options->file != NULL)) {
        error_set(error, has_texts ? "give texts or --file, not both"
                                   : "there is no text; give TEXT... or --file FILE");
        return CLI_USAGE;
    }
    struct session session = {.backend = NULL};
    struct texts texts = {.stream = NULL};
    enum cli_status status = predict(&session, &texts, &chosen, error);
    texts_close(&texts);
    session_close(&session);
    return status;
}
