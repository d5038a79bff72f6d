#include "h5_parts.h"

#include <string.h>

enum { RANK_AT = 1, SPACE_TYPE_AT = 3, DATATYPE_BYTES = 8 };

bool h5_dataspace_read(const unsigned char *data, size_t bytes, int *rank,
                       uint64_t dims[static H5_RANK_LIMIT], struct error *error)
{
    if (bytes < 4 || (data[0] != 1 && data[0] != 2))
        return h5_unsupported("a shape of another version", error);
    size_t dims_at = data[0] == 1 ? 8 : 4;
    *rank = data[RANK_AT];
    if (data[0] == 2 && data[SPACE_TYPE_AT] > 1)
        return error_set(error, "is empty; save the model again with Keras");
    if (*rank > H5_RANK_LIMIT || bytes < dims_at + 8 * (size_t)*rank)
        return error_set(error, "has %d axes or is damaged; save the model again with Keras", *rank);
    for (int i = 0; i < *rank; i++)
        dims[i] = h5_number_at(data + dims_at + 8 * (size_t)i, 8);
    return true;
}

uint64_t h5_element_count(int rank, const uint64_t *dims)
{
    uint64_t count = 1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] != 0 && count > (uint64_t)INT64_MAX / dims[i])
            return UINT64_MAX;
        count *= dims[i];
    }
    return count;
}

/* Class, size and every property of the number must be those of the type that h5py writes for it. */
static enum h5_number number_of(const struct h5_message *type)
{
    static const struct {
        enum h5_number number;
        unsigned char bytes[20];
        size_t count;
    } numbers[] = {
        {H5_NUMBER_FLOAT32, {1, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}, 20},
        {H5_NUMBER_FLOAT64, {1, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0}, 20},
        {H5_NUMBER_SIGNED, {0, 8, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0}, 12},
        {H5_NUMBER_SIGNED, {0, 8, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0}, 12},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (type->bytes >= numbers[i].count && (type->data[0] & 0x0f) == numbers[i].bytes[0] &&
            memcmp(type->data + 1, numbers[i].bytes + 1, numbers[i].count - 1) == 0)
            return numbers[i].number;
    return H5_NUMBER_OTHER;
}

static const char stored_elsewhere[] =
    "is stored in chunks or outside the file; save the model again with Keras";

static void find_data(const struct h5_image *image, const struct h5_message *layout, uint64_t bytes,
                      struct h5_dataset *dataset)
{
    enum { COMPACT, CONTIGUOUS };
    bool known = layout->bytes >= 4 && (layout->data[0] == 3 || layout->data[0] == 4);
    dataset->no_data = stored_elsewhere;
    if (known && layout->data[1] == COMPACT) {
        uint64_t held = h5_number_at(layout->data + 2, 2);
        if (held >= bytes && layout->bytes - 4 >= bytes)
            dataset->data = layout->data + 4;
        dataset->no_data = "holds too few bytes; fetch or save the file again";
    } else if (known && layout->data[1] == CONTIGUOUS && layout->bytes >= 18) {
        uint64_t address = h5_number_at(layout->data + 2, 8), held = h5_number_at(layout->data + 10, 8);
        if (held >= bytes)
            dataset->data = h5_bytes(image, address, bytes);
        dataset->no_data = "lies outside the file or holds nothing; fetch or save the file again";
    }
}

static bool read_parts(const struct h5_image *image, uint64_t object, struct h5_message parts[4],
                       struct error *error)
{
    static const int types[] = {H5_MESSAGE_DATASPACE, H5_MESSAGE_DATATYPE, H5_MESSAGE_LAYOUT,
                                H5_MESSAGE_EXTERNAL_FILES};
    for (int i = 0; i < 4; i++)
        if (!h5_message_find(image, object, types[i], &parts[i], error))
            return false;
    if (!parts[0].data || !parts[1].data || !parts[2].data)
        return error_set(error, "cannot be opened as a dataset; save the model again");
    return true;
}

bool h5_dataset_read(const struct h5_image *image, uint64_t object, struct h5_dataset *dataset,
                     struct error *error)
{
    struct h5_message parts[4];
    *dataset = (struct h5_dataset){.rank = 0};
    if (!read_parts(image, object, parts, error) ||
        !h5_dataspace_read(parts[0].data, parts[0].bytes, &dataset->rank, dataset->dims, error))
        return false;
    const struct h5_message *type = &parts[1];
    if (type->bytes < DATATYPE_BYTES)
        return h5_damaged(object, error);
    dataset->number = number_of(type);
    dataset->element_bytes = (size_t)h5_number_at(type->data + 4, 4);
    uint64_t count = h5_element_count(dataset->rank, dataset->dims);
    if (dataset->element_bytes == 0 || count > (uint64_t)INT64_MAX / dataset->element_bytes)
        return error_set(error, "has more elements than any file; fetch or save the file again");
    if (parts[3].data)
        dataset->no_data = stored_elsewhere;
    else
        find_data(image, &parts[2], count * dataset->element_bytes, dataset);
    return true;
}
