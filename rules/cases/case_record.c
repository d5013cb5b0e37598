/* From the words of a case to the record that an adapter would have made. */
#include "rules/cases/reading.h"

#include "model/limits.h"

#include <string.h>

static struct rd_time *read_time(struct reading *reading, const rd_yaml_node *node)
{
    if (node == NULL)
        return NULL;
    struct rd_time *time = reading_array(reading, 1, sizeof *time);
    rd_instant at = reading_time(reading, node);
    if (time != NULL)
        time->utc_us = at;
    return at == 0 ? NULL : time;
}

/* A map from the use of an address to its postcode ("none": an address that has none). */
static void read_addresses(struct reading *reading, const struct case_nodes *nodes,
                           struct rd_person *person)
{
    static const char *const keys[] = {"home", "current", "incident", "discharge-to", NULL};
    const rd_yaml_node *map = case_node(nodes, "addresses");
    const rd_yaml_node *home = case_node(nodes, "postcode");
    size_t count = 0;
    if (map != NULL && !reading_map(reading, map, keys))
        return;
    if (rd_yaml_get(nodes->own, "postcode") != NULL && rd_yaml_get(nodes->own, "addresses") != NULL)
        reading_refuse(reading, rd_yaml_get(nodes->own, "postcode"),
                       "found postcode and addresses; write the home's under addresses too");
    if (rd_yaml_get(nodes->own, "addresses") != NULL)
        home = NULL;
    if (rd_yaml_get(nodes->own, "postcode") != NULL)
        map = NULL;
    size_t named = map == NULL ? 0 : rd_yaml_count(map);
    struct rd_address *list = reading_array(reading, named + 1, sizeof *list);
    if (list == NULL)
        return;
    if (home != NULL)
        list[count++] =
            (struct rd_address){.use = RD_ADDRESS_HOME, .postcode = reading_text(reading, home)};
    for (size_t i = 0; i < named; i++) {
        enum rd_address_use use =
            (enum rd_address_use)rd_enum_value(&rd_address_use_names, rd_yaml_key_at(map, i));
        list[count++] = (struct rd_address){
            .use = use, .postcode = reading_text(reading, rd_yaml_value_at(map, i))};
    }
    for (size_t i = 0; i < count; i++) {
        struct rd_text *line = reading_array(reading, 1, sizeof *line);
        if (line == NULL)
            return;
        *line = RD_TEXT("1 Example Road");
        list[i].lines = line;
        list[i].lines_count = 1;
        if (rd_text_is(list[i].postcode, "none"))
            list[i].postcode = RD_TEXT_NONE;
        list[i].placing_authority = reading_text(reading, case_node(nodes, "placed-by"));
        list[i].residence_type = reading_text(reading, case_node(nodes, "residence-type"));
    }
    person->addresses = list;
    person->addresses_count = count;
}

/* "name", "callback", "age", "address": what was not sent. */
static bool is_without(struct reading *reading, const struct case_nodes *nodes, const char *what)
{
    static const char *const known[] = {"name", "age", "address", "callback", NULL};
    size_t count = 0;
    const rd_yaml_node *node = case_node(nodes, "without");
    struct rd_text *list = reading_texts(reading, node, &count);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        bool is_known = false;
        for (size_t j = 0; known[j] != NULL; j++)
            is_known = is_known || rd_text_is(list[i], known[j]);
        if (!is_known && strcmp(what, "name") == 0)
            reading_refuse(reading, rd_yaml_at(node, i),
                           "found '%.*s', expected name, age, address or callback",
                           RD_TEXT_ARG(rd_text_slice(list[i], 0, RD_NAME_BYTES_MAX)));
        found = found || rd_text_is(list[i], what);
    }
    return found;
}

static struct rd_person *read_person(struct reading *reading, const struct case_nodes *nodes)
{
    static const int64_t age_max = 200;
    struct rd_person *person = reading_array(reading, 1, sizeof *person);
    struct rd_name *name = reading_array(reading, 1, sizeof *name);
    struct rd_telecom *telecom = reading_array(reading, 1, sizeof *telecom);
    if (person == NULL || name == NULL || telecom == NULL)
        return NULL;
    *name = (struct rd_name){.family = RD_TEXT("Example"), .given = RD_TEXT("Case")};
    *telecom = (struct rd_telecom){.system = RD_TEXT("phone"), .value = RD_TEXT("020 7946 0000")};
    person->names = name;
    person->names_count = is_without(reading, nodes, "name") ? 0 : 1;
    person->telecoms = telecom;
    person->telecoms_count = is_without(reading, nodes, "callback") ? 0 : 1;
    if (!is_without(reading, nodes, "age")) {
        person->birth_date = reading_text(reading, case_node(nodes, "born"));
        if (rd_yaml_get(nodes->own, "age") != NULL)
            person->birth_date = RD_TEXT_NONE;
        if (rd_yaml_get(nodes->own, "born") == NULL)
            person->age_estimate = reading_number(reading, case_node(nodes, "age"), age_max);
    }
    person->practice_ods = reading_text(reading, case_node(nodes, "practice"));
    person->confidentiality = reading_text(reading, case_node(nodes, "confidentiality"));
    person->lives_alone = reading_bool(reading, case_node(nodes, "lives-alone"));
    if (!is_without(reading, nodes, "address"))
        read_addresses(reading, nodes, person);
    return person;
}

/* needs: the place's own codes; codes: partners' ones; also: a domain without a code; words. */
static void read_needs(struct reading *reading, const struct case_nodes *nodes,
                       struct rd_referral *out)
{
    size_t own = 0, also = 0, foreign = 0;
    const rd_yaml_node *domains = case_node(nodes, "also");
    struct rd_text *codes = reading_texts(reading, case_node(nodes, "needs"), &own);
    struct rd_text *partners = reading_texts(reading, case_node(nodes, "codes"), &foreign);
    struct rd_text words = reading_text(reading, case_node(nodes, "words"));
    if (domains != NULL && !rd_yaml_is_list(domains))
        reading_refuse(reading, domains, "expected a list such as [social]");
    else
        also = rd_yaml_count(domains);
    struct rd_need *needs = reading_array(reading, own + also + foreign + 1, sizeof *needs);
    if (needs == NULL)
        return;
    out->needs = needs;
    for (size_t i = 0; i < own; i++)
        needs[out->needs_count++] = (struct rd_need){.code = codes[i]};
    for (size_t i = 0; i < foreign; i++) {
        struct rd_coding *coding = reading_array(reading, 1, sizeof *coding);
        size_t bar = rd_text_find(partners[i], '|', 0);
        if (coding == NULL)
            return;
        if (bar < partners[i].len)
            coding->system = rd_text_slice(partners[i], 0, bar);
        coding->code = bar < partners[i].len ? rd_text_slice(partners[i], bar + 1, partners[i].len)
                                             : partners[i];
        needs[out->needs_count++] = (struct rd_need){.codes = coding, .codes_count = 1};
    }
    for (size_t i = 0; i < also; i++)
        needs[out->needs_count++] =
            (struct rd_need){.domain = (enum rd_domain)reading_enum(reading, rd_yaml_at(domains, i),
                                                                    &rd_domain_names),
                             .words = RD_TEXT("also")};
    if (rd_text_present(words))
        needs[out->needs_count++] = (struct rd_need){.words = words};
}

static void read_flags(struct reading *reading, const struct case_nodes *nodes,
                       struct rd_referral *out)
{
    size_t count = 0;
    struct rd_text *list = reading_texts(reading, case_node(nodes, "flags"), &count);
    struct rd_flag *flags = reading_array(reading, count, sizeof *flags);
    for (size_t i = 0; flags != NULL && i < count; i++)
        flags[i] = (struct rd_flag){.category = list[i]};
    out->flags = flags;
    out->flags_count = flags == NULL ? 0 : count;
}

static void read_use_case(struct reading *reading, const struct case_nodes *nodes,
                          struct rd_referral *out)
{
    struct rd_text code = reading_text(reading, case_node(nodes, "use-case"));
    struct rd_coding *coding = reading_array(reading, 1, sizeof *coding);
    if (coding == NULL || !rd_text_present(code))
        return;
    coding->code = code;
    out->use_case = coding;
    out->use_case_count = 1;
}

static void read_consent(struct reading *reading, const struct case_nodes *nodes,
                         struct rd_referral *out)
{
    const rd_yaml_node *node = case_node(nodes, "consent");
    struct rd_consent *consent = reading_array(reading, 1, sizeof *consent);
    if (consent == NULL || node == NULL)
        return;
    consent->decision =
        (enum rd_consent_decision)reading_enum(reading, node, &rd_consent_decision_names);
    out->consents = consent;
    out->consents_count = 1;
}

static void read_stay(struct reading *reading, const struct case_nodes *nodes,
                      struct rd_referral *out)
{
    struct rd_text site = reading_text(reading, case_node(nodes, "hospital"));
    struct rd_opt_i32 pathway = reading_number(reading, case_node(nodes, "discharge-pathway"), 9);
    struct rd_stay *stay = reading_array(reading, 1, sizeof *stay);
    if (stay == NULL || (!rd_text_present(site) && !pathway.has))
        return;
    stay->site = site;
    stay->pathway = pathway;
    out->stay = stay;
}

void case_read_record(struct reading *reading, const struct case_nodes *nodes, struct rd_case *out)
{
    struct rd_referral *referral = reading_array(reading, 1, sizeof *referral);
    if (referral == NULL)
        return;
    referral->kind = (enum rd_referral_kind)reading_enum(reading, case_node(nodes, "kind"),
                                                         &rd_referral_kind_names);
    referral->priority_asked =
        (enum rd_priority)reading_enum(reading, case_node(nodes, "asked"), &rd_priority_names);
    referral->person = read_person(reading, nodes);
    read_needs(reading, nodes, referral);
    read_flags(reading, nodes, referral);
    read_use_case(reading, nodes, referral);
    read_consent(reading, nodes, referral);
    read_stay(reading, nodes, referral);
    referral->respond_by = read_time(reading, case_node(nodes, "respond-by"));
    referral->source_clock = read_time(reading, case_node(nodes, "source-clock"));
    out->submission = (struct rd_submission){
        .feed = reading_text(reading, case_node(nodes, "feed")), .referral = referral};
}
