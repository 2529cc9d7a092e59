#include "datasets/import/csv.h"

#include <algorithm>

namespace kinora {
namespace {
char separatorOf(std::string_view text)
{
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    char best = ',';
    for (const char c : {';', '\t'})
        if (std::ranges::count(line, c) > std::ranges::count(line, best)) best = c;
    return best;
}
}  // namespace

std::vector<CsvRow> parseCsv(std::string_view text)
{
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const char separator = separatorOf(text);
    std::vector<CsvRow> rows;
    std::int64_t line = 1;
    std::size_t at = 0;
    const auto atEnd = [&] { return at == text.size() || text[at] == '\n' || text[at] == '\r'; };
    const auto endLine = [&] {  // passes one line's end: CR LF, LF or CR
        at += text.substr(at).starts_with("\r\n") ? 2 : 1;
        ++line;
    };
    while (at < text.size()) {
        if (atEnd()) {
            endLine();
            continue;
        }
        CsvRow row{line, {}, {}};
        for (;;) {
            std::string field;
            if (at < text.size() && text[at] == '"') {
                const std::int64_t opened = line;
                bool closed = false;
                for (++at; at < text.size(); ++at) {
                    if (text[at] == '"' && at + 1 < text.size() && text[at + 1] == '"') ++at;
                    else if (text[at] == '"') {
                        closed = true;
                        ++at;
                        break;
                    }
                    if (text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n'))) ++line;
                    field += text[at];
                }
                if (!closed) row.problem = "the quotes that open in line " + std::to_string(opened) + " are never closed";
                else if (!atEnd() && text[at] != separator) row.problem = "text follows behind closing quotes";
            }
            while (!atEnd() && text[at] != separator) {
                if (text[at] == '"' && row.problem.empty()) row.problem = "quotes stand in the middle of a field; write the whole field in quotes and its own quotes twice";
                field += text[at++];
            }
            row.fields.push_back(std::move(field));
            if (atEnd()) break;
            ++at;  // the separator; an empty field may follow at the line's end
        }
        rows.push_back(std::move(row));
        if (at < text.size()) endLine();
    }
    return rows;
}

}  // namespace kinora
