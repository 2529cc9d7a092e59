#pragma once
#include <QWidget>

#include "widgets/controllers/bookmark_list.h"

class QAction;
class QListView;

/// Kept states with their names and pictures: a click opens one. Renaming (F2), deleting (Del), export and import stand in its buttons and context menu.
class BookmarksPanel final : public QWidget {
    Q_OBJECT
public:
    /// \param folder  where the bookmarks lie
    explicit BookmarksPanel(const std::filesystem::path& folder, QWidget* parent = nullptr);

    BookmarkList& list() { return m_list; }
    QListView* view() const { return m_view; }
    /// The menu's action: keeps the state that is shown.
    QAction* addAction() const { return m_add; }
    void setCanAdd(bool can);
    void keep(const QString& name, const nlohmann::json& state, const QImage& picture);

Q_SIGNALS:
    void keepWanted();  ///< What is shown is to be kept: keep() shall be called.
    void opened(const QString& name, const nlohmann::json& state);
    void statusMessage(const QString& text, int milliseconds);
    void failed(const kinora::Error& error);

protected:
    void showEvent(QShowEvent* event) override;

private:
    int current() const;
    void exportCurrent();
    void importFiles();
    void removeCurrent();
    void enable();

    BookmarkList m_list;
    QListView* m_view = nullptr;
    QAction *m_add = nullptr, *m_rename = nullptr, *m_delete = nullptr, *m_export = nullptr, *m_import = nullptr;
    bool m_loaded = false, m_canAdd = false;
};
