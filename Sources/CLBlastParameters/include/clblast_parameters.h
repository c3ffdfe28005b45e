#ifndef ESPALIER_CLBLAST_PARAMETERS_H
#define ESPALIER_CLBLAST_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The value that a parameter of one of CLBlast's single-precision kernels has on a device, a cl_device_id. CLBlast's C
/// interface sets parameters but does not read them. Not safe beside other calls of CLBlast.
/// Returns 0, CLBlast's status, or -2047 (CLBlastMissingOverrideParameter) where the kernel has no such parameter.
int32_t espalier_clblast_parameter(void *device, const char *kernel, const char *name, size_t *value);

#ifdef __cplusplus
}
#endif

#endif
