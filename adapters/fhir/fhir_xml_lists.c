#include "adapters/fhir/fhir_xml.h"

#include <string.h>

/* FHIR R4 (4.0.1), the resources that BaRS messages are made of and what they refer to. "*": in
 * whatever it stands; an upper-case parent is a resource's type. */
static const struct {
    const char *parent, *names; /* names: each between blanks */
} lists[] = {
    {"*", " extension modifierExtension coding contained "},
    {"Bundle", " link entry "},
    {"entry", " link "},
    {"meta", " profile security tag "},
    {"MessageHeader", " destination focus "},
    {"ServiceRequest",
     " instantiatesCanonical instantiatesUri basedOn replaces category orderDetail "
     "performer locationCode locationReference reasonCode reasonReference insurance "
     "supportingInfo specimen bodySite note relevantHistory "},
    {"CarePlan", " instantiatesCanonical instantiatesUri basedOn replaces partOf "
                 "category contributor careTeam addresses supportingInfo goal activity note "},
    {"activity", " outcomeCodeableConcept outcomeReference progress "},
    {"detail", " instantiatesCanonical instantiatesUri reasonCode reasonReference goal performer "},
    {"Patient", " name telecom address photo contact communication "
                "generalPractitioner link "},
    {"contact", " relationship telecom "},
    {"name", " given prefix suffix "},
    {"address", " line "},
    {"Encounter", " statusHistory classHistory type episodeOfCare basedOn participant "
                  "appointment reasonCode reasonReference diagnosis account location "},
    {"participant", " type "},
    {"hospitalization", " dietPreference specialCourtesy specialArrangement "},
    {"Organization", " type alias telecom address contact endpoint "},
    {"Practitioner", " name telecom address photo qualification communication "},
    {"PractitionerRole", " code specialty location healthcareService telecom "
                         "availableTime notAvailable endpoint "},
    {"RelatedPerson", " relationship name telecom address photo communication "},
    {"HealthcareService", " category type specialty location telecom coverageArea "
                          "serviceProvisionCode eligibility program characteristic communication "
                          "referralMethod availableTime notAvailable endpoint "},
    {"Location", " alias type telecom hoursOfOperation endpoint "},
    {"Flag", " category "},
    {"Consent", " category performer organization policy verification "},
    {"provision", " actor action securityLabel purpose class code data provision "},
    {"Observation", " basedOn partOf category focus performer interpretation note "
                    "referenceRange hasMember derivedFrom component "},
    {"component", " interpretation referenceRange "},
    {"Condition", " category bodySite stage evidence note "},
    {"AllergyIntolerance", " category note reaction "},
    {"reaction", " manifestation note "},
    {"MedicationStatement", " basedOn partOf derivedFrom reasonCode reasonReference "
                            "note dosage "},
    {"MedicationRequest", " category supportingInformation reasonCode reasonReference "
                          "instantiatesCanonical instantiatesUri basedOn insurance note "
                          "dosageInstruction detectedIssue eventHistory "},
    {"Procedure", " instantiatesCanonical instantiatesUri basedOn partOf performer "
                  "reasonCode reasonReference bodySite report complication complicationDetail "
                  "followUp note focalDevice usedReference usedCode "},
    {"Task", " basedOn partOf performerType insurance note relevantHistory input "
             "output "},
    {"Communication", " instantiatesCanonical instantiatesUri basedOn partOf "
                      "inResponseTo category medium about recipient reasonCode reasonReference "
                      "payload note "},
    {"QuestionnaireResponse", " basedOn partOf item "},
    {"item", " answer item "},
    {"DocumentReference", " category author relatesTo securityLabel content "},
    {"context", " encounter event related "},
    {"Composition", " category author attester relatesTo event section "},
    {"section", " author entry section "},
    {"Appointment", " serviceCategory serviceType specialty reasonCode reasonReference "
                    "supportingInformation slot basedOn participant requestedPeriod "},
    {"Slot", " serviceCategory serviceType specialty "},
    {"Provenance", " target policy reason agent entity signature "},
    {"OperationOutcome", " issue "},
    {"issue", " location expression "},
    {"EpisodeOfCare", " statusHistory type diagnosis referralRequest team account "},
    {"timing", " event "},
};

static bool names_it(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = strstr(names, name); at != NULL; at = strstr(at + 1, name))
        if (at[-1] == ' ' && at[len] == ' ')
            return true;
    return false;
}

bool rd_fhir_is_list(const char *parent, bool parent_is_resource, const char *name)
{
    /* Every resource may have several, but these. */
    if (parent_is_resource && strcmp(name, "identifier") == 0)
        return !names_it(" Bundle Composition QuestionnaireResponse ", parent);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const char *of = lists[i].parent;
        bool resource = of[0] >= 'A' && of[0] <= 'Z';
        bool fits = of[0] == '*' || (resource == parent_is_resource && strcmp(of, parent) == 0);
        if (fits && names_it(lists[i].names, name))
            return true;
    }
    return false;
}
