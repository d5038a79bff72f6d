/* What is worked with: a model, data, and the network on a device. Zeroed to begin with; each part is opened when it is
 * needed. */
#ifndef MATINEE_SESSION_H
#define MATINEE_SESSION_H

#include "matinee/options.h"
#include "matinee/status.h"
#include "matinee/trainer.h"

struct session {
    struct checkpoint model;
    struct dataset data;
    struct backend *backend;
    const struct communicator *communicator; /* of the backend; NULL: alone */
    char no_gpu[ERROR_MESSAGE_BYTES];        /* why "auto" took no GPU; "" if it did or was not asked */
    bool on_gpu;
    const char *engine; /* what computes the model's LSTMs there */
    struct network network;
};

/* By the name alone: a file's ends in .keras, .h5, .hdf5 or .json; any other with a slash or a dot is no name of a
 * preset. */
enum model_kind { MODEL_PRESET, MODEL_CONFIG, MODEL_KERAS, MODEL_UNKNOWN };
enum model_kind model_kind(const char *name);

/* The model of a name: a preset with the sizes and rates of the options, or a Keras configuration, and no weights; or
 * a model file with its weights and optimizer, or with Keras' default Adam if it is to start fresh. An optimizer's
 * rates given as options take the place of all these. STATUS_USAGE for an unknown preset, for an option that contradicts
 * it, and for sizes that contradict a file's. */
enum exit_status session_open_model(struct session *session, const char *name, const struct options *options,
                                    struct error *error);

/* The model of a file, which must have weights. */
bool session_load_model(struct session *session, const char *name, struct error *error);

/* NULL without one. */
const struct layer_spec *first_lstm(const struct spec *spec);

/* Keeps the spec of the open model, and how many n-grams it reads, and nothing else: weights of the seed from the
 * initialisers of the options, an Adam that has seen nothing, no vocabulary. */
bool session_new_weights(struct session *session, const struct options *options, struct error *error);

/* The directory of --cache, or the one that the environment names; NULL: --no-cache, or there is none. */
const char *session_cache_directory(const struct options *options, char path[static DATA_PATH_BYTES]);

/* dataset_open with the cache and the threads of the options. What is amiss with the cache goes to options->note,
 * by one rank of a machine: it is no reason to fail. */
bool session_open_dataset(struct dataset *dataset, const struct dataset_options *wanted,
                          const struct options *options, struct error *error);

/* The reviews, encoded with the model's own vocabulary, or with that of the data if the model has none. All ranks call
 * it. */
bool session_open_data(struct session *session, const struct options *options, bool test_only,
                       enum kept_texts keep_texts, struct error *error);

/* False for a --word-index of no use: the open model keeps a vocabulary of its own, and the reviews are text. */
bool session_check_word_index(const struct session *session, const struct options *options,
                              struct error *error);

/* The vocabulary of the loaded model; or if it has none that of --word-index, or of the data set that --data names or
 * that is found, which is not kept. STATUS_USAGE for an option of no use. */
enum exit_status session_open_vocabulary(struct session *session, const struct options *options,
                                         struct error *error);

/* All ranks call it, and have one kind of device then. */
bool session_open_backend(struct session *session, const struct options *options, struct error *error);

/* What will compute the model's LSTMs; false if the engine that was asked for cannot. */
bool session_choose_engine(struct session *session, int batch_size, enum pass_kind kind, struct error *error);

/* The model's weights and moments on the backend, which is open. The seed is of what training drops. */
bool session_open_network(struct session *session, const struct sharing *sharing, int batch_size,
                          uint64_t seed, struct error *error);

/* The model's weights alone, for scoring up to `reviews` at a time: as network_open_evaluating, with the ranks of the
 * backend. Takes the place of a network that is open. */
bool session_open_evaluating(struct session *session, int batch_size, int reviews, struct error *error);

/* What that network says of reviews: as trainer_evaluate. */
bool session_score(struct session *session, const struct reviews *reviews, struct score *score,
                   float *probabilities, struct error *error);

/* Puts the test reviews' n-grams beside their words, if the model has been trained on n-grams. */
bool session_add_ngrams(struct session *session, const struct options *options, struct error *error);

/* After a call that worked on the backend has failed: STATUS_DEVICE_FAILED, with the device's own message, if the device
 * is the reason, otherwise STATUS_FAILED. */
enum exit_status session_failure(struct session *session, struct error *error);

/* The network and the backend alone: another can be opened. */
void session_close_device(struct session *session);

void session_close(struct session *session);

/* The same for work that ends with `status`: after a failure no other rank is waited for. */
void session_end(struct session *session, enum exit_status status);

#endif
