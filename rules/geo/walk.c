/* Going through a place's postcodes, for those who prove something of all of them. */
#include "rules/geo/geo_data.h"
#include "rules/geo/image_layout.h"

/* By letter's number (image_layout.h) its place value in a key. */
static const uint8_t place_values[RD_GEO_LETTERS] = {11, 12, 14, 15, 16, 17, 18, 20, 22, 24,
                                                     26, 27, 28, 29, 30, 31, 33, 34, 35, 36};

void rd_geo_each(const struct rd_geo_table *geo, void *context,
                 void (*each)(void *context, const char *postcode))
{
    const struct rd_geo_header *header = (const void *)geo->own.bytes;
    const struct rd_geo_outcode *outcodes = (const void *)(header + 1);
    for (size_t slot = 0; header != NULL && slot < (size_t)1 << header->slots_bits; slot++)
        for (uint32_t digit = 0; outcodes[slot].key != 0 && digit < 10; digit++) {
            uint64_t sector = (uint64_t)(outcodes[slot].key - 1) * RD_POSTCODE_INWARD_BASE +
                              (uint64_t)(digit + 1) * 37 * 37;
            for (size_t pair = 0; outcodes[slot].sector[digit] != 0 && pair < RD_GEO_PAIR_COUNT;
                 pair++) {
                char text[RD_POSTCODE_TEXT_MAX];
                uint32_t area;
                uint64_t key = sector + place_values[pair / RD_GEO_LETTERS] * 37U +
                               place_values[pair % RD_GEO_LETTERS];
                if (!rd_geo_image_find(&geo->own, key, &area))
                    continue;
                rd_postcode_of_key(key, text);
                each(context, text);
            }
        }
}

static void add_day(int64_t day, int64_t from, int64_t until, int64_t *days, size_t max,
                    size_t *count)
{
    if (day <= from || day >= until)
        return;
    for (size_t i = 0; i < *count && i < max; i++)
        if (days[i] == day)
            return;
    if (*count < max)
        days[*count] = day;
    ++*count;
}

size_t rd_geo_change_days(const struct rd_geo_table *geo, int64_t from, int64_t until,
                          int64_t *days, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < geo->localities_count; i++) {
        add_day(geo->localities[i].valid_from, from, until, days, max, &count);
        add_day(geo->localities[i].valid_to, from, until, days, max, &count);
    }
    for (size_t i = 0; i < geo->exceptions_count; i++) {
        add_day(geo->exceptions[i].row.valid_from, from, until, days, max, &count);
        add_day(geo->exceptions[i].row.valid_to, from, until, days, max, &count);
    }
    return count;
}
