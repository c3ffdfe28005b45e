// Reductions over a channel are cut into chunks of whole images by the problem alone: a batch is cut into runs of equal
// length within which no group of images ends, and each run into chunks. The host knows them as ImageChunks.

#define CHUNKS (INT, run_images) (INT, chunk_images) (INT, chunks_per_run)

HELPER int chunk_first(const int chunk, const int run_images, const int chunk_images, const int chunks_per_run) {
  return chunk / chunks_per_run * run_images + chunk % chunks_per_run * chunk_images;
}

// How many images the chunk has: the last one of a run may be shorter.
HELPER int chunk_length(const int chunk, const int run_images, const int chunk_images, const int chunks_per_run) {
  return min(chunk_images, run_images - chunk % chunks_per_run * chunk_images);
}
