/* The documents' experiments, with what they print and what our runs of them say. */
#ifndef MATINEE_CAMPAIGN_DOCUMENTS_H
#define MATINEE_CAMPAIGN_DOCUMENTS_H

#include "campaign.h"
#include "statistics.h"
#include "text_table.h"

#include <jansson.h>

/* What the runs of an experiment say, over the seeds. */
struct document_figures {
    struct sample accuracy;         /* on the test reviews, or where the document has others on those */
    struct sample training_seconds; /* of the epochs, validation left out */
    struct sample wall_seconds;     /* from the start of the program to the end of its work */
    struct sample cpu_seconds;
};

/* An experiment as a document ran it. Pointers are into the file's JSON. */
struct document_row {
    const json_t *json;
    const char *id;
    const char *really; /* what is wrong; NULL: nothing */
    int experiment,
        right; /* of the campaign: as the document ran it; and the right one, if that is another. -1: none */
    struct word_list words, right_words;
    double seconds, cpu_seconds, accuracy; /* as printed; NaN: not */
    bool seconds_are_wrong, accuracy_is_wrong;
    int first_timed; /* index of the first epoch that `seconds` are of, to the last; above 0: not of the whole run */
    struct document_figures ours, right_ours;
};

struct documents {
    json_t *json;
    int count;
    struct document_row *rows;
    bool is_rehearsal; /* our runs have other sizes than the documents' */
};

/* Reads the text of bench/documents.json, whose fields bench/README.md describes. */
bool documents_open(struct documents *documents, const char *text, struct error *error);
void documents_close(struct documents *documents);

/* Adds their experiments to the campaign, each once. */
bool documents_add(struct documents *documents, struct campaign *campaign, struct error *error);

/* Takes the figures of the runs that are done. */
bool documents_take(struct documents *documents, const struct campaign *campaign, struct error *error);

/* How many times faster we are: the printed seconds by the mean of ours. NaN where the one or the other is not there,
 * and of a rehearsal; of the whole run also where the printed seconds are of a part of it. */
double document_training_ratio(const struct documents *documents, const struct document_row *row);
double document_whole_ratio(const struct documents *documents, const struct document_row *row);

bool documents_table(const struct documents *documents, struct text_table *table, struct error *error);

/* "002-cnn-lstm: what is printed is wrong: ..." */
enum { DOCUMENT_TEXT_BYTES = 512 };
void document_flaw_text(char text[static DOCUMENT_TEXT_BYTES], const struct document_row *row);
void documents_caption(char text[static DOCUMENT_TEXT_BYTES], const struct documents *documents,
                       const struct campaign *campaign);

json_t *documents_json(const struct documents *documents, const struct campaign *campaign);
void documents_csv(FILE *stream, const struct documents *documents);
bool documents_chart(FILE *stream, const struct documents *documents, struct error *error);

#endif
