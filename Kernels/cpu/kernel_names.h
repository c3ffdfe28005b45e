// Every kernel of the cpu family, for the native dispatch table. The second list is for single precision only.
#define EACH_CPU_KERNEL(M)            \
  M(activation_hash)                  \
  M(import_activation)                \
  M(export_activation)                \
  M(convolution_forward_stride_1)     \
  M(convolution_forward_stride_2)     \
  M(convolution_forward)              \
  M(convolution_backward_data)        \
  M(pack_forward)                     \
  M(pack_backward)                    \
  M(convolution_backward_weights)     \
  M(reduce_weights)                   \
  M(reduce_bias)                      \
  M(batch_norm_partials)              \
  M(batch_norm_combine)               \
  M(epilogue_forward)                 \
  M(epilogue_backward_sums)           \
  M(epilogue_backward_combine)        \
  M(gate_gradient)                    \
  M(branch_gate_gradient)             \
  M(epilogue_backward_input)          \
  M(pooling_forward)                  \
  M(pooling_backward)                 \
  M(global_average_forward)           \
  M(global_average_backward)          \
  M(shortcut_forward)                 \
  M(shortcut_backward)                \
  M(pack_panels)                      \
  M(gemm)                             \
  M(sum_columns)                      \
  M(softmax_cross_entropy)            \
  M(label_ranks)                      \
  M(record_metrics)                   \
  M(stochastic_gradient_descent)      \
  M(adam)

#define EACH_FLOAT_KERNEL(M)          \
  M(winograd_convolution)             \
  M(winograd_pack)                    \
  M(winograd_weights_gradient)        \
  M(winograd_reduce_weights)
