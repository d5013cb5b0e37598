/* Whether two names that were typed are one person's. Two people stand behind a change of rules;
 * nobody becomes two by writing themselves in another way. Compared are the letters and digits
 * alone, whatever their case, accents, width, and form in Unicode: "Dr Dee", "dr. DEE",
 * "Dr\u00a0Dée". Two people with such names must say more of themselves. Thread: any. */
#ifndef RD_BASE_PERSON_NAME_H
#define RD_BASE_PERSON_NAME_H

#include "base/text.h"

/* It has a letter or a digit that can be seen. */
bool rd_person_name_is(struct rd_text name);
bool rd_person_name_same(struct rd_text a, struct rd_text b);

#endif
