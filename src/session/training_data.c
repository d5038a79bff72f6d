#include "training_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <zlib.h>

/* Rows first .. first + count - 1. */
static struct reviews part(const struct reviews *all, int first, int count)
{
    const size_t before = (size_t)first * (size_t)all->T;
    return (struct reviews){.count = count,
                            .T = all->T,
                            .tokens = all->tokens ? all->tokens + before : NULL,
                            .short_tokens = all->short_tokens ? all->short_tokens + before : NULL,
                            .mapped = all->mapped,
                            .pads = all->pads + first,
                            .labels = all->labels + first};
}

bool training_data_split(struct training_data *parts, const struct dataset *data,
                         const struct options *options, struct error *error)
{
    static const double default_fraction = 0.2;
    *parts = (struct training_data){
        .train = data->train, .kind = options->validation, .fraction = options->validation_fraction};
    if (parts->kind == VALIDATION_TEST && data->test.count == 0) {
        if (option_given(options, OPTION_VALIDATION))
            return error_set(
                error, "--validation test: %s has no test reviews; give %s--validation a fraction or none",
                data->source, data->is_ranks ? "" : "--test FILE or --test 0.2, or ");
        parts->kind = VALIDATION_FRACTION;
        parts->fraction = default_fraction;
    }
    if (options->train_limit > data->train.count)
        return error_set(error, "--train-limit %d: %s has %d training reviews", options->train_limit,
                         data->source, data->train.count);
    if (options->train_limit)
        parts->train.count = options->train_limit;
    if (parts->kind == VALIDATION_TEST)
        parts->validation = data->test;
    if (parts->kind != VALIDATION_FRACTION)
        return true;

    /* Keras cuts at int(n * (1 - fraction)), before anything is shuffled. */
    int all = parts->train.count, kept = (int)floor(all * (1 - parts->fraction));
    if (kept == 0 || kept == all)
        return error_set(
            error,
            "--validation %.10g: of %d training reviews that leaves %d to train on and %d to validate on",
            parts->fraction, all, kept, all - kept);
    parts->train = part(&data->train, 0, kept);
    parts->validation = part(&data->train, kept, all - kept);
    return true;
}

/* Of ids of four bytes, whatever holds them. */
static uint32_t checksum(const struct reviews *reviews)
{
    const size_t ids = (size_t)reviews->count * (size_t)reviews->T;
    uLong crc = 0;
    if (reviews->tokens)
        crc = crc32_z(crc, (const Bytef *)reviews->tokens, ids * sizeof *reviews->tokens);
    for (size_t at = 0; reviews->short_tokens && at < ids;) {
        int32_t some[4096];
        size_t count = 0;
        for (; count < sizeof some / sizeof *some && at < ids; count++)
            some[count] = reviews->short_tokens[at++];
        crc = crc32_z(crc, (const Bytef *)some, count * sizeof *some);
    }
    return (uint32_t)crc32_z(crc, reviews->labels, (size_t)reviews->count);
}

void training_data_mark(char mark[static DATA_MARK_BYTES], const struct training_data *parts)
{
    const struct reviews *train = &parts->train, *validation = &parts->validation;
    snprintf(mark, DATA_MARK_BYTES, "train %dx%d %08" PRIx32 ", validation %d %08" PRIx32, train->count,
             train->T, checksum(train), validation->count, validation->count ? checksum(validation) : 0);
}
