#pragma once
// A page of the main window. To add one: derive from Page, add one line where app/workbench builds the window.
#include <QAction>
#include <QHash>
#include <QList>
#include <QSettings>
#include <QString>
#include <QUndoStack>
#include <QWidget>
#include <functional>
#include <vector>

/// Menus of the main window that pages put actions into.
enum class PageMenu { File, Edit, View, Data, Model, Latents, Train, Compare };

/// Something that a page could show: a dataset, a run, a system. The command palette offers it by name.
struct PageItem {
    QString kind;  ///< "Dataset", translated.
    QString name, detail;
    std::function<void()> open;
};

/// One of the main window's pages. It knows neither the window nor its siblings: what it wants from them it says with signals.
///
/// Actions of Data, Model, Latents, Train and Compare stay in their menu whichever page is shown; triggering one from another page shows this page first.
/// Actions of File, Edit and View are in their menu while the page is the current one. Shortcuts of one key (Space, R) belong to actions with
/// Qt::WidgetWithChildrenShortcut that the page adds to itself, so that they neither fire on other pages nor swallow typing there.
class Page : public QWidget {
    Q_OBJECT
public:
    explicit Page(QWidget* parent = nullptr) : QWidget(parent) {}
    virtual QString id() const = 0;        ///< "datasets"; for settings and openRequested(). Never translated.
    virtual QString title() const = 0;     ///< Translated, with a mnemonic if wanted.
    virtual QString iconName() const = 0;  ///< Of an icon in resources/icons, without suffix; see themedIcon().

    /// Actions for a menu, in order; an action for which isSeparator() is true separates. Called once, when the window is built, and for Edit and View whenever the page is shown.
    virtual QList<QAction*> menuActions(PageMenu menu) const
    {
        Q_UNUSED(menu);
        return {};
    }
    /// What Undo and Redo act on while the page is shown; nullptr: nothing.
    virtual QUndoStack* undoStack() { return nullptr; }

    /// What is remembered between sessions: splitters, last folder, what was open. The group is the page's own.
    virtual void saveState(QSettings& settings) const { Q_UNUSED(settings); }
    virtual void restoreState(QSettings& settings) { Q_UNUSED(settings); }

    /// True if this page shows such a thing. Decides by name and kind of file alone: it must return at once.
    virtual bool accepts(const QString& path) const
    {
        Q_UNUSED(path);
        return false;
    }
    /// Opens a path that accepts() took: dropped, chosen in a dialog, from the recent list or the command line. Returns at once; problems are shown by the page.
    virtual void openPath(const QString& path) { Q_UNUSED(path); }
    /// What openPath() and the page's lists could show now.
    virtual std::vector<PageItem> items() { return {}; }
    /// The page has become the current one / another has.
    virtual void shown() {}
    virtual void hidden() {}
    /// False while something would be lost if the window closed; the page has asked the person then.
    virtual bool mayClose() { return true; }

Q_SIGNALS:
    void statusMessage(const QString& text, int milliseconds = 5000);  ///< For the status bar; 0: until the next one.
    void opened(const QString& path);                                  ///< Something was opened: for the recent files.
    void openRequested(const QString& path, const QString& pageId);    ///< Another page is to open it; pageId "explore", "compare", ... or empty: whichever accepts it.
    void latencyMeasured(double milliseconds);                         ///< From a movement of a control to its picture.
    void actionsChanged();                                             ///< menuActions(Edit, View, File) have changed.
};
