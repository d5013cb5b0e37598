/* Evaluates FEEL trees over typed values. Total: no input makes it fail, a question that makes no
 * sense is UNKNOWN. Allocates nothing. Thread: any. */
#ifndef RD_ENGINE_FEEL_H
#define RD_ENGINE_FEEL_H

#include "rules/engine/ast.h"

/* Whether `value` passes the unary tests `tests`. */
enum rd_tri rd_feel_test(const struct rd_node *tests, const struct rd_value *value);
/* The type the tests ask for: ANY when they do not say (null, "-"), LIST for list contains. When
 * two of them disagree *clash is the second; otherwise NULL. */
enum rd_type rd_feel_tests_type(const struct rd_node *tests, const struct rd_node **clash);

#endif
