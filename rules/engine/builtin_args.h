/* Arguments of built-in functions, and the functions themselves, by file. Not for others. */
#ifndef RD_ENGINE_BUILTIN_ARGS_H
#define RD_ENGINE_BUILTIN_ARGS_H

#include "rules/engine/eval.h"

/* All: false with a note when argument `index` is not such a value. A list of one is its item where
 * an item is wanted, and an item a list of one where a list is. */
bool rd_want(const struct rd_call *call, size_t index, enum rd_type type, struct rd_value *out);
bool rd_want_text(const struct rd_call *call, size_t index, struct rd_text *out);
bool rd_want_number(const struct rd_call *call, size_t index, struct rd_decimal *out);
/* Without its fraction. */
bool rd_want_whole(const struct rd_call *call, size_t index, int64_t *out);
bool rd_want_list(const struct rd_call *call, size_t index, struct rd_value *out);
bool rd_was_given(const struct rd_call *call, size_t index);
/* Null, with the function's name before the words. */
struct rd_value rd_call_null(const struct rd_call *call, const char *words);

#define RD_BUILTIN(name) struct rd_value rd_builtin_##name(const struct rd_call *call)
/* builtins_convert.c */
RD_BUILTIN(string);
RD_BUILTIN(number);
RD_BUILTIN(date);
RD_BUILTIN(date_of_parts);
RD_BUILTIN(time);
RD_BUILTIN(time_of_parts);
RD_BUILTIN(date_time);
RD_BUILTIN(date_time_of_parts);
RD_BUILTIN(duration);
RD_BUILTIN(months_between);
RD_BUILTIN(range);
/* builtins_string.c */
RD_BUILTIN(substring);
RD_BUILTIN(string_length);
RD_BUILTIN(upper_case);
RD_BUILTIN(lower_case);
RD_BUILTIN(substring_before);
RD_BUILTIN(substring_after);
RD_BUILTIN(contains);
RD_BUILTIN(starts_with);
RD_BUILTIN(ends_with);
RD_BUILTIN(string_join);
RD_BUILTIN(matches);
RD_BUILTIN(replace);
RD_BUILTIN(split);
/* builtins_list.c */
RD_BUILTIN(list_contains);
RD_BUILTIN(count);
RD_BUILTIN(all);
RD_BUILTIN(any);
RD_BUILTIN(sublist);
RD_BUILTIN(append);
RD_BUILTIN(append_item);
RD_BUILTIN(concatenate);
RD_BUILTIN(insert_before);
RD_BUILTIN(remove);
RD_BUILTIN(list_replace);
RD_BUILTIN(reverse);
RD_BUILTIN(index_of);
RD_BUILTIN(union);
RD_BUILTIN(distinct_values);
RD_BUILTIN(flatten);
RD_BUILTIN(sort);
/* builtins_number.c */
RD_BUILTIN(min);
RD_BUILTIN(max);
RD_BUILTIN(sum);
RD_BUILTIN(product);
RD_BUILTIN(mean);
RD_BUILTIN(median);
RD_BUILTIN(stddev);
RD_BUILTIN(mode);
RD_BUILTIN(decimal);
RD_BUILTIN(floor);
RD_BUILTIN(ceiling);
RD_BUILTIN(round_up);
RD_BUILTIN(round_down);
RD_BUILTIN(round_half_up);
RD_BUILTIN(round_half_down);
RD_BUILTIN(abs);
RD_BUILTIN(modulo);
RD_BUILTIN(sqrt);
RD_BUILTIN(log);
RD_BUILTIN(exp);
RD_BUILTIN(odd);
RD_BUILTIN(even);
/* builtins_other.c */
RD_BUILTIN(not );
RD_BUILTIN(is);
RD_BUILTIN(get_value);
RD_BUILTIN(get_entries);
RD_BUILTIN(context);
RD_BUILTIN(context_put);
RD_BUILTIN(context_put_in);
RD_BUILTIN(context_merge);
RD_BUILTIN(now);
RD_BUILTIN(today);
RD_BUILTIN(day_of_year);
RD_BUILTIN(day_of_week);
RD_BUILTIN(month_of_year);
RD_BUILTIN(week_of_year);
/* builtins_range.c */
RD_BUILTIN(before);
RD_BUILTIN(after);
RD_BUILTIN(meets);
RD_BUILTIN(met_by);
RD_BUILTIN(overlaps);
RD_BUILTIN(overlaps_before);
RD_BUILTIN(overlaps_after);
RD_BUILTIN(finishes);
RD_BUILTIN(finished_by);
RD_BUILTIN(includes);
RD_BUILTIN(during);
RD_BUILTIN(starts);
RD_BUILTIN(started_by);
RD_BUILTIN(coincides);

#endif
