/* What commands work with: a model, data, and the network on a device. Zeroed to begin with; each part is opened when
 * a command needs it. */
#ifndef MATINEE_CLI_SESSION_H
#define MATINEE_CLI_SESSION_H

#include "options.h"

#include "matinee/trainer.h"

struct session {
    struct checkpoint model;
    struct dataset data;
    struct backend *backend;
    char no_gpu[ERROR_MESSAGE_BYTES]; /* why "auto" took no GPU; "" if it did or was not asked */
    struct network network;
};

/* A name with a slash or a dot is a file, any other a preset. */
bool model_is_file(const char *name);

/* The model of a name: a preset with the sizes and rates of the options, and no weights; or a .keras file with its
 * weights and optimizer, where rates given as options take the place of the file's. CLI_USAGE for an unknown preset
 * and for sizes that contradict the file's. */
enum cli_status session_open_model(struct session *session, const char *name, const struct options *options,
                                   struct error *error);

/* Keeps the architecture of the open model and nothing else: weights of the seed, a fresh Keras Adam with the rates of
 * the options, no vocabulary. */
bool session_new_weights(struct session *session, const struct options *options, struct error *error);

/* The reviews, encoded with the model's own vocabulary, or with that of the data if the model has none. */
bool session_open_data(struct session *session, const char *path, bool test_only, struct error *error);

bool session_open_backend(struct session *session, const struct options *options, struct error *error);

/* The model's weights and moments on the backend, which is open. */
bool session_open_network(struct session *session, int batch_size, struct error *error);

/* After a call that worked on the backend has failed: CLI_DEVICE_FAILED, with the device's own message, if the device
 * is the reason, otherwise CLI_FAILED. */
enum cli_status session_failure(struct session *session, struct error *error);

void session_close(struct session *session);

/* One line each on standard output. */
void session_print_data(const struct session *session);
void session_print_model(const struct session *session);
void session_print_device(const struct session *session);

#endif
