#include "adapters/hl7v2/hl7_ack.h"

bool rd_hl7_ack_is_wish(struct rd_text wish)
{
    return rd_text_is(wish, "AL") || rd_text_is(wish, "NE") || rd_text_is(wish, "ER") ||
           rd_text_is(wish, "SU");
}

bool rd_hl7_ack_wanted(struct rd_text wish, bool success, bool otherwise)
{
    if (rd_text_is(wish, "AL"))
        return true;
    if (rd_text_is(wish, "NE"))
        return false;
    if (rd_text_is(wish, "ER"))
        return !success;
    if (rd_text_is(wish, "SU"))
        return success;
    return otherwise;
}

/* Our own words inside their delimiters: a delimiter in the words is written as its escape. */
static void put_escaped(const struct rd_hl7_header *h, struct rd_buf *out, struct rd_text text)
{
    const char delimiters[] = {h->field, h->component, h->subcomponent, h->repetition, h->escape};
    const char names[] = {'F', 'S', 'T', 'R', 'E'};
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        size_t which = 0;
        while (which < sizeof delimiters && delimiters[which] != c)
            which++;
        if (c == '\r' || c == '\n')
            rd_buf_put(out, " ", 1);
        else if (which == sizeof delimiters)
            rd_buf_put(out, &c, 1);
        else
            rd_buf_printf(out, "%c%c%c", h->escape, names[which], h->escape);
    }
}

static void put_field(const struct rd_hl7_header *h, struct rd_buf *out, struct rd_text value)
{
    rd_buf_put(out, &h->field, 1);
    rd_buf_put_text(out, value);
}

static void put_msh(const struct rd_hl7_header *h, const struct rd_hl7_ack *ack, struct rd_buf *out)
{
    struct rd_civil c;
    rd_instant_to_civil(ack->now, &c);
    rd_buf_printf(out, "MSH%c%c%c%c%c", h->field, h->component, h->repetition, h->escape,
                  h->subcomponent);
    put_field(h, out, h->receiving_app);
    put_field(h, out, h->receiving_facility);
    put_field(h, out, h->sending_app);
    put_field(h, out, h->sending_facility);
    rd_buf_printf(out, "%c%04d%02d%02d%02d%02d%02d+0000", h->field, c.year, c.month, c.day, c.hour,
                  c.minute, c.second);
    rd_buf_printf(out, "%c%cACK", h->field, h->field);
    if (rd_text_present(h->event))
        rd_buf_printf(out, "%c%.*s", h->component, RD_TEXT_ARG(h->event));
    put_field(h, out, ack->control_id);
    put_field(h, out, rd_text_present(h->processing) ? h->processing : RD_TEXT("P"));
    put_field(h, out, rd_text_present(h->version) ? h->version : RD_TEXT("2.4"));
    rd_buf_put_string(out, "\r");
}

static const char *error_text(enum rd_hl7_error error)
{
    switch (error) {
    case RD_HL7_OK:
        return "Message accepted";
    case RD_HL7_SEGMENT_SEQUENCE:
        return "Segment sequence error";
    case RD_HL7_FIELD_MISSING:
        return "Required field missing";
    case RD_HL7_DATA_TYPE:
        return "Data type error";
    case RD_HL7_TABLE_VALUE:
        return "Table value not found";
    case RD_HL7_UNSUPPORTED_TYPE:
        return "Unsupported message type";
    case RD_HL7_UNSUPPORTED_EVENT:
        return "Unsupported event code";
    case RD_HL7_UNSUPPORTED_PROCESSING:
        return "Unsupported processing id";
    case RD_HL7_UNSUPPORTED_VERSION:
        return "Unsupported version id";
    case RD_HL7_UNKNOWN_KEY:
        return "Unknown key identifier";
    case RD_HL7_DUPLICATE_KEY:
        return "Duplicate key identifier";
    case RD_HL7_LOCKED:
        return "Application record locked";
    case RD_HL7_INTERNAL:
        return "Application internal error";
    }
    return "Application internal error";
}

/* 2.5 gave ERR its own fields (location, code, severity, words); before that ERR-1 holds code and
 * location. */
static bool before_2_5(struct rd_text version)
{
    return !rd_text_present(version) || rd_text_starts(version, "2.1") ||
           rd_text_starts(version, "2.2") || rd_text_starts(version, "2.3") ||
           rd_text_starts(version, "2.4");
}

/* "PID-3.1" -> segment, position 1, field, component, with the message's own component separator.
 */
static void put_location(const struct rd_hl7_header *h, struct rd_buf *out, struct rd_text location)
{
    size_t dash = rd_text_find(location, '-', 0);
    size_t dot = rd_text_find(location, '.', dash);
    rd_buf_put_text(out, rd_text_slice(location, 0, dash));
    if (dash == location.len)
        return;
    rd_buf_printf(out, "%c1%c", h->component, h->component);
    rd_buf_put_text(out, rd_text_slice(location, dash + 1, dot - dash - 1));
    if (dot < location.len) {
        rd_buf_printf(out, "%c1%c", h->component, h->component);
        rd_buf_put_text(out, rd_text_slice(location, dot + 1, location.len));
    }
}

static void put_err(const struct rd_hl7_header *h, const struct rd_hl7_ack *ack, struct rd_buf *out)
{
    rd_buf_printf(out, "ERR%c", h->field);
    if (before_2_5(h->version)) {
        size_t dash = rd_text_find(ack->location, '-', 0);
        rd_buf_put_text(out, rd_text_slice(ack->location, 0, dash));
        rd_buf_printf(out, "%c1%c", h->component, h->component);
        rd_buf_put_text(out, rd_text_slice(ack->location, dash + 1, ack->location.len));
        rd_buf_printf(out, "%c%d%c%s%cHL70357\r", h->component, (int)ack->error, h->subcomponent,
                      error_text(ack->error), h->subcomponent);
        return;
    }
    rd_buf_put(out, &h->field, 1);
    put_location(h, out, ack->location);
    rd_buf_printf(out, "%c%d%c%s%cHL70357%cE%c%c%c%c", h->field, (int)ack->error, h->component,
                  error_text(ack->error), h->component, h->field, h->field, h->field, h->field,
                  h->field);
    put_escaped(h, out, ack->words);
    rd_buf_put_string(out, "\r");
}

void rd_hl7_ack_write(const struct rd_hl7_header *header, const struct rd_hl7_ack *ack,
                      struct rd_buf *out)
{
    struct rd_hl7_header h = *header;
    if (h.field == '\0') {
        h.field = '|';
        h.component = '^';
        h.repetition = '~';
        h.escape = '\\';
        h.subcomponent = '&';
    }
    put_msh(&h, ack, out);
    rd_buf_printf(out, "MSA%c%s", h.field, ack->code);
    put_field(&h, out, h.control_id);
    if (rd_text_present(ack->words) || ack->expected != 0)
        rd_buf_put(out, &h.field, 1);
    put_escaped(&h, out, ack->words);
    if (ack->expected != 0)
        rd_buf_printf(out, "%c%lld", h.field, (long long)ack->expected);
    rd_buf_put_string(out, "\r");
    if (ack->error != RD_HL7_OK)
        put_err(&h, ack, out);
}
