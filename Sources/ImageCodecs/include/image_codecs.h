#ifndef ESPALIER_IMAGE_CODECS_H
#define ESPALIER_IMAGE_CODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// libjpeg-turbo and libpng behind functions that never leave by longjmp. Each returns whether it succeeded; if
// not, `reason` holds why, as a text that ends in NUL. Bytes and memory stay the caller's.

/// The room that a reason needs.
enum { espalier_reason_capacity = 256 };

/// A size in pixels.
typedef struct {
  uint32_t width;
  uint32_t height;
} espalier_image_size;

/// Reads the size of a JPEG image from its header.
bool espalier_jpeg_read_size(
    const uint8_t *bytes, size_t count, espalier_image_size *size, char *reason);

/// Decodes a JPEG image to red, green and blue bytes, row by row from the top.
///
/// `eighths` is 1, 2, 4 or 8: the image is decoded at that many eighths of its size, rounded up, and `size` is
/// the result of that. `pixels` has room for 3 · width · height bytes. Damage that changes pixels is a failure.
bool espalier_jpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t eighths, espalier_image_size size, uint8_t *pixels,
    char *reason);

/// Reads the size of a PNG image from its header.
bool espalier_png_read_size(const uint8_t *bytes, size_t count, espalier_image_size *size, char *reason);

/// Decodes a PNG image to red, green and blue bytes, row by row from the top; transparency is left out.
///
/// `size` is the size that its header tells. `pixels` has room for 3 · width · height bytes.
bool espalier_png_decode(
    const uint8_t *bytes, size_t count, espalier_image_size size, uint8_t *pixels, char *reason);

#pragma clang assume_nonnull end

#endif
