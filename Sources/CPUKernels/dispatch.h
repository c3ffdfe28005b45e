#ifndef ESPALIER_DISPATCH_H
#define ESPALIER_DISPATCH_H

#include "cpu_kernels.h"

struct espalier_kernel_entry {
  const char *name;
  espalier_kernel function;
};

// One table per set of kernels, ended by a NULL name.
extern const struct espalier_kernel_entry espalier_kernels_baseline[];
#if defined(__x86_64__)
extern const struct espalier_kernel_entry espalier_kernels_avx512_bf16[];
extern const struct espalier_kernel_entry espalier_kernels_avx512[];
extern const struct espalier_kernel_entry espalier_kernels_avx2[];
#endif

#endif
