#pragma once
#include <map>
#include <memory>
#include <string>

#include "core/dataset/clip_source.h"
#include "datasets/import/scan.h"

namespace kinora {

/// A dataset that is readable already, taken clip by clip: 'hdf5' and 'synthetic'.
std::unique_ptr<DatasetScan> scanOfSource(std::shared_ptr<const ClipSource> source, std::map<std::string, std::string> attributes = {});

}  // namespace kinora
