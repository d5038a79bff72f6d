# Makes a C file of the bytes of another: cmake -DINPUT=... -DOUTPUT=... -DNAME=... -P EmbedFile.cmake
# It defines `const char NAME[]`, with a zero byte behind the file's own.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " bytes "${bytes}")
string(REGEX REPLACE "((0x.., ){24})" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0};\n")
