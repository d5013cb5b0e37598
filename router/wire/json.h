/* Any model struct as JSON, for people and tools (referralctl --json, tests' expected records):
 * field names of the contract, enums by name, times (fields of kind i64 that hold an instant) as
 * RFC 3339, bytes as base64, absent fields left out, two-space indent, fields in the order of their
 * numbers. Thread: any. */
#ifndef RD_WIRE_JSON_H
#define RD_WIRE_JSON_H

#include "base/buf.h"
#include "model/fields.h"

void rd_json_write(const struct rd_shape *shape, const void *value, struct rd_buf *out);

#endif
