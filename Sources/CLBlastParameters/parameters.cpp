#define CL_TARGET_OPENCL_VERSION 120
#include "clblast_parameters.h"

#include <clblast.h>

#include <string>
#include <unordered_map>

int32_t espalier_clblast_parameter(void *device, const char *kernel, const char *name, size_t *value) {
  try {
    std::unordered_map<std::string, size_t> parameters;
    const auto status = clblast::RetrieveParameters(
        static_cast<cl_device_id>(device), kernel, clblast::Precision::kSingle, parameters);
    if (status != clblast::StatusCode::kSuccess) return static_cast<int32_t>(status);
    const auto entry = parameters.find(name);
    if (entry == parameters.end()) {
      return static_cast<int32_t>(clblast::StatusCode::kMissingOverrideParameter);
    }
    *value = entry->second;
    return 0;
  } catch (...) {
    return static_cast<int32_t>(clblast::StatusCode::kUnexpectedError);
  }
}
