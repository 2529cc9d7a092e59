#include "app/shared/command_line.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/text.h"
#include "kinora_version.h"

namespace kinora::cli {
namespace {
bool json = false;

int report(const Error& error)
{
    std::cerr << "kinora: " << error.what() << std::endl;
    if (json) printJson({{"error", {{"code", errorName(error.code())}, {"message", error.detail()}, {"subject", error.subject()}}}});
    return exitCode(error.code());
}

/// CLI11 says what was wrong but not what would be right.
std::string explained(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv)
{
    std::string text = error.what();
    if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
    std::vector<std::string> names;
    const CLI::App* command = &app;
    for (const CLI::App* chosen = command; chosen;) {
        command = chosen;
        const std::vector<CLI::App*> parsed = chosen->get_subcommands();
        chosen = parsed.empty() ? nullptr : parsed.front();
    }
    for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
    for (const CLI::Option* option : command->get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (int i = 1; i < argc; ++i) {
        const std::string word = split(argv[i], '=').front();
        if (text.find(word) == std::string::npos || std::ranges::find(names, word) != names.end()) continue;
        if (const std::string near = nearest(word, names); !near.empty()) return "unknown '" + word + "' (did you mean '" + near + "'?)";
    }
    return text;
}
}  // namespace

int runProgram(CLI::App& app, int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) json = json || std::string_view(argv[i]) == "--json";
    try {
        app.parse(argc, argv);
        return 0;
    } catch (const CLI::Success& done) {  // --help, --version
        return app.exit(done);
    } catch (const CLI::RuntimeError& quit) {
        return quit.get_exit_code();
    } catch (const CLI::ParseError& error) {
        return report({ErrorCode::Usage, explained(app, error, argc, argv) + "; see --help"});
    } catch (...) {
        return report(currentError());
    }
}

CLI::App* addCommand(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples)
{
    CLI::App* command = app.add_subcommand(name, summary);
    if (!examples.empty()) command->footer("\nExamples:\n" + examples);
    command->add_flag("--json", json, "Machine-readable result on standard output");
    command->add_flag_callback("-v,--verbose", [] { log::setLevel(log::Level::Debug); }, "More log lines on standard error");
    command->add_flag_callback("-q,--quiet", [] { log::setLevel(log::Level::Error); }, "Only errors on standard error");
    return command;
}

bool wantsJson() { return json; }

void printJson(const nlohmann::json& document) { std::cout << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl; }

void print(const std::string& line)
{
    if (!json) std::cout << line << '\n' << std::flush;
}

OptionValues parseSettings(const std::vector<std::string>& settings, const std::vector<OptionField>& fields)
{
    OptionValues values;
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) throw Error(ErrorCode::Usage, "'" + setting + "' is not of the form key=value", "--set");
        const OptionField& field = findOption(fields, trimmed(setting.substr(0, equals)));
        values[field.key] = parseOption(field, trimmed(setting.substr(equals + 1)));
    }
    return values;
}

OptionValues readSettings(const std::string& tomlFile, const std::vector<OptionField>& fields)
{
    const std::string text = readFile(tomlFile, std::uintmax_t(1) << 20);
    OptionValues values;
    try {
        const toml::table root = toml::parse(text, tomlFile);
        const toml::table* table = root["options"].as_table() ? root["options"].as_table() : &root;
        for (const auto& [key, node] : *table) {
            const OptionField& field = findOption(fields, key.str());
            OptionValue value;
            if (const auto flag = node.value_exact<bool>()) value = *flag;
            else if (const auto integer = node.value_exact<std::int64_t>()) value = *integer;
            else if (const auto real = node.value_exact<double>()) value = *real;
            else if (const auto word = node.value_exact<std::string>()) value = *word;
            else throw Error(ErrorCode::Usage, "an option is a boolean, a number or a text", field.key);
            values[field.key] = checkedOption(field, value);
        }
    } catch (const toml::parse_error& error) {
        throw Error(ErrorCode::Damaged, "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()), tomlFile);
    } catch (const Error& error) {
        throw Error(error.code(), error.what(), tomlFile);
    }
    return values;
}

}  // namespace kinora::cli
