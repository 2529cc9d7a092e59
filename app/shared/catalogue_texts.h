#pragma once
// What systems, kinds of data and metrics say of themselves, collected for translators.
#include <set>
#include <string>
#include <vector>

#include "core/describe/describe.h"

namespace kinora {

/// Described English texts that the window shows, to be printed as a source that Qt's lupdate reads (the target update-translations calls this).
class CatalogueTexts {
public:
    void add(const std::string& text);
    void addAll(const std::vector<std::string>& texts);
    /// Keys and helps, and the choices: these carry the comment "choice", since "full" is a beard among labels and a kernel among choices.
    void add(const std::vector<OptionField>& fields);
    void add(const std::vector<OptionPreset>& presets);
    /// Name, summary, options, presets and what the card says; the citation stays as it is.
    void add(const DatasetDescription& description);
    void add(const MetricDescription& description);
    /// On standard output. \param command  the command that makes it, for the first line
    void print(const std::string& command) const;

private:
    std::set<std::string> m_texts, m_choices;
};

}  // namespace kinora
