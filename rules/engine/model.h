/* A decision model: what a DMN file says, as a graph. Built by engine/dmn, constant afterwards;
 * evaluation takes memory from the request's arena only. Thread: any. */
#ifndef RD_ENGINE_MODEL_H
#define RD_ENGINE_MODEL_H

#include "rules/engine/boxed.h"

enum { RD_MODEL_NODES_MAX = 10000 };

enum rd_drg_kind { RD_DRG_INPUT, RD_DRG_DECISION, RD_DRG_KNOWLEDGE, RD_DRG_SERVICE };

/* An element of the graph that another one uses, under the name it has there. */
struct rd_requirement {
    size_t node;
    struct rd_text import; /* absent: of the same file; else seen as import.name */
};
struct rd_drg {
    enum rd_drg_kind kind;
    struct rd_text name, id, space; /* space: the namespace of its file's model */
    struct rd_text seen; /* the name of its variable, which is what expressions know it by */
    struct rd_text file; /* of an import; absent: the file that was asked for */
    struct rd_pos pos;
    const struct rd_feel_type *type;    /* of its variable; NULL: any */
    const struct rd_boxed *logic;       /* DECISION, NULL: none; KNOWLEDGE: a FUNCTION */
    const struct rd_requirement *needs; /* DECISION, KNOWLEDGE: its requirements */
    size_t needs_count;
    const struct rd_parameter *parameters; /* SERVICE: input data, then input decisions */
    const size_t *parameter_nodes;
    size_t parameters_count;
    const size_t *outputs; /* SERVICE; none: it cannot be called */
    size_t outputs_count;
    bool refused; /* what the file says of it was: it is not to be evaluated */
};
struct rd_model {
    struct rd_text name, space;
    const struct rd_drg *nodes; /* in the file's order */
    size_t nodes_count;
    const size_t *order;              /* all nodes, what is needed before what needs it */
    const struct rd_feel_name *types; /* item definitions */
    size_t types_count;
    bool undeclared; /* no input data at all (dmn.io): whatever is given is in sight */
};

/* NULL: the model has none of that kind and name. */
const struct rd_drg *rd_model_find(const struct rd_model *model, enum rd_drg_kind kind,
                                   struct rd_text name);

struct rd_model_request {
    const struct rd_drg *node;       /* a decision, decision service or knowledge model */
    const struct rd_context *inputs; /* input data (a service's input decisions, a knowledge
                                        model's parameters) by name; what is not given is null */
    struct rd_date_time now;         /* of now() and today() */
    bool has_now;
    const struct rd_regex_library *regex; /* of matches(), replace(), split(); NULL: null */
};
struct rd_model_answer {
    struct rd_value value;
    bool full;                       /* the arena ran out: no answer */
    struct rd_feel_note note;        /* why something is null: the first reason */
    const struct rd_drg *note_about; /* the node that was being evaluated; NULL: there is no note */
};
/* Evaluates each decision that is needed once. Everything in `arena`. */
void rd_model_decide(const struct rd_model *model, const struct rd_model_request *request,
                     struct rd_arena *arena, struct rd_model_answer *out);

#endif
