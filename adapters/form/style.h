/* style.css and hint.js, made part of the program by the build. Served as /style.css,
 * /telephone.js. */
#ifndef RD_FORM_STYLE_H
#define RD_FORM_STYLE_H

#include <stddef.h>

extern const unsigned char rd_form_style_bytes[], rd_form_hint_bytes[];
extern const size_t rd_form_style_len, rd_form_hint_len;

#endif
