// Feature maps and packed weights in bfloat16: what native.h and the convolutions need of AVX512-BF16.
//
// VDPBF16PS multiplies pairs: every 32-bit lane adds the two products of its two values to a float. Sums, parameters
// and statistics are floats as everywhere; a value is rounded, to nearest even, where it is stored.
#include <immintrin.h>

#define BF16_MAPS
#define MAP_VALUE __bf16

typedef __bf16 bf16_pixel __attribute__((ext_vector_type(16), aligned(2)));

#define load_pixel(index, plane) \
  __builtin_convertvector(*(const bf16_pixel *)((plane) + 16 * (long)(index)), float16)
#define store_pixel(value, index, plane) \
  (*(bf16_pixel *)((plane) + 16 * (long)(index)) = __builtin_convertvector(value, bf16_pixel))
#define load_value(value) ((float)(value))
#define store_value(value) ((__bf16)(value))
