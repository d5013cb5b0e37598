/* FHIR's XML form to its JSON form and back, for the resources of BaRS messages: the reader and the
 * answers of this folder know JSON only. Elements that FHIR allows more than one of become lists by
 * a table (fhir_xml_lists.c); one that is not in it becomes a list when it comes twice. No document
 * type, no entities but XML's five. Thread: any. */
#ifndef RD_FHIR_FHIR_XML_H
#define RD_FHIR_FHIR_XML_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

enum { RD_FHIR_XML_DEPTH_MAX = 64 };

/* The first byte that is no blank is "<". */
bool rd_fhir_is_xml(struct rd_text body);
/* A new reference, or NULL with `why` ("line 3, column 7: ..."; nothing of the content). */
json_t *rd_fhir_from_xml(struct rd_text body, struct rd_errbuf *why);
/* JSON or XML, whichever it is. As above. */
json_t *rd_fhir_load(struct rd_text body, struct rd_errbuf *why);
/* A resource as XML. False: out of memory, or no resource. */
bool rd_fhir_to_xml(json_t *resource, struct rd_buf *out);

/* fhir_xml_lists.c: whether FHIR allows several of `name` in `parent`, the name of a resource's
 * type or of the element it stands in. */
bool rd_fhir_is_list(const char *parent, bool parent_is_resource, const char *name);

#endif
