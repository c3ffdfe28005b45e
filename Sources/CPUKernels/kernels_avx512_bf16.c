// The cpu family once more for x86-64 with AVX512-BF16: feature maps in bfloat16.
#if defined(__x86_64__)
#define INSTRUCTION_SET avx512_bf16
#define ACCUMULATORS 14
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,fma,avx2"))), \
                             apply_to = function)
#include "bf16.h"
#include "native.h"
#include "family.h"
#pragma clang attribute pop
#else
// Another architecture: nothing to compile.
typedef int espalier_no_avx512_bf16;
#endif
