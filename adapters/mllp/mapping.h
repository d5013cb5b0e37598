/* A feed's HL7 mapping from PLACE/mappings/FEED.yaml; a feed without the file has the defaults. */
#ifndef RD_MLLP_MAPPING_H
#define RD_MLLP_MAPPING_H

#include "adapters/hl7v2/hl7_read.h"
#include "rules/rules.h"

/* `rules`: a need that these do not know is a fault; NULL: any word is taken, as a door does, for a
 * need that nobody knows goes to the desk and a door that does not open helps nobody. Everything in
 * `arena`, which must live as long as the mapping. RD_E_INVALID: `why` names file, line, column,
 * what was found and expected. */
RD_MUST_CHECK enum rd_err mllp_mapping_read(const char *place_directory, struct rd_text feed,
                                            const struct rd_zone *zone,
                                            const struct rd_rules *rules, struct rd_arena *arena,
                                            struct rd_hl7_mapping *out, struct rd_errbuf *why);
/* The same of a file that need not be in a place: a candidate. */
RD_MUST_CHECK enum rd_err mllp_mapping_read_file(const char *path, const struct rd_zone *zone,
                                                 const struct rd_rules *rules,
                                                 struct rd_arena *arena, struct rd_hl7_mapping *out,
                                                 struct rd_errbuf *why);

#endif
