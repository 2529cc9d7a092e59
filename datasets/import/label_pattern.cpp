#include "datasets/import/label_pattern.h"

#include <re2/re2.h>

#include <algorithm>

#include "core/util/error.h"

namespace kinora {
namespace {
[[noreturn]] void wrong(const std::string& text, std::size_t at, const std::string& problem)
{
    throw Error(ErrorCode::Usage, "'" + text + "' is wrong at character " + std::to_string(at + 1) + (at < text.size() ? ", '" + text.substr(at, 12) + (text.size() > at + 12 ? "...'" : "'") : "") + ": " + problem, "labels");
}

RE2::Options settings()
{
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);  // names of files are bytes, whatever they were meant to spell
    options.set_case_sensitive(false);
    options.set_dot_nl(true);
    options.set_log_errors(false);
    return options;
}

/// \param offset  of the expression in the text, to say where it is wrong
std::unique_ptr<RE2> compiled(const std::string& expression, const std::string& text, std::size_t offset)
{
    auto regex = std::make_unique<RE2>(expression, settings());
    if (regex->ok()) return regex;
    const std::size_t at = text.find(regex->error_arg(), offset);
    wrong(text, at == std::string::npos ? offset : at, "the expression has this fault: " + regex->error());
}

bool isName(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }) && !(name[0] >= '0' && name[0] <= '9');
}

/// True for \d+, [0-9]{3}, 0\d and the like.
bool digitsOnly(const std::string& expression)
{
    static const RE2 form(R"((?:(?:\\d|\[0-9\]|[0-9])(?:[+*?]|\{\d+(?:,\d*)?\})?)+)");
    return RE2::FullMatch(expression, form);
}

/// Where the expression that begins at \p begin ends: the position of its closing brace, or npos.
std::size_t closingBrace(const std::string& text, std::size_t begin)
{
    int depth = 0;
    bool set = false;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\') ++i;
        else if (set) set = c != ']';
        else if (c == '[') set = true;
        else if (c == '{') ++depth;
        else if (c == '}' && depth-- == 0) return i;
    }
    return std::string::npos;
}

/// The place of the extension's dot in the last component: at most five letters and digits behind it, one of them a letter. npos: none.
std::size_t extensionAt(std::string_view path)
{
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || path[dot - 1] == '/' || dot + 1 == path.size() || path.size() - dot > 6) return std::string_view::npos;
    const std::string_view extension = path.substr(dot + 1);
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const bool plain = std::ranges::all_of(extension, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
    return plain && std::ranges::any_of(extension, letter) ? dot : std::string_view::npos;
}
}  // namespace

struct LabelPattern::Private {
    std::unique_ptr<RE2> regex;
    std::vector<std::string> names;
    std::map<std::string, bool> numeric;
    std::map<std::string, int> groups;
    bool free = false;       ///< The re: form.
    bool extension = false;  ///< The pattern names one itself.

    std::optional<std::map<std::string, std::string>> match(std::string_view path) const
    {
        std::vector<re2::StringPiece> found(static_cast<std::size_t>(regex->NumberOfCapturingGroups()) + 1);
        if (!regex->Match(path, 0, path.size(), free ? RE2::UNANCHORED : RE2::ANCHOR_BOTH, found.data(), static_cast<int>(found.size()))) return std::nullopt;
        std::map<std::string, std::string> values;
        for (const auto& [name, group] : groups) values[name] = std::string(found[static_cast<std::size_t>(group)]);
        return values;
    }

    void readFree(const std::string& text)
    {
        free = true;
        std::string expression;
        for (std::size_t i = 3; i < text.size(); ++i) {
            if (text[i] == '\\' && i + 1 < text.size()) expression += text[i++];
            else if (text.compare(i, 3, "(?<") == 0 && i + 3 < text.size() && text[i + 3] != '=' && text[i + 3] != '!') {  // RE2 of 2022 knows (?P<name>...) alone
                expression += "(?P<";
                i += 2;
                continue;
            }
            expression += text[i];
        }
        regex = compiled(expression, text, 3);
        // what a group may hold is seen by its source text: (?<name>\d+)
        for (const auto& [group, name] : regex->CapturingGroupNames()) {
            names.push_back(name);
            const std::string opening = "(?P<" + name + ">";
            const std::size_t begin = expression.find(opening) + opening.size(), end = expression.find(')', begin);
            numeric[name] = digitsOnly(expression.substr(begin, end - begin));
        }
    }
    void readBraces(const std::string& text)
    {
        std::string expression = text.find("**") == std::string::npos ? "(?:.*/)?" : "";
        std::size_t i = text.starts_with('/') ? 1 : 0;
        extension = extensionAt(text) != std::string::npos;
        while (i < text.size()) {
            const char c = text[i];
            if (c == '}') wrong(text, i, "'}' has no '{'; write \\} for the character itself");
            if (c == '{') {
                const std::size_t colon = text.find_first_of(":}", i);
                const std::size_t end = colon == std::string::npos ? colon : text[colon] == '}' ? colon : closingBrace(text, colon + 1);
                if (end == std::string::npos) wrong(text, i, "'{' has no '}'");
                const std::string name = text.substr(i + 1, colon - i - 1), inside = colon == end ? "[^/]+" : text.substr(colon + 1, end - colon - 1);
                if (!isName(name)) wrong(text, i + 1, name.empty() ? "a name is missing; {_} matches without naming" : "a name is made of letters, digits and '_', as in {class} or {take:\\d+}");
                if (inside.empty()) wrong(text, colon + 1, "the expression is empty; leave ':' out for any text");
                const std::unique_ptr<RE2> checked = compiled(inside, text, colon == end ? i : colon + 1);
                if (!checked->CapturingGroupNames().empty() && name != checked->CapturingGroupNames().begin()->second) wrong(text, colon + 1, "a named group cannot stand inside braces");
                if (name == "_") {
                    expression += "(?:" + inside + ")";
                } else {
                    if (numeric.contains(name)) wrong(text, i, "{" + name + "} stands twice; write {_} where its text comes again");
                    expression += "(?P<" + name + ">" + inside + ")";
                    names.push_back(name);
                    numeric[name] = digitsOnly(inside);
                }
                i = end + 1;
            } else if (c == '*') {
                const bool two = i + 1 < text.size() && text[i + 1] == '*';
                expression += two ? ".*" : "[^/]*";
                i += two ? 2 : 1;
            } else if (c == '?') {
                expression += "[^/]";
                ++i;
            } else {
                if (c == '\\' && ++i == text.size()) wrong(text, i - 1, "'\\' stands before nothing");
                expression += RE2::QuoteMeta(std::string(1, text[i++]));
            }
        }
        regex = compiled(expression, text, 0);
    }
};

LabelPattern::LabelPattern(const std::string& text) : d(std::make_unique<Private>())
{
    if (text.starts_with("re:")) d->readFree(text);
    else d->readBraces(text);
    if (d->names.empty()) throw Error(ErrorCode::Usage, "'" + text + "' names nothing; a pattern holds {class} or another {name}, as in {class}/{subject}_{take:\\d+}.avi", "labels");
    for (const auto& [name, group] : d->regex->NamedCapturingGroups())
        if (name != "_") d->groups[name] = group;
    std::erase(d->names, "_");
}

LabelPattern::~LabelPattern() = default;
LabelPattern::LabelPattern(LabelPattern&&) noexcept = default;
LabelPattern& LabelPattern::operator=(LabelPattern&&) noexcept = default;

const std::vector<std::string>& LabelPattern::names() const { return d->names; }

bool LabelPattern::numeric(const std::string& name) const
{
    const auto found = d->numeric.find(name);
    return found != d->numeric.end() && found->second;
}

std::optional<std::map<std::string, std::string>> LabelPattern::match(std::string_view relativePath) const
{
    const std::size_t dot = d->free ? std::string_view::npos : extensionAt(relativePath);
    if (dot == std::string_view::npos) return d->match(relativePath);
    // the pattern without an extension means the name without one; the other reading is tried too: folders are called "smile.mp4", clips "a.b"
    const std::string_view first = d->extension ? relativePath : relativePath.substr(0, dot), second = d->extension ? relativePath.substr(0, dot) : relativePath;
    auto values = d->match(first);
    return values ? std::move(values) : d->match(second);
}

}  // namespace kinora
