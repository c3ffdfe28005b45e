// All kernels of the cpu family, compiled for the instruction set that the including file selects.

#include "cpu/kernel_names.h"

#include "cpu/activation_hash.cl"
#include "cpu/batch_norm.cl"
#include "cpu/classification.cl"
#ifdef BF16_MAPS
#include "bf16_products.h"
#include "bf16_convolution_weights.h"
#define EACH_KERNEL(M) EACH_CPU_KERNEL(M)
#else
#include "cpu/winograd.cl"
#include "cpu/winograd_weights.cl"
#define EACH_KERNEL(M) EACH_CPU_KERNEL(M) EACH_FLOAT_KERNEL(M)
#endif
#include "cpu/convolution.cl"
#include "cpu/convolution_weights.cl"
#include "cpu/epilogue.cl"
#include "cpu/gemm.cl"
#include "cpu/optimizer.cl"
#include "cpu/pooling.cl"
#include "cpu/transfer.cl"

#include "dispatch.h"

#define TABLE_ENTRY(name) {#name, JOIN(name, INSTRUCTION_SET)},

const struct espalier_kernel_entry JOIN(espalier_kernels, INSTRUCTION_SET)[] = {EACH_KERNEL(TABLE_ENTRY){NULL, NULL}};
