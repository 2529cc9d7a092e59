#pragma once
#include <QByteArray>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "widgets/controllers/dataset_library.h"

/// One thing counted over clips: how many are of each class, have each length ...
struct StatisticsTable {
    enum class Kind { Splits, Classes, SplitByClass, Lengths, FrameRates, Sizes, Groups, Numbers };
    Kind kind = Kind::Classes;
    std::string key;               ///< The label column; empty where it is of no label.
    std::vector<std::string> series;  ///< Empty: one number a row. Otherwise the splits that rows are divided into.
    struct Row {
        std::string value;                   ///< A class, a size "64x48", a range "16-19" of a histogram; empty: not known.
        std::vector<std::int64_t> counts;  ///< One per series, or one.
        std::int64_t total() const;
    };
    std::vector<Row> rows;
    std::int64_t total() const;
};

struct DatasetStatistics {
    std::int64_t clips = 0, frames = 0, excluded = 0;
    int groups = 0;
    double seconds = 0;  ///< Of the clips whose frame rate is known.
    std::vector<StatisticsTable> tables;
};

/// Counts over \p clips of a dataset. \throws Error (Cancelled)
DatasetStatistics datasetStatistics(const DatasetContents& contents, const std::vector<std::int64_t>& clips, const ExcludedFlags& excluded = {}, std::stop_token stop = {});

/// Comma-separated: table, value, series, clips; in UTF-8, as RFC 4180 quotes it.
QByteArray statisticsCsv(const std::vector<StatisticsTable>& tables);
/// "classes", "lengths" ... as the CSV names a table; with the label's name where it has one.
std::string statisticsId(const StatisticsTable& table);
