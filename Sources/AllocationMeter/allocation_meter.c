#include "allocation_meter.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

// glibc's own allocator under its other names; a program may replace the public ones.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);
extern void __libc_free(void *memory);

static atomic_long live;
static atomic_long peak;
static atomic_long start;

static void changed(long size) {
  long now = atomic_fetch_add_explicit(&live, size, memory_order_relaxed) + size;
  long highest = atomic_load_explicit(&peak, memory_order_relaxed);
  while (now > highest && !atomic_compare_exchange_weak_explicit(&peak, &highest, now, memory_order_relaxed,
                                                                 memory_order_relaxed)) {
  }
}

static void *added(void *memory) {
  if (memory) changed((long)malloc_usable_size(memory));
  return memory;
}

void allocation_meter_reset(void) {
  atomic_store(&start, atomic_load(&live));
  atomic_store(&peak, atomic_load(&live));
}

long allocation_meter_peak(void) { return atomic_load(&peak) - atomic_load(&start); }

long allocation_meter_live(void) { return atomic_load(&live); }

void *malloc(size_t size) { return added(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return added(__libc_calloc(count, size)); }

void *memalign(size_t alignment, size_t size) { return added(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return added(__libc_memalign(alignment, size)); }

void *valloc(size_t size) { return added(__libc_valloc(size)); }

void *pvalloc(size_t size) { return added(__libc_pvalloc(size)); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *result = __libc_memalign(alignment, size);
  if (!result) return ENOMEM;
  *memory = added(result);
  return 0;
}

void *realloc(void *memory, size_t size) {
  uintptr_t place = (uintptr_t)memory;
  long before = memory ? (long)malloc_usable_size(memory) : 0;
  void *result = __libc_realloc(memory, size);
  // A failed call leaves the old memory as it was; a size of 0 frees it.
  if (!result && size > 0) return result;
  if (result && (uintptr_t)result == place) {
    changed((long)malloc_usable_size(result) - before);
    return result;
  }
  // Both exist while the content moves: the peak must have seen them together.
  added(result);
  changed(-before);
  return result;
}

void free(void *memory) {
  if (!memory) return;
  changed(-(long)malloc_usable_size(memory));
  __libc_free(memory);
}
