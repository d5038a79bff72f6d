#include "classifier_parts.h"

#include "matinee/encoded_texts.h"
#include "matinee/model_output.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1024, /* texts that are predicted at a time */
    BATCH_SIZE = 64,
};

bool classifier_open(struct classifier **classifier, const char *name,
                     const struct classifier_options *options, struct error *error)
{
    struct classifier *c = *classifier = calloc(1, sizeof **classifier);
    if (!c)
        return error_memory(error, "the model", sizeof *c);
    c->name = strdup(name);
    if (!c->name)
        error_memory(error, "the model's name", 0);
    if (c->name && classifier_options_copy(&c->options, options, error)) {
        c->options.options.arguments = &c->name;
        c->options.options.argument_count = 1;
        return true;
    }
    classifier_close(c);
    *classifier = NULL;
    return false;
}

bool classifier_load(struct classifier **classifier, const char *path,
                     const struct classifier_options *options, struct error *error)
{
    if (!options_check(&options->options, error) || !classifier_open(classifier, path, options, error))
        return false;
    if (session_load_model(&(*classifier)->session, path, error))
        return true;
    classifier_close(*classifier);
    *classifier = NULL;
    return false;
}

bool classifier_save(const struct classifier *classifier, const char *path, struct error *error)
{
    const struct model_output *output = model_output_of(path, error);
    return output && model_output_write(&classifier->session.model, output, path, error);
}

/* False, with the device's own message if the device is the reason. */
static bool fail(struct session *session, struct error *error)
{
    (void)session_failure(session, error);
    return false;
}

static bool score_reviews(struct session *session, const struct options *options, struct score *score,
                          struct error *error)
{
    const struct reviews *test = &session->data.test;
    if (!session_check_word_index(session, options, error))
        return false;
    if (!session_open_backend(session, options, error) ||
        !session_choose_engine(session, BATCH_SIZE, PASS_EVALUATE, error) ||
        !session_open_data(session, options, true, KEEP_NO_TEXTS, error))
        return fail(session, error);
    if (test->count == 0)
        return error_set(error, "%s: has no test reviews; name data that have some", session->data.source);
    return (session_add_ngrams(session, options, error) &&
            session_open_evaluating(session, BATCH_SIZE, test->count, error) &&
            session_score(session, test, score, NULL, error)) ||
           fail(session, error);
}

bool classifier_evaluate(const struct classifier *classifier, const struct classifier_options *options,
                         struct score *score, struct error *error)
{
    struct session session = {.model = classifier->session.model};
    const bool done =
        options_check(&options->options, error) && score_reviews(&session, &options->options, score, error);
    session.model = (struct checkpoint){.vocabulary = NULL}; /* it stays the classifier's */
    session_close(&session);
    return done;
}

/* Also of a backend that has failed: the next prediction opens another. */
static void close_device(struct classifier *classifier)
{
    session_close_device(&classifier->session);
    classifier->rows = 0;
}

static bool open_device(struct classifier *classifier, struct error *error)
{
    struct session *session = &classifier->session;
    const struct options *options = &classifier->options.options;
    if (session->backend)
        return true;
    if (!session->model.vocabulary && session_open_vocabulary(session, options, error) != STATUS_DONE)
        return false;
    return session_open_backend(session, options, error) &&
           session_choose_engine(session, BATCH_SIZE, PASS_EVALUATE, error);
}

/* A network for as many texts as are to come at a time, or the larger one that is there. */
static bool open_network(struct classifier *classifier, int rows, struct error *error)
{
    if (rows <= classifier->rows)
        return true;
    classifier->rows = 0;
    if (!session_open_evaluating(&classifier->session, BATCH_SIZE, rows, error))
        return false;
    classifier->rows = rows;
    return true;
}

static bool encode(struct encoded_texts *encoded, const char *const *texts, size_t first, size_t end,
                   struct error *error)
{
    encoded->reviews.count = 0;
    for (size_t i = first; i < end; i++) {
        if (!texts[i])
            return error_set(error, "texts[%zu]: is NULL; give \"\" a word or leave it out", i);
        if (!encoded_texts_add(encoded, texts[i], strlen(texts[i]), error))
            return error_within(error, "texts[%zu]", i);
    }
    return true;
}

static bool predict(struct classifier *classifier, struct encoded_texts *encoded, float *probabilities,
                    struct error *error)
{
    struct score unused;
    return open_network(classifier, encoded->reviews.count, error) &&
           session_score(&classifier->session, &encoded->reviews, &unused, probabilities, error);
}

bool classifier_predict(struct classifier *classifier, const char *const *texts, size_t count,
                        float *probabilities, struct error *error)
{
    struct encoded_texts encoded = {.words = NULL};
    const int room = count < CHUNK ? (int)count : CHUNK;
    if (count == 0)
        return true;
    bool done = open_device(classifier, error);
    bool encodes = done && encoded_texts_open(&encoded, &classifier->session.model, room, error);
    for (size_t first = 0; done && encodes && first < count; first += CHUNK) {
        const size_t end = count - first > CHUNK ? first + CHUNK : count;
        encodes = encode(&encoded, texts, first, end, error);
        done = !encodes || predict(classifier, &encoded, probabilities + first, error);
    }
    encoded_texts_close(&encoded);
    if (!done) {
        (void)fail(&classifier->session, error);
        close_device(classifier);
    }
    return done && encodes;
}

void classifier_close(struct classifier *classifier)
{
    if (!classifier)
        return;
    session_close(&classifier->session);
    classifier_options_release(&classifier->options);
    free(classifier->name);
    free(classifier);
}
