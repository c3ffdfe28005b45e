// JPEG images from memory, by libjpeg-turbo.
//
// The library reports errors by a callback that must not return; ours jumps back to the function that was called
// from outside, over frames of C alone.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "image_codecs.h"

_Static_assert((int)espalier_reason_capacity >= JMSG_LENGTH_MAX, "a message of libjpeg fits a reason");

// Each scan of a progressive image passes over all its pixels, however few bytes it has. Encoders make about ten. A
// hundred are fine as long as all scans together pass over a thousand million pixels, which takes two seconds.
enum { many_scans = 100, usual_scans = 20, pixels_of_scans = 1 << 30 };

struct decoder {
  struct jpeg_decompress_struct image;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;
  char *reason;
};

static _Noreturn void fail(struct decoder *decoder, const char *reason) {
  snprintf(decoder->reason, espalier_reason_capacity, "%s", reason);
  longjmp(decoder->failure, 1);
}

static _Noreturn void on_error(j_common_ptr image) {
  struct decoder *decoder = image->client_data;
  image->err->format_message(image, decoder->reason);
  longjmp(decoder->failure, 1);
}

// Warnings about pixels that are lost are failures; the others, such as stray bytes between segments, are nothing.
static void on_message(j_common_ptr image, int level) {
  if (level >= 0) return;
  switch (image->err->msg_code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC: on_error(image);
    default: return;
  }
}

static void on_output(j_common_ptr image) { (void)image; }

static int scan_limit(const struct jpeg_decompress_struct *image) {
  uint64_t limit = pixels_of_scans / ((uint64_t)image->image_width * image->image_height);
  return limit > many_scans ? many_scans : limit < usual_scans ? usual_scans : (int)limit;
}

static void on_progress(j_common_ptr image) {
  struct decoder *decoder = image->client_data;
  int limit = scan_limit(&decoder->image);
  if (decoder->image.input_scan_number <= limit) return;
  snprintf(decoder->reason, espalier_reason_capacity, "more than %d scans", limit);
  longjmp(decoder->failure, 1);
}

static void do_nothing(j_decompress_ptr image) { (void)image; }

static boolean on_end_of_bytes(j_decompress_ptr image) {
  fail(image->client_data, "the file ends within the image");
}

static void skip(j_decompress_ptr image, long count) {
  if (count <= 0) return;
  if ((size_t)count > image->src->bytes_in_buffer) on_end_of_bytes(image);
  image->src->next_input_byte += count;
  image->src->bytes_in_buffer -= (size_t)count;
}

static void open_image(struct decoder *decoder, const uint8_t *bytes, size_t count) {
  struct jpeg_decompress_struct *image = &decoder->image;
  image->err = jpeg_std_error(&decoder->errors);
  image->client_data = decoder;
  decoder->errors.error_exit = on_error;
  decoder->errors.emit_message = on_message;
  decoder->errors.output_message = on_output;
  jpeg_create_decompress(image);
  decoder->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = do_nothing,
      .fill_input_buffer = on_end_of_bytes,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = do_nothing,
  };
  image->src = &decoder->source;
  decoder->progress.progress_monitor = on_progress;
  image->progress = &decoder->progress;
  jpeg_read_header(image, TRUE);
}

static bool read_size(
    struct decoder *decoder, const uint8_t *bytes, size_t count, espalier_image_size *size) {
  if (setjmp(decoder->failure)) return false;
  open_image(decoder, bytes, count);
  *size = (espalier_image_size){decoder->image.image_width, decoder->image.image_height};
  return true;
}

bool espalier_jpeg_read_size(
    const uint8_t *bytes, size_t count, espalier_image_size *size, char *reason) {
  struct decoder decoder;
  memset(&decoder, 0, sizeof decoder);
  decoder.reason = reason;
  bool is_done = read_size(&decoder, bytes, count, size);
  jpeg_destroy_decompress(&decoder.image);
  return is_done;
}

// Turns a row of cyan, magenta, yellow and black, each of them inverted as all known programs write it, into red,
// green and blue: a colour c under black k is c · k / 255, rounded.
static void convert_row(const uint8_t *row, uint32_t width, uint8_t *pixels) {
  for (uint32_t column = 0; column < width; ++column, row += 4, pixels += 3) {
    for (int color = 0; color < 3; ++color) pixels[color] = (uint8_t)((row[color] * row[3] + 127) / 255);
  }
}

static void read_pixels(struct decoder *decoder, espalier_image_size size, uint8_t *pixels) {
  struct jpeg_decompress_struct *image = &decoder->image;
  size_t stride = (size_t)3 * size.width;
  JSAMPARRAY inks = NULL;
  if (image->out_color_space == JCS_CMYK) {
    inks = image->mem->alloc_sarray((j_common_ptr)image, JPOOL_IMAGE, 4 * size.width, 1);
  }
  while (image->output_scanline < size.height) {
    uint8_t *row = pixels + image->output_scanline * stride;
    if (inks != NULL) {
      jpeg_read_scanlines(image, inks, 1);
      convert_row(inks[0], size.width, row);
    } else {
      jpeg_read_scanlines(image, &row, 1);
    }
  }
}

static bool decode(
    struct decoder *decoder, const uint8_t *bytes, size_t count, uint32_t eighths, espalier_image_size size,
    uint8_t *pixels) {
  struct jpeg_decompress_struct *image = &decoder->image;
  if (setjmp(decoder->failure)) return false;
  open_image(decoder, bytes, count);
  bool has_inks = image->jpeg_color_space == JCS_CMYK || image->jpeg_color_space == JCS_YCCK;
  image->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  image->dct_method = JDCT_ISLOW;
  image->scale_num = eighths;
  image->scale_denom = 8;
  jpeg_calc_output_dimensions(image);
  if (image->output_width != size.width || image->output_height != size.height) {
    fail(decoder, "its size is not what its header says");
  }
  jpeg_start_decompress(image);
  read_pixels(decoder, size, pixels);
  jpeg_finish_decompress(image);
  return true;
}

bool espalier_jpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t eighths, espalier_image_size size, uint8_t *pixels,
    char *reason) {
  struct decoder decoder;
  memset(&decoder, 0, sizeof decoder);
  decoder.reason = reason;
  bool is_done = decode(&decoder, bytes, count, eighths, size, pixels);
  jpeg_destroy_decompress(&decoder.image);
  return is_done;
}
