/* Upper and lower case of single characters, by Unicode 15's simple mappings: the same on every
 * machine, whatever its locale. Thread: any. */
#ifndef RD_BASE_LETTER_CASE_H
#define RD_BASE_LETTER_CASE_H

#include <stdint.h>

/* The character itself when it has none. */
uint32_t rd_letter_upper(uint32_t code);
uint32_t rd_letter_lower(uint32_t code);

#endif
