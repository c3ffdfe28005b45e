// The built-in functions of OpenCL that the gpu family uses, for a compiler that targets NVPTX and has no library of them.
// They are to give the instructions that a GPU's own library would, not the same bits: exp and log are rough.

#define BUILT_IN static inline __attribute__((overloadable, always_inline))

BUILT_IN size_t of_axis(const uint axis, const uint x, const uint y, const uint z) {
  return axis == 0 ? x : axis == 1 ? y : z;
}
#define AXES(name) __nvvm_read_ptx_sreg_##name##_x(), __nvvm_read_ptx_sreg_##name##_y(), __nvvm_read_ptx_sreg_##name##_z()
BUILT_IN size_t get_local_id(const uint axis) { return of_axis(axis, AXES(tid)); }
BUILT_IN size_t get_local_size(const uint axis) { return of_axis(axis, AXES(ntid)); }
BUILT_IN size_t get_group_id(const uint axis) { return of_axis(axis, AXES(ctaid)); }
BUILT_IN size_t get_num_groups(const uint axis) { return of_axis(axis, AXES(nctaid)); }
// GPUs add ids in 32 bits where no launch has more items.
BUILT_IN size_t get_global_id(const uint axis) {
  return (uint)get_group_id(axis) * (uint)get_local_size(axis) + (uint)get_local_id(axis);
}
#define barrier(fence) __syncthreads()

BUILT_IN int min(const int a, const int b) { return a < b ? a : b; }
BUILT_IN int max(const int a, const int b) { return a > b ? a : b; }
BUILT_IN float min(const float a, const float b) { return __builtin_fminf(a, b); }
BUILT_IN float max(const float a, const float b) { return __builtin_fmaxf(a, b); }
BUILT_IN float fma(const float a, const float b, const float c) { return __builtin_fmaf(a, b, c); }
BUILT_IN float fabs(const float x) { return __builtin_fabsf(x); }
BUILT_IN float sqrt(const float x) { return __nvvm_sqrt_rn_f(x); }
BUILT_IN float exp(const float x) { return __nvvm_ex2_approx_f(x * 1.44269504f); }
BUILT_IN float log(const float x) { return __nvvm_lg2_approx_f(x) * 0.69314718f; }

BUILT_IN void vstore2(const float2 value, const size_t index, float *to) {
  to[2 * index] = value.x;
  to[2 * index + 1] = value.y;
}
BUILT_IN void vstore4(const float4 value, const size_t index, float *to) {
  vstore2(value.xy, 2 * index, to);
  vstore2(value.zw, 2 * index + 1, to);
}

BUILT_IN float vload_half(const size_t index, const half *from) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(((const ushort *)from)[index]));
  return value;
}
BUILT_IN void vstore_half_rte(const float value, const size_t index, half *to) {
  ushort bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  ((ushort *)to)[index] = bits;
}
