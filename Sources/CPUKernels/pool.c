// A pool of threads that walks a list of launches together.
//
// Items of a launch are handed out one by one through an atomic counter; which thread runs an item never changes its
// result. Between launches all threads meet at a barrier: they spin for a while, since launches follow each other within
// microseconds, and then yield, since the machine may be shared. Between runs they sleep.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "cpu_kernels.h"

enum { spins_before_yield = 4000 };

// Work-items keep up to 1.2 MB of transformed pixels on the stack; some systems give threads less.
static const size_t stack_bytes = 8 << 20;

// A list of launches and where to note their durations in seconds, if anywhere.
struct run {
  const espalier_launch *launches;
  size_t count;
  double *seconds;
};

struct espalier_pool {
  int thread_count;
  pthread_t *threads;  // thread_count − 1 of them

  pthread_mutex_t mutex;
  pthread_cond_t work_is_there;
  unsigned long run_number;  // guarded by mutex
  bool stopping;             // guarded by mutex

  struct run run;  // guarded by mutex

  // When the last barrier opened; belongs to the thread that opens the next one.
  double opened;

  _Alignas(64) atomic_long next_item;
  _Alignas(64) atomic_int arrived;
  _Alignas(64) atomic_uint phase;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// What the last thread to arrive does before it lets the others go. A launch lasts from one opening to the next: the
// calling thread's own clock would miss what others did before that thread had a core again.
static void open_barrier(espalier_pool *pool, double *seconds) {
  atomic_store_explicit(&pool->next_item, 0, memory_order_relaxed);
  if (!seconds) return;
  const double time = now();
  *seconds = time - pool->opened;
  pool->opened = time;
}

static void meet(espalier_pool *pool, double *seconds) {
  if (pool->thread_count == 1) return open_barrier(pool, seconds);
  const unsigned phase = atomic_load_explicit(&pool->phase, memory_order_acquire);
  if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) == pool->thread_count - 1) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    open_barrier(pool, seconds);
    atomic_store_explicit(&pool->phase, phase + 1, memory_order_release);
    return;
  }
  for (int spins = 0; atomic_load_explicit(&pool->phase, memory_order_acquire) == phase; spins++) {
    if (spins < spins_before_yield)
      relax();
    else
      sched_yield();
  }
}

static void run_items(espalier_pool *pool, const espalier_launch *launch) {
  const long width = launch->extent[0], height = launch->extent[1];
  const long count = width * height * launch->extent[2];
  for (;;) {
    const long index = atomic_fetch_add_explicit(&pool->next_item, 1, memory_order_relaxed);
    if (index >= count) return;
    const int item[3] = {(int)(index % width), (int)(index / width % height), (int)(index / (width * height))};
    launch->kernel(launch->arguments, item);
  }
}

// Each thread holds a copy of the run: one that is late to leave the last barrier must not see the next run's list.
static void run_launches(espalier_pool *pool, struct run run) {
  for (size_t i = 0; i < run.count; i++) {
    run_items(pool, &run.launches[i]);
    meet(pool, run.seconds ? &run.seconds[i] : NULL);
  }
}

static void *work(void *argument) {
  espalier_pool *pool = argument;
  unsigned long seen = 0;
  for (;;) {
    pthread_mutex_lock(&pool->mutex);
    while (!pool->stopping && pool->run_number == seen) pthread_cond_wait(&pool->work_is_there, &pool->mutex);
    seen = pool->run_number;
    const bool stopping = pool->stopping;
    struct run run = pool->run;
    pthread_mutex_unlock(&pool->mutex);
    if (stopping) return NULL;
    run_launches(pool, run);
  }
}

void espalier_pool_run(espalier_pool *pool, const espalier_launch *launches, size_t count, double *seconds) {
  if (count == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pool->run = (struct run){launches, count, seconds};
  pool->opened = now();
  pool->run_number++;
  pthread_cond_broadcast(&pool->work_is_there);
  pthread_mutex_unlock(&pool->mutex);
  run_launches(pool, (struct run){launches, count, seconds});
}

static void stop(espalier_pool *pool, int started) {
  pthread_mutex_lock(&pool->mutex);
  pool->stopping = true;
  pthread_cond_broadcast(&pool->work_is_there);
  pthread_mutex_unlock(&pool->mutex);
  for (int i = 0; i < started; i++) pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->work_is_there);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->threads);
  free(pool);
}

espalier_pool *espalier_pool_create(int thread_count) {
  espalier_pool *pool = aligned_alloc(64, (sizeof(espalier_pool) + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (espalier_pool){.thread_count = thread_count < 1 ? 1 : thread_count};
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->work_is_there, NULL);
  pool->threads = calloc((size_t)pool->thread_count, sizeof *pool->threads);
  if (!pool->threads) {
    stop(pool, 0);
    return NULL;
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  int started = 0;
  while (started < pool->thread_count - 1 && pthread_create(&pool->threads[started], &attributes, work, pool) == 0)
    started++;
  pthread_attr_destroy(&attributes);
  if (started == pool->thread_count - 1) return pool;
  stop(pool, started);
  return NULL;
}

void espalier_pool_destroy(espalier_pool *pool) { stop(pool, pool->thread_count - 1); }
