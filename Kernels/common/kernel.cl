// The dialect that every kernel of the toolkit is written in, for OpenCL compilers. The native twin of this file is
// Sources/CPUKernels/native.h: the same macros, for clang as a C compiler.
//
//   KERNEL(name, (IN, x) (OUT, y) (INT, count)) { ... y[i] = x[i]; ... }
//
// Every pointer argument is a buffer and an offset in 32-bit words, so that any range of a buffer can be an operand
// without the alignment that sub-buffers need. LABELS are integers: class labels, or which channel goes with which.
// MAPS_IN and MAPS_OUT are feature maps. They may be stored in another type than float: here in the one that the host
// defines, in the native twin in the one it is compiled for. So kernels read and write them through load_pixel,
// store_pixel and their scalar twins load_value and store_value only.
// LOCAL arguments, work-group memory, exist in the gpu family only.

#pragma OPENCL FP_CONTRACT OFF

// Where the processor has no fused multiply-add, a call to fma would be emulated: the host defines NO_FMA.
#ifdef NO_FMA
#define FMA(a, b, c) ((a) * (b) + (c))
#else
#define FMA(a, b, c) fma(a, b, c)
#endif

#define HELPER static inline __attribute__((always_inline))
#define SQRT(x) sqrt(x)
#define INTERLEAVE_LOW(a, b) shuffle2(a, b, (uint16)(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23))
#define INTERLEAVE_HIGH(a, b) shuffle2(a, b, (uint16)(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))
#define OPAQUE(pointer)
#define vload16_private(pointer) vload16(0, pointer)
#define vstore16_private(value, pointer) vstore16(value, 0, pointer)
#define PREFETCH(pointer) prefetch(pointer, 1)
#define PREFETCH_TARGET(pointer)
#define load_pixel(index, plane) vload16(index, plane)
#define store_pixel(value, index, plane) vstore16(value, index, plane)
#define BITS_OF_PIXEL(value) as_uint16(value)
#define LANE_NUMBERS ((uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define float_of_bits(bits) as_float(bits)
#define bits_of_float(value) as_int(value)

// Feature maps: MAPS_BFLOAT16 or MAPS_HALF say that they are not stored as floats.
#if defined(MAPS_BFLOAT16)
// The upper half of a float, rounded to nearest, ties to even.
HELPER ushort bfloat16_of(const float value) {
  const uint bits = as_uint(value);
  return (ushort)(value != value ? bits >> 16 | 0x40u : (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}
#define MAP_VALUE ushort
#define load_value(value) as_float((uint)(value) << 16)
#define store_value(value) bfloat16_of(value)
#elif defined(MAPS_HALF)
// Devices without arithmetic in half precision can load and store it too.
HELPER ushort half_of(const float value) {
  ushort bits;
  vstore_half_rte(value, 0, (half *)&bits);
  return bits;
}
HELPER float float_of_half(const ushort bits) { return vload_half(0, (const half *)&bits); }
#define MAP_VALUE ushort
#define load_value(value) float_of_half(value)
#define store_value(value) half_of(value)
#else
#define MAP_VALUE float
#define load_value(value) (value)
#define store_value(value) (value)
#endif

// What each kind of argument is: in the kernel's own signature, in the body's, and in the call between them.
#define DECLARE_FIRST(kind, name) DECLARE_##kind(name) DECLARE_EVEN
#define DECLARE_EVEN(kind, name) MORE_##kind(COMMA_, DECLARE_##kind(name), DECLARE_ODD)
#define DECLARE_ODD(kind, name) MORE_##kind(COMMA_, DECLARE_##kind(name), DECLARE_EVEN)
#define DECLARE_IN(name) __global const float *restrict name##_base, const ulong name##_offset
#define DECLARE_OUT(name) __global float *restrict name##_base, const ulong name##_offset
#define DECLARE_MAPS_IN(name) DECLARE_IN(name)
#define DECLARE_MAPS_OUT(name) DECLARE_OUT(name)
#define DECLARE_LABELS(name) __global const int *restrict name##_base, const ulong name##_offset
#define DECLARE_LOCAL(name) __local float *restrict name
#define DECLARE_INT(name) const int name
#define DECLARE_FLOAT(name) const float name

#define PARAMETER_FIRST(kind, name) PARAMETER_##kind(name) PARAMETER_EVEN
#define PARAMETER_EVEN(kind, name) MORE_##kind(COMMA_, PARAMETER_##kind(name), PARAMETER_ODD)
#define PARAMETER_ODD(kind, name) MORE_##kind(COMMA_, PARAMETER_##kind(name), PARAMETER_EVEN)
#define PARAMETER_IN(name) __global const float *restrict name
#define PARAMETER_OUT(name) __global float *restrict name
#define PARAMETER_MAPS_IN(name) __global const MAP_VALUE *restrict name
#define PARAMETER_MAPS_OUT(name) __global MAP_VALUE *restrict name
#define PARAMETER_LABELS(name) __global const int *restrict name
#define PARAMETER_LOCAL(name) __local float *restrict name
#define PARAMETER_INT(name) const int name
#define PARAMETER_FLOAT(name) const float name

#define PASS_FIRST(kind, name) PASS_##kind(name) PASS_EVEN
#define PASS_EVEN(kind, name) MORE_##kind(COMMA_, PASS_##kind(name), PASS_ODD)
#define PASS_ODD(kind, name) MORE_##kind(COMMA_, PASS_##kind(name), PASS_EVEN)
#define PASS_IN(name) name##_base + name##_offset
#define PASS_OUT(name) name##_base + name##_offset
#define PASS_MAPS_IN(name) (__global const MAP_VALUE *)(PASS_IN(name))
#define PASS_MAPS_OUT(name) (__global MAP_VALUE *)(PASS_OUT(name))
#define PASS_LABELS(name) name##_base + name##_offset
#define PASS_LOCAL(name) name
#define PASS_INT(name) name
#define PASS_FLOAT(name) name

// A body is neither static nor inline: once clang has put it into its kernel, what says that its arguments are restrict is
// unknown to Oclgrind.
#define KERNEL(name, arguments)                                                                            \
  void name##_body(PARAMETER_FIRST arguments (END, END));                                                  \
  __kernel void name(DECLARE_FIRST arguments (END, END)) { name##_body(PASS_FIRST arguments (END, END)); } \
  void name##_body(PARAMETER_FIRST arguments (END, END))
