#include "rules/load/loading.h"

/* "19:00"; false when it is not that or later than `hours_max`:00. */
static bool read_time(struct rd_text text, unsigned hours_max, uint16_t *out)
{
    unsigned digits[4] = {0};
    static const size_t places[4] = {0, 1, 3, 4};
    if (text.len != 5 || text.ptr[2] != ':')
        return false;
    for (size_t i = 0; i < 4; i++) {
        char c = text.ptr[places[i]];
        if (c < '0' || c > '9')
            return false;
        digits[i] = (unsigned)(c - '0');
    }
    unsigned hour = digits[0] * 10 + digits[1], minute = digits[2] * 10 + digits[3];
    if (minute > 59 || hour * 60 + minute > hours_max * 60)
        return false;
    *out = (uint16_t)(hour * 60 + minute);
    return true;
}

bool load_clock_time(struct loading *loading, const rd_yaml_node *node, uint16_t *out)
{
    struct rd_text text = load_scalar(loading, node);
    *out = 0;
    if (!rd_text_present(text))
        return false;
    if (read_time(text, 24, out))
        return true;
    load_refuse(loading, node, "found '%.*s', expected a time from \"00:00\" to \"24:00\"",
                RD_TEXT_ARG(text));
    return false;
}

bool load_hours(struct loading *loading, const rd_yaml_node *node, uint16_t *from, uint16_t *to)
{
    struct rd_text text = load_scalar(loading, node);
    *from = *to = 0;
    if (!rd_text_present(text))
        return false;
    if (text.len == 11 && text.ptr[5] == '-' && read_time(rd_text_slice(text, 0, 5), 24, from) &&
        read_time(rd_text_slice(text, 6, 5), 48, to) && *from < *to)
        return true;
    load_refuse(loading, node,
                "found '%.*s', expected hours such as \"08:00-20:00\", the later time second (up "
                "to 48:00 for the next day)",
                RD_TEXT_ARG(text));
    return false;
}

static unsigned days_of(struct rd_text name)
{
    static const struct {
        const char *name;
        unsigned days;
    } known[] = {{"mon", 1},  {"tue", 2},  {"wed", 4},       {"thu", 8},      {"fri", 16},
                 {"sat", 32}, {"sun", 64}, {"weekdays", 31}, {"weekend", 96}, {"every-day", 127}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (rd_text_is(name, known[i].name))
            return known[i].days;
    return 0;
}

static unsigned read_days(struct loading *loading, const rd_yaml_node *node)
{
    struct rd_text name = load_scalar(loading, node);
    unsigned days = days_of(name);
    if (days == 0 && rd_text_present(name))
        load_refuse(loading, node,
                    "found '%.*s', expected mon, tue, wed, thu, fri, sat, sun, weekdays, weekend "
                    "or every-day",
                    RD_TEXT_ARG(name));
    return days;
}

unsigned load_days(struct loading *loading, const rd_yaml_node *node)
{
    unsigned days = 0;
    if (!rd_yaml_is_list(node))
        return read_days(loading, node);
    for (size_t i = 0; i < rd_yaml_count(node); i++)
        days |= read_days(loading, rd_yaml_at(node, i));
    return days;
}

bool load_date(struct loading *loading, const rd_yaml_node *node, int64_t *out)
{
    struct rd_text text = load_scalar(loading, node);
    struct rd_civil civil = {0};
    int32_t *const parts[3] = {&civil.year, &civil.month, &civil.day};
    static const size_t starts[3] = {0, 5, 8}, lens[3] = {4, 2, 2};
    bool right = text.len == 10 && text.ptr[4] == '-' && text.ptr[7] == '-';
    for (size_t i = 0; i < 3 && right; i++)
        for (size_t j = starts[i]; j < starts[i] + lens[i]; j++) {
            right = right && text.ptr[j] >= '0' && text.ptr[j] <= '9';
            *parts[i] = *parts[i] * 10 + (text.ptr[j] - '0');
        }
    if (!rd_text_present(text))
        return false;
    if (!right || !rd_civil_valid(&civil)) {
        load_refuse(loading, node, "found '%.*s', expected a date such as 2026-12-25",
                    RD_TEXT_ARG(text));
        return false;
    }
    *out = rd_days_from_civil(civil.year, civil.month, civil.day);
    return true;
}
