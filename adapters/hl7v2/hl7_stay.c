/* PV1, PV2 and EVN: a stay in hospital, and what an ADT event says of it. */
#include "adapters/hl7v2/hl7_build.h"

static struct rd_text pathway_code(struct rd_hl7_build *build)
{
    struct rd_text code = rd_hl7_mapped(build, &build->mapping->pathway);
    for (size_t i = 0; rd_text_present(code) && i < build->mapping->pathway_codes_count; i++)
        if (rd_text_equal_nocase(build->mapping->pathway_codes[i].from, code))
            return build->mapping->pathway_codes[i].to;
    return code;
}

bool rd_hl7_is_discharge(struct rd_hl7_build *build)
{
    struct rd_text code = pathway_code(build);
    return rd_text_present(code) && !rd_text_is(code, "none");
}

static struct rd_opt_i32 pathway_of(struct rd_hl7_build *build)
{
    struct rd_opt_i32 out = {false, 0};
    struct rd_text code = pathway_code(build);
    int64_t number = 0;
    if (rd_text_present(code) && rd_text_to_i64(code, &number) && number >= 0 && number <= 3)
        out = (struct rd_opt_i32){true, (int32_t)number};
    return out;
}

bool rd_hl7_is_stay(struct rd_hl7_build *build)
{
    const struct rd_hl7_segment *pv1 = rd_hl7_segment(&build->message, "PV1", 0);
    struct rd_text class = rd_hl7_text(build, pv1, 2, 1);
    return !rd_text_present(class) || rd_text_is(class, "I") || rd_text_is(class, "E") ||
           rd_text_is(class, "P");
}

void rd_hl7_stay(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *pv1 = rd_hl7_segment(&build->message, "PV1", 0);
    const struct rd_hl7_segment *pv2 = rd_hl7_segment(&build->message, "PV2", 0);
    if (pv1 == NULL)
        return;
    struct rd_stay *stay = rd_arena_take(build->arena, sizeof *stay);
    if (stay == NULL) {
        build->full = true;
        return;
    }
    stay->spell = rd_hl7_text(build, pv1, 19, 1);
    stay->ward = rd_hl7_text(build, pv1, 3, 1);
    stay->site = rd_hl7_mapped(build, &build->mapping->site);
    if (!rd_text_present(stay->site))
        stay->site = rd_hl7_text(build, pv1, 3, 4);
    if (!rd_text_present(stay->site))
        stay->site = rd_hl7_text(build, rd_hl7_segment(&build->message, "MSH", 0), 4, 1);
    stay->pathway = pathway_of(build);
    stay->disposition = rd_hl7_text(build, pv1, 36, 1);
    stay->admitted = rd_hl7_when(build, pv1, 44);
    stay->discharged = rd_hl7_when(build, pv1, 45);
    stay->expected = rd_hl7_when(build, pv2, 9);
    referral->stay = stay;
}

struct fact_row {
    const char *event;
    enum rd_fact_kind kind;
    const char *words;
};

/* What each event adds for the owner to see. None of them closes, routes or stops a clock. */
static const struct fact_row facts[] = {
    {"A01", RD_FACT_ADMITTED, "admitted to hospital"},
    {"A02", RD_FACT_TRANSFERRED, "moved to another ward"},
    {"A03", RD_FACT_DISCHARGED, "discharged from hospital"},
    {"A08", RD_FACT_DEMOGRAPHICS, "details of the person or the stay were changed"},
    {"A11", RD_FACT_ADMISSION_CANCELLED, "the admission was cancelled"},
    {"A13", RD_FACT_DISCHARGE_CANCELLED, "the discharge was cancelled"},
    {"A28", RD_FACT_DEMOGRAPHICS, "details of the person were added"},
    {"A31", RD_FACT_DEMOGRAPHICS, "details of the person were changed"},
    {"A40", RD_FACT_MERGED, "two records were merged at the sender: the desk must look"},
};

static void add_fact(struct rd_hl7_build *build, struct rd_referral *referral,
                     enum rd_fact_kind kind, struct rd_time *occurred, const char *words)
{
    struct rd_fact *fact = RD_HL7_ADD(build, referral, facts);
    if (fact != NULL)
        *fact = (struct rd_fact){kind, occurred, rd_text_of(words)};
}

/* EVN-6, else the stay's own time, else when it was put down (EVN-2), which may be hours later. */
static struct rd_time *occurred_at(struct rd_hl7_build *build, struct rd_text event)
{
    const struct rd_hl7_segment *evn = rd_hl7_segment(&build->message, "EVN", 0);
    const struct rd_hl7_segment *pv1 = rd_hl7_segment(&build->message, "PV1", 0);
    struct rd_time *out = rd_hl7_when(build, evn, 6);
    if (out == NULL && rd_text_is(event, "A01"))
        out = rd_hl7_when(build, pv1, 44);
    if (out == NULL && rd_text_is(event, "A03"))
        out = rd_hl7_when(build, pv1, 45);
    return out != NULL ? out : rd_hl7_when(build, evn, 2);
}

void rd_hl7_fact(struct rd_hl7_build *build, struct rd_referral *referral, struct rd_text event)
{
    const struct rd_hl7_segment *pid = rd_hl7_segment(&build->message, "PID", 0);
    struct rd_time *occurred = occurred_at(build, event);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (rd_text_is(event, facts[i].event))
            add_fact(build, referral, facts[i].kind, occurred, facts[i].words);
    /* When somebody died stands in PID-29 or nowhere: the event's time is that of the entry. */
    if (referral->person->deceased.has && referral->person->deceased.value)
        add_fact(build, referral, RD_FACT_DECEASED, rd_hl7_when(build, pid, 29),
                 "the sender's record says that the person has died");
}

bool rd_hl7_is_fact(struct rd_text event)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (rd_text_is(event, facts[i].event))
            return true;
    return false;
}
