#include "rules/engine/model.h"

const struct rd_drg *rd_model_find(const struct rd_model *model, enum rd_drg_kind kind,
                                   struct rd_text name)
{
    for (size_t i = 0; i < model->nodes_count; i++)
        if (model->nodes[i].kind == kind && !rd_text_present(model->nodes[i].file) &&
            rd_text_equal(model->nodes[i].name, name))
            return &model->nodes[i];
    return NULL;
}
