/* The parts of report.html. What run.json lacks they leave out or say so. */
#ifndef MATINEE_CLI_RUN_REPORT_PARTS_H
#define MATINEE_CLI_RUN_REPORT_PARTS_H

#include "predictions.h"

#include "matinee/roc.h"
#include "matinee/summary.h"

#include <jansson.h>
#include <stdio.h>

enum { REPORT_TEXT_BYTES = 64 };

/* What a run directory holds. */
struct run_report {
    const char *directory;
    json_t *run;                     /* run.json */
    const json_t *settings, *epochs; /* of it; an epoch is what json_epoch() made */
    int epoch_count;                 /* ended */
    const char *validated_on;        /* "test" or "validation" */
    bool has_predictions;            /* predictions.csv is there and whole */
    bool lacks_predictions;          /* it is not there; neither: it is damaged, and `problem` says how */
    struct error problem;            /* of predictions.csv */
    struct predictions predictions;
    struct confusion confusion;
    struct roc roc;
    int predicted_epoch; /* from 1: the latest with the accuracy of the predictions; 0: none */
};

/* NaN unless there is a number; "" unless there is a text. */
double number_of(const json_t *object, const char *key);
const char *text_of(const json_t *object, const char *key);

/* A member of epoch i, from 0. */
double epoch_number(const struct run_report *report, int i, const char *key);

/* "58.3 s" or "12 min 5 s"; "-" for what is no number. */
/* Writes a word of a shell that is this text, cut off where there is no room. */
void shell_word(char *quoted, size_t room, const char *text);

const char *seconds_text(double seconds, char text[static REPORT_TEXT_BYTES]);

/* "0.8710", with so many decimals; "-" for what is no number. */
const char *decimal_text(double value, int decimals, char text[static REPORT_TEXT_BYTES]);

/* "25,000". */
const char *count_text(double count, char text[static SUMMARY_NUMBER_BYTES]);

/* Result, epochs and settings as tables. */
void report_summary(FILE *stream, const struct run_report *report);
void report_epochs(FILE *stream, const struct run_report *report);
void report_settings(FILE *stream, const struct run_report *report);

/* Loss and accuracy, within epochs too if the run has a log. False only without memory. */
bool report_curves(FILE *stream, const struct run_report *report, struct error *error);

/* Where the time went. */
void report_time(FILE *stream, const struct run_report *report);

/* Confusion matrix and ROC; the mistakes with their texts. */
extern const char report_predictions_style[];
void report_predictions(FILE *stream, const struct run_report *report);
void report_mistakes(FILE *stream, const struct run_report *report);

#endif
