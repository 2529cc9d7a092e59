#include "app/shared/catalogue_texts.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace kinora {

void CatalogueTexts::add(const std::string& text)
{
    if (!text.empty()) m_texts.insert(text);
}

void CatalogueTexts::addAll(const std::vector<std::string>& texts)
{
    for (const std::string& text : texts) add(text);
}

void CatalogueTexts::add(const std::vector<OptionField>& fields)
{
    for (const OptionField& field : fields) {
        add(field.key);
        add(field.help);
        m_choices.insert(field.limits.choices.begin(), field.limits.choices.end());
    }
}

void CatalogueTexts::add(const std::vector<OptionPreset>& presets)
{
    for (const OptionPreset& preset : presets) add(preset.name);
}

void CatalogueTexts::add(const DatasetDescription& description)
{
    addAll({description.name, description.summary, description.card.origin, description.card.licence, description.card.obtain});
    add(description.options);
    add(description.presets);
}

void CatalogueTexts::add(const MetricDescription& description)
{
    addAll({description.name, description.summary, description.units});
    addAll(description.needs);
    add(description.options);
}

void CatalogueTexts::print(const std::string& command) const
{
    const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
    std::cout << "// Made by `" << command << "`.\n#include <QtGlobal>\n\nconst char* const kCatalogueTexts[] = {\n";
    for (const std::string& text : m_texts) std::cout << "    QT_TRANSLATE_NOOP(\"catalogue\", " << quoted(text) << "),\n";
    std::cout << "};\nstruct { const char *text, *comment; } const kCatalogueChoices[] = {\n";
    for (const std::string& choice : m_choices) std::cout << "    QT_TRANSLATE_NOOP3(\"catalogue\", " << quoted(choice) << ", \"choice\"),\n";
    std::cout << "};\n";
}

}  // namespace kinora
