#include "explanation.h"
#include "terminal.h"

#include "matinee/cli.h"
#include "matinee/json_values.h"
#include "matinee/output_file.h"

#include <stdlib.h>
#include <unistd.h>

enum { BATCH_SIZE = 64 };

static bool print_json_line(const struct explanation *explanation, struct error *error)
{
    json_t *value = explanation_json(explanation);
    char *line = value ? json_dumps(value, JSON_PRECISION | JSON_COMPACT) : NULL;
    json_decref(value);
    if (!line)
        return error_memory(error, "a JSON text", 0);
    puts(line);
    free(line);
    return true;
}

/* What explains texts as they come. */
struct explainer {
    struct session *session;
    const struct options *options;
    FILE *page; /* NULL: none */
    bool any;   /* text before this one */
    enum exit_status status;
    struct error failure; /* if that is not STATUS_DONE: one that is not the text's */
};

/* To standard output, and to the page if there is one. */
static bool show(struct explainer *explainer, const struct explanation *explanation, struct error *error)
{
    const struct options *options = explainer->options;
    if (explainer->page)
        explanation_page_add(explainer->page, explanation, options->count);
    if (options->json)
        return print_json_line(explanation, error) && flush_output(error);
    if (explainer->any)
        putchar('\n');
    explainer->any = true;
    const bool colours = terminal_redraws(STDOUT_FILENO) && terminal_colours();
    return explanation_print(stdout, explanation, options->count, colours, error) && flush_output(error);
}

static bool explain_text(void *context, long number, const char *text, size_t bytes, struct error *error)
{
    struct explainer *explainer = context;
    struct session *session = explainer->session;
    struct explanation explanation;
    if (!explanation_open(&explanation, &session->network, &session->model, text, bytes, error)) {
        if (session_failure(session, error) != STATUS_FAILED) {
            explainer->status = STATUS_DEVICE_FAILED;
            explainer->failure = *error;
        }
        return false;
    }
    explanation.number = number;
    const bool shown = show(explainer, &explanation, &explainer->failure);
    explanation_close(&explanation);
    if (!shown)
        explainer->status = STATUS_FAILED;
    return shown;
}

static enum exit_status explain_all(struct explainer *explainer, struct text_source *source,
                                    struct error *error)
{
    const struct text_reader reader = {.handle = explain_text, .context = explainer};
    const bool read = text_source_read(source, &reader, error);
    if (explainer->status == STATUS_DONE)
        return read ? STATUS_DONE : STATUS_FAILED;
    *error = explainer->failure;
    return explainer->status;
}

static enum exit_status explain_to_page(struct explainer *explainer, struct text_source *source,
                                        struct error *error)
{
    const struct options *options = explainer->options;
    struct output_file file;
    if (!output_file_open(&file, options->html, error))
        return STATUS_FAILED;
    explainer->page = file.stream;
    explanation_page_begin(file.stream, options->arguments[0]);
    enum exit_status status = explain_all(explainer, source, error);
    if (status == STATUS_DONE) {
        explanation_page_end(file.stream);
        status = output_file_commit(&file, error) ? STATUS_DONE : STATUS_FAILED;
    }
    output_file_abandon(&file);
    if (status == STATUS_DONE && !options->json)
        printf("\nWrote %s\n", options->html);
    return status;
}

enum exit_status explain_texts(struct session *session, struct text_source *source,
                               const struct options *options, struct error *error)
{
    /* A row for the text and one for each of its words. */
    if (!session_open_evaluating(session, BATCH_SIZE, 1 + checkpoint_length(&session->model), error))
        return session_failure(session, error);
    struct explainer explainer = {.session = session, .options = options, .status = STATUS_DONE};
    return options->html ? explain_to_page(&explainer, source, error)
                         : explain_all(&explainer, source, error);
}
