/* Shapes: a table per model struct that says, for every member, its name, its number in the
 * contract (proto/referral/v1), its kind and its limit. One generic walk over these tables gives
 * the wire codec (router/wire), the JSON form (router/wire/json.h) and the check of limits
 * (rd_shape_check).
 *
 * How absence looks in a struct, by kind:
 *   text, bytes          ptr == NULL
 *   enum                 0 (unspecified)
 *   u32, u64, i64, bool  0 / false; members whose zero means something use the optional kinds
 *   optional i32, bool   .has == false
 *   struct               NULL pointer
 *   lists                count == 0
 * Thread: any; the tables are constant. */
#ifndef RD_MODEL_FIELDS_H
#define RD_MODEL_FIELDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/text.h"

struct rd_opt_i32 {
    bool has;
    int32_t value;
};

struct rd_opt_bool {
    bool has;
    bool value;
};

enum rd_field_kind {
    RD_FIELD_BOOL,       /* bool */
    RD_FIELD_U32,        /* uint32_t */
    RD_FIELD_U64,        /* uint64_t */
    RD_FIELD_I64,        /* int64_t that is not an instant */
    RD_FIELD_INSTANT,    /* rd_instant, int64 on the wire; 0 and RD_INSTANT_NONE are absent */
    RD_FIELD_OPT_I32,    /* struct rd_opt_i32 */
    RD_FIELD_OPT_BOOL,   /* struct rd_opt_bool */
    RD_FIELD_ENUM,       /* an enum: stored in an int-sized member */
    RD_FIELD_TEXT,       /* struct rd_text, UTF-8 without NUL */
    RD_FIELD_BYTES,      /* struct rd_text, any bytes */
    RD_FIELD_STRUCT,     /* pointer to a struct of .shape */
    RD_FIELD_TEXTS,      /* struct rd_text *NAME; size_t NAME_count */
    RD_FIELD_BYTES_LIST, /* as TEXTS, of any bytes */
    RD_FIELD_STRUCTS     /* struct X *NAME; size_t NAME_count: an array of structs */
};

/* Names of an enum's values by number, lower case with hyphens ("two-hour"); [0] is "unspecified";
 * NULL: the contract gives that number to nothing. */
struct rd_enum_names {
    const char *enum_name; /* as in the .proto, e.g. "Action" */
    const char *const *names;
    size_t count;
};

struct rd_shape;

struct rd_field {
    const char *name; /* as in the .proto */
    uint32_t number;
    enum rd_field_kind kind;
    size_t offset;
    size_t count_offset;               /* lists only */
    const struct rd_shape *shape;      /* struct kinds only */
    const struct rd_enum_names *enums; /* enums only */
    size_t limit; /* inclusive: bytes of a text, items of a list; 0: the defaults of limits.h */
};

struct rd_shape {
    const char *name; /* message name in the .proto */
    size_t size;      /* sizeof the struct */
    const struct rd_field *fields;
    size_t field_count;
};

#define RD_F(T, member, no, of_kind)                                                               \
    {                                                                                              \
        .name = #member, .number = (no), .kind = (of_kind), .offset = offsetof(struct T, member)   \
    }
/* With a limit of its own: inclusive, bytes of the text. */
#define RD_F_MAX(T, member, no, of_kind, most)                                                     \
    {                                                                                              \
        .name = #member, .number = (no), .kind = (of_kind), .offset = offsetof(struct T, member),  \
        .limit = (most)                                                                            \
    }
#define RD_F_ENUM(T, member, no, of_names)                                                         \
    {                                                                                              \
        .name = #member, .number = (no), .kind = RD_FIELD_ENUM,                                    \
        .offset = offsetof(struct T, member), .enums = &(of_names)                                 \
    }
#define RD_F_STRUCT(T, member, no, of_shape)                                                       \
    {                                                                                              \
        .name = #member, .number = (no), .kind = RD_FIELD_STRUCT,                                  \
        .offset = offsetof(struct T, member), .shape = &(of_shape)                                 \
    }
#define RD_F_LIST_(T, member, no, of_kind)                                                         \
    .name = #member, .number = (no), .kind = (of_kind), .offset = offsetof(struct T, member),      \
    .count_offset = offsetof(struct T, member##_count)
#define RD_F_STRUCTS(T, member, no, of_shape)                                                      \
    {                                                                                              \
        RD_F_LIST_(T, member, no, RD_FIELD_STRUCTS), .shape = &(of_shape)                          \
    }
/* At most `most` items. */
#define RD_F_STRUCTS_MAX(T, member, no, of_shape, most)                                            \
    {                                                                                              \
        RD_F_LIST_(T, member, no, RD_FIELD_STRUCTS), .shape = &(of_shape), .limit = (most)         \
    }
#define RD_F_TEXTS(T, member, no)                                                                  \
    {                                                                                              \
        RD_F_LIST_(T, member, no, RD_FIELD_TEXTS)                                                  \
    }
/* Every item at most `most` bytes; as many items as limits.h lets a list have. */
#define RD_F_TEXTS_MAX(T, member, no, most)                                                        \
    {                                                                                              \
        RD_F_LIST_(T, member, no, RD_FIELD_TEXTS), .limit = (most)                                 \
    }
#define RD_F_BYTES_LIST_MAX(T, member, no, most)                                                   \
    {                                                                                              \
        RD_F_LIST_(T, member, no, RD_FIELD_BYTES_LIST), .limit = (most)                            \
    }
#define RD_F_BYTES_LIST(T, member, no)                                                             \
    {                                                                                              \
        RD_F_LIST_(T, member, no, RD_FIELD_BYTES_LIST)                                             \
    }
#define RD_SHAPE(c_type, proto_name, table)                                                        \
    {                                                                                              \
        .name = (proto_name), .size = sizeof(struct c_type), .fields = (table),                    \
        .field_count = sizeof(table) / sizeof((table)[0])                                          \
    }

/* "unspecified" for a number out of range. */
const char *rd_enum_name(const struct rd_enum_names *names, int value);
/* 0 when there is no such name. */
int rd_enum_value(const struct rd_enum_names *names, struct rd_text name);

/* Checks every limit, enum range, instant and text of `value` (a struct of `shape`), depth first.
 * RD_E_TOOBIG or RD_E_MALFORMED with the path ("referral.person.names[3].family: 300 bytes, at most
 * 256") in `why`; never a value. */
enum rd_err rd_shape_check(const struct rd_shape *shape, const void *value, struct rd_errbuf *why);

/* The same without the limits: for what was accepted once and is read again. A limit that a later
 * version lowers must never make the ledger unreadable. RD_E_MALFORMED only. */
enum rd_err rd_shape_check_form(const struct rd_shape *shape, const void *value,
                                struct rd_errbuf *why);

/* A deep copy of `value` in the arena. RD_E_TOOBIG when it does not fit. `out` has shape->size
 * bytes. */
enum rd_err rd_shape_copy(const struct rd_shape *shape, const void *value, struct rd_arena *arena,
                          void *out);

#endif
