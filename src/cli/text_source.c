#include "text_source.h"

bool text_source_open(struct text_source *source, const struct options *options, struct error *error)
{
    *source = (struct text_source){.options = options};
    return options_file_is_table(options) || texts_open(&source->texts, options->file, options->arguments + 1,
                                                        options->argument_count - 1, error);
}

void text_source_close(struct text_source *source)
{
    texts_close(&source->texts);
}

static bool read_row(void *context, const struct table_text *text, struct error *error)
{
    const struct text_reader *reader = context;
    return reader->handle(reader->context, text->line, text->text, text->bytes, error) ||
           error_within(error, "%s: line %ld", text->file, text->line);
}

static bool read_lines(struct texts *texts, const struct text_reader *reader, struct error *error)
{
    for (;;) {
        const char *text;
        size_t bytes;
        if (!texts_next(texts, &text, &bytes, error))
            return false;
        if (!text)
            return true;
        if (!reader->handle(reader->context, texts->number, text, bytes, error))
            return texts_error_within(texts, error);
    }
}

bool text_source_read(struct text_source *source, const struct text_reader *reader, struct error *error)
{
    const struct options *options = source->options;
    struct text_reader own = *reader;
    if (!options_file_is_table(options))
        return read_lines(&source->texts, reader, error);
    return table_texts_read(options->file, &options->table,
                            &(struct table_texts_reader){.handle = read_row, .context = &own}, error);
}
