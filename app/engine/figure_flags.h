#pragma once
// What `generate` and `compare` share: the flags of a figure and of its file.
#include <CLI/CLI.hpp>
#include <initializer_list>
#include <memory>
#include <string>

#include "app/shared/field_flags.h"
#include "core/export/figure.h"
#include "core/util/error.h"

namespace kinora::app {

struct FigureFlags {
    std::shared_ptr<OptionValues> figure = std::make_shared<OptionValues>(), encoder = std::make_shared<OptionValues>();
    std::string preset;
    double limitMb = 0;

    void addTo(CLI::App* command)
    {
        cli::addFields(command, describeOptions<FigureLayout>("figure"), figure, "Figure");
        cli::addFields(command, describeOptions<ExportOptions>("file"), encoder, "File");
        command->add_option("--preset", preset, "small, balanced or best: sets colours, palette, dither, loss and quality")->group("File");
        command->add_option("--limit-mb", limitMb, "At most so many megabytes (of 1,000,000 bytes): colours, rate and scale are chosen for it")->check(CLI::Range(0.001, 4000.0))->group("File");
    }
    bool given() const { return !figure->empty() || !encoder->empty() || !preset.empty() || limitMb > 0; }
    std::uintmax_t limitBytes() const { return static_cast<std::uintmax_t>(limitMb * 1e6); }
    /// What was given, over what is there already.
    void apply(FigureLayout& intoFigure, ExportOptions& intoEncoder) const
    {
        if (!preset.empty()) applyPreset(intoEncoder, preset);
        applyOptions(intoFigure, *figure);
        applyOptions(intoEncoder, *encoder);
    }
};

/// \returns the first of \p flags that was given, or nothing
inline std::string firstGiven(const CLI::App& command, std::initializer_list<const char*> flags)
{
    for (const char* flag : flags)
        if (command.count(flag) > 0) return flag;
    return {};
}

/// Refuses a flag whose value a recipe has settled already; an empty one is fine. \throws Error (Usage)
inline void refuseSettled(const std::string& flag)
{
    if (!flag.empty()) throw Error(ErrorCode::Usage, "is settled by the recipe: leave it out, or make a new figure without --recipe", flag);
}

}  // namespace kinora::app
