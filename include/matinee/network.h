/* The network as lists of ops, bound to memory of a backend. */
#ifndef MATINEE_NETWORK_H
#define MATINEE_NETWORK_H

#include "matinee/backend.h"
#include "matinee/data.h"
#include "matinee/params.h"
#include "matinee/spec.h"

/* Weights, gradients, moments and activations of one network on one backend. */
struct network {
    struct backend *backend;
    struct spec spec;
    struct parameter_table parameters;
    int N_max;                          /* rows of the largest batch */
    float *weights, *gradients, *m, *v; /* arenas of the backend */
    struct step_state *state;           /* one, in the backend's memory */
    struct metrics *metrics;            /* one, in the backend's memory */
    struct activations {
        int32_t *tokens, *pads; /* (N,T), (N) */
        float *labels;          /* (N)   */
        float *h, *dh;          /* (N,H) */
        float *prob, *dz;       /* (N)   */
        void *saved, *scratch;  /* of the lstm */
    } activations;
};

/* Allocates everything once: nothing is allocated while training. Weights are zero until network_upload. */
bool network_open(struct network *network, struct backend *backend, const struct spec *spec, int batch_size,
                  struct error *error);
void network_close(struct network *network);

/* Between the host's state and the backend's arenas: weights, m and v. */
void network_upload(struct network *network, const struct training_state *state);
void network_download(struct network *network, struct training_state *state);

/* A split in the backend's memory, and an order to read it in. */
struct resident_reviews {
    struct backend *backend;
    int count;
    int32_t *tokens, *pads; /* (count,T), (count) */
    uint8_t *labels;        /* (count) */
    int32_t *order;         /* (count) */
};

bool resident_reviews_open(struct resident_reviews *resident, struct backend *backend,
                           const struct reviews *reviews, struct error *error);
void resident_reviews_close(struct resident_reviews *resident);

/* One way through the network for a fixed number of rows. Its op structs never change after pass_build, which is what
 * recording needs. The network and the reviews must stay where they are. A training pass reads the reviews by their
 * `order`; an evaluating one reads them as they lie and keeps nothing for a backward pass. */
struct pass {
    struct network *network;
    struct load_batch load;
    struct lstm lstm;
    struct dense_bce head;
    struct dense_backward head_backward;
    struct lstm_backward lstm_backward;
    struct adam adam;
};

enum pass_kind { PASS_TRAIN, PASS_EVALUATE };

void pass_build(struct pass *pass, struct network *network, const struct resident_reviews *reviews, int N,
                enum pass_kind kind);

/* Steps to record: they take a struct pass *. */
void pass_train(void *context);    /* load, forward, backward, Adam; adds to metrics */
void pass_evaluate(void *context); /* load, forward; adds to metrics, leaves prob */

/* Bytes of backend memory that a network of this spec needs, for --dry-run. */
struct memory_plan {
    size_t parameters, activations, lstm_saved, lstm_scratch;
};
struct memory_plan network_memory_plan(struct backend *backend, const struct spec *spec, int batch_size);

#endif
