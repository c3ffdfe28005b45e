// Every kernel source as a string, for the OpenCL runtime's compiler.
#include "kernels.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char common_activation_mix[] = {
#embed "common/activation_mix.cl"
};
static const char common_arguments[] = {
#embed "common/arguments.cl"
};
static const char common_kernel[] = {
#embed "common/kernel.cl"
};
static const char cpu_activation_hash[] = {
#embed "cpu/activation_hash.cl"
};
static const char cpu_batch_norm[] = {
#embed "cpu/batch_norm.cl"
};
static const char cpu_classification[] = {
#embed "cpu/classification.cl"
};
static const char cpu_convolution[] = {
#embed "cpu/convolution.cl"
};
static const char cpu_convolution_weights[] = {
#embed "cpu/convolution_weights.cl"
};
static const char cpu_epilogue[] = {
#embed "cpu/epilogue.cl"
};
static const char cpu_gemm[] = {
#embed "cpu/gemm.cl"
};
static const char cpu_layout[] = {
#embed "cpu/layout.cl"
};
static const char cpu_optimizer[] = {
#embed "cpu/optimizer.cl"
};
static const char cpu_plane_statistics[] = {
#embed "cpu/plane_statistics.cl"
};
static const char cpu_pooling[] = {
#embed "cpu/pooling.cl"
};
static const char cpu_transfer[] = {
#embed "cpu/transfer.cl"
};
static const char cpu_transpose[] = {
#embed "cpu/transpose.cl"
};
static const char cpu_winograd[] = {
#embed "cpu/winograd.cl"
};
static const char cpu_winograd_transforms[] = {
#embed "cpu/winograd_transforms.cl"
};
static const char cpu_winograd_weights[] = {
#embed "cpu/winograd_weights.cl"
};
static const char gpu_activation_hash[] = {
#embed "gpu/activation_hash.cl"
};
static const char gpu_batch_norm[] = {
#embed "gpu/batch_norm.cl"
};
static const char gpu_chunk[] = {
#embed "gpu/chunk.cl"
};
static const char gpu_classification[] = {
#embed "gpu/classification.cl"
};
static const char gpu_convolution[] = {
#embed "gpu/convolution.cl"
};
static const char gpu_convolution_sizes[] = {
#embed "gpu/convolution_sizes.cl"
};
static const char gpu_elementwise[] = {
#embed "gpu/elementwise.cl"
};
static const char gpu_epilogue[] = {
#embed "gpu/epilogue.cl"
};
static const char gpu_gemm[] = {
#embed "gpu/gemm.cl"
};
static const char gpu_group[] = {
#embed "gpu/group.cl"
};
static const char gpu_maps[] = {
#embed "gpu/maps.cl"
};
static const char gpu_matrix_units[] = {
#embed "gpu/matrix_units.cl"
};
static const char gpu_pooling[] = {
#embed "gpu/pooling.cl"
};
static const char gpu_tile[] = {
#embed "gpu/tile.cl"
};
static const char gpu_tile_of_items[] = {
#embed "gpu/tile_of_items.cl"
};
static const char gpu_tile_of_units[] = {
#embed "gpu/tile_of_units.cl"
};
static const char gpu_tile_statistics[] = {
#embed "gpu/tile_statistics.cl"
};
static const char gpu_transfer[] = {
#embed "gpu/transfer.cl"
};
static const char gpu_unit_probe[] = {
#embed "gpu/unit_probe.cl"
};
static const char gpu_winograd[] = {
#embed "gpu/winograd.cl"
};
static const char gpu_winograd_tile[] = {
#embed "gpu/winograd_tile.cl"
};
static const char gpu_winograd_weights[] = {
#embed "gpu/winograd_weights.cl"
};

struct source {
  const char *path;
  const char *text;
  size_t length;
};

#define SOURCE(path, text) {path, text, sizeof text}

static const struct source sources[] = {
    SOURCE("common/activation_mix", common_activation_mix),
    SOURCE("common/arguments", common_arguments),
    SOURCE("common/kernel", common_kernel),
    SOURCE("cpu/activation_hash", cpu_activation_hash),
    SOURCE("cpu/batch_norm", cpu_batch_norm),
    SOURCE("cpu/classification", cpu_classification),
    SOURCE("cpu/convolution", cpu_convolution),
    SOURCE("cpu/convolution_weights", cpu_convolution_weights),
    SOURCE("cpu/epilogue", cpu_epilogue),
    SOURCE("cpu/gemm", cpu_gemm),
    SOURCE("cpu/layout", cpu_layout),
    SOURCE("cpu/optimizer", cpu_optimizer),
    SOURCE("cpu/plane_statistics", cpu_plane_statistics),
    SOURCE("cpu/pooling", cpu_pooling),
    SOURCE("cpu/transfer", cpu_transfer),
    SOURCE("cpu/transpose", cpu_transpose),
    SOURCE("cpu/winograd", cpu_winograd),
    SOURCE("cpu/winograd_transforms", cpu_winograd_transforms),
    SOURCE("cpu/winograd_weights", cpu_winograd_weights),
    SOURCE("gpu/activation_hash", gpu_activation_hash),
    SOURCE("gpu/batch_norm", gpu_batch_norm),
    SOURCE("gpu/chunk", gpu_chunk),
    SOURCE("gpu/classification", gpu_classification),
    SOURCE("gpu/convolution", gpu_convolution),
    SOURCE("gpu/convolution_sizes", gpu_convolution_sizes),
    SOURCE("gpu/elementwise", gpu_elementwise),
    SOURCE("gpu/epilogue", gpu_epilogue),
    SOURCE("gpu/gemm", gpu_gemm),
    SOURCE("gpu/group", gpu_group),
    SOURCE("gpu/maps", gpu_maps),
    SOURCE("gpu/matrix_units", gpu_matrix_units),
    SOURCE("gpu/pooling", gpu_pooling),
    SOURCE("gpu/tile", gpu_tile),
    SOURCE("gpu/tile_of_items", gpu_tile_of_items),
    SOURCE("gpu/tile_of_units", gpu_tile_of_units),
    SOURCE("gpu/tile_statistics", gpu_tile_statistics),
    SOURCE("gpu/transfer", gpu_transfer),
    SOURCE("gpu/unit_probe", gpu_unit_probe),
    SOURCE("gpu/winograd", gpu_winograd),
    SOURCE("gpu/winograd_tile", gpu_winograd_tile),
    SOURCE("gpu/winograd_weights", gpu_winograd_weights),
};

const char *espalier_kernel_source(const char *path, size_t *length) {
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
    if (strcmp(sources[i].path, path) == 0) {
      *length = sources[i].length;
      return sources[i].text;
    }
  }
  *length = 0;
  return NULL;
}
