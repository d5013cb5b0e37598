/* breaks: header-alone */
#ifndef RD_SAMPLE_ALONE_H
#define RD_SAMPLE_ALONE_H

uint64_t rd_sample_needs_stdint(void);

#endif
