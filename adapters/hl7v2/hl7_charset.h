/* The text of a message as UTF-8. Pure. Thread: any. */
#ifndef RD_HL7_HL7_CHARSET_H
#define RD_HL7_HL7_CHARSET_H

#include "base/arena.h"

/* `bytes` as they are when they are UTF-8 already; else read as ISO 8859-1 (with the Windows
 * punctuation that its control range is used for) and converted in the arena. *converted says
 * which. False: the arena is full. */
bool rd_hl7_to_utf8(struct rd_text bytes, struct rd_arena *arena, struct rd_text *out,
                    bool *converted);

#endif
