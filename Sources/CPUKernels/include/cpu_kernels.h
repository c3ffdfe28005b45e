#ifndef ESPALIER_CPU_KERNELS_H
#define ESPALIER_CPU_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/// A natively compiled kernel: its arguments, 8 bytes each in the kernel's order, and the work-item's three indices.
typedef void (*espalier_kernel)(const void *arguments, const int *item);

/// What the kernels were compiled for.
typedef enum {
  espalier_baseline = 0,
  espalier_avx2 = 1,
  espalier_avx512 = 2,
  /// AVX-512 with feature maps in bfloat16.
  espalier_avx512_bf16 = 3,
} espalier_instruction_set;

/// Whether this processor can run them.
bool espalier_instruction_set_is_available(espalier_instruction_set set);

/// The kernel of that name, or NULL.
espalier_kernel espalier_find_kernel(espalier_instruction_set set, const char *name);

/// One kernel over a grid of work-items.
typedef struct {
  espalier_kernel kernel;
  const void *arguments;
  int extent[3];
} espalier_launch;

/// Threads that run lists of launches. The caller is one of them.
typedef struct espalier_pool espalier_pool;

/// `thread_count` threads in all, at least 1; NULL where the system refuses.
espalier_pool *espalier_pool_create(int thread_count);
void espalier_pool_destroy(espalier_pool *pool);

/// Runs `count` launches in order, each over all threads; returns when the last has finished. Where `seconds` is not
/// NULL it receives the duration of each launch.
void espalier_pool_run(espalier_pool *pool, const espalier_launch *launches, size_t count, double *seconds);

/// What the pool's threads reach together in multiply-adds on registers, in floating-point operations per second: an
/// upper bound for any kernel of that instruction set, which the processor must have. Takes about a tenth of a second.
double espalier_peak_flops(espalier_pool *pool, espalier_instruction_set set);

/// What the pool's threads reach together in reading two arrays and writing a third, which no cache holds, in bytes per
/// second. 0 where there is no memory for them. Takes about a quarter of a second.
double espalier_peak_bytes(espalier_pool *pool);

#endif
