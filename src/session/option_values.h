/* Texts of option values to numbers, with refusals that say what is allowed. */
#ifndef MATINEE_SESSION_OPTION_VALUES_H
#define MATINEE_SESSION_OPTION_VALUES_H

#include "matinee/options.h"

/* `name` is for the message: "--epochs". */
bool option_whole(const char *name, const char *text, int low, int high, int *value, struct error *error);

/* 0 to 2^63 - 1, what JSON readers take for a whole number. */
bool option_seed(const char *name, const char *text, uint64_t *value, struct error *error);

/* A finite number above 0 and at most `high`. */
bool option_positive(const char *name, const char *text, double high, double *value, struct error *error);

/* A number from 0 to below 1. */
bool option_rate(const char *name, const char *text, double *rate, struct error *error);

/* sigmoid, hard_sigmoid or hard_sigmoid_keras1. */
bool option_recurrent_activation(const char *name, const char *text, double *hard_sigmoid_slope,
                                 struct error *error);

/* per-gate or shared. */
bool option_gate_masks(const char *name, const char *text, enum gate_masks *masks, struct error *error);

/* none, max or average. */
bool option_global_pooling(const char *name, const char *text, enum global_pooling *pooling,
                           struct error *error);
/* constant or cosine. */
bool option_schedule(const char *name, const char *text, enum schedule_kind *schedule, struct error *error);

/* keras or keras1. */
bool option_initializers(const char *name, const char *text, enum initializers *initializers,
                         struct error *error);

/* auto, fused, cudnn or generic. */
bool option_engine(const char *name, const char *text, enum engine_choice *engine, struct error *error);

/* auto, always or never. */
bool option_map_reviews(const char *name, const char *text, enum map_reviews *map, struct error *error);

/* fp32 or tf32. */
bool option_precision(const char *name, const char *text, enum precision *precision, struct error *error);

/* counter or cudnn. */
bool option_dropout_masks(const char *name, const char *text, enum mask_source *masks, struct error *error);

/* The words that these take, for what they stand for. */
const char *gate_masks_name(enum gate_masks masks);
const char *schedule_name(enum schedule_kind schedule);
const char *initializers_name(enum initializers initializers);
const char *engine_name(enum engine_choice engine);
const char *precision_name(enum precision precision);
const char *mask_source_name(enum mask_source masks);

/* theano or tensorflow. */
bool option_backend(const char *name, const char *text, const char **backend, struct error *error);

/* auto, or a name that the CPU's kernels have in some build. */
bool option_cpu_kernels(const char *name, const char *text, const char **kernels, struct error *error);

/* test, none, or a number above 0 and below 1. */
bool option_validation(const char *name, const char *text, enum validation_kind *kind, double *fraction,
                       struct error *error);

/* A number above 0 and below 1, or else the path of a file, which leaves the fraction 0. */
bool option_test(const char *name, const char *text, const char **path, double *fraction,
                 struct error *error);

/* What option_validation reads back to the bit. */
void option_validation_text(enum validation_kind kind, double fraction, char text[static OPTION_TEXT_BYTES]);

/* auto, cpu, cuda or cuda:I. */
bool option_device(const char *name, const char *text, const char **device, struct error *error);

/* The words that these take, of the first two beside others; each list ends with NULL. */
extern const char *const validation_names[];
extern const char *const device_names[];
extern const char *const recurrent_activations[];
extern const char *const gate_masks_names[];
extern const char *const global_pooling_names[];
extern const char *const schedule_names[];
extern const char *const initializers_names[];
extern const char *const map_reviews_names[];
extern const char *const engine_names[];
extern const char *const precision_names[];
extern const char *const mask_source_names[];
extern const char *const backend_names[];
extern const char *const cpu_kernels_names[];

#endif
