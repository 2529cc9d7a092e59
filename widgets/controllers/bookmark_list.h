#pragma once
#include <QAbstractListModel>
#include <QDateTime>
#include <QImage>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/util/error.h"
#include "widgets/controllers/job_runner.h"

/// One kept state: the JSON that `kinora generate --state` takes, with a name, a time and a small picture in its key "bookmark".
struct Bookmark {
    QString file, name, system;
    QDateTime created;
    QImage picture;
    nlohmann::json state;
};

/// Bookmarks of a folder, one JSON file each, newest first. Files are read and written off the GUI thread; a row changes once its file has.
///
/// Files that are no bookmarks are left alone and named by failed().
class BookmarkList final : public QAbstractListModel {
    Q_OBJECT
public:
    explicit BookmarkList(std::filesystem::path folder, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;  ///< Renames.
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    const Bookmark& at(int row) const { return m_bookmarks.at(static_cast<std::size_t>(row)); }

    void load();  ///< Reads the folder anew.
    /// Keeps a state under a name. \param picture  may be null
    void add(const QString& name, nlohmann::json state, const QImage& picture);
    void rename(int row, const QString& name);
    void remove(int row);
    void exportTo(int row, const QString& file);
    /// Takes states from files: bookmarks, or what Save State wrote.
    void import(const QStringList& files);

    /// The bookmark in the text of a file. \throws Error (Usage, Damaged) if it is no state
    static Bookmark parse(const std::string& text, const QString& file);

Q_SIGNALS:
    void added(int row);
    void exported(const QString& file);
    void failed(const kinora::Error& error);

private:
    void write(Bookmark bookmark, bool fresh);
    void insert(Bookmark bookmark);

    std::filesystem::path m_folder;
    std::vector<Bookmark> m_bookmarks;
    JobRunner m_jobs;
};
