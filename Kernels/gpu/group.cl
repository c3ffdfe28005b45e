// Reductions over the items of a one-dimensional work-group whose size is a power of two. Their order depends on that
// size alone. Every item must take part, and every item gets the result. `scratch` has one word per item.

HELPER float group_sum(const float value, __local float *scratch) {
  const int item = get_local_id(0);
  scratch[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = get_local_size(0) / 2; step > 0; step /= 2) {
    if (item < step) scratch[item] += scratch[item + step];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float sum = scratch[0];
  // Nobody may write the scratch for the next reduction before all have read this one.
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

// The larger of two numbers, or NaN where one is.
HELPER float maximum_or_nan(const float a, const float b) { return a > b || a != a ? a : b; }

HELPER float group_maximum(const float value, __local float *scratch) {
  const int item = get_local_id(0);
  scratch[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int step = get_local_size(0) / 2; step > 0; step /= 2) {
    if (item < step) scratch[item] = maximum_or_nan(scratch[item], scratch[item + step]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float maximum = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return maximum;
}
