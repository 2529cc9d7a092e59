#pragma once
// What the command-line programs share: parsing, errors to exit codes, JSON output.
#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/options/options.h"

namespace kinora::cli {

/// Parses and runs the chosen subcommand's callback. Whatever it throws becomes one line on standard error ("kinora: ...") and the exit code of
/// the contract; with --json also {"error": {...}} on standard output. Unknown options and subcommands exit with 2 and a suggestion.
int runProgram(CLI::App& app, int argc, char** argv);

/// Adds a subcommand with its help and examples, and --json and -v/-q.
CLI::App* addCommand(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples);

/// True while the running command was given --json.
bool wantsJson();
/// One JSON document on standard output, indented, with a newline.
void printJson(const nlohmann::json& json);
/// A line of human text on standard output, unless --json.
void print(const std::string& line);

/// "key=value" texts to option values checked against \p fields. \throws Error (Usage)
OptionValues parseSettings(const std::vector<std::string>& settings, const std::vector<OptionField>& fields);
/// The same from a TOML file with flat keys (or one table [options]). \throws Error (NotFound, Damaged, Usage)
OptionValues readSettings(const std::string& tomlFile, const std::vector<OptionField>& fields);

}  // namespace kinora::cli
