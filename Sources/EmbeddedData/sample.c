#include "embedded_data.h"

// `#embed` is standard from C23 on; clang has it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char train_images[] = {
#embed "sample/train-images-idx3-ubyte.gz"
};

static const unsigned char train_labels[] = {
#embed "sample/train-labels-idx1-ubyte.gz"
};

static const unsigned char test_images[] = {
#embed "sample/t10k-images-idx3-ubyte.gz"
};

static const unsigned char test_labels[] = {
#embed "sample/t10k-labels-idx1-ubyte.gz"
};

espalier_embedded_file espalier_sample_train_images(void) {
  return (espalier_embedded_file){train_images, sizeof train_images};
}

espalier_embedded_file espalier_sample_train_labels(void) {
  return (espalier_embedded_file){train_labels, sizeof train_labels};
}

espalier_embedded_file espalier_sample_test_images(void) {
  return (espalier_embedded_file){test_images, sizeof test_images};
}

espalier_embedded_file espalier_sample_test_labels(void) {
  return (espalier_embedded_file){test_labels, sizeof test_labels};
}
