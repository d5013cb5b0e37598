/* Which shape is which message of the contract, and whether a field of one fits a field of the
 * other. Internal to router/wire and its tests: the only headers that see protobuf-c.
 * Thread: any; the table is constant. */
#ifndef RD_WIRE_CONTRACT_H
#define RD_WIRE_CONTRACT_H

#include "model/fields.h"

#include <protobuf-c/protobuf-c.h>

struct rd_contract_row {
    const struct rd_shape *shape;
    const ProtobufCMessageDescriptor *message;
};

/* One row per message, those that cross sockets and the ledger most often first. */
extern const struct rd_contract_row rd_contract[];
extern const size_t rd_contract_count;

/* The message of `shape`; a shape that is not of the contract is a bug. O(rows), in practice 1. */
const ProtobufCMessageDescriptor *rd_contract_message(const struct rd_shape *shape);

/* Same number, type and label, as the generic walk relies on. */
bool rd_contract_agrees(const struct rd_field *field, const ProtobufCFieldDescriptor *pb);

#endif
