// The cpu family for x86-64 with AVX2 and FMA: a vector of 16 floats takes two of 16 registers.
#if defined(__x86_64__)
#define INSTRUCTION_SET avx2
#define ACCUMULATORS 6
#include "native.h"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "family.h"
#pragma clang attribute pop
#else
// Another architecture: nothing to compile.
typedef int espalier_no_avx2;
#endif
