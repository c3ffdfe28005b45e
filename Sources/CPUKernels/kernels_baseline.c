// The cpu family for any processor: x86-64 without FMA, or NEON on 64-bit Arm.
#define INSTRUCTION_SET baseline
#if defined(__aarch64__)
#define ACCUMULATORS 6
#else
#define ACCUMULATORS 2
#define NO_FMA
#endif
#include "native.h"
#include "family.h"
