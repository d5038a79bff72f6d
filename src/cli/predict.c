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

static const enum option_id predict_options[] = {OPTION_FILE,         OPTION_WORD_DATA, OPTION_TEXT_COLUMN,
                                                 OPTION_LABEL_COLUMN, OPTION_NO_QUOTES, OPTION_WORD_INDEX,
                                                 OPTION_DEVICE,       OPTION_ENGINE,    OPTION_PRECISION,
                                                 OPTION_THREADS,      OPTION_JSON,      OPTION_END};

static enum cli_status run_predict(const struct options *options, struct error *error);

const struct command command_predict = {
    .name = "predict",
    .arguments = "MODEL [TEXT...]",
    .summary = "Probability that a text is positive, and its label",
    .details =
        "Prints a line for each text: probability, label, the text's beginning. With --json each line is an "
        "object with the text's number, from 1, or that of its line in a file. The TEXT - alone is --file -. "
        "Of a file, empty lines are skipped, and a line that cannot be predicted ends the command after the "
        "lines before it. A .csv or .tsv is a table: its texts are in the column text or review, or in that "
        "of --text-column, and a text's number is that of the line on which its row begins.\n\n"
        "A model file that Keras wrote has no vocabulary: name Keras' word index with --word-index, or the "
        "data set that it was trained on with --data, and the words are numbered as Keras numbers them.",
    .options = predict_options,
    .arguments_min = 1,
    .arguments_max = INT_MAX,
    .run = run_predict,
};

static bool texts_are_table(const char *file)
{
    return file && table_is_name(file);
}

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

/* Encodes one text more; the chunk is not full. */
static bool chunk_add(struct chunk *chunk, const struct vocabulary *vocabulary, long number, const char *text,
                      size_t bytes, struct error *error)
{
    struct reviews *reviews = &chunk->reviews;
    int n = reviews->count;
    if (!vocabulary_encode(vocabulary, text, bytes, reviews->tokens + (size_t)n * (size_t)reviews->T,
                           &reviews->pads[n], error))
        return false;
    chunk->numbers[n] = number;
    shorten(chunk->shown[n], text, bytes);
    reviews->count++;
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

/* What predicts texts as they come, a chunk at a time. */
struct prediction {
    struct session *session;
    struct chunk chunk;
    bool json;
    enum cli_status status; /* of the chunks so far */
    struct error failure;   /* if that is not CLI_DONE */
};

/* Predicts and prints the texts of the chunk, and empties it. */
static bool predict_chunk(struct prediction *prediction)
{
    struct session *session = prediction->session;
    struct chunk *chunk = &prediction->chunk;
    struct error *error = &prediction->failure;
    struct score unused;
    if (chunk->reviews.count == 0)
        return true;
    /* A chunk after the first is not larger. */
    if ((!session->network.backend &&
         !session_open_evaluating(session, BATCH_SIZE, chunk->reviews.count, error)) ||
        !trainer_evaluate(&session->network, &chunk->reviews, &unused, chunk->probabilities, error))
        prediction->status = session_failure(session, error);
    else if (!chunk_print(chunk, prediction->json, error))
        prediction->status = CLI_FAILED;
    chunk->reviews.count = 0;
    return prediction->status == CLI_DONE;
}

/* False if the text cannot be used, or if its chunk, which is full, cannot be predicted. */
static bool predict_text(struct prediction *prediction, long number, const char *text, size_t bytes,
                         struct error *error)
{
    if (!chunk_add(&prediction->chunk, prediction->session->model.vocabulary, number, text, bytes, error))
        return false;
    return prediction->chunk.reviews.count < CHUNK || predict_chunk(prediction);
}

static bool predict_row(void *context, const struct table_text *text, struct error *error)
{
    return predict_text(context, text->line, text->text, text->bytes, error) ||
           error_within(error, "%s: line %ld", text->file, text->line);
}

static bool predict_lines(struct prediction *prediction, struct texts *texts, struct error *error)
{
    for (;;) {
        const char *text;
        size_t bytes;
        if (!texts_next(texts, &text, &bytes, error))
            return false;
        if (!text)
            return true;
        if (!predict_text(prediction, texts->number, text, bytes, error))
            return texts_error_within(texts, error);
    }
}

/* All texts, or those before the first one that cannot be used. */
static enum cli_status predict_texts(struct prediction *prediction, struct texts *texts,
                                     const struct options *options, struct error *error)
{
    struct error refusal = {""};
    bool read;
    if (texts_are_table(options->file))
        read = table_texts_read(options->file, &options->table,
                                &(struct table_texts_reader){.handle = predict_row, .context = prediction},
                                &refusal);
    else
        read = predict_lines(prediction, texts, &refusal);
    if (prediction->status == CLI_DONE)
        (void)predict_chunk(prediction);
    *error = prediction->status == CLI_DONE ? refusal : prediction->failure;
    return prediction->status == CLI_DONE && !read ? CLI_FAILED : prediction->status;
}

/* An option that would be ignored is refused. */
static bool check_options(const struct checkpoint *model, const struct options *options, struct error *error)
{
    static const enum option_id of_words[] = {OPTION_WORD_INDEX, OPTION_WORD_DATA, OPTION_LABEL_COLUMN,
                                              OPTION_END},
                                of_tables[] = {OPTION_TEXT_COLUMN, OPTION_NO_QUOTES, OPTION_END};
    enum option_id given = option_first_given(options, of_words);
    if (options->word_index && options->data)
        return error_set(error, "--word-index: numbers the words, and so does --data; leave one of them out");
    if (given == OPTION_END && !texts_are_table(options->file))
        given = option_first_given(options, of_tables);
    if (!model->vocabulary || given == OPTION_END)
        return true;
    const char *value = given == OPTION_WORD_INDEX  ? options->word_index
                        : given == OPTION_WORD_DATA ? options->data
                                                    : NULL;
    return error_set(error, "%s%s%s: %s has a vocabulary of its own; leave the option out",
                     option_name(given), value ? " " : "", value ? value : "", options->arguments[0]);
}

/* The model's own vocabulary, or that of --word-index, or the one that the data set rebuilds which --data names or
 * which is found. The sample is taken only by name: no other model was trained on it. */
static enum cli_status open_vocabulary(struct session *session, const struct options *options,
                                       struct error *error)
{
    struct checkpoint *model = &session->model;
    if (!check_options(model, options, error))
        return CLI_USAGE;
    if (model->vocabulary)
        return CLI_DONE;
    if (options->word_index)
        return vocabulary_from_word_index(&model->vocabulary, options->word_index,
                                          model->spec.layers[0].input_dim, model->spec.maxlen, error)
                   ? CLI_DONE
                   : CLI_FAILED;
    char found[DATA_PATH_BYTES];
    if (!options->data && dataset_locate(found, sizeof found) == DATA_SAMPLE) {
        error_set(error,
                  "%s: has no vocabulary, so its words have no numbers; give Keras' imdb_word_index.json "
                  "with --word-index "
                  "FILE, or the data set that it was trained on with --data PATH",
                  options->arguments[0]);
        return CLI_FAILED;
    }
    const bool table = texts_are_table(options->file);
    struct options of_words = *options;
    if (table && !(options->data && table_is_name(options->data)))
        of_words.table = (struct table_options){.test = NULL}; /* they are about the texts */
    if (!session_open_data(session, &of_words, true, error))
        return CLI_FAILED;
    if (!session->data.vocabulary) {
        error_set(error,
                  "%s: holds ranks and no words; put imdb_word_index.json beside it or name it with "
                  "--word-index FILE "
                  "instead of the data",
                  session->data.source);
        return CLI_FAILED;
    }
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
    if ((!texts_are_table(options->file) &&
         !texts_open(texts, options->file, options->arguments + 1, options->argument_count - 1, error)) ||
        !session_open_backend(session, options, error) ||
        !session_choose_engine(session, BATCH_SIZE, PASS_EVALUATE, error))
        return session_failure(session, error);
    struct prediction prediction = {.session = session, .json = options->json, .status = CLI_DONE};
    status = chunk_open(&prediction.chunk, session->model.spec.maxlen, error)
                 ? predict_texts(&prediction, texts, options, error)
                 : CLI_FAILED;
    chunk_close(&prediction.chunk);
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
