/* What was observed, is known, was given and was said about the person: each as a line that can be
 * read alone. */
#include "adapters/fhir/fhir_json.h"

#include "model/limits.h"

#include <string.h>

/* CodeableConcept in words: its text, else the first display, else the first code. */
static struct rd_text concept_words(struct rd_fhir_build *build, const json_t *concept)
{
    static const char *const paths[] = {"text", "coding[0].display", "coding[0].code"};
    struct rd_text out = RD_TEXT_NONE;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && !rd_text_present(out); i++)
        out = rd_fhir_text(build, concept, paths[i]);
    return out;
}

static struct rd_text quantity_words(struct rd_fhir_build *build, const json_t *quantity)
{
    struct rd_text unit = rd_fhir_text(build, quantity, "unit");
    if (!rd_text_present(unit))
        unit = rd_fhir_text(build, quantity, "code");
    struct rd_text value = rd_fhir_join(build, rd_fhir_text(build, quantity, "comparator"), "",
                                        rd_fhir_text(build, quantity, "value"));
    return rd_text_present(value) ? rd_fhir_join(build, value, " ", unit) : RD_TEXT_NONE;
}

/* value[x] of any type that people write. */
static struct rd_text value_words(struct rd_fhir_build *build, const json_t *owner)
{
    static const char *const plain[] = {"valueString",   "valueInteger", "valueDecimal",
                                        "valueDateTime", "valueDate",    "valueTime",
                                        "valueInstant",  "valueUri",     "valueMarkdown"};
    static const char *const coding[] = {"valueCoding.display", "valueCoding.code"};
    struct rd_text out = RD_TEXT_NONE;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && !rd_text_present(out); i++)
        out = rd_fhir_text(build, owner, plain[i]);
    for (size_t i = 0; i < sizeof coding / sizeof coding[0] && !rd_text_present(out); i++)
        out = rd_fhir_text(build, owner, coding[i]);
    if (!rd_text_present(out))
        out = quantity_words(build, json_object_get(owner, "valueQuantity"));
    if (!rd_text_present(out))
        out = concept_words(build, json_object_get(owner, "valueCodeableConcept"));
    const json_t *truth = json_object_get(owner, "valueBoolean");
    if (!rd_text_present(out) && json_is_boolean(truth))
        out = json_is_true(truth) ? RD_TEXT("yes") : RD_TEXT("no");
    return out;
}

static void add(struct rd_fhir_build *build, struct rd_referral *referral, const json_t *one,
                const char *code, struct rd_text words)
{
    struct rd_coding coding;
    bool coded = rd_fhir_coding(build, rd_fhir_at(one, code), &coding);
    if (!rd_text_present(words) && coded)
        words = rd_text_present(coding.display) ? coding.display : coding.code;
    if (!rd_text_present(words) && !coded)
        return;
    struct rd_clinical *made = RD_FHIR_ADD(build, referral, clinical);
    if (made == NULL)
        return;
    made->kind = rd_fhir_text(build, one, "resourceType");
    made->words = words;
    struct rd_coding *kept = coded ? RD_FHIR_ADD(build, made, codes) : NULL;
    if (kept != NULL)
        *kept = coding;
}

/* The notes of a resource (Annotation) behind its words. */
static struct rd_text with_notes(struct rd_fhir_build *build, const json_t *one,
                                 struct rd_text words)
{
    const json_t *notes = json_object_get(one, "note");
    for (size_t i = 0; i < json_array_size(notes) && i < RD_LIST_ITEMS_MAX; i++)
        words =
            rd_fhir_join(build, words, "; ", rd_fhir_text(build, json_array_get(notes, i), "text"));
    return words;
}

/* "Blood pressure: Systolic 120 mmHg, Diastolic 80 mmHg". SNOMED 33962009 is the presenting
 * complaint: a need in the caller's words. */
static void add_observation(struct rd_fhir_build *build, struct rd_referral *referral,
                            const json_t *one)
{
    struct rd_text value = value_words(build, one);
    if (rd_text_is(rd_fhir_peek(one, "code.coding[0].code"), "33962009") &&
        rd_text_present(value)) {
        struct rd_need *need = RD_FHIR_ADD(build, referral, needs);
        if (need != NULL)
            need->words = value;
        return;
    }
    const json_t *components = json_object_get(one, "component");
    for (size_t i = 0; i < json_array_size(components) && i < RD_LIST_ITEMS_MAX; i++) {
        const json_t *part = json_array_get(components, i);
        struct rd_text words =
            rd_fhir_join(build, concept_words(build, json_object_get(part, "code")), " ",
                         value_words(build, part));
        value = rd_fhir_join(build, value, ", ", words);
    }
    struct rd_text meaning = concept_words(build, rd_fhir_at(one, "interpretation[0]"));
    if (rd_text_present(meaning))
        value = rd_fhir_join(build, value, "; ", meaning);
    struct rd_text name = concept_words(build, json_object_get(one, "code"));
    add(build, referral, one, "code.coding[0]",
        with_notes(build, one, rd_fhir_join(build, name, ": ", value)));
}

/* Condition, Procedure, Immunization: what, how bad, how it stands. */
static void add_condition(struct rd_fhir_build *build, struct rd_referral *referral,
                          const json_t *one)
{
    struct rd_text words = concept_words(build, json_object_get(one, "code"));
    if (!rd_text_present(words))
        words = concept_words(build, json_object_get(one, "vaccineCode"));
    words =
        rd_fhir_join(build, words, ", ", concept_words(build, json_object_get(one, "severity")));
    words = rd_fhir_join(build, words, ", since ", rd_fhir_text(build, one, "onsetDateTime"));
    add(build, referral, one, "code.coding[0]", with_notes(build, one, words));
}

/* Never the reaction alone. */
static void add_allergy(struct rd_fhir_build *build, struct rd_referral *referral,
                        const json_t *one)
{
    struct rd_text words = concept_words(build, json_object_get(one, "code"));
    struct rd_text reaction =
        rd_fhir_join(build, concept_words(build, rd_fhir_at(one, "reaction[0].manifestation[0]")),
                     ", ", rd_fhir_text(build, one, "reaction[0].severity"));
    words = rd_fhir_join(build, words, ": ", reaction);
    if (rd_text_is(rd_fhir_peek(one, "criticality"), "high"))
        words = rd_fhir_join(build, words, ", ", RD_TEXT("high criticality"));
    add(build, referral, one, "code.coding[0]", with_notes(build, one, words));
}

static void add_medication(struct rd_fhir_build *build, struct rd_referral *referral,
                           const json_t *one)
{
    const json_t *concept = json_object_get(one, "medicationCodeableConcept");
    const json_t *dosage = rd_fhir_at(one, "dosage[0]");
    if (concept == NULL)
    concept = json_object_get(rd_fhir_follow(build, one, "medicationReference"), "code");
    if (dosage == NULL)
        dosage = json_object_get(one, "dosage");
    if (dosage == NULL)
        dosage = rd_fhir_at(one, "dosageInstruction[0]");
    struct rd_text words = rd_fhir_join(build, concept_words(build, concept), ": ",
                                        rd_fhir_text(build, dosage, "text"));
    struct rd_text instruction = rd_fhir_text(build, dosage, "patientInstruction");
    if (!rd_text_equal(instruction, rd_fhir_peek(dosage, "text")))
        words = rd_fhir_join(build, words, "; ", instruction);
    add(build, referral, one, "medicationCodeableConcept.coding[0]", with_notes(build, one, words));
}

/* Crew notes and call logs. */
static void add_communication(struct rd_fhir_build *build, struct rd_referral *referral,
                              const json_t *one)
{
    const json_t *payload = json_object_get(one, "payload");
    struct rd_text words = RD_TEXT_NONE;
    if (json_is_object(payload))
        words = rd_fhir_text(build, payload, "contentString");
    for (size_t i = 0; i < json_array_size(payload) && i < RD_LIST_ITEMS_MAX; i++)
        words = rd_fhir_join(build, words, "\n",
                             rd_fhir_text(build, json_array_get(payload, i), "contentString"));
    if (rd_text_present(words))
        words =
            rd_fhir_join(build, concept_words(build, json_object_get(one, "topic")), ": ", words);
    add(build, referral, one, "topic.coding[0]", with_notes(build, one, words));
}

static void add_task(struct rd_fhir_build *build, struct rd_referral *referral, const json_t *one)
{
    add(build, referral, one, "code.coding[0]",
        with_notes(build, one,
                   rd_fhir_join(build, concept_words(build, json_object_get(one, "code")), ": ",
                                rd_fhir_text(build, one, "description"))));
}

static const json_t *first_or_self(const json_t *value)
{
    return json_is_array(value) ? json_array_get(value, 0) : value;
}

/* Questions and answers, however deep they are nested: "Is the patient breathing?: yes". A list of
 * one stands as one in some XML. */
static void add_answers(struct rd_fhir_build *build, struct rd_referral *referral,
                        const json_t *one)
{
    enum { DEPTH = 16 };
    struct {
        const json_t *items;
        size_t at;
    } stack[DEPTH] = {{json_object_get(one, "item"), 0}};
    size_t depth = 1;
    struct rd_text words = RD_TEXT_NONE;
    while (depth > 0 && !build->full) {
        const json_t *items = stack[depth - 1].items;
        size_t at = stack[depth - 1].at++;
        const json_t *item = json_is_array(items) ? json_array_get(items, at)
                             : at == 0            ? items
                                                  : NULL;
        if (item == NULL) {
            depth--;
            continue;
        }
        struct rd_text question = rd_fhir_text(build, item, "text");
        struct rd_text answer = value_words(build, first_or_self(json_object_get(item, "answer")));
        if (!rd_text_present(question) && rd_text_present(answer))
            question = rd_fhir_text(build, item, "linkId");
        if (rd_text_present(question) || rd_text_present(answer))
            words = rd_fhir_join(build, words, "\n", rd_fhir_join(build, question, ": ", answer));
        const json_t *deeper = json_object_get(item, "item");
        if (deeper != NULL && depth < DEPTH) {
            stack[depth].items = deeper;
            stack[depth++].at = 0;
        }
    }
    add(build, referral, one, "code.coding[0]", words);
}

/* What the request itself says beside its reason. */
static void add_request(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *request = rd_fhir_resource(build, "ServiceRequest", 0);
    struct rd_text words = rd_fhir_text(build, request, "patientInstruction");
    const json_t *categories = json_object_get(request, "category");
    for (size_t i = 0; i < json_array_size(categories) && i < RD_LIST_ITEMS_MAX; i++)
        words = rd_fhir_join(build, rd_fhir_text(build, json_array_get(categories, i), "text"),
                             "; ", words);
    words = with_notes(build, request, words);
    if (rd_text_present(words))
        add(build, referral, request, "none", words);
}

void rd_fhir_clinical(struct rd_fhir_build *build, struct rd_referral *referral)
{
    static const struct {
        const char *type;
        void (*add)(struct rd_fhir_build *, struct rd_referral *, const json_t *);
    } rows[] = {{"Observation", add_observation},
                {"Condition", add_condition},
                {"AllergyIntolerance", add_allergy},
                {"Procedure", add_condition},
                {"Medication", add_condition},
                {"MedicationStatement", add_medication},
                {"MedicationRequest", add_medication},
                {"Immunization", add_condition},
                {"Task", add_task},
                {"Communication", add_communication},
                {"QuestionnaireResponse", add_answers}};
    add_request(build, referral);
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        const json_t *one;
        for (size_t i = 0;
             i <= RD_LIST_ITEMS_MAX && (one = rd_fhir_resource(build, rows[row].type, i)) != NULL;
             i++)
            rows[row].add(build, referral, one);
    }
}
