/* One review of the built-in sample. */
#ifndef DATA_SAMPLE_REVIEW_H
#define DATA_SAMPLE_REVIEW_H

#include "sample_grammar.h"

/* Writes the review of this number, for or against its film: always the same text for the same arguments, on any
 * machine. Printable ASCII in writer->text, writer->bytes long. */
void sample_review(struct sample_writer *writer, uint32_t number, bool positive);

#endif
