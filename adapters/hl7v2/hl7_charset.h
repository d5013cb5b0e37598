/* The text of a message as UTF-8. Pure. Thread: any. */
#ifndef RD_HL7_HL7_CHARSET_H
#define RD_HL7_HL7_CHARSET_H

#include "base/arena.h"
#include "model/fields.h"

enum rd_hl7_charset {
    RD_HL7_CHARSET_UTF8 = 1,
    RD_HL7_CHARSET_WINDOWS_1252, /* ISO 8859-1 too: its control range is used for punctuation */
    RD_HL7_CHARSET_8859_2,       /* Polish, Czech ... */
    RD_HL7_CHARSET_8859_14,      /* Welsh */
    RD_HL7_CHARSET_8859_15,
    RD_HL7_CHARSET_UTF16
};
extern const struct rd_enum_names rd_hl7_charset_names; /* "windows-1252": as in a mapping */

struct rd_hl7_decoded {
    struct rd_text text;
    enum rd_hl7_charset charset; /* that it was read as */
    const char *doubt;           /* what a person should know of it; NULL: it is as MSH-18 says */
};

/* UTF-16 is known by its look, UTF-8 by being it. Else what MSH-18 says, when that is one of the
 * above; else `fallback` (0: windows-1252), with a doubt. False: the arena is full. */
bool rd_hl7_to_utf8(struct rd_text bytes, enum rd_hl7_charset fallback, struct rd_arena *arena,
                    struct rd_hl7_decoded *out);

#endif
