#include "documents.h"

#include "json_file.h"

#include "matinee/output_file.h"

extern const char documents_text[]; /* bench/documents.json, made a part of the program by the build */

static const char method[] = "Training is the sum of the epochs that the document's time is of, validation "
                             "left out; start to saved is the "
                             "whole program: reading the reviews, validation where the document has it, and "
                             "saving. Times faster is the "
                             "document's time by our training, and by our whole program; the documents' "
                             "times are of their authors' machines. "
                             "* marks what a document prints of another model than it says.";

static void print(FILE *stream, const struct documents *documents, const struct campaign *campaign,
                  const struct text_table *table, bool is_markdown)
{
    char text[DOCUMENT_TEXT_BYTES];
    documents_caption(text, documents, campaign);
    fprintf(stream, is_markdown ? "%s.\n\n" : "\n%s:\n\n", text);
    (is_markdown ? text_table_markdown : text_table_print)(stream, table);
    fprintf(stream, "\n%s\n\n", method);
    for (int i = 0; i < documents->count; i++)
        if (documents->rows[i].really) {
            document_flaw_text(text, &documents->rows[i]);
            fprintf(stream, is_markdown ? "\\%s\n\n" : "%s\n", text);
        }
}

/* A file of the directory that is open for writing. */
static bool file_open(struct output_file *file, const struct campaign *campaign, const char *name,
                      struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    return campaign_path(campaign, path, name, error) && output_file_open(file, path, error);
}

static bool write_files(const struct documents *documents, const struct campaign *campaign,
                        const struct text_table *table, struct error *error)
{
    char path[CAMPAIGN_PATH_BYTES];
    struct output_file file;
    if (!campaign_path(campaign, path, "documents.json", error) ||
        !json_file_write(path, documents_json(documents, campaign), error) ||
        !file_open(&file, campaign, "documents.csv", error))
        return false;
    documents_csv(file.stream, documents);
    if (!output_file_commit(&file, error) || !file_open(&file, campaign, "documents.md", error))
        return false;
    print(file.stream, documents, campaign, table, true);
    if (!output_file_commit(&file, error) || !file_open(&file, campaign, "documents.svg", error))
        return false;
    if (documents_chart(file.stream, documents, error))
        return output_file_commit(&file, error);
    output_file_abandon(&file);
    return false;
}

static bool report(struct documents *documents, const struct campaign *campaign, struct error *error)
{
    struct text_table table = {.cells = NULL};
    FILE *stream = campaign->settings->progress;
    bool reported = documents_take(documents, campaign, error) && documents_table(documents, &table, error) &&
                    write_files(documents, campaign, &table, error);
    if (reported && stream) {
        print(stream, documents, campaign, &table, false);
        fprintf(stream, "\nWrote %s: documents.json, documents.csv, documents.md, documents.svg\n",
                campaign->settings->directory);
    }
    text_table_close(&table);
    return reported;
}

enum campaign_end repeat_documents(const struct campaign_settings *settings, bool is_rehearsal,
                                   struct error *error)
{
    /* A run that was interrupted begins anew: its times are those of one that was not. */
    struct campaign campaign = {.settings = settings, .command = "bench documents", .lock = -1};
    struct documents documents;
    if (!documents_open(&documents, documents_text, error))
        return CAMPAIGN_FAILED;
    documents.is_rehearsal = is_rehearsal;
    enum campaign_end end = CAMPAIGN_FAILED;
    if (campaign_open(&campaign, error) && documents_add(&documents, &campaign, error))
        end = campaign_train(&campaign, error);
    struct error second;
    if (campaign.runs && campaign_count(&campaign, RUN_DONE) > 0 &&
        !report(&documents, &campaign, end == CAMPAIGN_DONE ? error : &second) && end == CAMPAIGN_DONE)
        end = CAMPAIGN_FAILED;
    campaign_close(&campaign);
    documents_close(&documents);
    return end;
}
