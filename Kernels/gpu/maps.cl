// Feature maps that may be added to.

HELPER void add_or_store(const float value, __global MAP_VALUE *to, const int accumulate) {
  *to = store_value(accumulate ? load_value(*to) + value : value);
}
