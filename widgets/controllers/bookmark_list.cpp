#include "widgets/controllers/bookmark_list.h"

#include <QBuffer>
#include <algorithm>

#include "core/util/file.h"
#include "core/util/json_text.h"

using kinora::Error;
using kinora::ErrorCode;
using nlohmann::json;

namespace {
constexpr int kPicture = 64;
constexpr std::uintmax_t kLargest = 16u << 20;

QString pathText(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }

/// A file of the folder that is not there yet.
std::filesystem::path freshFile(const std::filesystem::path& folder, const QString& name)
{
    QString stem;
    for (const QChar letter : name.left(40)) stem += letter.isLetterOrNumber() ? letter.toLower() : QLatin1Char('_');
    if (stem.isEmpty()) stem = QStringLiteral("state");
    for (int number = 1;; ++number) {
        const std::filesystem::path file = folder / (number == 1 ? stem + QStringLiteral(".json") : QStringLiteral("%1-%2.json").arg(stem).arg(number)).toStdString();
        if (!std::filesystem::exists(file)) return file;
    }
}

std::string serialized(const Bookmark& bookmark)
{
    json state = bookmark.state;
    json& own = state["bookmark"];
    own = {{"name", bookmark.name.toStdString()}, {"created", bookmark.created.toUTC().toString(Qt::ISODate).toStdString()}};
    if (!bookmark.picture.isNull()) {
        QByteArray png;
        QBuffer buffer(&png);
        buffer.open(QIODevice::WriteOnly);
        bookmark.picture.save(&buffer, "PNG");
        own["picture_png"] = png.toBase64().toStdString();
    }
    return state.dump(1);
}
}  // namespace

BookmarkList::BookmarkList(std::filesystem::path folder, QObject* parent) : QAbstractListModel(parent), m_folder(std::move(folder)) {}

int BookmarkList::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_bookmarks.size()); }

QVariant BookmarkList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Bookmark& bookmark = at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return bookmark.name;
    case Qt::DecorationRole: return bookmark.picture;
    case Qt::ToolTipRole:
    case Qt::AccessibleDescriptionRole: {
        const QString checkpoint = QString::fromStdString(bookmark.state.value("checkpoint", std::string()));
        QString text = tr("%1, %2 frames, %3").arg(bookmark.system).arg(bookmark.state.value("frames", 0)).arg(QLocale().toString(bookmark.created.toLocalTime(), QLocale::ShortFormat));
        if (!checkpoint.isEmpty()) text += QLatin1Char('\n') + checkpoint;
        return text;
    }
    default: return {};
    }
}

bool BookmarkList::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !checkIndex(index, CheckIndexOption::IndexIsValid)) return false;
    rename(index.row(), value.toString());
    return true;
}

Qt::ItemFlags BookmarkList::flags(const QModelIndex& index) const { return QAbstractListModel::flags(index) | (index.isValid() ? Qt::ItemIsEditable | Qt::ItemNeverHasChildren : Qt::NoItemFlags); }

Bookmark BookmarkList::parse(const std::string& text, const QString& file)
{
    const std::string subject = file.toStdString();
    json state = kinora::parseJson(text);
    if (!state.is_object() || !state.contains("controls") || !state["controls"].is_object()) throw Error(ErrorCode::Usage, "this is no state: a JSON object with \"controls\" was expected", subject);
    try {
        Bookmark bookmark;
        bookmark.file = file;
        bookmark.system = QString::fromStdString(state.value("system", std::string()));
        bookmark.name = QString::fromStdString(std::filesystem::path(subject).stem().string());
        state.value("frames", 0);
        state.value("checkpoint", std::string());
        if (const auto own = state.find("bookmark"); own != state.end() && own->is_object()) {
            bookmark.name = QString::fromStdString(own->value("name", bookmark.name.toStdString()));
            bookmark.created = QDateTime::fromString(QString::fromStdString(own->value("created", std::string())), Qt::ISODate);
            bookmark.picture = QImage::fromData(QByteArray::fromBase64(QByteArray::fromStdString(own->value("picture_png", std::string()))), "PNG");
            if (bookmark.picture.width() > 4 * kPicture || bookmark.picture.height() > 4 * kPicture) bookmark.picture = bookmark.picture.scaled(kPicture, kPicture, Qt::KeepAspectRatio, Qt::SmoothTransformation);
        }
        if (!bookmark.created.isValid()) bookmark.created = QDateTime::currentDateTimeUtc();
        bookmark.state = std::move(state);
        return bookmark;
    } catch (const json::exception& error) {
        throw Error(ErrorCode::Damaged, std::string("the state cannot be read: ") + error.what(), subject);
    }
}

void BookmarkList::load()
{
    struct Found {
        std::vector<Bookmark> bookmarks;
        std::vector<Error> problems;
    };
    m_jobs.run([folder = m_folder](std::stop_token stop) {
        Found found;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
            if (stop.stop_requested()) break;
            if (entry.path().extension() != ".json") continue;
            auto read = kinora::attempt([&] { return parse(kinora::readFile(entry.path(), kLargest), pathText(entry.path())); });
            if (read) found.bookmarks.push_back(std::move(read.value()));
            else found.problems.push_back(read.error());
        }
        std::ranges::sort(found.bookmarks, [](const Bookmark& a, const Bookmark& b) { return a.created != b.created ? a.created > b.created : a.file < b.file; });
        return found;
    }, [this](const kinora::Outcome<Found>& outcome) {
        if (!outcome) return Q_EMIT failed(outcome.error());
        beginResetModel();
        m_bookmarks = outcome.value().bookmarks;
        endResetModel();
        for (const Error& problem : outcome.value().problems) Q_EMIT failed(problem);
    });
}

void BookmarkList::insert(Bookmark bookmark)
{
    beginInsertRows({}, 0, 0);
    m_bookmarks.insert(m_bookmarks.begin(), std::move(bookmark));
    endInsertRows();
    Q_EMIT added(0);
}

/// Writes the file, then shows it.
void BookmarkList::write(Bookmark bookmark, bool fresh)
{
    m_jobs.run([folder = m_folder, bookmark = std::move(bookmark), fresh](std::stop_token) mutable {
        if (fresh) {
            std::filesystem::create_directories(folder);
            bookmark.file = pathText(freshFile(folder, bookmark.name));
        }
        kinora::writeFile(bookmark.file.toStdString(), serialized(bookmark));
        return std::move(bookmark);
    }, [this, fresh](const kinora::Outcome<Bookmark>& outcome) {
        if (!outcome) return Q_EMIT failed(outcome.error());
        if (fresh) return insert(outcome.value());
        const auto found = std::ranges::find(m_bookmarks, outcome.value().file, &Bookmark::file);
        if (found == m_bookmarks.end()) return;
        *found = outcome.value();
        const QModelIndex changed = index(static_cast<int>(found - m_bookmarks.begin()));
        Q_EMIT dataChanged(changed, changed);
    });
}

void BookmarkList::add(const QString& name, json state, const QImage& picture)
{
    Bookmark bookmark;
    bookmark.name = name.trimmed();
    bookmark.system = QString::fromStdString(state.value("system", std::string()));
    bookmark.created = QDateTime::currentDateTimeUtc();
    if (!picture.isNull()) bookmark.picture = picture.scaled(kPicture, kPicture, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    bookmark.state = std::move(state);
    write(std::move(bookmark), true);
}

void BookmarkList::rename(int row, const QString& name)
{
    if (name.trimmed().isEmpty() || name.trimmed() == at(row).name) return;
    Bookmark bookmark = at(row);
    bookmark.name = name.trimmed();
    write(std::move(bookmark), false);
}

void BookmarkList::remove(int row)
{
    m_jobs.run([file = at(row).file](std::stop_token) {
        std::error_code problem;
        std::filesystem::remove(file.toStdString(), problem);
        if (problem) throw Error(ErrorCode::CannotWrite, "cannot be deleted: " + problem.message(), file.toStdString());
        return file;
    }, [this](const kinora::Outcome<QString>& outcome) {
        if (!outcome) return Q_EMIT failed(outcome.error());
        const auto found = std::ranges::find(m_bookmarks, outcome.value(), &Bookmark::file);
        if (found == m_bookmarks.end()) return;
        const int at = static_cast<int>(found - m_bookmarks.begin());
        beginRemoveRows({}, at, at);
        m_bookmarks.erase(found);
        endRemoveRows();
    });
}

void BookmarkList::exportTo(int row, const QString& file)
{
    m_jobs.run([bookmark = at(row), file](std::stop_token) {
        kinora::writeFile(file.toStdString(), serialized(bookmark));
        return file;
    }, [this](const kinora::Outcome<QString>& outcome) {
        if (outcome) Q_EMIT exported(outcome.value());
        else Q_EMIT failed(outcome.error());
    });
}

void BookmarkList::import(const QStringList& files)
{
    for (const QString& file : files)
        m_jobs.run([file](std::stop_token) { return parse(kinora::readFile(file.toStdString(), kLargest), file); }, [this](const kinora::Outcome<Bookmark>& outcome) {
            if (outcome) write(outcome.value(), true);
            else Q_EMIT failed(outcome.error());
        });
}
