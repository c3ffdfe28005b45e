// PNG images from memory, by libpng.
//
// As with JPEG, errors jump back to the function that was called from outside, over frames of C alone.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image_codecs.h"

struct decoder {
  png_structp png;
  png_infop info;
  const uint8_t *rest;
  size_t rest_count;
  jmp_buf failure;
  char *reason;
};

static _Noreturn void on_error(png_structp png, png_const_charp message) {
  struct decoder *decoder = png_get_error_ptr(png);
  snprintf(decoder->reason, espalier_reason_capacity, "%s", message);
  longjmp(decoder->failure, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  struct decoder *decoder = png_get_io_ptr(png);
  if (count > decoder->rest_count) png_error(png, "the file ends within the image");
  memcpy(target, decoder->rest, count);
  decoder->rest += count;
  decoder->rest_count -= count;
}

static void open_image(struct decoder *decoder) {
  decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, on_error, on_warning);
  decoder->info = decoder->png == NULL ? NULL : png_create_info_struct(decoder->png);
  if (decoder->info == NULL) {
    snprintf(decoder->reason, espalier_reason_capacity, "libpng does not start");
    longjmp(decoder->failure, 1);
  }
  png_set_read_fn(decoder->png, decoder, read_bytes);
  png_set_user_limits(decoder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // Texts, profiles and the like could be as large as they please, and are not for us.
  png_set_keep_unknown_chunks(decoder->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(decoder->png, decoder->info);
}

static espalier_image_size size_of(const struct decoder *decoder) {
  return (espalier_image_size){
      png_get_image_width(decoder->png, decoder->info), png_get_image_height(decoder->png, decoder->info)};
}

static bool read_size(struct decoder *decoder, espalier_image_size *size) {
  if (setjmp(decoder->failure)) return false;
  open_image(decoder);
  *size = size_of(decoder);
  return true;
}

bool espalier_png_read_size(const uint8_t *bytes, size_t count, espalier_image_size *size, char *reason) {
  struct decoder decoder = {.rest = bytes, .rest_count = count, .reason = reason};
  bool is_done = read_size(&decoder, size);
  png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
  return is_done;
}

// Has every kind of pixel turned into red, green and blue bytes; returns the number of passes over the image.
static int convert_to_colors(struct decoder *decoder) {
  png_structp png = decoder->png;
  png_set_scale_16(png);
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, decoder->info);
  return passes;
}

static bool decode(struct decoder *decoder, espalier_image_size size, uint8_t *pixels) {
  if (setjmp(decoder->failure)) return false;
  open_image(decoder);
  espalier_image_size found = size_of(decoder);
  if (found.width != size.width || found.height != size.height) {
    png_error(decoder->png, "its size is not what its header says");
  }
  int passes = convert_to_colors(decoder);
  size_t stride = (size_t)3 * size.width;
  if (png_get_rowbytes(decoder->png, decoder->info) != stride) {
    png_error(decoder->png, "an unknown kind of pixel");
  }
  for (int pass = 0; pass < passes; ++pass) {
    for (uint32_t row = 0; row < size.height; ++row) png_read_row(decoder->png, pixels + row * stride, NULL);
  }
  png_read_end(decoder->png, NULL);
  return true;
}

bool espalier_png_decode(
    const uint8_t *bytes, size_t count, espalier_image_size size, uint8_t *pixels, char *reason) {
  struct decoder decoder = {.rest = bytes, .rest_count = count, .reason = reason};
  bool is_done = decode(&decoder, size, pixels);
  png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
  return is_done;
}
