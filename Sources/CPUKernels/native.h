// The native twin of Kernels/common/kernel.cl: OpenCL C's vocabulary for clang as a C compiler.
//
// A kernel becomes a body and an entry of one fixed type, which unpacks its arguments from a struct of 8-byte fields.

#include <math.h>
#include <stddef.h>

#include "common/arguments.cl"

#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpsabi"

typedef float float16 __attribute__((ext_vector_type(16)));
typedef unsigned uint16 __attribute__((ext_vector_type(16)));
typedef float float16_unaligned __attribute__((ext_vector_type(16), aligned(4)));

#define __global
#define HELPER static inline __attribute__((always_inline))

#define vload16(index, pointer) ((float16) * (const float16_unaligned *)((pointer) + 16 * (long)(index)))
#define vstore16(value, index, pointer) (*(float16_unaligned *)((pointer) + 16 * (long)(index)) = (value))
#define vload16_private(pointer) vload16(0, pointer)
#define vstore16_private(value, pointer) vstore16(value, 0, pointer)
#define SQRT(x) __builtin_elementwise_sqrt(x)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
// A pointer whose origin the compiler cannot see: addresses near it stay displacements, not pointers of their own.
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
#define PREFETCH(pointer) __builtin_prefetch(pointer)
#define PREFETCH_TARGET(pointer) __builtin_prefetch(pointer, 1)

#ifdef NO_FMA
#define FMA(a, b, c) ((a) * (b) + (c))
#else
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#endif

// Feature maps are floats unless bf16.h says otherwise.
#ifndef MAP_VALUE
#define MAP_VALUE float
#define load_pixel(index, plane) vload16(index, plane)
#define store_pixel(value, index, plane) vstore16(value, index, plane)
#define load_value(value) (value)
#define store_value(value) (value)
#endif

#define BITS_OF_PIXEL(value) __builtin_bit_cast(uint16, value)
#define LANE_NUMBERS ((uint16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
static inline float float_of_bits(int bits) { return __builtin_bit_cast(float, bits); }
static inline int bits_of_float(float value) { return __builtin_bit_cast(int, value); }

#define get_global_id(axis) (item_[axis])

// The argument block of a kernel: one 8-byte field each.
#define FIELD_FIRST(kind, name) FIELD_##kind(name) FIELD_EVEN
#define FIELD_EVEN(kind, name) MORE_##kind(SEMICOLON_, FIELD_##kind(name), FIELD_ODD)
#define FIELD_ODD(kind, name) MORE_##kind(SEMICOLON_, FIELD_##kind(name), FIELD_EVEN)
#define FIELD_IN(name) const float *name
#define FIELD_OUT(name) float *name
#define FIELD_MAPS_IN(name) const MAP_VALUE *name
#define FIELD_MAPS_OUT(name) MAP_VALUE *name
#define FIELD_LABELS(name) const int *name
#define FIELD_INT(name) _Alignas(8) int name
#define FIELD_FLOAT(name) _Alignas(8) float name

#define PARAMETER_FIRST(kind, name) PARAMETER_##kind(name) PARAMETER_EVEN
#define PARAMETER_EVEN(kind, name) MORE_##kind(COMMA_, PARAMETER_##kind(name), PARAMETER_ODD)
#define PARAMETER_ODD(kind, name) MORE_##kind(COMMA_, PARAMETER_##kind(name), PARAMETER_EVEN)
#define PARAMETER_IN(name) const float *restrict name
#define PARAMETER_OUT(name) float *restrict name
#define PARAMETER_MAPS_IN(name) const MAP_VALUE *restrict name
#define PARAMETER_MAPS_OUT(name) MAP_VALUE *restrict name
#define PARAMETER_LABELS(name) const int *restrict name
#define PARAMETER_INT(name) const int name
#define PARAMETER_FLOAT(name) const float name

#define UNPACK_FIRST(kind, name) fields_->name UNPACK_EVEN
#define UNPACK_EVEN(kind, name) MORE_##kind(COMMA_, fields_->name, UNPACK_ODD)
#define UNPACK_ODD(kind, name) MORE_##kind(COMMA_, fields_->name, UNPACK_EVEN)

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

// `INSTRUCTION_SET` names the target and makes entries of several compilations of the same file distinct.
#define KERNEL(name, sequence)                                                         \
  struct JOIN(name, arguments) {                                                       \
    FIELD_FIRST sequence (END, END);                                                         \
  };                                                                                   \
  static void JOIN(name, body)(const int *, PARAMETER_FIRST sequence (END, END));            \
  static void JOIN(name, INSTRUCTION_SET)(const void *arguments, const int *item_) {   \
    const struct JOIN(name, arguments) *fields_ = arguments;                           \
    JOIN(name, body)(item_, UNPACK_FIRST sequence (END, END));                               \
  }                                                                                    \
  static void JOIN(name, body)(__attribute__((unused)) const int *item_, PARAMETER_FIRST sequence (END, END))
