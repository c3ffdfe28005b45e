// Softmax cross-entropy, label ranks and the metrics of a step. exp and log are our own, so that every compiler gives
// the same bits.

#include "cpu/layout.cl"

// e^x: x = n ln 2 + r with |r| ≤ ln 2 / 2, then the Taylor series of e^r to the eighth power (error below 3e-10).
HELPER float exponential(float x) {
  if (x != x) return x;
  if (x > 88.7f) return INFINITY;
  if (x < -87.3f) return 0.0f;
  const float scaled = x * 1.44269504f;
  const int n = (int)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
  // ln 2 in two parts: the first has few enough bits for n · part to be exact.
  float r = FMA((float)n, -0.693359375f, x);
  r = FMA((float)n, 2.12194440e-4f, r);
  float series = 1.0f / 40320.0f;
  series = FMA(series, r, 1.0f / 5040.0f);
  series = FMA(series, r, 1.0f / 720.0f);
  series = FMA(series, r, 1.0f / 120.0f);
  series = FMA(series, r, 1.0f / 24.0f);
  series = FMA(series, r, 1.0f / 6.0f);
  series = FMA(series, r, 0.5f);
  series = FMA(series, r, 1.0f);
  series = FMA(series, r, 1.0f);
  return series * float_of_bits((n + 127) << 23);
}

// The natural logarithm of a positive normal number: x = 2^e m with m in [√½, √2), then
// ln m = 2 artanh(s), s = (m − 1) / (m + 1).
HELPER float logarithm(float x) {
  if (!(x > 0.0f) || x == INFINITY) return x == 0.0f ? -INFINITY : (x == INFINITY ? x : NAN);
  int bits = bits_of_float(x);
  int exponent = ((bits >> 23) & 255) - 127;
  float m = float_of_bits((bits & 0x007fffff) | 0x3f800000);
  if (m > 1.41421356f) {
    m = m * 0.5f;
    exponent = exponent + 1;
  }
  const float s = (m - 1.0f) / (m + 1.0f), square = s * s;
  float series = 1.0f / 9.0f;
  series = FMA(series, square, 1.0f / 7.0f);
  series = FMA(series, square, 1.0f / 5.0f);
  series = FMA(series, square, 1.0f / 3.0f);
  series = series * square;
  const float ln_m = FMA(2.0f * s, series, 2.0f * s);
  return FMA((float)exponent, 0.693359375f, FMA((float)exponent, -2.12194440e-4f, ln_m));
}

// One item per example: loss = ln Σ e^z − Σ target · z, and its gradient divided by the batch.
KERNEL(softmax_cross_entropy, (IN, logits) (LABELS, labels) (OUT, losses) (OUT, logits_gradient)
       (INT, wants_gradient) (INT, batch) (INT, classes) (FLOAT, smoothing)) {
  const int example = get_global_id(0), label = labels[example];
  __global const float *z = logits + (long)example * classes;
  __global float *gradient = logits_gradient + (wants_gradient ? (long)example * classes : 0);
  // An ignored example, or a label that is no class: the latter must not go unnoticed.
  if (label < 0 || label >= classes) {
    const float value = label < 0 ? 0.0f : NAN;
    losses[example] = value;
    if (wants_gradient)
      for (int i = 0; i < classes; i++) gradient[i] = value;
    return;
  }
  float maximum = z[0];
  for (int i = 1; i < classes; i++) maximum = z[i] > maximum || z[i] != z[i] ? z[i] : maximum;
  float sum = 0.0f, deviations = 0.0f;
  for (int i = 0; i < classes; i++) {
    sum += exponential(z[i] - maximum);
    deviations += z[i] - maximum;
  }
  const float uniform = smoothing / (float)classes;
  losses[example] = logarithm(sum) - FMA(1.0f - smoothing, z[label] - maximum, uniform * deviations);
  if (wants_gradient)
    for (int i = 0; i < classes; i++) {
      const float target = (i == label ? 1.0f - smoothing : 0.0f) + uniform;
      gradient[i] = (exponential(z[i] - maximum) / sum - target) / (float)batch;
    }
}

// How many classes outrank the label; NaN logits rank last and a NaN at the label ranks behind all others.
KERNEL(label_ranks, (IN, logits) (LABELS, labels) (OUT, ranks) (INT, classes)) {
  const int example = get_global_id(0), label = labels[example];
  __global const float *z = logits + (long)example * classes;
  int rank = label < 0 ? -1 : (label < classes ? 0 : classes);
  if (label >= 0 && label < classes) {
    const float own = z[label];
    for (int i = 0; i < classes; i++) {
      if (i == label) continue;
      const int tie = i < label && (z[i] == own || (z[i] != z[i] && own != own));
      if (z[i] > own || tie || (z[i] == z[i] && own != own)) rank++;
    }
  }
  ranks[example] = (float)rank;
}

// One row of [rows, 4]: sum of losses, top-1 hits, top-5 hits, examples. A single item adds the batch in order.
KERNEL(record_metrics, (IN, losses) (IN, ranks) (OUT, metrics) (INT, row) (INT, rows)
       (INT, batch)) {
  if (row < 0 || row >= rows) return;
  float loss = 0.0f, top1 = 0.0f, top5 = 0.0f, examples = 0.0f;
  for (int i = 0; i < batch; i++) {
    if (ranks[i] < 0.0f) continue;
    loss += losses[i];
    top1 += ranks[i] < 1.0f ? 1.0f : 0.0f;
    top5 += ranks[i] < 5.0f ? 1.0f : 0.0f;
    examples += 1.0f;
  }
  metrics[row * 4] = loss;
  metrics[row * 4 + 1] = top1;
  metrics[row * 4 + 2] = top5;
  metrics[row * 4 + 3] = examples;
}
