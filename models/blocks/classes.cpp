#include "models/blocks/classes.h"

#include <algorithm>

#include "core/util/error.h"
#include "core/util/text.h"

namespace kinora {

void fitClasses(OptionValues& values, const ClipSource& source, bool needed)
{
    const auto text = [&](const char* key) {
        const auto found = values.find(key);
        const auto* value = found == values.end() ? nullptr : std::get_if<std::string>(&found->second);
        return value ? trimmed(*value) : std::string();
    };
    const std::vector<LabelColumn>& columns = source.labelColumns();
    std::vector<std::string> known;
    for (const LabelColumn& column : columns)
        if (column.categorical()) known.push_back(column.name);
    const std::string wanted = text("label"), has = known.empty() ? std::string("it has no class label") : "its class labels: " + join(known, ", ");
    const LabelColumn* chosen = nullptr;
    if (wanted.empty() || wanted == "auto") {
        for (const char* role : {"motion", ""})
            for (const LabelColumn& column : columns)
                if (!chosen && column.categorical() && column.role == role) chosen = &column;
        if (!chosen && needed)
            throw Error(ErrorCode::NotFound, "names no class of the motion, which the system is conditioned on (" + has + "): choose one with --set label=NAME, or import the dataset again with labels", source.name());
    } else if (wanted != "none") {
        const auto found = std::ranges::find(columns, wanted, &LabelColumn::name);
        if (found == columns.end() || !found->categorical())
            throw Error(ErrorCode::NotFound, "has no class label '" + wanted + "' (" + has + "): choose another with --set label=NAME, or import the dataset again with labels", source.name());
        chosen = &*found;
    } else if (needed) {
        throw Error(ErrorCode::Usage, "the system is conditioned on a class, 'none' is no label (" + has + ")", "label");
    }
    values["label"] = chosen ? chosen->name : std::string("none");
    if (!chosen) return;
    if (const std::string names = text("class_names"); !names.empty()) {
        if (classNames(names, 0) == chosen->categories) return;
        throw Error(ErrorCode::NotFound, "label '" + chosen->name + "' has the classes " + join(chosen->categories, ", ") + ", and class_names says " + names +
                                             ": leave it empty to take the dataset's (--set class_names=), or import the dataset again with these classes in this order", source.name());
    }
    for (const std::string& name : chosen->categories)
        if (name.find(',') != std::string::npos) throw Error(ErrorCode::Incompatible, "class '" + name + "' of label '" + chosen->name + "' has a comma in its name", source.name());
    values["class_names"] = join(chosen->categories, ",");
}

std::vector<std::string> classNames(const std::string& text, int64_t count)
{
    std::vector<std::string> names;
    if (!trimmed(text).empty()) {
        for (const std::string& name : split(text, ',')) names.push_back(trimmed(name));
        return names;
    }
    for (int64_t i = 1; i <= count; ++i) names.push_back("class " + std::to_string(i));
    return names;
}

}  // namespace kinora
