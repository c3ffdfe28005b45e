// The cpu family for x86-64 with AVX-512: 32 registers of 16 floats.
#if defined(__x86_64__)
#define INSTRUCTION_SET avx512
#define ACCUMULATORS 14
#include "native.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,avx2"))), apply_to = function)
#include "family.h"
#pragma clang attribute pop
#else
// Another architecture: nothing to compile.
typedef int espalier_no_avx512;
#endif
