#pragma once
#include <QAbstractListModel>
#include <QMetaType>
#include <QStringList>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/dataset/clip_source.h"
#include "widgets/controllers/clip_query.h"
#include "widgets/controllers/job_runner.h"

/// Everything about an opened dataset that needs no frame.
struct DatasetContents {
    QString path;
    std::shared_ptr<const kinora::ClipSource> source;
    std::vector<kinora::ClipInfo> clips;
    std::vector<kinora::LabelColumn> labels;
    std::map<std::string, std::string> attributes;  ///< Provenance of the file.
    std::vector<std::string> splits;                ///< The names that occur, sorted.
    std::uintmax_t fileBytes = 0;
    std::int64_t totalFrames = 0;
    int minimumFrames = 0, maximumFrames = 0;
    std::vector<std::pair<int, int>> sizes;              ///< (width, height) that occur; at most 8 are listed.
    std::vector<std::vector<std::int64_t>> classCounts;  ///< Per label column, per category; empty for numbers.
    std::vector<FacetColumn> facets;
    std::set<std::string> excluded;  ///< Names of the clips that stood beside the file as put aside when it was opened.
    QString exclusionProblem;        ///< Why they could not be read.
};

/// Reads a clip file's tables. \throws Error (NotFound, CannotRead, Damaged, Cancelled)
std::shared_ptr<const DatasetContents> readDataset(const QString& path, std::stop_token stop = {});

/// The datasets that a person knows: the files of the datasets folder, and those opened elsewhere, newest first. Opens them in the background.
class DatasetLibrary final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Roles { PathRole = Qt::UserRole, MissingRole, OwnRole };

    /// \param folder  where new datasets go; made when the first one does
    /// \param recent  a text file that remembers the others, one path a line
    DatasetLibrary(QString folder, QString recent, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_entries.size()); }
    QVariant data(const QModelIndex& index, int role) const override;

    QString folder() const { return m_folder; }
    /// Looks at the folder again, in the background.
    void refresh();
    /// Opens a file; only the newest request is answered, with opened() or failed().
    void open(const QString& path);
    /// Takes a file out of the list; the file stays.
    void forget(const QString& path);
    int rowOf(const QString& path) const;
    /// A path in the folder that does not exist yet, from what a person typed.
    QString freePath(const QString& name) const;

Q_SIGNALS:
    void opening(const QString& path);
    void opened(const std::shared_ptr<const DatasetContents>& contents);
    void failed(const QString& path, const QString& problem);

private:
    struct Entry {
        QString path;
        qint64 bytes = 0;
        bool missing = false;
        bool own = false;  ///< In the folder.
        bool operator==(const Entry&) const = default;
    };
    void setEntries(std::vector<Entry> entries);
    void remember(const QString& path);
    void saveRecent() const;

    QString m_folder, m_recentFile;
    QStringList m_recent;
    std::vector<Entry> m_entries;
    JobRunner m_opening, m_looking;  // last: their threads end before the rest goes
};

Q_DECLARE_METATYPE(std::shared_ptr<const DatasetContents>)
