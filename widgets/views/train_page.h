#pragma once
#include <QPointer>
#include <QStringList>
#include <functional>
#include <vector>

#include "core/describe/describe.h"
#include "widgets/charts/charts_view.h"
#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/controllers/run_monitor.h"
#include "widgets/controllers/train_launcher.h"
#include "widgets/page.h"

class QLabel;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTreeView;
class QueueDialog;
class RunTable;
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

    std::vector<PageItem> items() override;

    /// What can be trained, and with which options.
    void setSystems(const std::vector<kinora::SystemDescription>& systems, const std::vector<kinora::OptionField>& training,
                    const std::vector<kinora::MetricDescription>& metrics = {});
    /// Built-in datasets by their description; the dataset files that are known, by path.
    void setDatasets(const std::vector<kinora::DatasetDescription>& builtin, const QStringList& files);
    void setDevices(const QStringList& devices);

    RunMonitor& monitor() { return m_monitor; }
    RunListModel& runs() { return m_runs; }
    RunView* runView() const { return m_view; }
    TrainForm* form() const { return m_form; }
    RunTable* table() const { return m_table; }
    QTreeView* list() const;
    QStringList selected() const;  ///< Folders of the chosen runs, or of the one in the view.
    QueueDialog* queueDialog() const;

public Q_SLOTS:
    void newRun(const QString& dataset = {});  ///< Shows the form, with this dataset if one is given.
    void showRun(const QString& folder);
    void duplicate();   ///< Fills the form with the settings of the chosen run.
    void compare();     ///< In which settings the chosen runs differ.
    void editNotes();
    void fork();
    void archive();
    void restore();
    void deleteRuns();  ///< After the person has confirmed it.
    void showQueue();

Q_SIGNALS:
    void openCheckpoint(const QString& path);  ///< The person wants to explore it.

private:
    void askForRun();
    void remember(const QString& folder);
    void forget(const QString& folder);
    void saveRecent() const;
    void takeSnapshot(const RunSnapshot& snapshot);
    void forkOf(const QString& folder);
    void orderScalars();
    void showCurves();
    void addForeign(const QString& folder);
    /// Does \p work with every folder on another thread, then says \p said or what went wrong.
    void act(const QStringList& folders, std::function<QString(const QString&)> work, const QString& said, std::function<void(const QString& folder, const QString& result)> then = {});
    void setNotes(const QString& folder, std::function<void(nlohmann::json&)> change);
    QAction* make(const QString& icon, const QString& text, const QString& tip, const QKeySequence& key = {});
    const RunSnapshot* chosenRun() const;  // the one that single actions mean
    void updateActions();

    QString m_recentFile, m_lastFolder;
    QStringList m_recent;
    std::vector<ChartRun> m_curves;
    QString m_shown;     // the run in the view
    QString m_awaited;   // shown as soon as the monitor has seen it
    RunMonitor m_monitor;
    RunListModel m_runs;
    TrainLauncher m_launcher;
    std::vector<kinora::SystemDescription> m_systems;
    std::vector<kinora::OptionField> m_training;

    std::vector<kinora::QueueTicket> m_tickets;
    QPointer<QueueDialog> m_queueDialog;

    QAction* m_newAction = nullptr;
    QAction* m_openAction = nullptr;
    QAction* m_pauseAction = nullptr;
    QAction* m_stopAction = nullptr;
    QAction* m_checkpointAction = nullptr;
    QAction* m_steerAction = nullptr;
    QAction* m_measureAction = nullptr;
    QAction* m_continueAction = nullptr;
    QAction* m_samplesAction = nullptr;
    QAction* m_exploreAction = nullptr;
    QAction* m_forkAction = nullptr;
    QAction* m_againAction = nullptr;
    QAction* m_compareAction = nullptr;
    QAction* m_notesAction = nullptr;
    QAction* m_folderAction = nullptr;
    QAction* m_archiveAction = nullptr;
    QAction* m_restoreAction = nullptr;
    QAction* m_deleteAction = nullptr;
    QAction* m_forgetAction = nullptr;
    QAction* m_queueAction = nullptr;
    QAction* m_archivedAction = nullptr;
    QAction* m_columnsAction = nullptr;
    QAction* m_filterAction = nullptr;
    QAction* m_wideAction = nullptr;
    QAction* m_aboutAction = nullptr;
    QSplitter* m_splitter = nullptr;
    RunTable* m_table = nullptr;
    QLabel* m_empty = nullptr;
    QStackedWidget* m_stack = nullptr;
    TrainForm* m_form = nullptr;
    RunView* m_view = nullptr;
    JobRunner m_acting;  // last: its thread ends before the rest goes
};
