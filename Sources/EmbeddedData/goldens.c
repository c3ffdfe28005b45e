#include "embedded_goldens.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char operators[] = {
#embed "goldens/operators.safetensors"
};

static const unsigned char resnet20_step[] = {
#embed "goldens/resnet20-step.safetensors"
};

espalier_embedded_file espalier_operator_goldens(void) {
  return (espalier_embedded_file){operators, sizeof operators};
}

espalier_embedded_file espalier_resnet20_step_goldens(void) {
  return (espalier_embedded_file){resnet20_step, sizeof resnet20_step};
}
