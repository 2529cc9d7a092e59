#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/options/options.h"

namespace kinora::cli {

/// A flag --key-of-the-field for each field (booleans take no value); what is given is checked and lands in \p values, under the field's key.
void addFields(CLI::App* command, const std::vector<OptionField>& fields, const std::shared_ptr<OptionValues>& values, const std::string& group);

}  // namespace kinora::cli
