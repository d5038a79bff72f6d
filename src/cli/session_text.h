/* What commands print of a session on standard output, in a line each. */
#ifndef MATINEE_CLI_SESSION_TEXT_H
#define MATINEE_CLI_SESSION_TEXT_H

#include "matinee/session.h"

void session_print_data(const struct session *session);
void session_print_loading(const struct session *session); /* nothing of the sample */
void session_print_model(const struct session *session);
void session_print_device(const struct session *session);

/* "Ranks: 4 processes on this machine; 16 reviews of a batch each"; nothing where one process computes whole batches.
 * batch_size 0: nothing of batches. */
void ranks_print(const struct sharing *sharing, int batch_size);

#endif
