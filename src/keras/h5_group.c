#include "h5_parts.h"

#include <string.h>

/* A tree of groups is flat: 8 levels are more than any file has. A group of a model has as many members as a layer has
 * weights; the limit keeps a tree that names a node again and again from taking for ever. */
enum {
    TREE_BYTES = 24,
    TREE_LEVELS = 8,
    NODE_BYTES = 8,
    ENTRY_BYTES = 40,
    HEAP_BYTES = 32,
    MEMBERS_LIMIT = 1 << 16,
    LINK_TYPE_SOFT = 2,
};

/* A search of one group for a name; of none, to count. */
struct search {
    const struct h5_image *image;
    struct h5_text names; /* the group's heap of names */
    struct h5_text wanted;
    int64_t seen; /* members */
    int nodes;
    bool found, is_link;
    uint64_t object;
};

static bool visit_entry(struct search *search, const unsigned char *entry, uint64_t address,
                        struct error *error)
{
    uint64_t name_at = h5_number_at(entry, 8);
    if (++search->seen > MEMBERS_LIMIT || name_at >= search->names.bytes)
        return h5_damaged(address, error);
    struct h5_text name = h5_text_end(search->names, (size_t)name_at);
    const char *end = memchr(name.data, '\0', name.bytes);
    if (!end)
        return h5_damaged(address, error);
    name.bytes = (size_t)(end - name.data);
    if (!search->wanted.data || name.bytes != search->wanted.bytes ||
        memcmp(name.data, search->wanted.data, name.bytes) != 0)
        return true;
    search->found = true;
    search->object = h5_number_at(entry + 8, 8);
    search->is_link = h5_number_at(entry + 16, 4) == LINK_TYPE_SOFT;
    return true;
}

static bool visit_node(struct search *search, uint64_t address, struct error *error)
{
    const unsigned char *node = h5_bytes(search->image, address, NODE_BYTES);
    if (!node || memcmp(node, "SNOD\1", 5) != 0)
        return h5_damaged(address, error);
    uint64_t count = h5_number_at(node + 6, 2);
    const unsigned char *entries = h5_bytes(search->image, address + NODE_BYTES, count * ENTRY_BYTES);
    if (!entries)
        return h5_damaged(address, error);
    for (uint64_t i = 0; i < count && !search->found; i++)
        if (!visit_entry(search, entries + i * ENTRY_BYTES, address, error))
            return false;
    return true;
}

/* Levels fall by one from node to node, so that no path comes back to where it was. */
static bool visit_tree(struct search *search, uint64_t address, int level, struct error *error)
{
    const unsigned char *node = h5_bytes(search->image, address, TREE_BYTES);
    if (!node || memcmp(node, "TREE", 4) != 0 || node[4] != 0 || (level >= 0 && node[5] != level) ||
        node[5] >= TREE_LEVELS)
        return h5_damaged(address, error);
    uint64_t count = h5_number_at(node + 6, 2);
    const unsigned char *keys = h5_bytes(search->image, address + TREE_BYTES, (2 * count + 1) * 8);
    if (!keys)
        return h5_damaged(address, error);
    for (uint64_t i = 0; i < count && !search->found; i++) {
        uint64_t child = h5_number_at(keys + 8 + 16 * i, 8);
        if (++search->nodes > MEMBERS_LIMIT)
            return h5_damaged(address, error);
        if (node[5] == 0 ? !visit_node(search, child, error) : !visit_tree(search, child, node[5] - 1, error))
            return false;
    }
    return true;
}

static bool read_names(struct search *search, uint64_t address, struct error *error)
{
    const unsigned char *heap = h5_bytes(search->image, address, HEAP_BYTES);
    if (!heap || memcmp(heap, "HEAP\0", 5) != 0)
        return h5_damaged(address, error);
    uint64_t bytes = h5_number_at(heap + 8, 8);
    const unsigned char *names = h5_bytes(search->image, h5_number_at(heap + 24, 8), bytes);
    if (!names)
        return h5_damaged(address, error);
    search->names = (struct h5_text){(const char *)names, (size_t)bytes};
    return true;
}

/* *is_group false, and nothing is searched, where the object has no members. */
static bool search_group(struct search *search, uint64_t group, bool *is_group, struct error *error)
{
    struct h5_message table, other;
    *is_group = false;
    if (!h5_message_find(search->image, group, H5_MESSAGE_SYMBOL_TABLE, &table, error) ||
        !h5_message_find(search->image, group, H5_MESSAGE_LINK_INFO, &other, error))
        return false;
    if (other.data)
        return h5_unsupported("a group of the newer form", error);
    *is_group = table.data != NULL;
    if (!*is_group)
        return true;
    if (table.bytes < 16)
        return h5_damaged(group, error);
    return read_names(search, h5_number_at(table.data + 8, 8), error) &&
           visit_tree(search, h5_number_at(table.data, 8), -1, error);
}

bool h5_find(const struct h5_image *image, uint64_t group, struct h5_text path, uint64_t *object,
             struct error *error)
{
    char print[H5_NAME_BYTES];
    *object = group;
    for (size_t from = 0; from < path.bytes;) {
        struct h5_text rest = h5_text_end(path, from);
        const char *slash = memchr(rest.data, '/', rest.bytes);
        size_t bytes = slash ? (size_t)(slash - rest.data) : rest.bytes;
        struct search search = {.image = image, .wanted = {rest.data, bytes}};
        bool is_group;
        from += bytes + (slash != NULL);
        if (bytes == 0)
            continue;
        if (!search_group(&search, *object, &is_group, error))
            return error_within(error, "%s", h5_text_print(print, path));
        if (search.is_link) {
            struct h5_text part = {path.data, from - (slash != NULL)};
            return error_set(error, "%s is a link to somewhere else; save the model again with Keras",
                             h5_text_print(print, part));
        }
        *object = search.found ? search.object : 0;
        if (!search.found)
            return true;
    }
    return true;
}

bool h5_group_count(const struct h5_image *image, uint64_t group, int64_t *count, struct error *error)
{
    struct search search = {.image = image};
    bool is_group;
    if (!search_group(&search, group, &is_group, error))
        return false;
    *count = search.seen;
    return is_group || error_set(error, "is not a group; save the model again with Keras");
}
