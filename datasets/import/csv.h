#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

struct CsvRow {
    std::int64_t line = 0;  ///< Where it begins, from 1.
    std::vector<std::string> fields;
    std::string problem;  ///< Not empty: the row breaks the rules, and how; its fields say nothing.
};

/// Comma-separated values as RFC 4180 has them: quoted fields may hold separators, doubled quotes and line breaks. Lines end with LF, CR LF or CR, a byte-order mark is passed over,
/// blank lines are no rows. The separator is what the first line has most of: comma, semicolon or tab.
/// (A reader of its own: Debian's header-only one, fast-cpp-csv-parser, knows no line breaks inside quotes and gives up at the first bad row.)
std::vector<CsvRow> parseCsv(std::string_view text);

}  // namespace kinora
