// The classification head: loss, ranks and metrics. One work-group per example.
#include "gpu/group.cl"

// Whether class `other` comes before class `own`: the larger logit, then the lower index, NaN after every number.
HELPER int outranks(const float other, const float own, const int other_is_lower) {
  if (other != other) return own != own && other_is_lower;
  return own != own || other > own || (other == own && other_is_lower);
}

// The number of classes whose logits come before the label's, for every item of the group; -1 for a label to ignore.
HELPER float rank_of(const int label, __global const float *logits, const int classes, __local float *scratch) {
  const float own = label >= 0 && label < classes ? logits[label] : NAN;
  float before = 0.0f;
  for (int i = get_local_id(0); i < classes; i += get_local_size(0))
    if (i != label && outranks(logits[i], own, i < label)) before += 1.0f;
  before = group_sum(before, scratch);
  return label < 0 ? -1.0f : before;
}

// loss = -(1 - smoothing) log p[label] - smoothing * mean of log p, and its gradient divided by the batch. A label
// below zero is ignored; one that is too large makes the loss NaN instead of reading beyond the row. Ranks as label_ranks
// gives them, if they are wanted.
KERNEL(softmax_cross_entropy, (IN, logits) (LABELS, labels) (OUT, losses) (OUT, gradient) (OUT, ranks)
       (INT, wants_gradient) (INT, wants_ranks) (INT, batch) (INT, classes) (FLOAT, smoothing) (LOCAL, scratch)) {
  const int item = get_local_id(0), items = get_local_size(0), example = get_group_id(0), label = labels[example];
  logits += (long)example * classes;
  float largest = -INFINITY;
  for (int i = item; i < classes; i += items) largest = maximum_or_nan(logits[i], largest);
  largest = group_maximum(largest, scratch);

  float total = 0.0f, shifted = 0.0f;
  for (int i = item; i < classes; i += items) {
    const float logit = logits[i] - largest;
    total += exp(logit);
    shifted += logit;
  }
  total = group_sum(total, scratch);
  shifted = group_sum(shifted, scratch);

  if (item == 0) {
    const float logarithm = log(total), own = label >= 0 && label < classes ? logits[label] - largest : NAN;
    float loss = (1.0f - smoothing) * (logarithm - own);
    // Without smoothing a logit of minus infinity is harmless.
    if (smoothing > 0.0f) loss += smoothing * (logarithm - shifted / classes);
    losses[example] = label < 0 ? 0.0f : loss;
  }
  if (wants_ranks) {
    const float rank = rank_of(label, logits, classes, scratch);
    if (item == 0) ranks[example] = rank;
  }
  if (!wants_gradient) return;
  gradient += (long)example * classes;
  for (int i = item; i < classes; i += items) {
    const float target = (i == label ? 1.0f - smoothing : 0.0f) + smoothing / classes;
    const float probability = exp(logits[i] - largest) / total;
    gradient[i] = label < 0 ? 0.0f : label < classes ? (probability - target) / batch : NAN;
  }
}

// How many classes come before the label; -1 for an example to ignore. Counts are exact as floats.
KERNEL(label_ranks, (IN, logits) (LABELS, labels) (OUT, ranks) (INT, classes) (LOCAL, scratch)) {
  const int example = get_group_id(0);
  const float rank = rank_of(labels[example], logits + (long)example * classes, classes, scratch);
  if (get_local_id(0) == 0) ranks[example] = rank;
}

// One work-group: row [sum of losses, top-1 hits, top-5 hits, examples that are not ignored].
KERNEL(record_metrics, (IN, losses) (IN, ranks) (OUT, metrics) (INT, batch) (INT, rows) (INT, row)
       (LOCAL, scratch)) {
  float loss = 0.0f, top1 = 0.0f, top5 = 0.0f, examples = 0.0f;
  for (int i = get_local_id(0); i < batch; i += get_local_size(0)) {
    const float rank = ranks[i];
    loss += losses[i];
    top1 += rank == 0.0f ? 1.0f : 0.0f;
    top5 += rank >= 0.0f && rank < 5.0f ? 1.0f : 0.0f;
    examples += rank >= 0.0f ? 1.0f : 0.0f;
  }
  loss = group_sum(loss, scratch);
  top1 = group_sum(top1, scratch);
  top5 = group_sum(top5, scratch);
  examples = group_sum(examples, scratch);
  if (get_local_id(0) != 0 || row < 0 || row >= rows) return;
  metrics[4 * row] = loss;
  metrics[4 * row + 1] = top1;
  metrics[4 * row + 2] = top5;
  metrics[4 * row + 3] = examples;
}
