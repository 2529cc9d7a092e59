#include "core/describe/describe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/util/error.h"

namespace kinora {
namespace {
template <class T, class From>
std::vector<T> listFrom(const nlohmann::json& json, const char* key, From from)
{
    std::vector<T> list;
    for (const nlohmann::json& item : json.value(key, nlohmann::json::array())) list.push_back(from(item));
    return list;
}

template <class T>
nlohmann::json listOf(const std::vector<T>& items)
{
    nlohmann::json list = nlohmann::json::array();
    for (const T& item : items) list.push_back(toJson(item));
    return list;
}

nlohmann::json presetList(const std::vector<OptionPreset>& presets)
{
    nlohmann::json list = nlohmann::json::array();
    for (const OptionPreset& preset : presets) list.push_back({{"id", preset.id}, {"name", preset.name}, {"values", toJson(preset.values)}});
    return list;
}

std::vector<OptionPreset> presetsFrom(const nlohmann::json& json)
{
    return listFrom<OptionPreset>(json, "presets", [](const nlohmann::json& preset) {
        return OptionPreset{preset.at("id").get<std::string>(), preset.value("name", ""), optionValuesFromJson(preset.at("values"))};
    });
}

nlohmann::json viewList(const std::vector<OutputView>& views)
{
    nlohmann::json list = nlohmann::json::array();
    for (const OutputView& view : views) list.push_back({{"id", view.id}, {"name", view.name}, {"help", view.help}});
    return list;
}

/// Foreign JSON throws the library's own exceptions; here they become ours.
template <class Work>
auto reading(Work work)
{
    try {
        return work();
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("a description cannot be read: ") + error.what());
    }
}
}  // namespace

int LengthRule::nearest(int frames) const
{
    if (step < 1) return minimum;
    const int last = minimum + (maximum - minimum) / step * step;
    return std::min(last, minimum + (std::clamp(frames, minimum, maximum) - minimum + step / 2) / step * step);
}

nlohmann::json toJson(const SystemDescription& d)
{
    return {{"id", d.id},
            {"name", d.name},
            {"summary", d.summary},
            {"reference", d.reference},
            {"networks", d.networks},
            {"options", listOf(d.options)},
            {"presets", presetList(d.presets)},
            {"controls", listOf(d.controls)},
            {"length", {{"trained", d.length.trained}, {"minimum", d.length.minimum}, {"maximum", d.length.maximum}, {"step", d.length.step}}},
            {"width", d.width},
            {"height", d.height},
            {"frame_rate_hz", d.frameRateHz},
            {"required_labels", d.requiredLabels},
            {"required_streams", d.requiredStreams},
            {"scalars", d.scalars},
            {"views", viewList(d.views)},
            {"loss_weights", d.lossWeights}};
}

SystemDescription systemFromJson(const nlohmann::json& json)
{
    return reading([&] {
        SystemDescription d;
        d.id = json.at("id").get<std::string>();
        d.name = json.value("name", d.id);
        d.summary = json.value("summary", "");
        d.reference = json.value("reference", "");
        d.networks = json.value("networks", std::vector<std::string>());
        d.options = listFrom<OptionField>(json, "options", optionFieldFromJson);
        d.presets = presetsFrom(json);
        d.controls = listFrom<Control>(json, "controls", controlFromJson);
        const nlohmann::json& length = json.at("length");
        d.length = {length.at("trained").get<int>(), length.at("minimum").get<int>(), length.at("maximum").get<int>(), length.at("step").get<int>()};
        d.width = json.value("width", 64);
        d.height = json.value("height", 64);
        d.frameRateHz = json.value("frame_rate_hz", 10.0);
        d.requiredLabels = json.value("required_labels", std::vector<std::string>());
        d.requiredStreams = json.value("required_streams", std::vector<std::string>());
        d.scalars = json.value("scalars", std::vector<std::string>());
        for (const nlohmann::json& view : json.value("views", nlohmann::json::array())) d.views.push_back({view.at("id").get<std::string>(), view.value("name", ""), view.value("help", "")});
        d.lossWeights = json.value("loss_weights", std::vector<std::string>());
        return d;
    });
}

nlohmann::json toJson(const DatasetDescription& d)
{
    nlohmann::json json{{"id", d.id}, {"name", d.name}, {"summary", d.summary}, {"builtin", d.builtin}, {"options", listOf(d.options)}, {"presets", presetList(d.presets)}};
    if (!d.card.empty())
        json["card"] = {{"origin", d.card.origin}, {"licence", d.card.licence}, {"obtain", d.card.obtain}, {"homepage", d.card.homepage}, {"citation", d.card.citation}};
    return json;
}

DatasetDescription datasetFromJson(const nlohmann::json& json)
{
    return reading([&] {
        DatasetDescription d{json.at("id").get<std::string>(), json.value("name", ""), json.value("summary", ""), json.value("builtin", false),
                             listFrom<OptionField>(json, "options", optionFieldFromJson), presetsFrom(json), {}};
        if (const auto card = json.find("card"); card != json.end())
            d.card = {card->value("origin", ""), card->value("licence", ""), card->value("obtain", ""), card->value("homepage", ""), card->value("citation", "")};
        return d;
    });
}

nlohmann::json toJson(const MetricDescription& d)
{
    return {{"id", d.id}, {"name", d.name}, {"summary", d.summary}, {"lower_is_better", d.lowerIsBetter}, {"units", d.units}, {"needs", d.needs}, {"options", listOf(d.options)}};
}

MetricDescription metricFromJson(const nlohmann::json& json)
{
    return reading([&] {
        return MetricDescription{json.at("id").get<std::string>(), json.value("name", ""), json.value("summary", ""), json.value("lower_is_better", true), json.value("units", ""),
                                 json.value("needs", std::vector<std::string>()), listFrom<OptionField>(json, "options", optionFieldFromJson)};
    });
}

}  // namespace kinora
