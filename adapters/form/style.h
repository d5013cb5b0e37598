/* style.css, made part of the program by the build. Served as /style.css. */
#ifndef RD_FORM_STYLE_H
#define RD_FORM_STYLE_H

#include <stddef.h>

extern const unsigned char rd_form_style[];
extern const size_t rd_form_style_len;

#endif
