#include "matinee/keras_file.h"
#include "matinee/trainer.h"

#include <stdlib.h>
#include <string.h>

static const char vocabulary_member[] = "matinee/vocabulary.json", ngrams_member[] = "matinee/ngrams.bin",
                  settings_member[] = "matinee/settings.json", trainer_member[] = "matinee/trainer.json";

/* A member that is text of somebody else's; NULL where the file has none. */
static bool load_text(char **text, const struct keras_file *file, const char *name, struct error *error)
{
    size_t bytes;
    const char *member = keras_file_member(file, name, &bytes);
    if (!member)
        return true;
    *text = strndup(member, bytes);
    return *text || error_memory(error, name, bytes);
}

int checkpoint_words(const struct checkpoint *checkpoint)
{
    return checkpoint->ngrams ? ngrams_words(checkpoint->ngrams)
                              : checkpoint->spec.layers[0].input_dim - ngram_ids(checkpoint->ngram_order);
}

int checkpoint_length(const struct checkpoint *checkpoint)
{
    return checkpoint->spec.maxlen / ngram_tokens(checkpoint->ngram_order);
}

static bool load_ngrams(struct checkpoint *checkpoint, const struct keras_file *file, struct error *error)
{
    size_t bytes;
    const void *data = keras_file_member(file, ngrams_member, &bytes);
    const struct spec *spec = &checkpoint->spec;
    if (!data)
        return true;
    if (!ngrams_from_bytes(&checkpoint->ngrams, data, bytes, error))
        return error_within(error, "%s", ngrams_member);
    const int n = checkpoint->ngram_order = ngrams_order(checkpoint->ngrams),
              V = ngrams_words(checkpoint->ngrams);
    if (spec->maxlen % ngram_tokens(n) != 0)
        return error_set(error,
                         "%s: makes %d tokens of a word, and the %d that the model reads are no multiple of "
                         "that; use the file as it was saved",
                         ngrams_member, ngram_tokens(n), spec->maxlen);
    if (V + ngram_ids(n) > spec->layers[0].input_dim)
        return error_set(error,
                         "%s: has ids up to %d, the embedding only %d rows; use the file as it was saved",
                         ngrams_member, V + ngram_ids(n) - 1, spec->layers[0].input_dim);
    return true;
}

static bool load_vocabulary(struct checkpoint *checkpoint, const struct keras_file *file, struct error *error)
{
    size_t bytes;
    const char *json = keras_file_member(file, vocabulary_member, &bytes);
    const int n = checkpoint->ngram_order;
    if (!json)
        return true;
    if (!vocabulary_from_json(&checkpoint->vocabulary, json, bytes, error))
        return error_within(error, "%s", vocabulary_member);
    if (vocabulary_maxlen(checkpoint->vocabulary) != checkpoint_length(checkpoint))
        return error_set(error,
                         "%s: encodes %d ids a review, the model reads %d%s; use the file as it was saved",
                         vocabulary_member, vocabulary_maxlen(checkpoint->vocabulary),
                         checkpoint_length(checkpoint), n > 0 ? " with their n-grams" : "");
    if (n > 0 && vocabulary_size(checkpoint->vocabulary) != ngrams_words(checkpoint->ngrams))
        return error_set(error, "%s: has %d ids, and %s is about %d; use the file as it was saved",
                         vocabulary_member, vocabulary_size(checkpoint->vocabulary), ngrams_member,
                         ngrams_words(checkpoint->ngrams));
    if (vocabulary_size(checkpoint->vocabulary) > checkpoint->spec.layers[0].input_dim)
        return error_set(error,
                         "%s: has ids up to %d, the embedding only %d rows; use the file as it was saved",
                         vocabulary_member, vocabulary_size(checkpoint->vocabulary) - 1,
                         checkpoint->spec.layers[0].input_dim);
    return true;
}

static bool load_extras(struct checkpoint *checkpoint, const struct keras_file *file, struct error *error)
{
    return load_ngrams(checkpoint, file, error) && load_vocabulary(checkpoint, file, error) &&
           load_text(&checkpoint->settings, file, settings_member, error) &&
           load_text(&checkpoint->trainer, file, trainer_member, error);
}

/* What keras_file.h reports names the file already. */
static bool read_parts(struct checkpoint *checkpoint, const struct keras_file *file,
                       const struct spec *architecture, const char *path, struct error *error)
{
    if (architecture)
        checkpoint->spec = *architecture;
    else if (!keras_file_spec(file, &checkpoint->spec, error))
        return false;
    if (!spec_check(&checkpoint->spec, error))
        return error_within(error, "%s", path);
    parameter_table_build(&checkpoint->table, &checkpoint->spec);
    return training_state_open(&checkpoint->state, &checkpoint->table, error) &&
           training_state_set_average(&checkpoint->state, &checkpoint->table,
                                      adam_has_average(&checkpoint->spec.adam), error) &&
           keras_file_state(file, &checkpoint->spec, &checkpoint->table, &checkpoint->state,
                            &checkpoint->has_slots, &checkpoint->spec.adam.learning_rate, error) &&
           (load_extras(checkpoint, file, error) || error_within(error, "%s", path));
}

bool checkpoint_read(struct checkpoint *checkpoint, const struct keras_file *file,
                     const struct spec *architecture, const char *path, struct error *error)
{
    *checkpoint = (struct checkpoint){0};
    bool read = read_parts(checkpoint, file, architecture, path, error);
    if (!read)
        checkpoint_close(checkpoint);
    return read;
}

bool checkpoint_load(struct checkpoint *checkpoint, const char *path, struct error *error)
{
    *checkpoint = (struct checkpoint){0};
    struct keras_file *file = NULL;
    if (!keras_file_open(&file, path, error))
        return false;
    bool loaded = checkpoint_read(checkpoint, file, NULL, path, error);
    keras_file_close(file);
    return loaded;
}

static struct keras_member text_member(const char *name, const char *text)
{
    return (struct keras_member){.name = name, .data = text, .bytes = strlen(text)};
}

bool checkpoint_prepare_saves(struct checkpoint *checkpoint, struct error *error)
{
    if (checkpoint->vocabulary && !checkpoint->vocabulary_text) {
        checkpoint->vocabulary_text =
            vocabulary_to_json(checkpoint->vocabulary, &checkpoint->vocabulary_text_bytes);
        if (!checkpoint->vocabulary_text)
            return error_memory(error, vocabulary_member, 0);
    }
    if (checkpoint->ngrams && !checkpoint->ngrams_bytes) {
        checkpoint->ngrams_bytes = ngrams_to_bytes(checkpoint->ngrams, &checkpoint->ngrams_bytes_count);
        if (!checkpoint->ngrams_bytes)
            return error_memory(error, ngrams_member, 0);
    }
    return true;
}

static bool save(const struct checkpoint *checkpoint, const char *path, struct error *error)
{
    struct keras_member members[4];
    int count = 0;
    if (checkpoint->vocabulary_text)
        members[count++] = (struct keras_member){.name = vocabulary_member,
                                                 .data = checkpoint->vocabulary_text,
                                                 .bytes = checkpoint->vocabulary_text_bytes};
    if (checkpoint->ngrams_bytes)
        members[count++] = (struct keras_member){
            .name = ngrams_member, .data = checkpoint->ngrams_bytes, .bytes = checkpoint->ngrams_bytes_count};
    if (checkpoint->settings)
        members[count++] = text_member(settings_member, checkpoint->settings);
    if (checkpoint->trainer)
        members[count++] = text_member(trainer_member, checkpoint->trainer);
    struct keras_contents contents = {.spec = &checkpoint->spec,
                                      .table = &checkpoint->table,
                                      .state = &checkpoint->state,
                                      .members = members,
                                      .member_count = count};
    return keras_file_write(path, &contents, error);
}

bool checkpoint_save(const struct checkpoint *checkpoint, const char *path, struct error *error)
{
    struct checkpoint prepared = *checkpoint;
    bool saved = (checkpoint_prepare_saves(&prepared, error) || error_within(error, "%s", path)) &&
                 save(&prepared, path, error);
    if (prepared.vocabulary_text != checkpoint->vocabulary_text)
        free(prepared.vocabulary_text);
    if (prepared.ngrams_bytes != checkpoint->ngrams_bytes)
        free(prepared.ngrams_bytes);
    return saved;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    training_state_close(&checkpoint->state);
    vocabulary_close(checkpoint->vocabulary);
    free(checkpoint->vocabulary_text);
    ngrams_close(checkpoint->ngrams);
    free(checkpoint->ngrams_bytes);
    free(checkpoint->settings);
    free(checkpoint->trainer);
    *checkpoint = (struct checkpoint){0};
}
