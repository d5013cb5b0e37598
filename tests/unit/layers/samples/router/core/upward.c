/* breaks: include, library, unfinished */
#include "shell/loop.h"
#include "uv.h"

/* TODO: a mark that nobody will find again; rand() and "sprintf(" in words break nothing */
const char *rd_sample_words = "strcpy(a, b)";
