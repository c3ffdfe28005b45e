// Finding the kernels for this processor.
#include "dispatch.h"

#include <string.h>

bool espalier_instruction_set_is_available(espalier_instruction_set set) {
  switch (set) {
    case espalier_baseline:
      return true;
#if defined(__x86_64__)
    case espalier_avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case espalier_avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
    case espalier_avx512_bf16:
      return espalier_instruction_set_is_available(espalier_avx512) && __builtin_cpu_supports("avx512bf16");
#endif
    default:
      return false;
  }
}

static const struct espalier_kernel_entry *table(espalier_instruction_set set) {
  switch (set) {
#if defined(__x86_64__)
    case espalier_avx512_bf16:
      return espalier_kernels_avx512_bf16;
    case espalier_avx512:
      return espalier_kernels_avx512;
    case espalier_avx2:
      return espalier_kernels_avx2;
#endif
    default:
      return espalier_kernels_baseline;
  }
}

espalier_kernel espalier_find_kernel(espalier_instruction_set set, const char *name) {
  for (const struct espalier_kernel_entry *entry = table(set); entry->name; entry++)
    if (strcmp(entry->name, name) == 0) return entry->function;
  return NULL;
}
