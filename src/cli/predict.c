#include "commands.h"
#include "explanation.h"
#include "text_source.h"

#include "matinee/encoded_texts.h"
#include "matinee/json_values.h"
#include "matinee/output_file.h"
#include "matinee/session.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1024, /* texts that are predicted at a time */
    BATCH_SIZE = 64,
};

static const enum option_id predict_options[] = {OPTION_EXPLAIN,      OPTION_HTML,      OPTION_EXPLAIN_COUNT,
                                                 OPTION_FILE,         OPTION_WORD_DATA, OPTION_TEXT_COLUMN,
                                                 OPTION_LABEL_COLUMN, OPTION_NO_QUOTES, OPTION_WORD_INDEX,
                                                 OPTION_CACHE,        OPTION_NO_CACHE,  OPTION_DEVICE,
                                                 OPTION_ENGINE,       OPTION_PRECISION, OPTION_THREADS,
                                                 OPTION_CPU_KERNELS,  OPTION_JSON,      OPTION_END};

static enum exit_status run_predict(const struct options *options, struct error *error);

const struct command command_predict = {
    .name = "predict",
    .arguments = "MODEL [TEXT...]",
    .summary = "Probability that a text is positive, and its label",
    .details =
        "Prints a line for each text: probability, label, the text's beginning. With --json each line is an "
        "object with the text's number, from 1, or that of its line in a file. The TEXT - alone is --file -. "
        "Of a file, empty lines are skipped, and a line that cannot be predicted ends the command after the "
        "lines before it. A .csv or .tsv is a table: its texts are in the column text or review, or in that "
        "of --text-column, and a text's number is that of the line on which its row begins. What "
        "--explain prints is described in docs/understanding.md.\n\n"
        "A model file that Keras wrote has no vocabulary: name Keras' word index with --word-index, or the "
        "data set that it was trained on with --data, and the words are numbered as Keras numbers them.",
    .options = predict_options,
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run_predict,
};

/* A chunk of texts and what is shown of them. */
struct chunk {
    struct encoded_texts texts;
    float *probabilities;            /* (CHUNK) */
    long *numbers;                   /* (CHUNK) of the texts */
    char (*shown)[TEXT_SHOWN_BYTES]; /* (CHUNK) */
};

static bool chunk_open(struct chunk *chunk, const struct checkpoint *model, struct error *error)
{
    *chunk = (struct chunk){.probabilities = malloc(CHUNK * sizeof(float))};
    chunk->numbers = malloc(CHUNK * sizeof *chunk->numbers);
    chunk->shown = malloc(CHUNK * sizeof *chunk->shown);
    if (!chunk->probabilities || !chunk->numbers || !chunk->shown)
        return error_memory(error, "the texts", CHUNK * sizeof *chunk->shown);
    return encoded_texts_open(&chunk->texts, model, CHUNK, error);
}

static void chunk_close(struct chunk *chunk)
{
    encoded_texts_close(&chunk->texts);
    free(chunk->probabilities);
    free(chunk->numbers);
    free(chunk->shown);
}

/* One text more; the chunk is not full. */
static bool chunk_add(struct chunk *chunk, long number, const char *text, size_t bytes, struct error *error)
{
    const int n = chunk->texts.reviews.count;
    if (!encoded_texts_add(&chunk->texts, text, bytes, error))
        return false;
    chunk->numbers[n] = number;
    text_shorten(chunk->shown[n], text, bytes);
    return true;
}

static bool chunk_print(const struct chunk *chunk, bool json, struct error *error)
{
    for (int n = 0; n < chunk->texts.reviews.count; n++) {
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

/* What predicts texts as they come, a chunk at a time. */
struct prediction {
    struct session *session;
    struct chunk chunk;
    bool json;
    enum exit_status status; /* of the chunks so far */
    struct error failure;    /* if that is not STATUS_DONE */
};

/* Predicts and prints the texts of the chunk, and empties it. */
static bool predict_chunk(struct prediction *prediction)
{
    struct session *session = prediction->session;
    struct chunk *chunk = &prediction->chunk;
    struct error *error = &prediction->failure;
    struct score unused;
    if (chunk->texts.reviews.count == 0)
        return true;
    /* A chunk after the first is not larger. */
    if ((!session->network.backend &&
         !session_open_evaluating(session, BATCH_SIZE, chunk->texts.reviews.count, error)) ||
        !session_score(session, &chunk->texts.reviews, &unused, chunk->probabilities, error))
        prediction->status = session_failure(session, error);
    else if (!chunk_print(chunk, prediction->json, error))
        prediction->status = STATUS_FAILED;
    chunk->texts.reviews.count = 0;
    return prediction->status == STATUS_DONE;
}

/* False if the text cannot be used, or if its chunk, which is full, cannot be predicted. */
static bool predict_text(void *context, long number, const char *text, size_t bytes, struct error *error)
{
    struct prediction *prediction = context;
    if (!chunk_add(&prediction->chunk, number, text, bytes, error))
        return false;
    return prediction->chunk.texts.reviews.count < CHUNK || predict_chunk(prediction);
}

/* All texts, or those before the first one that cannot be used. */
static enum exit_status predict_texts(struct prediction *prediction, struct text_source *source,
                                      struct error *error)
{
    struct error refusal = {""};
    const struct text_reader reader = {.handle = predict_text, .context = prediction};
    bool read = text_source_read(source, &reader, &refusal);
    if (prediction->status == STATUS_DONE)
        (void)predict_chunk(prediction);
    *error = prediction->status == STATUS_DONE ? refusal : prediction->failure;
    return prediction->status == STATUS_DONE && !read ? STATUS_FAILED : prediction->status;
}

static enum exit_status predict(struct session *session, struct text_source *source,
                                const struct options *options, struct error *error)
{
    if (!session_load_model(session, options->arguments[0], error))
        return STATUS_FAILED;
    enum exit_status status = session_open_vocabulary(session, options, error);
    if (status != STATUS_DONE)
        return status;
    if (!text_source_open(source, options, error) || !session_open_backend(session, options, error) ||
        !session_choose_engine(session, BATCH_SIZE, PASS_EVALUATE, error))
        return session_failure(session, error);
    if (options->explain)
        return explain_texts(session, source, options, error);
    struct prediction prediction = {.session = session, .json = options->json, .status = STATUS_DONE};
    status = chunk_open(&prediction.chunk, &session->model, error) ? predict_texts(&prediction, source, error)
                                                                   : STATUS_FAILED;
    chunk_close(&prediction.chunk);
    return status;
}

/* The page must not take the place of what the command reads. */
static bool check_page(const struct options *options, struct error *error)
{
    const char *const read[] = {options->arguments[0], options->file, options->word_index, options->data};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (output_file_would_replace(options->html, read[i]))
            return error_set(error, "--html %s: is a file that is read; give the page another name",
                             options->html);
    return true;
}

static enum exit_status run_predict(const struct options *options, struct error *error)
{
    struct options chosen = *options;
    bool has_texts = options->argument_count > 1;
    static const enum option_id of_explain[] = {OPTION_HTML, OPTION_EXPLAIN_COUNT, OPTION_END};
    const enum option_id given = option_first_given(options, of_explain);
    if (!options->explain && given != OPTION_END) {
        error_set(error, "%s: belongs to --explain; give that, too, or leave the option out",
                  option_name(given));
        return STATUS_USAGE;
    }
    if (!check_page(options, error))
        return STATUS_USAGE;
    if (options->argument_count == 2 && !options->file && strcmp(options->arguments[1], "-") == 0)
        chosen.file = "-";
    else if (has_texts == (options->file != NULL)) {
        error_set(error, has_texts ? "give texts or --file, not both"
                                   : "there is no text; give TEXT... or --file FILE");
        return STATUS_USAGE;
    }
    struct session session = {.backend = NULL};
    struct text_source source = {.options = NULL};
    enum exit_status status = predict(&session, &source, &chosen, error);
    text_source_close(&source);
    session_close(&session);
    return status;
}
