/* State records by table and key, in order: what the tables of a ledger hold, kept a second time.
 */
#ifndef RD_SIM_TABLES_H
#define RD_SIM_TABLES_H

#include "base/text.h"

struct sim_record {
    uint32_t table;
    struct rd_text key, value; /* both owned by the tables */
};

struct sim_tables {
    struct sim_record *records; /* ascending by table, key */
    size_t count, cap;
};

void sim_tables_fini(struct sim_tables *tables);
/* An absent value deletes. */
void sim_tables_put(struct sim_tables *tables, uint32_t table, struct rd_text key,
                    struct rd_text value);
/* NULL: not there. */
const struct sim_record *sim_tables_get(const struct sim_tables *tables, uint32_t table,
                                        struct rd_text key);
/* Index of the first difference, SIZE_MAX when they are equal. */
size_t sim_tables_differ(const struct sim_tables *a, const struct sim_tables *b);

#endif
