// The limits of this machine, measured: multiply-adds on registers, and memory that no cache holds.
//
// Both are kernels like any other, run by the same threads, so a limit is that of the threads that a device would use.
#include "cpu_kernels.h"

#include <float.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <stdlib.h>

// Each accumulator waits for the latency of its own last addition; so many hide it on every processor we know and fit
// into 16 registers beside the two factors.
enum { accumulators = 12, additions_per_item = 4096, addition_items = 256, addition_runs = 20 };

// Three arrays that no cache holds; a kernel takes a slice of each.
enum { array_floats = 1 << 24, slice_floats = 1 << 16, triad_runs = 5 };

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define SEPARATE(a, b, c) ((a) * (b) + (c))

// The factors come from memory and the sum goes there, or a compiler would compute it itself.
#define DEFINE_PEAK(set, floats, MULTIPLY_ADD, ...)                                                              \
  typedef float vector_##set __attribute__((vector_size(4 * floats)));                                           \
  enum { floats_##set = floats };                                                                                \
  __VA_ARGS__ static void multiply_add_##set(const void *arguments, const int *item) {                           \
    float *const sums = *(float *const *)arguments;                                                              \
    const vector_##set factor = sums[0] - (vector_##set){0};                                                     \
    const vector_##set term = sums[1] - (vector_##set){0};                                                       \
    vector_##set sum[accumulators];                                                                              \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < accumulators; i++) sum[i] = term * (float)i;          \
    for (int step = 0; step < additions_per_item; step++) {                                                      \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < accumulators; i++) sum[i] =                         \
          MULTIPLY_ADD(sum[i], factor, term);                                                                    \
    }                                                                                                            \
    vector_##set total = sum[0];                                                                                 \
    for (int i = 1; i < accumulators; i++) total += sum[i];                                                      \
    sums[2 + item[0]] = total[0];                                                                                \
  }

#if defined(__x86_64__)
DEFINE_PEAK(avx512, 16, FUSED, __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,avx2"))))
DEFINE_PEAK(avx2, 8, FUSED, __attribute__((target("avx2,fma"))))
DEFINE_PEAK(baseline, 4, SEPARATE)

// Two products of bfloat16 per lane.
enum { floats_avx512_bf16 = 32 };
__attribute__((target("avx512f,avx512bf16"))) static void multiply_add_avx512_bf16(const void *arguments,
                                                                                   const int *item) {
  float *const sums = *(float *const *)arguments;
  const __m512bh factors = (__m512bh)_mm512_set1_ps(sums[0]);
  __m512 sum[accumulators];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < accumulators; i++) sum[i] = _mm512_set1_ps(sums[1] * (float)i);
  for (int step = 0; step < additions_per_item; step++) {
    _Pragma("clang loop unroll(full)") for (int i = 0; i < accumulators; i++) sum[i] =
        _mm512_dpbf16_ps(sum[i], factors, factors);
  }
  __m512 total = sum[0];
  for (int i = 1; i < accumulators; i++) total += sum[i];
  sums[2 + item[0]] = total[0];
}
#elif defined(__aarch64__)
DEFINE_PEAK(baseline, 4, FUSED)
#else
DEFINE_PEAK(baseline, 4, SEPARATE)
#endif

// `a = b + factor · c`, as the STREAM benchmark counts it: two words read and one written.
static void triad(const void *arguments, const int *item) {
  float *const arrays = *(float *const *)arguments;
  const size_t first = (size_t)item[0] * slice_floats;
  float *restrict a = arrays + first;
  const float *restrict b = arrays + array_floats + first;
  const float *restrict c = arrays + 2 * (size_t)array_floats + first;
  for (size_t i = 0; i < slice_floats; i++) a[i] = b[i] + 3 * c[i];
}

// The fewest seconds of several runs of a kernel over `items` items, which gets `memory` as its argument.
static double best_seconds(espalier_pool *pool, espalier_kernel kernel, float *memory, int items, int runs) {
  double best = DBL_MAX;
  const espalier_launch launch = {kernel, &memory, {items, 1, 1}};
  for (int run = 0; run < runs; run++) {
    double seconds;
    espalier_pool_run(pool, &launch, 1, &seconds);
    if (seconds > 0 && seconds < best) best = seconds;
  }
  return best;
}

double espalier_peak_flops(espalier_pool *pool, espalier_instruction_set set) {
  espalier_kernel kernel = multiply_add_baseline;
  int floats = floats_baseline;
#if defined(__x86_64__)
  if (set == espalier_avx512_bf16) {
    kernel = multiply_add_avx512_bf16;
    floats = floats_avx512_bf16;
  } else if (set == espalier_avx512) {
    kernel = multiply_add_avx512;
    floats = floats_avx512;
  } else if (set == espalier_avx2) {
    kernel = multiply_add_avx2;
    floats = floats_avx2;
  }
#else
  (void)set;
#endif
  float sums[2 + addition_items] = {0.5f, 0.25f};
  const double seconds = best_seconds(pool, kernel, sums, addition_items, addition_runs);
  return 2.0 * floats * accumulators * additions_per_item * addition_items / seconds;
}

double espalier_peak_bytes(espalier_pool *pool) {
  float *arrays = malloc(3 * sizeof(float) * (size_t)array_floats);
  if (!arrays) return 0;
  for (size_t i = 0; i < 3 * (size_t)array_floats; i++) arrays[i] = 1;
  const double seconds = best_seconds(pool, triad, arrays, array_floats / slice_floats, triad_runs);
  free(arrays);
  return 3.0 * sizeof(float) * array_floats / seconds;
}
