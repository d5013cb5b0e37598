/* Models in a line or two, evaluated with inputs and answers as JSON. */
#ifndef RD_TESTS_MODEL_KIT_H
#define RD_TESTS_MODEL_KIT_H

#include "rules/engine/dmn/dmn.h"

#define MODEL(inside)                                                                              \
    "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' namespace='urn:m' "         \
    "name='m'>\n" inside "\n</definitions>"
#define INPUT(id, name, type)                                                                      \
    "<inputData id='" id "' name='" name "'><variable name='" name "' typeRef='" type "'/>"        \
    "</inputData>\n"
#define NEEDS_INPUT(id)                                                                            \
    "<informationRequirement><requiredInput href='#" id "'/></informationRequirement>"
#define NEEDS_DECISION(id)                                                                         \
    "<informationRequirement><requiredDecision href='#" id "'/></informationRequirement>"
#define NEEDS_KNOWLEDGE(id)                                                                        \
    "<knowledgeRequirement><requiredKnowledge href='#" id "'/></knowledgeRequirement>"
#define DECISION(id, name, inside) "<decision id='" id "' name='" name "'>" inside "</decision>\n"
#define FEEL(text) "<literalExpression><text>" text "</text></literalExpression>"
/* A model whose only decision is D. */
#define ONLY(inside) MODEL(DECISION("d", "D", inside))

struct model_case {
    const char *source, *decision, *inputs; /* inputs: JSON object; NULL: none */
    const char *answer;                     /* JSON in one line */
    const char *note; /* why something is null; NULL: nothing is said; "": something is */
    unsigned line;    /* of the note; 0: not looked at */
};
/* Fails the test unless the model is read without findings and gives that answer. */
void model_check(const struct model_case *one);
/* The model of the first source; the second, when there is one, may be imported. NULL: the test has
 * failed. */
void model_read(const char *source, const char *other, struct rd_arena *arena,
                struct rd_model *out);

#endif
