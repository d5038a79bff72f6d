/* What pickletools.py of CPython 3.11 calls the opcodes that pickle_read.c does not follow. */
#include "pickle_opcodes.h"

#include <stddef.h>

const char *pickle_opcode_name(unsigned char opcode)
{
    static const char *const names[256] = {
        [')'] = "EMPTY_TUPLE",  ['0'] = "POP",        ['1'] = "POP_MARK",     ['2'] = "DUP",
        ['F'] = "FLOAT",        ['G'] = "BINFLOAT",   ['I'] = "INT",          ['L'] = "LONG",
        ['P'] = "PERSID",       ['Q'] = "BINPERSID",  ['S'] = "STRING",       ['V'] = "UNICODE",
        ['d'] = "DICT",         ['g'] = "GET",        ['i'] = "INST",         ['l'] = "LIST",
        ['o'] = "OBJ",          ['p'] = "PUT",        ['s'] = "SETITEM",      ['u'] = "SETITEMS",
        ['}'] = "EMPTY_DICT",   [OP_PROTO] = "PROTO", [0x81] = "NEWOBJ",      [0x82] = "EXT1",
        [0x83] = "EXT2",        [0x84] = "EXT4",      [0x8a] = "LONG1",       [0x8b] = "LONG4",
        [0x8d] = "BINUNICODE8", [0x8e] = "BINBYTES8", [0x8f] = "EMPTY_SET",   [0x90] = "ADDITEMS",
        [0x91] = "FROZENSET",   [0x92] = "NEWOBJ_EX", [0x97] = "NEXT_BUFFER", [0x98] = "READONLY_BUFFER",
    };
    return names[opcode] != NULL ? names[opcode] : "unknown";
}
