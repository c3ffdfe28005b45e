#ifndef ESPALIER_EMBEDDED_GOLDENS_H
#define ESPALIER_EMBEDDED_GOLDENS_H

#include "embedded_data.h"

// What tools/make-goldens computed with PyTorch, as safetensors files: single operators, and a few training steps of a
// ResNet-20.

espalier_embedded_file espalier_operator_goldens(void);
espalier_embedded_file espalier_resnet20_step_goldens(void);

#endif
