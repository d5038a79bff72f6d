/* Where the words of a model without a vocabulary get their numbers. */
#include "matinee/session.h"

/* An option that would be ignored is refused. */
static bool check_options(const struct checkpoint *model, const struct options *options, struct error *error)
{
    static const enum option_id of_words[] = {OPTION_WORD_INDEX, OPTION_WORD_DATA, OPTION_LABEL_COLUMN,
                                              OPTION_END},
                                of_tables[] = {OPTION_TEXT_COLUMN, OPTION_NO_QUOTES, OPTION_END};
    enum option_id given = option_first_given(options, of_words);
    if (options->word_index && options->data)
        return error_set(error, "--word-index: numbers the words, and so does --data; leave one of them out");
    if (given == OPTION_END && !options_file_is_table(options))
        given = option_first_given(options, of_tables);
    if (!model->vocabulary || given == OPTION_END)
        return true;
    const char *value = given == OPTION_WORD_INDEX  ? options->word_index
                        : given == OPTION_WORD_DATA ? options->data
                                                    : NULL;
    return error_set(error, "%s%s%s: %s has a vocabulary of its own; leave the option out",
                     option_name(given), value ? " " : "", value ? value : "", options->arguments[0]);
}

/* The sample is taken only by name: no other model was trained on it. */
enum exit_status session_open_vocabulary(struct session *session, const struct options *options,
                                         struct error *error)
{
    struct checkpoint *model = &session->model;
    if (!check_options(model, options, error))
        return STATUS_USAGE;
    if (model->vocabulary)
        return STATUS_DONE;
    if (options->word_index)
        return vocabulary_from_word_index(&model->vocabulary, options->word_index, checkpoint_words(model),
                                          checkpoint_length(model), error)
                   ? STATUS_DONE
                   : STATUS_FAILED;
    char found[DATA_PATH_BYTES];
    if (!options->data && dataset_locate(found, sizeof found) == DATA_SAMPLE) {
        error_set(error,
                  "%s: has no vocabulary, so its words have no numbers; give Keras' imdb_word_index.json "
                  "with --word-index "
                  "FILE, or the data set that it was trained on with --data PATH",
                  options->arguments[0]);
        return STATUS_FAILED;
    }
    const bool table = options_file_is_table(options);
    struct options of_words = *options;
    if (table && !(options->data && table_is_name(options->data)))
        of_words.table = (struct table_options){.test = NULL}; /* they are about the texts */
    if (!session_open_data(session, &of_words, true, KEEP_NO_TEXTS, error))
        return STATUS_FAILED;
    if (!session->data.vocabulary) {
        error_set(error,
                  "%s: holds ranks and no words; put imdb_word_index.json beside it or name it with "
                  "--word-index FILE "
                  "instead of the data",
                  session->data.source);
        return STATUS_FAILED;
    }
    model->vocabulary = vocabulary_copy(session->data.vocabulary);
    dataset_close(&session->data); /* whose words the model has now */
    if (model->vocabulary)
        return STATUS_DONE;
    error_memory(error, "the vocabulary", 0);
    return STATUS_FAILED;
}
