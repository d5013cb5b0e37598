/* What may stand in what. Every element of a DMN file is either read or says nothing about a
 * decision; the tables here know which, and everything else is refused by name. */
#include "rules/engine/dmn/reader.h"

#include <string.h>

#define LOGIC                                                                                      \
    "literalExpression context invocation list relation functionDefinition decisionTable "         \
    "conditional filter for some every"

/* Elements by their parent: separated by blanks, a "-" before those that are not looked into,
 * because they are for people or for processes. */
static const struct {
    const char *name, *children;
} schema[] = {
    {"definitions",
     "import itemDefinition decision inputData businessKnowledgeModel decisionService "
     "-knowledgeSource -textAnnotation -association -group -elementCollection "
     "-performanceIndicator -organizationUnit -businessContextElement"},
    {"import", ""},
    {"itemDefinition", "typeRef allowedValues typeConstraint itemComponent functionItem"},
    {"itemComponent", "typeRef allowedValues typeConstraint itemComponent functionItem"},
    {"functionItem", "parameters"},
    {"parameters", ""},
    {"typeRef", ""},
    {"allowedValues", "text"},
    {"typeConstraint", "text"},
    {"text", ""},
    {"decision",
     "-question -allowedAnswers variable informationRequirement knowledgeRequirement "
     "-authorityRequirement -supportedObjective -impactedPerformanceIndicator -decisionMaker "
     "-decisionOwner -usingProcess -usingTask " LOGIC},
    {"inputData", "variable"},
    {"variable", "typeRef"},
    {"informationRequirement", "requiredDecision requiredInput"},
    {"knowledgeRequirement", "requiredKnowledge"},
    {"requiredDecision", ""},
    {"requiredInput", ""},
    {"requiredKnowledge", ""},
    {"businessKnowledgeModel",
     "variable encapsulatedLogic knowledgeRequirement -authorityRequirement"},
    {"encapsulatedLogic", "formalParameter " LOGIC},
    {"functionDefinition", "formalParameter " LOGIC},
    {"formalParameter", "typeRef"},
    {"decisionService", "variable outputDecision encapsulatedDecision inputDecision inputData"},
    {"outputDecision", ""},
    {"encapsulatedDecision", ""},
    {"inputDecision", ""},
    {"literalExpression", "text"},
    {"invocation", "binding " LOGIC},
    {"binding", "parameter " LOGIC},
    {"parameter", "typeRef"},
    {"context", "contextEntry"},
    {"contextEntry", "variable " LOGIC},
    {"list", LOGIC},
    {"relation", "column row"},
    {"column", "typeRef"},
    {"row", LOGIC},
    {"conditional", "if then else"},
    {"if", LOGIC},
    {"then", LOGIC},
    {"else", LOGIC},
    {"filter", "in match"},
    {"for", "in return"},
    {"some", "in satisfies"},
    {"every", "in satisfies"},
    {"in", LOGIC},
    {"match", LOGIC},
    {"return", LOGIC},
    {"satisfies", LOGIC},
    {"decisionTable", "input output annotation rule"},
    {"input", "inputExpression inputValues"},
    {"inputExpression", "text"},
    {"inputValues", "text"},
    {"output", "outputValues defaultOutputEntry"},
    {"outputValues", "text"},
    {"defaultOutputEntry", "text"},
    {"annotation", ""},
    {"rule", "inputEntry outputEntry annotationEntry"},
    {"inputEntry", "text"},
    {"outputEntry", "text"},
    {"annotationEntry", "text"},
};
static const char attributes[] =
    "id label name namespace expressionLanguage typeLanguage exporter exporterVersion locationURI "
    "importType typeRef isCollection outputTypeRef href hitPolicy aggregation "
    "preferredOrientation outputLabel displayName constraintsType kind iteratorVariable textFormat";

/* Whether `word` is one of the blank-separated `words`; *quiet: with a "-" before it. */
static bool has_word(const char *words, struct rd_text word, bool *quiet)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        *quiet = *words == '-';
        size_t skip = *quiet ? 1 : 0;
        if (len - skip == word.len && memcmp(words + skip, word.ptr, word.len) == 0)
            return true;
        words += len;
        words += strspn(words, " ");
    }
    return false;
}

bool rd_dmn_is_logic(const struct reader *reader, const struct rd_xml *element)
{
    bool quiet = false;
    return rd_text_equal(element->space, reader->file->root->space) &&
           has_word(LOGIC, element->name, &quiet);
}

static const char *children_of(const struct rd_xml *element)
{
    for (size_t i = 0; i < sizeof schema / sizeof schema[0]; i++)
        if (rd_text_is(element->name, schema[i].name))
            return schema[i].children;
    return "";
}

/* Camunda and others write "feel", or nothing; the URIs of every version end in FEEL/. */
static bool is_feel(struct rd_text language)
{
    static const struct rd_text end = {"/FEEL/", 6};
    bool omg = rd_text_starts(language, "http://www.omg.org/spec/") ||
               rd_text_starts(language, "https://www.omg.org/spec/");
    return language.len == 0 || rd_text_is(language, "feel") || rd_text_is(language, "FEEL") ||
           rd_text_is(language, "http://www.omg.org/spec/FEEL/20140401") ||
           (omg && language.len > end.len &&
            rd_text_equal(rd_text_slice(language, language.len - end.len, end.len), end));
}

static void check_attributes(struct reader *reader, const struct rd_xml *element)
{
    bool quiet = false;
    for (size_t i = 0; i < element->attributes_count; i++) {
        const struct rd_xml_attribute *attribute = &element->attributes[i];
        if (rd_text_present(attribute->space))
            continue;
        if (!has_word(attributes, attribute->name, &quiet))
            rd_dmn_refuse(reader, element->pos, "the attribute '%.*s' of '%.*s' is not DMN's",
                          RD_TEXT_ARG(attribute->name), RD_TEXT_ARG(element->name));
        else if (rd_text_is(attribute->name, "expressionLanguage") && !is_feel(attribute->value))
            rd_dmn_refuse(reader, element->pos,
                          "the expression language '%.*s' is not supported; expected FEEL",
                          RD_TEXT_ARG(attribute->value));
        else if (rd_text_is(attribute->name, "kind") && !rd_text_is(attribute->value, "FEEL"))
            rd_dmn_refuse(reader, element->pos,
                          "a function of the kind '%.*s' is not supported; expected FEEL",
                          RD_TEXT_ARG(attribute->value));
    }
}

/* Diagrams stand in a namespace of their own; nothing else of others' may, but in
 * extensionElements. */
static bool is_diagram(const struct rd_xml *element)
{
    return rd_text_is(element->name, "DMNDI") && element->parent != NULL &&
           element->parent->parent == NULL;
}

/* True: its children are to be looked at. */
static bool check_element(struct reader *reader, const struct rd_xml *element)
{
    const struct rd_xml *parent = element->parent;
    bool quiet = false;
    if (!rd_text_equal(element->space, reader->file->root->space)) {
        if (!is_diagram(element))
            rd_dmn_refuse(reader, element->pos,
                          "'%.*s' of the namespace '%.*s' is not supported outside "
                          "extensionElements",
                          RD_TEXT_ARG(element->name), RD_TEXT_ARG(element->space));
        return false;
    }
    if (rd_text_is(element->name, "description") || rd_text_is(element->name, "extensionElements"))
        return false;
    if (parent != NULL && !has_word(children_of(parent), element->name, &quiet)) {
        rd_dmn_refuse(reader, element->pos, "'%.*s' is not supported in '%.*s'",
                      RD_TEXT_ARG(element->name), RD_TEXT_ARG(parent->name));
        return false;
    }
    if (!quiet)
        check_attributes(reader, element);
    return !quiet;
}

void rd_dmn_check_schema(struct reader *reader, const struct rd_xml *top)
{
    const struct rd_xml *element = top;
    while (element != NULL) {
        if (check_element(reader, element) && element->first != NULL) {
            element = element->first;
            continue;
        }
        while (element != top && element->next == NULL)
            element = element->parent;
        element = element == top ? NULL : element->next;
    }
}
