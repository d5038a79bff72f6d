/* The files of a comparison; each function writes what there is. */
#ifndef MATINEE_CAMPAIGN_COMPARE_H
#define MATINEE_CAMPAIGN_COMPARE_H

#include "campaign.h"
#include "comparison.h"
#include "text_table.h"

#include <jansson.h>

struct compared {
    const struct campaign *campaign;
    struct compared_runs runs;
    struct comparison comparison;
    struct text_table table; /* a row for each model */
};

/* What is above and below the table: "Mean test accuracy of 5 seeds (7 to 11) after 3 epochs ...". */
enum { COMPARE_TEXT_BYTES = 512 };
void compare_caption(char text[static COMPARE_TEXT_BYTES], const struct compared *compared);

/* "supported with 5 seeds: convolution is faster. cnn-lstm against lstm, seconds of an epoch, ratio: 0.440 (0.430 to
 * 0.460); the claim is below 1". */
void compare_claim_text(char text[static COMPARE_TEXT_BYTES], const struct claim_result *result);

/* "0.440 (0.430 to 0.460)": the mean and its interval, accuracies in points. */
void compare_measured_text(char text[static CLAIM_TEXT_BYTES], const struct claim_result *result);

/* How intervals and verdicts come about, for who reads the tables. */
extern const char compare_method[];

bool compare_fill_table(struct compared *compared, struct error *error);

json_t *compare_json(const struct compared *compared); /* NULL without memory */
void compare_csv(FILE *stream, const struct compared *compared);
void compare_markdown(FILE *stream, const struct compared *compared);
void compare_page(FILE *stream, const struct compared *compared);

#endif
