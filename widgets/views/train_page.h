#pragma once
#include <QSortFilterProxyModel>
#include <QStringList>
#include <vector>

#include "core/describe/describe.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/controllers/run_monitor.h"
#include "widgets/controllers/train_launcher.h"
#include "widgets/page.h"

class QLabel;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTreeView;
class RunView;
class TrainForm;

/// Training: the runs that there are, the one that is looked at, and the form for a new one.
///
/// The page starts trainers and asks things of them; what it shows comes from run directories alone, so that a run started elsewhere is shown just the same.
class TrainPage final : public Page {
    Q_OBJECT
public:
    /// \param runs     folder whose run directories are listed, and where new ones go
    /// \param recent   a file that remembers runs opened elsewhere
    /// \param logs     folder of launch logs
    /// \param program  `kinora`
    TrainPage(const QString& runs, const QString& recent, const QString& logs, const QString& program, QWidget* parent = nullptr);
    ~TrainPage() override;

    QString id() const override { return QStringLiteral("train"); }
    QString title() const override { return tr("&Train"); }
    QString iconName() const override { return QStringLiteral("train"); }
    QList<QAction*> menuActions(PageMenu menu) const override;
    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    bool accepts(const QString& path) const override;
    void openPath(const QString& path) override;

    /// What can be trained, and with which options.
    void setSystems(const std::vector<kinora::SystemDescription>& systems, const std::vector<kinora::OptionField>& training);
    /// Built-in datasets by their description; the dataset files that are known, by path.
    void setDatasets(const std::vector<kinora::DatasetDescription>& builtin, const QStringList& files);
    void setDevices(const QStringList& devices);

    RunMonitor& monitor() { return m_monitor; }
    RunListModel& runs() { return m_runs; }
    RunView* runView() const { return m_view; }
    TrainForm* form() const { return m_form; }
    QTreeView* list() const { return m_list; }

public Q_SLOTS:
    void newRun(const QString& dataset = {});  ///< Shows the form, with this dataset if one is given.
    void showRun(const QString& folder);

Q_SIGNALS:
    void openCheckpoint(const QString& path);  ///< The person wants to explore it.

private:
    void askForRun();
    void remember(const QString& folder);
    void forget(const QString& folder);
    void saveRecent() const;
    void takeSnapshot(const RunSnapshot& snapshot);
    void updateActions();
    QString currentFolder() const;

    QString m_recentFile, m_lastFolder;
    QStringList m_recent;
    QString m_shown;     // the run in the view
    QString m_awaited;   // shown as soon as the monitor has seen it
    RunMonitor m_monitor;
    RunListModel m_runs;
    QSortFilterProxyModel m_sorted;
    TrainLauncher m_launcher;
    std::vector<kinora::SystemDescription> m_systems;
    std::vector<kinora::OptionField> m_training;

    QAction* m_newAction = nullptr;
    QAction* m_openAction = nullptr;
    QAction* m_pauseAction = nullptr;
    QAction* m_stopAction = nullptr;
    QAction* m_checkpointAction = nullptr;
    QAction* m_continueAction = nullptr;
    QAction* m_samplesAction = nullptr;
    QAction* m_exploreAction = nullptr;
    QAction* m_againAction = nullptr;
    QAction* m_forgetAction = nullptr;
    QSplitter* m_splitter = nullptr;
    QTreeView* m_list = nullptr;
    QLabel* m_empty = nullptr;
    QStackedWidget* m_stack = nullptr;
    TrainForm* m_form = nullptr;
    RunView* m_view = nullptr;
};
