#ifndef ESPALIER_KERNELS_H
#define ESPALIER_KERNELS_H

#include <stddef.h>

/// The text of an OpenCL C source file below Kernels/, by its path without the extension (such as "gpu/pooling"), or
/// NULL where there is none. `length` receives its size in bytes; the text is not terminated.
const char *espalier_kernel_source(const char *path, size_t *length);

#endif
