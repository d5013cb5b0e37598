/* What the parts of the DMN reader share. Not for others. */
#ifndef RD_ENGINE_DMN_READER_H
#define RD_ENGINE_DMN_READER_H

#include "rules/engine/dmn/dmn.h"
#include "rules/engine/dmn/xml.h"

struct named_type { /* itemDefinition */
    struct rd_text name;
    enum rd_type type;
    bool structured; /* with components: no column can have it */
};
struct input_data {
    struct rd_text id, name;
    enum rd_type type;
};
struct reader {
    struct rd_arena *arena;
    const struct rd_dmn_sink *sink;
    enum rd_err err;
    struct named_type *types;
    size_t types_count;
    struct input_data *inputs;
    size_t inputs_count;
    const struct rd_xml *root;
};

void rd_dmn_refuse(struct reader *reader, struct rd_pos pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* NULL and RD_E_TOOBIG in the reader when the arena is full. */
void *rd_dmn_array(struct reader *reader, size_t count, size_t size);
/* The element is DMN's own and of that name. */
bool rd_dmn_is(const struct reader *reader, const struct rd_xml *element, const char *name);
size_t rd_dmn_count(const struct reader *reader, const struct rd_xml *element, const char *name);
/* Of a typeRef; absent gives ANY. Refuses what is unknown or not supported. */
enum rd_type rd_dmn_type(struct reader *reader, const struct rd_xml *element, struct rd_text name);
/* dmn_table.c: `required`: the inputs that the decision declares. */
void rd_dmn_read_table(struct reader *reader, const struct rd_xml *element,
                       const struct input_data *const *required, size_t required_count,
                       struct rd_table *out);

#endif
