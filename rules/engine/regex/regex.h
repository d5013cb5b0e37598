/* Regular expressions for the evaluator, on PCRE2. Thread: any. */
#ifndef RD_ENGINE_REGEX_REGEX_H
#define RD_ENGINE_REGEX_REGEX_H

#include "rules/engine/feel.h"

enum {
    RD_REGEX_BYTES_MAX = 4096,         /* of one pattern */
    RD_REGEX_DEPTH_MAX = 64,           /* groups, or classes, inside one another */
    RD_REGEX_MATCH_STEPS_MAX = 100000, /* of PCRE2, for one match */
    RD_REGEX_MATCH_KIB_MAX = 1024,     /* of memory, for one match */
    RD_REGEX_MATCH_COST = 100          /* steps of the evaluation that one match takes */
};

extern const struct rd_regex_library rd_regex_pcre2;

#endif
