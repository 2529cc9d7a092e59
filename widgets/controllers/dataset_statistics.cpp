#include "widgets/controllers/dataset_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/util/error.h"
#include "core/util/text.h"

using namespace kinora;

namespace {

/// A width of 1, 2 or 5 times a power of ten with which \p range needs at most \p bins bins.
double niceWidth(double range, int bins)
{
    const double raw = range / bins;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double step : {1.0, 2.0, 5.0})
        if (raw <= step * power * (1 + 1e-9)) return step * power;
    return 10 * power;
}

/// A histogram of at most about 25 bars; few different values are counted one by one.
std::vector<StatisticsTable::Row> histogram(const std::vector<double>& values, bool whole)
{
    std::vector<StatisticsTable::Row> rows;
    std::map<double, std::int64_t> distinct;
    std::int64_t unknown = 0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : values) {
        if (!std::isfinite(value)) {
            ++unknown;
            continue;
        }
        if (distinct.size() <= 25) ++distinct[value];
        low = std::min(low, value);
        high = std::max(high, value);
    }
    if (distinct.size() <= 25) {
        for (const auto& [value, count] : distinct) rows.push_back({formatNumber(whole ? value : std::round(value * 1e6) / 1e6), {count}});
    } else {
        const double width = whole ? std::max(1.0, std::round(niceWidth(high - low + 1, 25))) : niceWidth(high - low, 25);
        const double first = std::floor(low / width);
        const auto bins = static_cast<std::size_t>(std::floor(high / width) - first) + 1;
        std::vector<std::int64_t> counts(bins, 0);
        for (const double value : values)
            if (std::isfinite(value)) ++counts[std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, std::floor(value / width) - first)))];
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const double from = (first + static_cast<double>(bin)) * width;
            const auto text = [](double value) { return formatNumber(std::round(value * 1e6) / 1e6); };
            rows.push_back({whole ? (width > 1 ? text(from) + "-" + text(from + width - 1) : text(from)) : text(from) + " to " + text(from + width), {counts[bin]}});
        }
    }
    if (unknown > 0) rows.push_back({std::string(), {unknown}});
    return rows;
}

QByteArray quoted(const std::string& text)
{
    QByteArray bytes = QByteArray::fromStdString(text);
    if (!bytes.contains(',') && !bytes.contains('"') && !bytes.contains('\n') && !bytes.contains('\r')) return bytes;
    return '"' + bytes.replace('"', "\"\"") + '"';
}

}  // namespace

std::int64_t StatisticsTable::Row::total() const
{
    std::int64_t sum = 0;
    for (const std::int64_t count : counts) sum += count;
    return sum;
}

std::int64_t StatisticsTable::total() const
{
    std::int64_t sum = 0;
    for (const Row& row : rows) sum += row.total();
    return sum;
}

DatasetStatistics datasetStatistics(const DatasetContents& contents, const std::vector<std::int64_t>& clips, const ExcludedFlags& excluded, std::stop_token stop)
{
    DatasetStatistics statistics;
    statistics.clips = static_cast<std::int64_t>(clips.size());
    const auto check = [&](std::size_t at) {
        if ((at & 4095) == 0 && stop.stop_requested()) throw Error(ErrorCode::Cancelled, "the statistics are no longer wanted");
    };
    using Kind = StatisticsTable::Kind;
    const FacetColumn* split = nullptr;
    for (const FacetColumn& facet : contents.facets)
        if (facet.key == "split") split = &facet;

    // classes, and how the splits divide them
    for (const FacetColumn& facet : contents.facets) {
        const bool label = facet.key.starts_with("label:");
        if (!label && facet.key != "split") continue;
        StatisticsTable table{label ? Kind::Classes : Kind::Splits, label ? facet.key.substr(6) : std::string(), {}, {}};
        const bool divided = label && split && split->values.size() > 1;
        if (divided) {
            table.kind = Kind::SplitByClass;
            table.series = split->values;
        }
        for (const std::string& value : facet.values) table.rows.push_back({value, std::vector<std::int64_t>(divided ? split->values.size() : 1, 0)});
        for (std::size_t at = 0; at < clips.size(); ++at) {
            check(at);
            const auto clip = static_cast<std::size_t>(clips[at]);
            ++table.rows[static_cast<std::size_t>(facet.codes[clip])].counts[divided ? static_cast<std::size_t>(split->codes[clip]) : 0];
        }
        if (divided) {
            StatisticsTable plain{Kind::Classes, table.key, {}, {}};
            for (const StatisticsTable::Row& row : table.rows) plain.rows.push_back({row.value, {row.total()}});
            statistics.tables.push_back(std::move(plain));
        }
        statistics.tables.push_back(std::move(table));
    }

    std::vector<double> lengths, rates;
    std::map<std::pair<int, int>, std::int64_t> sizes;
    std::map<std::string, std::int64_t> groups;
    for (std::size_t at = 0; at < clips.size(); ++at) {
        check(at);
        const ClipInfo& info = contents.clips[static_cast<std::size_t>(clips[at])];
        statistics.frames += info.frames;
        if (info.frameRateHz > 0) statistics.seconds += info.frames / info.frameRateHz;
        if (excluded && (*excluded)[static_cast<std::size_t>(clips[at])]) ++statistics.excluded;
        lengths.push_back(info.frames);
        rates.push_back(info.frameRateHz > 0 ? info.frameRateHz : std::numeric_limits<double>::quiet_NaN());
        ++sizes[{info.width, info.height}];
        if (!info.group.empty()) ++groups[info.group];
    }
    statistics.groups = static_cast<int>(groups.size());
    statistics.tables.push_back({Kind::Lengths, {}, {}, histogram(lengths, true)});
    statistics.tables.push_back({Kind::FrameRates, {}, {}, histogram(rates, false)});
    StatisticsTable sizeTable{Kind::Sizes, {}, {}, {}};
    for (const auto& [size, count] : sizes) sizeTable.rows.push_back({std::to_string(size.first) + "x" + std::to_string(size.second), {count}});
    statistics.tables.push_back(std::move(sizeTable));
    if (groups.size() > 1) {
        StatisticsTable table{Kind::Groups, {}, {}, {}};
        std::vector<double> counts;
        for (const auto& [name, count] : groups) counts.push_back(static_cast<double>(count));
        table.rows = histogram(counts, true);
        statistics.tables.push_back(std::move(table));
    }
    for (std::size_t column = 0; column < contents.labels.size(); ++column) {
        if (contents.labels[column].categorical()) continue;
        std::vector<double> values;
        for (std::size_t at = 0; at < clips.size(); ++at) {
            check(at);
            values.push_back(contents.clips[static_cast<std::size_t>(clips[at])].labels[column]);
        }
        statistics.tables.push_back({Kind::Numbers, contents.labels[column].name, {}, histogram(values, false)});
    }
    return statistics;
}

std::string statisticsId(const StatisticsTable& table)
{
    using Kind = StatisticsTable::Kind;
    switch (table.kind) {
    case Kind::Classes: return table.key;
    case Kind::Splits: return "split";
    case Kind::SplitByClass: return table.key + " by split";
    case Kind::Lengths: return "frames";
    case Kind::FrameRates: return "fps";
    case Kind::Sizes: return "size";
    case Kind::Groups: return "clips per group";
    case Kind::Numbers: return table.key;
    }
    return {};
}

QByteArray statisticsCsv(const std::vector<StatisticsTable>& tables)
{
    QByteArray csv = "table,value,series,clips\r\n";
    for (const StatisticsTable& table : tables)
        for (const StatisticsTable::Row& row : table.rows)
            for (std::size_t i = 0; i < row.counts.size(); ++i)
                csv += quoted(statisticsId(table)) + ',' + quoted(row.value) + ',' + (table.series.empty() ? QByteArray() : quoted(table.series[i])) + ',' + QByteArray::number(static_cast<qlonglong>(row.counts[i])) + "\r\n";
    return csv;
}
