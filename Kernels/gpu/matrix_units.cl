// Fragments of matrices and their product, in the layout of PTX's mma.sync.m16n8k16 for bfloat16 and m16n8k8 for tf32: of
// 16 rows, 8 columns and 8 words of depth, item `lane` of a warp holds these words and sums, with down = lane / 4 and
// across = lane % 4:
//
//   left   (row down, word across), (down + 8, across), (down, across + 4), (down + 8, across + 4)
//   right  (word across, column down), (across + 4, down)
//   sums   (down, 2 across), (down, 2 across + 1), (down + 8, 2 across), (down + 8, 2 across + 1)
//
// UNITS_PTX selects NVIDIA's units, and PTX_MATRIX_LOADS besides that a warp reads its fragments by ldmatrix. Without
// UNITS_PTX the items of a warp show each other their fragments through `exchange`, FRAGMENT_WORDS words for each item of
// the group: slow, but the same layout on any device.

struct LeftFragment {
  uint words[4];
};

struct RightFragment {
  uint words[2];
};

#define FRAGMENT_WORDS 6

// A value as a unit takes it. Units of bfloat16 serve feature maps of bfloat16.
#if TILE_UNITS == BFLOAT16_UNITS && defined(UNITS_PTX)
// The same bits as bfloat16_of gives, but for NaN, of which there is one only.
HELPER ushort unit_value(const float value) {
  ushort bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
#elif TILE_UNITS == BFLOAT16_UNITS
#define unit_value(value) bfloat16_of(value)
#else
// To 10 bits behind the point, ties away from zero, as cvt.rna.tf32 rounds. Infinity and NaN stay.
HELPER float unit_value(const float value) {
  const uint bits = as_uint(value);
  return (bits & 0x7F800000u) == 0x7F800000u ? value : as_float((bits + 0x1000u) & 0xFFFFE000u);
}
#endif

#ifdef PTX_MATRIX_LOADS

// ldmatrix reads four matrices of 8 rows of 16 bytes: lanes 0 to 7 say where the rows of the first one begin, 8 to 15
// where those of the second one do, and so on, and each lane gets word `across` of row `down` of each.
//
// It takes a place in the group's memory, which is what a __local pointer holds, in 32 or 64 bits: 32 always suffice. A
// compiler whose __local pointers counted from elsewhere would fail in the probe.
#define LOAD_MATRICES(word0, word1, word2, word3, from)                                                               \
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"                                     \
               : "=r"(word0), "=r"(word1), "=r"(word2), "=r"(word3)                                                   \
               : "r"((uint)(size_t)(from))                                                                            \
               : "memory")

#endif

// From the fragment's first word; `pitch` words lie between rows.
HELPER struct LeftFragment load_left_fragment(__local const uint *from, const int pitch, const int lane) {
#ifdef PTX_MATRIX_LOADS
  struct LeftFragment fragment;
  LOAD_MATRICES(fragment.words[0], fragment.words[1], fragment.words[2], fragment.words[3],
                from + lane % 16 * pitch + lane / 16 * 4);
#else
  from += lane / 4 * pitch + lane % 4;
  struct LeftFragment fragment = {{from[0], from[8 * pitch], from[4], from[8 * pitch + 4]}};
#endif
  return fragment;
}

// An item's fragments, from the first word of the first one; `pitch` words lie between columns.
HELPER void load_right_fragments(__local const uint *from, const int pitch, const int lane,
                                 struct RightFragment fragments[ITEM_COLUMNS / 2]) {
  // ldmatrix reads two fragments at once.
#if defined(PTX_MATRIX_LOADS) && ITEM_COLUMNS > 2
  from += (lane % 8 + lane / 16 * 8) * pitch + lane / 8 % 2 * 4;
#pragma unroll
  for (int j = 0; j < ITEM_COLUMNS / 2; j += 2)
    LOAD_MATRICES(fragments[j].words[0], fragments[j].words[1], fragments[j + 1].words[0], fragments[j + 1].words[1],
                  from + 8 * j * pitch);
#else
  from += lane / 4 * pitch + lane % 4;
#pragma unroll
  for (int j = 0; j < ITEM_COLUMNS / 2; j++) {
    fragments[j].words[0] = from[8 * j * pitch];
    fragments[j].words[1] = from[8 * j * pitch + 4];
  }
#endif
}

#ifdef UNITS_PTX

HELPER void multiply_fragments(const struct LeftFragment left, const struct RightFragment right, float *sum0,
                               float *sum1, float *sum2, float *sum3, __local uint *exchange) {
#if TILE_UNITS == BFLOAT16_UNITS
#define PRODUCT_INSTRUCTION "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#else
#define PRODUCT_INSTRUCTION "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
#endif
  float a = *sum0, b = *sum1, c = *sum2, d = *sum3;
  asm volatile(PRODUCT_INSTRUCTION "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(a), "+f"(b), "+f"(c), "+f"(d)
               : "r"(left.words[0]), "r"(left.words[1]), "r"(left.words[2]), "r"(left.words[3]), "r"(right.words[0]),
                 "r"(right.words[1]));
  *sum0 = a;
  *sum1 = b;
  *sum2 = c;
  *sum3 = d;
}

#else

// The product of two words, added to a sum.
HELPER float add_product(const uint left, const uint right, const float sum) {
#if TILE_UNITS == BFLOAT16_UNITS
  const float low = FMA(as_float(left << 16), as_float(right << 16), sum);
  return FMA(as_float(left & 0xFFFF0000u), as_float(right & 0xFFFF0000u), low);
#else
  return FMA(as_float(left), as_float(right), sum);
#endif
}

HELPER void multiply_fragments(const struct LeftFragment left, const struct RightFragment right, float *sum0,
                               float *sum1, float *sum2, float *sum3, __local uint *exchange) {
  const int item = get_local_id(1) * get_local_size(0) + get_local_id(0), lane = item % 32;
  __local uint *warp = exchange + (item - lane) * FRAGMENT_WORDS, *own = warp + lane * FRAGMENT_WORDS;
  for (int i = 0; i < 4; i++) own[i] = left.words[i];
  for (int i = 0; i < 2; i++) own[4 + i] = right.words[i];
  barrier(CLK_LOCAL_MEM_FENCE);
  const int down = lane / 4, across = lane % 4;
  for (int word = 0; word < 8; word++) {
    __local const uint *of_row = warp + (down * 4 + word % 4) * FRAGMENT_WORDS + word / 4 * 2;
    __local const uint *of_column = warp + (across * 2 * 4 + word % 4) * FRAGMENT_WORDS + 4 + word / 4;
    const uint next_column = of_column[4 * FRAGMENT_WORDS];
    *sum0 = add_product(of_row[0], of_column[0], *sum0);
    *sum1 = add_product(of_row[0], next_column, *sum1);
    *sum2 = add_product(of_row[1], of_column[0], *sum2);
    *sum3 = add_product(of_row[1], next_column, *sum3);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

#endif
