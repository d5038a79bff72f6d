/* What an imdb.npz must not hold is refused with its place in the file. */
#include "imdb_npz.h"
#include "npz_set.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define P2 "\x80\2"
#define NEW "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R"
#define TYPE(name, order, flags)                                                                             \
    "cnumpy\ndtype\nU\2" name "K\0K\1\x87R(K\3U\1" order "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK" flags "tb"
#define OBJECTS TYPE("O8", "|", "\x3f") "\x89"
#define TWO P2 NEW "(K\1K\2\x85" OBJECTS
#define REVIEW "](K\1K\2e"
#define GOOD TWO "](" REVIEW REVIEW "etb."
#define LABELS "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

enum { TRAIN_ROWS, TRAIN_LABELS, TEST_ROWS, TEST_LABELS };

static struct npz_set_member array(int member, const char *type, const char *shape, const void *data,
                                   size_t bytes)
{
    static const char *const names[] = {"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"};
    return npz_set_array(names[member], type, shape, data, bytes);
}

static void good_members(struct npz_set_member members[NPZ_SET_MEMBERS])
{
    members[TRAIN_ROWS] = array(TRAIN_ROWS, "|O", "(2,)", GOOD, sizeof GOOD - 1);
    members[TRAIN_LABELS] = array(TRAIN_LABELS, "<i8", "(2,)", LABELS, sizeof LABELS - 1);
    members[TEST_ROWS] = array(TEST_ROWS, "|O", "(2,)", GOOD, sizeof GOOD - 1);
    members[TEST_LABELS] = array(TEST_LABELS, "<i8", "(2,)", LABELS, sizeof LABELS - 1);
}

static bool read_file(struct ranked_reviews ranked[CORPUS_SPLITS], const char *path, struct error *error)
{
    memset(ranked, 0, CORPUS_SPLITS * sizeof *ranked);
    error->message[0] = '\0';
    return imdb_npz_read(ranked, path, false, 0, error);
}

static void close_both(struct ranked_reviews ranked[CORPUS_SPLITS])
{
    ranked_reviews_close(&ranked[0]);
    ranked_reviews_close(&ranked[1]);
}

static void check_refused(const char *path, const char *reason)
{
    struct ranked_reviews ranked[CORPUS_SPLITS];
    struct error error;
    if (read_file(ranked, path, &error))
        fail_msg("accepted, expected \"%s\"", reason);
    close_both(ranked);
    if (strstr(error.message, reason) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", error.message, reason);
    assert_memory_equal(error.message, path, strlen(path));
    assert_null(strchr(error.message, '\n'));
    const char *remedy = strrchr(error.message, ';');
    assert_true(remedy != NULL && strlen(remedy) > 5);
}

/* The good file with one member replaced by this array. */
static void check_array(int member, const char *type, const char *shape, const void *data, size_t bytes,
                        const char *reason)
{
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    struct npz_set_member members[NPZ_SET_MEMBERS];
    good_members(members);
    npz_set_close(&members[member], 1);
    members[member] = array(member, type, shape, data, bytes);
    npz_set_write(path, true, members, NPZ_SET_MEMBERS);
    check_refused(path, reason);
    npz_set_close(members, NPZ_SET_MEMBERS);
    free(path);
    scratch_close(scratch);
}

static void the_good_file_is_read(void **state)
{
    (void)state;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    struct ranked_reviews ranked[CORPUS_SPLITS];
    struct npz_set_member members[NPZ_SET_MEMBERS];
    struct error error;
    good_members(members);
    npz_set_write(path, true, members, NPZ_SET_MEMBERS);
    if (!read_file(ranked, path, &error))
        fail_msg("%s", error.message);
    assert_int_equal(ranked[1].count, 2);
    assert_memory_equal(ranked[1].ranks, ((const int32_t[]){1, 2, 1, 2}), 16);
    close_both(ranked);
    npz_set_close(members, NPZ_SET_MEMBERS);
    free(path);
    scratch_close(scratch);
}

struct bad_pickle {
    const char *text;
    size_t bytes;
    const char *reason;
};

#define bad(text, reason)                                                                                    \
    {                                                                                                        \
        text, sizeof(text) - 1, reason                                                                       \
    }

/* Bytes count from the member's first one; its header has 128. */
static const struct bad_pickle bad_pickles[] = {
    bad(P2 "cos\nsystem\nU\4true\x85R.", "x_test.npy: the global os.system at byte 130"),
    bad("\x80\4\x8c\2os\x8c\6system\x93.", "the global os.system at byte 142"),
    bad(P2 "cos\nencode\n.", "the global os.encode at byte 130"),
    bad(P2 "cnumpy\nload\n.", "the global numpy.load at byte 130"),
    bad(P2 "cnumpy.core.multiarray\nscalar\n.", "the global numpy.core.multiarray.scalar at byte 130"),
    bad(P2 "c__builtin__.a.name.longer.than.any.known.one\neval\n.", "the global __builtin__.a.name"),
    bad("\x80\4\x8c\x28"
        "0123456789012345678901234567890123456789\x8c\1a\x93.",
        "a global whose name is too long"),
    bad(P2 "(ios\nsystem\n.", "opcode INST (0x69) at byte 131"),
    bad(P2 "Nd.", "opcode DICT (0x64) at byte 131"),
    bad(P2 "}.", "opcode EMPTY_DICT (0x7D) at byte 130"),
    bad(P2 "NN\x81.", "opcode NEWOBJ (0x81) at byte 132"),
    bad(P2 "Pid\n.", "opcode PERSID (0x50)"),
    bad(P2 "NQ.", "opcode BINPERSID (0x51)"),
    bad(P2 "\x82\1.", "opcode EXT1 (0x82)"),
    bad(P2 "G12345678.", "opcode BINFLOAT (0x47)"),
    bad(P2 "\x8a\1\1.", "opcode LONG1 (0x8A)"),
    bad(P2 "N2.", "opcode DUP (0x32)"),
    bad(P2 "\xff.", "opcode unknown (0xFF)"),
    bad("\x80\1.", "byte 128 does not begin a pickle of protocol 2 to 5"),
    bad("\x80\6.", "does not begin a pickle"),
    bad("(lp0\n.", "does not begin a pickle"),
    bad("", "ends at byte 128"),
    bad(TWO "](" REVIEW REVIEW "etb", "ends at byte "),
    bad(GOOD "x", "has more bytes after its array, from byte "),
    bad(P2 "N.", "something other than one array of reviews ends at byte 131"),
    bad(P2 "].", "something other than one array"),
    bad(P2 ".", "something other than one array"),
    bad(P2 NEW ".", "something other than one array"),
    bad(TWO "](" REVIEW "e"
            "tb.",
        "is said to hold 2 lists and holds 1"),
    bad(P2 NEW "(K\1K\1\x85" OBJECTS "](" REVIEW "e"
               "tb.",
        "holds 1 reviews, its header says 2"),
    bad(TWO "](" REVIEW "](K\0e"
            "etb.",
        "review 2 has 0 among its ranks"),
    bad(TWO "]("
            "](J\xff\xff\xff\xff"
            "e" REVIEW "etb.",
        "review 1 has -1 among its ranks"),
    bad(TWO "](" REVIEW "](J\xfd\xff\xff\x7f"
            "e"
            "etb.",
        "review 2 has 2147483645 among its ranks"),
    bad(TWO "](" REVIEW "K\1etb.", "a list at byte "),
    bad(TWO "](" REVIEW "](U\1aeetb.", "something other than ranks or reviews"),
    bad(TWO "](" REVIEW "]" REVIEW "aetb.", "are not in the order in which they come"),
    bad(TWO "](]" REVIEW "e.", "something other than one array of reviews ends"),
    bad(TWO "](]]etb.", "x_test.npy holds no reviews with words"),
    bad(TWO "](](K\1e](K\2e", "ends at byte "),
    bad(TWO "]](K\1e](K\2eaatb.", "something other than ranks or reviews"),
    bad(TWO "](]q\7(K\1eh\7etb.", "memo entry 7, asked for at byte "),
    bad(P2 "h\7.", "memo entry 7, asked for at byte 130"),
    bad(P2 "q\1.", "too few values at byte 130"),
    bad(P2 "U\1bq\1q\1.", "a memo entry that is there already at byte 135"),
    bad("\x80\4\x8c\1b\x94q\1.", "two ways of numbering the memo"),
    bad("\x80\4\x8c\1bq\1\x94.", "two ways of numbering the memo"),
    bad(P2 "K\1\x86.", "too few values at byte 132"),
    bad(P2 "K\1(\x85.", "too few values at byte 133"),
    bad(P2 "K\1t.", "no mark below the values at byte 132"),
    bad(P2 "e.", "no mark below"),
    bad(P2 "(e.", "too few values"),
    bad(P2 "K\1a.", "too few values"),
    bad(P2 "R.", "too few values"),
    bad(P2 "K\1K\2b.", "the state (BUILD) at byte 134"),
    bad(P2 "cnumpy\nndarray\nK\0\x85R.", "the call (REDUCE) at byte "),
    bad(P2 "cnumpy\ndtype\nK\0\x85R.", "the call (REDUCE) at byte "),
    bad(P2 "U\1aK\0\x85R.", "the call (REDUCE) at byte "),
    bad(P2 "K\1K\2\x86.", "the tuple of 2 items at byte 134"),
    bad(P2 "(NNNNNt.", "the tuple of 5 items"),
    bad(P2 "(t.", "the tuple of 0 items"),
    bad(P2 "cnumpy\ndtype\nU\2f8K\0K\1\x87R.", "has the type f8, expected int64 or int32"),
    bad(P2 TYPE("i8", ">", "\0") ".", "is not little-endian"),
    bad(P2 TYPE("O8", "<", "\0") ".", "is not little-endian"),
    bad(TWO "](" REVIEW NEW "(K\1K\2\x85" TYPE("i4", "<", "\0") "\x89U\7\1\0\0\0\2\0\0tbetb.",
        "has 7 bytes for 2 numbers of 4"),
    bad(TWO "](" REVIEW NEW "(K\1K\1\x85" TYPE("i8", "<", "\0") "\x89U\x08\1\0\0\0\1\0\0\0tbetb.",
        "review 2 has 4294967297 among its ranks"),
    bad(TWO "](" REVIEW NEW "(K\1J\xff\xff\xff\xff\x85" TYPE("i4", "<", "\0") "\x89U\0tbetb.",
        "has 0 bytes for -1 numbers"),
    bad(TWO "](" REVIEW NEW "(K\1K\0\x85" TYPE("O8", "|", "\x3f") "\x89U\0tbetb.",
        "has contents of another type"),
    bad(TWO "](" REVIEW NEW "(K\1K\1\x85" TYPE("i4", "<", "\0") "\x89]tbetb.",
        "has contents of another type"),
    bad(TWO "](" REVIEW NEW "(K\1K\1\x85" TYPE("i4", "<", "\0") "\x89X\4\0\0\0\1\0\0\0tbetb.",
        "the tuple of 5 items"),
    bad(P2 "c_codecs\nencode\nX\2\0\0\0\xc4\x80X\6\0\0\0latin1\x86R.", "is not Latin-1"),
    bad(P2 "c_codecs\nencode\nX\1\0\0\0\xc3X\6\0\0\0latin1\x86R.", "is not Latin-1"),
    bad(P2 "c_codecs\nencode\nX\1\0\0\0aX\5\0\0\0rot13\x86R.", "the tuple of 2 items"),
    bad(P2 "T\xff\xff\xff\x7f"
           "abc",
        "a review longer than any may be at byte 130"),
    bad(P2 "T\xff\xff\x7f\0"
           "abc",
        "ends at byte 138"),
    bad("\x80\5\x96\xff\xff\xff\xff\xff\xff\xff\xff.", "a review longer than any may be"),
};

static void bad_pickles_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_pickles / sizeof bad_pickles[0]; i++)
        check_array(TEST_ROWS, "|O", "(2,)", bad_pickles[i].text, bad_pickles[i].bytes,
                    bad_pickles[i].reason);
}

/* Marks, numbers and lists without end, and a review of too many words. */
static void pickles_without_end(void **state)
{
    (void)state;
    enum { BYTES = 1 << 21 };
    static const char *const repeated[] = {"(", "K\1", "]"};
    char *text = malloc(BYTES);
    assert_non_null(text);
    for (int i = 0; i < 3; i++) {
        size_t length = strlen(repeated[i]), used = sizeof P2 - 1;
        memcpy(text, P2, used);
        for (; used + length <= BYTES; used += length)
            memcpy(text + used, repeated[i], length);
        check_array(TRAIN_ROWS, "|O", "(2,)", text, used, "more values than an array of reviews leaves open");
    }
    size_t used = sizeof TWO "](]" - 1;
    memcpy(text, TWO "](]", used);
    for (; used + 3 <= BYTES; used += 3)
        memcpy(text + used, "K\1a", 3);
    check_array(TRAIN_ROWS, "|O", "(2,)", text, used, "review 1 has more than 524288 words");
    free(text);
}

/* The reader's memo is small. Rows of a word or two must not drive names out of it: after many of them the name that
 * the pickle comes back to is still there, so that it is read to its end. */
static void the_memo_keeps_names(void **state)
{
    (void)state;
    enum { ROWS = 80 };
    static const char row[] = "C\4\1\0\0\0\x94", end[] = "\x8c\5numpy\x94h\x50.";
    char text[2 + ROWS * (sizeof row - 1) + sizeof end] = "\x80\4";
    size_t used = 2;
    for (int i = 0; i < ROWS; i++, used += sizeof row - 1)
        memcpy(text + used, row, sizeof row - 1);
    memcpy(text + used, end, sizeof end - 1);
    check_array(TEST_ROWS, "|O", "(2,)", text, used + sizeof end - 1, "something other than one array");
}

static void bad_headers(void **state)
{
    (void)state;
    static const struct {
        const char *type, *shape, *reason;
    } cases[] = {
        {"<i4", "(2,)", "x_test.npy: holds numbers (<i4), expected lists of ranks"},
        {"|O", "(2, 500)", "has 2 dimensions, expected 1"},
        {"|O", "()", "has 0 dimensions, expected 1"},
        {"|O", "(3,)", "holds 2 reviews, its header says 3"},
        {"|O", "(99999999999999999999,)", "its header is not one that NumPy writes"},
        {"|O", "(-1,)", "its header is not one"},
        {"|O", "2", "its header is not one"},
        {"|O", "(2,), 'shape': (2,)", "its header is not one"},
        {"|O", "(2,), 'more': 1", "its header is not one"},
        {"12345678", "(2,)", "its header is not one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_array(TEST_ROWS, cases[i].type, cases[i].shape, GOOD, sizeof GOOD - 1, cases[i].reason);
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    static const struct {
        size_t at;
        char byte;
        const char *reason;
    } bytes[] = {{0, 'x', "does not begin as an .npy file does"},
                 {6, 4, "does not begin as an .npy file does"},
                 {9, 0x7f, "its header has 32630 bytes"},
                 {127, ' ', "its header is not one"}};
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        struct npz_set_member members[NPZ_SET_MEMBERS];
        good_members(members);
        members[TRAIN_ROWS].data[bytes[i].at] = bytes[i].byte;
        npz_set_write(path, false, members, NPZ_SET_MEMBERS);
        check_refused(path, bytes[i].reason);
        npz_set_close(members, NPZ_SET_MEMBERS);
    }
    free(path);
    scratch_close(scratch);
}

static void bad_labels(void **state)
{
    (void)state;
    check_array(TRAIN_LABELS, "<f4", "(2,)", LABELS, 8, "y_train.npy: has labels of the type <f4");
    check_array(TRAIN_LABELS, ">i8", "(2,)", LABELS, 16, "has labels of the type >i8");
    check_array(TRAIN_LABELS, "|u1", "(2,)", "\1\2", 2, "label 2 is neither 0 nor 1");
    check_array(TRAIN_LABELS, "<i4", "(2,)", "\1\0\0\0\1\0\0\1", 8, "label 2 is neither 0 nor 1");
    check_array(TEST_LABELS, "|u1", "(3,)", "\1\0\0", 3,
                "has 2 reviews in x_test.npy and 3 labels in y_test.npy");
    check_array(TEST_LABELS, "|u1", "(2,)", "\1", 1, "y_test.npy: ends at byte 129");
    check_array(TEST_LABELS, "|u1", "(2,)", "\1\1\1", 3, "has more bytes after its array, from byte 130");
    check_array(TEST_LABELS, "<i8", "(900000000000,)", "\1", 1, "states 900000000000 labels");
    check_array(TEST_LABELS, "<i8", "(500000000,)", "\1", 1, "ends at byte 129");
    static const char none[] = P2 NEW "(K\1K\0\x85" OBJECTS "]tb.";
    check_array(TEST_ROWS, "|O", "(0,)", none, sizeof none - 1, "has 0 reviews in x_test.npy and 2 labels");
}

/* Changes the method of a zip's first member, in both its headers. */
static void set_first_method(const char *path, char method)
{
    size_t bytes;
    char *data = scratch_read(path, &bytes), *central = NULL;
    for (char *at = data; central == NULL; at++) {
        assert_true(at + 4 < data + bytes);
        central = memcmp(at, "PK\1\2", 4) == 0 ? at : NULL;
    }
    data[8] = central[10] = method;
    scratch_write(path, data, bytes);
    free(data);
}

static void bad_members(void **state)
{
    (void)state;
    static const char *const missing[] = {"lacks x_train.npy", "lacks y_train.npy", "lacks x_test.npy",
                                          "lacks y_test.npy"};
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    struct npz_set_member members[NPZ_SET_MEMBERS];
    good_members(members);
    for (int i = 0; i < NPZ_SET_MEMBERS; i++) {
        struct npz_set_member others[NPZ_SET_MEMBERS];
        memcpy(others, members, sizeof others);
        others[i] = (struct npz_set_member){"other.npy", members[i].data, members[i].bytes};
        npz_set_write(path, false, others, NPZ_SET_MEMBERS);
        check_refused(path, missing[i]);
        others[i] = members[(i + 1) % NPZ_SET_MEMBERS];
        npz_set_write(path, false, others, NPZ_SET_MEMBERS);
        check_refused(path, "is there twice");
    }
    npz_set_write(path, false, members, NPZ_SET_MEMBERS);
    npz_set_close(members, NPZ_SET_MEMBERS);
    set_first_method(path, 14 /* LZMA, which states how much memory it wants */);
    check_refused(path, "member 1 is packed otherwise than NumPy does");
    scratch_write(path, "not a zip", 9);
    check_refused(path, "not a whole .npz file");
    unlink(path);
    check_refused(path, "No such file");
    assert_int_equal(mkfifo(path, 0600), 0);
    check_refused(path, "not a regular file");
    free(path);
    scratch_close(scratch);
}

/* The limit on what the reader lets a file unpack to is 2^30 bytes; this one packs more into a few. */
static void a_bomb(void **state)
{
    (void)state;
    enum { MORE = (1 << 30) + (1 << 16) };
    char *bomb = calloc(1, MORE);
    assert_non_null(bomb);
    struct npz_set_member member = array(TRAIN_ROWS, "|O", "(2,)", GOOD, sizeof GOOD - 1);
    memcpy(bomb, member.data, member.bytes);
    char *data = member.data;
    member.data = bomb;
    member.bytes = MORE;
    char *scratch = scratch_open(), *path = scratch_path(scratch, "imdb.npz");
    npz_set_write(path, true, &member, 1);
    struct stat status;
    assert_true(stat(path, &status) == 0 && status.st_size < 1 << 23);
    check_refused(path, "x_train.npy: the file unpacks to more than 1073741824 bytes");
    free(bomb);
    member.data = data;
    npz_set_close(&member, 1);
    free(path);
    scratch_close(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_file_is_read), cmocka_unit_test(bad_pickles_are_refused),
        cmocka_unit_test(pickles_without_end),   cmocka_unit_test(the_memo_keeps_names),
        cmocka_unit_test(bad_headers),           cmocka_unit_test(bad_labels),
        cmocka_unit_test(bad_members),           cmocka_unit_test(a_bomb)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
