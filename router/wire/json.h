/* Any model struct as JSON, for people and tools (referralctl --json, tests' expected records):
 * field names of the contract, enums by name, instants as RFC 3339 with milliseconds, bytes as
 * base64, absent fields left out, two-space indent, fields in the order of their numbers. A text
 * that is not UTF-8 still gives valid JSON. Thread: any. */
#ifndef RD_WIRE_JSON_H
#define RD_WIRE_JSON_H

#include "base/buf.h"
#include "model/fields.h"

/* Appends one object, without a line end. Out of memory: out->failed. */
void rd_json_write(const struct rd_shape *shape, const void *value, struct rd_buf *out);

#endif
