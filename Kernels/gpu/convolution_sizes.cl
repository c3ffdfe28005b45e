// The sizes of a convolution as arguments of its kernels. The host may define all of them as well, for a program that
// serves one problem only: the compiler then knows every divisor and every length.

#define DECLARE_SIZE(name) const int name
#define PARAMETER_SIZE(name) const int name
#define PASS_SIZE(name) SIZE_##name
#define MORE_SIZE MORE_

#define CONVOLUTION                                                                                               \
  (SIZE, batch) (SIZE, channels) (SIZE, height) (SIZE, width) (SIZE, outputs) (SIZE, output_height)               \
      (SIZE, output_width) (SIZE, kernel_height) (SIZE, kernel_width) (SIZE, stride_y) (SIZE, stride_x)           \
      (SIZE, padding_y) (SIZE, padding_x) (SIZE, dilation_y) (SIZE, dilation_x)

#ifndef SIZE_batch
#define SIZE_batch batch
#define SIZE_channels channels
#define SIZE_height height
#define SIZE_width width
#define SIZE_outputs outputs
#define SIZE_output_height output_height
#define SIZE_output_width output_width
#define SIZE_kernel_height kernel_height
#define SIZE_kernel_width kernel_width
#define SIZE_stride_y stride_y
#define SIZE_stride_x stride_x
#define SIZE_padding_y padding_y
#define SIZE_padding_x padding_x
#define SIZE_dilation_y dilation_y
#define SIZE_dilation_x dilation_x
#endif
