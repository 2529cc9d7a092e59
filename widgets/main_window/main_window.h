#pragma once
#include <QMainWindow>
#include <QPointer>
#include <QUndoGroup>
#include <vector>

#include "widgets/controllers/engine_client.h"
#include "widgets/main_window/appearance.h"
#include "widgets/page.h"

class CommandPalette;
class MessageBar;
class QActionGroup;
class QLabel;
class QMenu;
class QStackedWidget;
class QToolBar;
class QToolButton;
class Tour;

/// The frame around the pages: side bar, menus, status bar, recent files, drops, settings. It knows pages only as Page.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(EngineClient& engine, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Takes a page over. Call it for every page, then finish().
    void addPage(Page* page);
    /// Builds the menus and restores the last session. \param firstPage  id of the page that a first start shows
    void finish(const QString& firstPage);

    Page* currentPage() const;
    Page* page(const QString& id) const;
    const std::vector<Page*>& pages() const { return m_pages; }
    QStringList recentPaths() const;

public Q_SLOTS:
    void showPage(const QString& id);
    /// Opens a path on the page that is named, else on the current one if it takes it, else on the first that does. \returns false, and says so, if none does
    bool openPath(const QString& path, const QString& pageId = {});
    void showShortcuts();
    void showAbout();
    void showPalette();  ///< Everything that can be done and opened, by name. Not over a dialog.
    void showTour();     ///< The four stations, whether it was seen before or not.
    void offerTour();    ///< At the first start only; what is remembered as seen is not offered again.
    void showPreferences();
    void showConnect();
    void saveSession();

Q_SIGNALS:
    void languageChosen(const QString& language);  ///< The window is to be built anew in this language ("system", "en", ...).
    void themeChosen(Theme theme);

protected:
    void closeEvent(QCloseEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dropEvent(QDropEvent*) override;

private:
    void buildMenus();
    void fillPageMenus();
    void fillRecent();
    void remember(const QString& path, const QString& pageId);
    void engineChanged();
    QString engineSpeed() const;
    void useEngine(const QString& command);
    Page* takerOf(const QString& path) const;

    EngineClient& m_engine;
    std::vector<Page*> m_pages;  // children
    QUndoGroup m_undo;
    QStackedWidget* m_stack = nullptr;
    MessageBar* m_message = nullptr;
    QToolBar* m_side = nullptr;
    QActionGroup* m_pageActions = nullptr;
    QMenu *m_fileMenu = nullptr, *m_editMenu = nullptr, *m_viewMenu = nullptr, *m_recentMenu = nullptr;
    QMenu *m_themeMenu = nullptr, *m_languageMenu = nullptr;
    QAction *m_undoAction = nullptr, *m_redoAction = nullptr, *m_preferencesAction = nullptr, *m_quitAction = nullptr, *m_fullScreenAction = nullptr;
    QLabel *m_latency = nullptr, *m_engineText = nullptr, *m_engineDot = nullptr;
    QToolButton* m_restart = nullptr;
    QPointer<CommandPalette> m_palette;
    QPointer<Tour> m_tour;
    QString m_engineReady;  // without round trip and speed
};

/// Keeps one-key shortcuts (Space, letters) away from widgets that want these keys themselves: buttons, lists, combo boxes.
class TypingGuard final : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};
