#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// Labels out of paths: "{class}/{subject}_{action}_{take:\d+}.avi", or "re:^(?<subject>\d+)/..." with named groups (RE2's syntax, found anywhere in the path).
///
/// In the first form {name} matches one or more characters other than '/', as many as the rest leaves (put differently: it is read from the right), {name:REGEX} what the expression says,
/// * anything but '/', ** anything, ? one character other than '/', \ the next character itself, the rest itself. A trailing extension may be left out. Letters match in any case.
/// It is held against the path relative to the source, from its end: leading folders may be missing from the pattern, unless it has a **
/// ("{class}/**" names the first folder).
/// The names class, group, split, clip and _ mean: class label, group, split, what joins files to one clip, nothing; any other name becomes a label column of its own
/// (a number where its expression allows digits only, otherwise categories). A name stands once; where its text comes again write {_}.
/// Thread: safe. Time is linear in the path's length, whatever the pattern: names of files are not trusted.
class LabelPattern {
public:
    /// \throws Error (Usage) showing where the pattern is wrong
    explicit LabelPattern(const std::string& text);
    ~LabelPattern();
    LabelPattern(LabelPattern&&) noexcept;
    LabelPattern& operator=(LabelPattern&&) noexcept;
    /// In order, without _.
    const std::vector<std::string>& names() const;
    /// True for names whose expression allows digits only.
    bool numeric(const std::string& name) const;
    /// The values of the names, or nothing if \p relativePath does not fit.
    std::optional<std::map<std::string, std::string>> match(std::string_view relativePath) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace kinora
