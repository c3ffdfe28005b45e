#ifndef ESPALIER_EMBEDDED_DATA_H
#define ESPALIER_EMBEDDED_DATA_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// A file that is part of the program: `count` bytes at `bytes`, constant and there for the program's whole life.
typedef struct {
  const unsigned char *bytes;
  size_t count;
} espalier_embedded_file;

// The data set `sample`: 6,000 training and 1,000 test images of Fashion-MNIST, as gzip-compressed IDX files.

espalier_embedded_file espalier_sample_train_images(void);
espalier_embedded_file espalier_sample_train_labels(void);
espalier_embedded_file espalier_sample_test_images(void);
espalier_embedded_file espalier_sample_test_labels(void);

#pragma clang assume_nonnull end

#endif
