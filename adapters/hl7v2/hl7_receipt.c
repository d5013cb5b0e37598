#include "adapters/hl7v2/hl7_receipt.h"

#include "adapters/hl7v2/hl7.h"
#include "base/instant.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct stage_words {
    const char *status, *title, *words;
};
static const struct stage_words stages[] = {
    [RD_RECEIPT_ROUTED] = {"P", "Pending", "Routed to"},
    [RD_RECEIPT_CLAIMED] = {"P", "Pending", "Being looked at by"},
    [RD_RECEIPT_ACCEPTED] = {"A", "Accepted", "Accepted by"},
    [RD_RECEIPT_CONTACTED] = {"A", "Accepted", "The person has been in contact with"},
    [RD_RECEIPT_CLOSED] = {"A", "Accepted", "Closed by"},
    [RD_RECEIPT_REFUSED] = {"R", "Rejected", "Not accepted by"},
};

bool rd_hl7_receipt_stage(enum rd_receipt_stage stage)
{
    return stage >= RD_RECEIPT_ROUTED && stage <= RD_RECEIPT_REFUSED;
}

static void make_id(const struct rd_receipt *receipt, char id[RD_HL7_RECEIPT_ID_MAX])
{
    const struct rd_text parts[] = {receipt->feed, receipt->referral, receipt->key};
    crypto_generichash_state state;
    unsigned char bytes[16];
    (void)crypto_generichash_init(&state, NULL, 0, sizeof bytes);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        unsigned char len[2] = {(unsigned char)(parts[i].len >> 8), (unsigned char)parts[i].len};
        (void)crypto_generichash_update(&state, len, sizeof len);
        if (parts[i].len > 0)
            (void)crypto_generichash_update(&state, (const unsigned char *)parts[i].ptr,
                                            parts[i].len);
    }
    for (unsigned shift = 0; shift < 64; shift += 8) {
        unsigned char byte = (unsigned char)(receipt->receipt >> shift);
        (void)crypto_generichash_update(&state, &byte, 1);
    }
    (void)crypto_generichash_final(&state, bytes, sizeof bytes);
    (void)sodium_bin2hex(id, RD_HL7_RECEIPT_ID_MAX, bytes, 10);
}

/* Our words inside their delimiters. */
static void put_words(const struct rd_hl7 *m, struct rd_buf *out, struct rd_text words)
{
    const char delimiters[] = {m->field, m->component, m->subcomponent, m->repetition, m->escape};
    static const char names[] = "FSTRE";
    for (size_t i = 0; i < words.len; i++) {
        const char *at = memchr(delimiters, words.ptr[i], sizeof delimiters);
        if (words.ptr[i] < 0x20)
            rd_buf_put(out, " ", 1);
        else if (at != NULL)
            rd_buf_printf(out, "%c%c%c", m->escape, names[at - delimiters], m->escape);
        else
            rd_buf_put(out, &words.ptr[i], 1);
    }
}

static void put_raw(const struct rd_hl7 *m, struct rd_buf *out,
                    const struct rd_hl7_segment *segment, unsigned field)
{
    rd_buf_put(out, &m->field, 1);
    if (segment != NULL)
        rd_buf_put_text(out, rd_hl7_field(m, segment, field));
}

static void put_msh(const struct rd_hl7 *m, const struct rd_receipt *receipt, const char *id,
                    struct rd_buf *out)
{
    const struct rd_hl7_segment *msh = rd_hl7_segment(m, "MSH", 0);
    struct rd_civil c;
    rd_instant_to_civil(receipt->at, &c);
    rd_buf_printf(out, "MSH%c%c%c%c%c", m->field, m->component, m->repetition, m->escape,
                  m->subcomponent);
    put_raw(m, out, msh, 5);
    put_raw(m, out, msh, 6);
    put_raw(m, out, msh, 3);
    put_raw(m, out, msh, 4);
    rd_buf_printf(out, "%c%04d%02d%02d%02d%02d%02d+0000", m->field, c.year, c.month, c.day, c.hour,
                  c.minute, c.second);
    rd_buf_printf(out, "%c%cRRI%cI12%c%s", m->field, m->field, m->component, m->field, id);
    put_raw(m, out, msh, 11);
    put_raw(m, out, msh, 12);
    rd_buf_printf(out, "\rMSA%cAA", m->field);
    put_raw(m, out, msh, 10);
    rd_buf_put_string(out, "\r");
}

/* RF1-6 theirs, RF1-11 ours; the rest of a referral's form says nothing new. */
static void put_rf1(const struct rd_hl7 *m, const struct rd_receipt *receipt, struct rd_buf *out)
{
    const struct stage_words *stage = &stages[receipt->stage];
    char separators[6];
    memset(separators, m->field, 5);
    separators[5] = '\0';
    rd_buf_printf(out, "RF1%c%s%c%s%cHL70283%s", m->field, stage->status, m->component,
                  stage->title, m->component, separators + 1);
    put_raw(m, out, rd_hl7_segment(m, "RF1", 0), 6);
    rd_buf_printf(out, "%s%.*s%creferrald\r", separators, RD_TEXT_ARG(receipt->referral),
                  m->component);
}

static void put_segments(const struct rd_hl7 *m, const char *name, struct rd_buf *out)
{
    const struct rd_hl7_segment *segment;
    for (size_t i = 0; (segment = rd_hl7_segment(m, name, i)) != NULL; i++) {
        rd_buf_printf(out, "%s%c", name, m->field);
        rd_buf_put_text(out, segment->body);
        rd_buf_put_string(out, "\r");
    }
}

static void put_note(const struct rd_hl7 *m, const struct rd_receipt *receipt, struct rd_buf *out)
{
    struct rd_text team =
        rd_text_present(receipt->team_title) ? receipt->team_title : receipt->team;
    rd_buf_printf(out, "NTE%c1%c%c%s ", m->field, m->field, m->field, stages[receipt->stage].words);
    put_words(m, out, team);
    if (rd_text_present(receipt->reason)) {
        rd_buf_put_string(out, ": ");
        put_words(m, out, receipt->reason);
    }
    rd_buf_put_string(out, "\r");
}

enum rd_err rd_hl7_receipt(const struct rd_receipt *receipt, struct rd_arena *arena,
                           struct rd_buf *out, char id[RD_HL7_RECEIPT_ID_MAX],
                           struct rd_errbuf *why)
{
    struct rd_hl7 message;
    if (receipt->original.len == 0)
        return rd_fail(why, RD_E_NOTFOUND, "the original is no longer kept");
    enum rd_err err = rd_hl7_parse(receipt->original, arena, &message, why);
    if (err != RD_OK)
        return err;
    make_id(receipt, id);
    put_msh(&message, receipt, id, out);
    put_rf1(&message, receipt, out);
    put_segments(&message, "PRD", out);
    put_segments(&message, "PID", out);
    put_note(&message, receipt, out);
    return out->failed ? rd_fail(why, RD_E_NOMEM, "no memory for the answer") : RD_OK;
}

enum rd_hl7_verdict rd_hl7_receipt_verdict(struct rd_text answer, const char *id,
                                           struct rd_arena *arena)
{
    struct rd_hl7 message;
    struct rd_errbuf why;
    if (rd_hl7_parse(answer, arena, &message, &why) != RD_OK)
        return RD_HL7_STRAY;
    const struct rd_hl7_segment *msa = rd_hl7_segment(&message, "MSA", 0);
    if (msa == NULL || !rd_text_is(rd_hl7_field(&message, msa, 2), id))
        return RD_HL7_STRAY;
    struct rd_text code = rd_hl7_field(&message, msa, 1);
    if (rd_text_is(code, "AA") || rd_text_is(code, "CA"))
        return RD_HL7_TAKEN;
    return rd_text_is(code, "AR") || rd_text_is(code, "CR") ? RD_HL7_REFUSED : RD_HL7_NOT_NOW;
}
