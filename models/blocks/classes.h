#pragma once
// Systems that are told a class: which label of the dataset it is, and what its classes are called.
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "core/options/options.h"

namespace kinora {

/// Resolves the options `label` ("auto", "none" or a label's name) and `class_names` (texts with commas) for a dataset: SystemEntry::fit of systems with classes.
/// auto is the first class label of the motion, else the first that has no role; without one the label becomes "none".
/// \param needed  "none" will not do
/// \throws Error (NotFound) naming the label that is missing, not of classes, or of others than `class_names` says, and what to do; Usage for "none" where one is needed
void fitClasses(OptionValues& values, const ClipSource& source, bool needed);

/// The names in `class_names`, or "class 1", "class 2", ... \p count of them if it is empty.
std::vector<std::string> classNames(const std::string& text, int64_t count);

}  // namespace kinora
