#include "widgets/controllers/dataset_library.h"

#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/clipfile/clip_file.h"
#include "core/dataset/exclusions.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/outcome.h"
#include "core/util/text.h"

using namespace kinora;

namespace {
constexpr qsizetype kMaxRecent = 30;
constexpr std::size_t kMaxSizes = 8;
}  // namespace

std::shared_ptr<const DatasetContents> readDataset(const QString& path, std::stop_token stop)
{
    const std::filesystem::path file(path.toStdString());
    auto contents = std::make_shared<DatasetContents>();
    contents->path = path;
    contents->source = openClipFile(file);
    contents->attributes = clipFileAttributes(file);
    std::error_code ignored;
    contents->fileBytes = std::filesystem::file_size(file, ignored);
    contents->labels = contents->source->labelColumns();
    for (const LabelColumn& column : contents->labels) contents->classCounts.emplace_back(column.categories.size(), 0);

    std::set<std::string> splits;
    const std::int64_t count = contents->source->size();
    contents->clips.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        if ((i & 1023) == 0 && stop.stop_requested()) throw Error(ErrorCode::Cancelled, "opening was cancelled", file.string());
        ClipInfo info = contents->source->info(i);
        contents->totalFrames += info.frames;
        contents->minimumFrames = i ? std::min(contents->minimumFrames, info.frames) : info.frames;
        contents->maximumFrames = std::max(contents->maximumFrames, info.frames);
        const std::pair size(info.width, info.height);
        if (contents->sizes.size() < kMaxSizes && std::find(contents->sizes.begin(), contents->sizes.end(), size) == contents->sizes.end())
            contents->sizes.push_back(size);
        if (!info.split.empty()) splits.insert(info.split);
        info.labels.resize(contents->labels.size(), std::numeric_limits<float>::quiet_NaN());
        for (std::size_t column = 0; column < contents->labels.size(); ++column) {
            auto& classes = contents->classCounts[column];
            const float value = info.labels[column];
            if (!classes.empty() && value >= 0 && value < static_cast<float>(classes.size())) ++classes[static_cast<std::size_t>(value)];
        }
        contents->clips.push_back(std::move(info));
    }
    contents->splits.assign(splits.begin(), splits.end());
    contents->facets = facetsOf(*contents);
    const auto excluded = attempt([&] { return readExclusions(file); });
    if (excluded)
        contents->excluded = excluded.value();
    else
        contents->exclusionProblem = QString::fromUtf8(excluded.error().what());
    return contents;
}

DatasetLibrary::DatasetLibrary(QString folder, QString recent, QObject* parent)
    : QAbstractListModel(parent), m_folder(std::move(folder)), m_recentFile(std::move(recent))
{
    const auto text = attempt([&] { return readFile(m_recentFile.toStdString(), 1 << 20); });
    if (text)
        for (const std::string& line : split(text.value(), '\n'))
            if (!line.empty()) m_recent.append(QString::fromStdString(line));
    m_recent.removeDuplicates();
    refresh();
}

QVariant DatasetLibrary::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole: return QFileInfo(entry.path).completeBaseName();
    case Qt::ToolTipRole:
        return entry.missing ? tr("%1\nThe file is not there any more.").arg(QDir::toNativeSeparators(entry.path))
                             : tr("%1\n%2").arg(QDir::toNativeSeparators(entry.path), QLocale().formattedDataSize(entry.bytes));
    case Qt::AccessibleTextRole:
        return entry.missing ? tr("%1, missing").arg(QFileInfo(entry.path).completeBaseName()) : QFileInfo(entry.path).completeBaseName();
    case PathRole: return entry.path;
    case MissingRole: return entry.missing;
    case OwnRole: return entry.own;
    default: return {};
    }
}

void DatasetLibrary::refresh()
{
    m_looking.cancel();
    m_looking.run([folder = m_folder, recent = m_recent](std::stop_token) {
        std::vector<Entry> entries;
        for (const QString& path : recent) {
            const QFileInfo info(path);
            entries.push_back({path, info.size(), !info.isFile(), info.absolutePath() == QFileInfo(folder).absoluteFilePath()});
        }
        const QFileInfoList files = QDir(folder).entryInfoList({QStringLiteral("*.h5"), QStringLiteral("*.hdf5")}, QDir::Files, QDir::Time);
        for (const QFileInfo& info : files)
            if (!recent.contains(info.absoluteFilePath())) entries.push_back({info.absoluteFilePath(), info.size(), false, true});
        // a file of the folder that was deleted is no dataset any more; one that was opened elsewhere may come back with its disk
        std::erase_if(entries, [](const Entry& entry) { return entry.own && entry.missing; });
        return entries;
    }, [this](const Outcome<std::vector<Entry>>& entries) {
        if (entries) setEntries(entries.value());
    });
}

void DatasetLibrary::setEntries(std::vector<Entry> entries)
{
    if (entries == m_entries) return;
    beginResetModel();
    m_entries = std::move(entries);
    endResetModel();
}

void DatasetLibrary::open(const QString& path)
{
    m_opening.cancel();
    const QString absolute = QFileInfo(path).absoluteFilePath();
    Q_EMIT opening(absolute);
    m_opening.run([absolute](std::stop_token stop) { return readDataset(absolute, stop); },
                  [this, absolute](const Outcome<std::shared_ptr<const DatasetContents>>& contents) {
                      if (!contents) {
                          Q_EMIT failed(absolute, QString::fromUtf8(contents.error().what()));
                          return;
                      }
                      remember(absolute);
                      Q_EMIT opened(contents.value());
                  });
}

void DatasetLibrary::remember(const QString& path)
{
    if (m_recent.contains(path)) {
        if (rowOf(path) < 0) refresh();
        return;  // the order of the list stays while it is used
    }
    m_recent.prepend(path);
    while (m_recent.size() > kMaxRecent) m_recent.removeLast();
    saveRecent();
    const QFileInfo info(path);
    if (rowOf(path) < 0) {
        m_looking.cancel();  // a look at the folder that is under way does not know this file
        beginInsertRows({}, 0, 0);
        m_entries.insert(m_entries.begin(), {path, info.size(), false, info.absolutePath() == QFileInfo(m_folder).absoluteFilePath()});
        endInsertRows();
        refresh();
    }
}

void DatasetLibrary::forget(const QString& path)
{
    m_recent.removeAll(path);
    saveRecent();
    const int row = rowOf(path);
    if (row < 0) return;
    beginRemoveRows({}, row, row);
    m_entries.erase(m_entries.begin() + row);
    endRemoveRows();
}

void DatasetLibrary::saveRecent() const
{
    const auto saved = attempt([&] {
        std::filesystem::create_directories(std::filesystem::path(m_recentFile.toStdString()).parent_path());
        writeFile(m_recentFile.toStdString(), m_recent.join(QLatin1Char('\n')).toStdString() + "\n");
        return true;
    });
    if (!saved) log::warning(saved.error().what());
}

int DatasetLibrary::rowOf(const QString& path) const
{
    for (std::size_t row = 0; row < m_entries.size(); ++row)
        if (m_entries[row].path == path) return static_cast<int>(row);
    return -1;
}

QString DatasetLibrary::freePath(const QString& name) const
{
    QString base = name.trimmed();
    base.replace(QRegularExpression(QStringLiteral("[^\\w.\\- ]+"), QRegularExpression::UseUnicodePropertiesOption), QStringLiteral("-"));
    while (base.startsWith(QLatin1Char('.'))) base.remove(0, 1);
    if (base.endsWith(QLatin1String(".h5"))) base.chop(3);
    if (base.isEmpty()) base = QStringLiteral("dataset");
    QString path = QDir(m_folder).absoluteFilePath(base + QStringLiteral(".h5"));
    for (int number = 2; QFileInfo::exists(path); ++number) path = QDir(m_folder).absoluteFilePath(QStringLiteral("%1-%2.h5").arg(base).arg(number));
    return path;
}
