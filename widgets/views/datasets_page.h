#pragma once
#include <QJsonObject>
#include <QTimer>
#include <QUndoStack>
#include <vector>

#include "core/describe/describe.h"
#include "widgets/controllers/clip_list_model.h"
#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/exclusion_list.h"
#include "widgets/controllers/job_process.h"
#include "widgets/page.h"

class AboutDatasetView;
class ClipExportDialog;
class ClipInspector;
class ClipListView;
class DatasetStatisticsView;
class FacetPanel;
class ImportDatasetDialog;
class MessageBar;
class QComboBox;
class QLabel;
class QLineEdit;
class QListView;
class QSlider;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QToolButton;

/// Datasets: the ones that are known, the clips of the one that is open with facets, filter and statistics, and everything about the clip that is chosen.
class DatasetsPage final : public Page {
    Q_OBJECT
public:
    /// \param folder   where new datasets go
    /// \param recent   a file that remembers datasets opened elsewhere
    /// \param program  `kinora`, for the jobs
    DatasetsPage(const QString& folder, const QString& recent, const QString& program, QWidget* parent = nullptr);
    ~DatasetsPage() override;

    QString id() const override { return QStringLiteral("datasets"); }
    QString title() const override { return tr("&Datasets"); }
    QString iconName() const override { return QStringLiteral("datasets"); }
    QList<QAction*> menuActions(PageMenu menu) const override;
    QUndoStack* undoStack() override { return &m_undo; }
    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    bool accepts(const QString& path) const override;
    void openPath(const QString& path) override;
    std::vector<PageItem> items() override;
    void shown() override;
    bool mayClose() override;

    /// What can be created and imported, as the engine or the command line describe it.
    void setDescriptions(const std::vector<kinora::DatasetDescription>& descriptions);
    const std::vector<kinora::DatasetDescription>& descriptions() const { return m_descriptions; }
    const DatasetLibrary& library() const { return m_library; }
    QStringList files() const;  ///< Of the datasets that are known and there.
    ClipListModel& clips() { return m_clips; }
    ClipListView* view() const { return m_view; }
    FacetPanel* facets() const { return m_facets; }
    ClipInspector* inspector() const { return m_inspector; }
    DatasetStatisticsView* statistics() const { return m_charts; }
    QTabWidget* tabs() const { return m_tabs; }
    QLineEdit* filterLine() const { return m_filter; }
    const ExclusionList& exclusions() const { return m_exclusions; }
    /// Clips that are selected, in the order in which they are shown.
    std::vector<std::int64_t> selectedClips() const;

public Q_SLOTS:
    void createDataset();
    ImportDatasetDialog* importClips(const QString& source = {});
    ClipExportDialog* exportSelection();  ///< nullptr if nothing is selected.
    void excludeSelection();  ///< Puts the selected clips aside; takes them back if all of them are.

Q_SIGNALS:
    void knownChanged();                          ///< descriptions() or files() have changed.
    void trainRequested(const QString& dataset);  ///< The person wants to train on this dataset file.
    void codesRequested(const QString& dataset, qint64 clip);  ///< The person wants the codes that draw this clip.

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void askForDescriptions();
    void askToOpen();
    void showContents(const std::shared_ptr<const DatasetContents>& contents);
    void showProblem(const QString& path, const QString& problem);
    ClipQuery query() const;  ///< As the filter line, the facets and the order say.
    void setQuery(const ClipQuery& query);
    void applyFilter();
    void clearFilter();
    void queryAnswered(const QString& problem);
    void showSummary();
    void selectInLibrary(const QString& path);
    void updateActions();
    QWidget* makeLibrary();
    QWidget* makeBrowser();

    QString m_program, m_lastFolder;
    DatasetLibrary m_library;
    ClipLoader m_thumbnails;
    ClipListModel m_clips;
    ExclusionList m_exclusions;
    QUndoStack m_undo;
    JobProcess m_lister;
    std::vector<kinora::DatasetDescription> m_descriptions;
    QTimer m_filterDelay;
    QJsonObject m_views;  // by dataset path: how it was looked at last
    bool m_mayQuit = false;

    QAction* m_openAction = nullptr;
    QAction* m_createAction = nullptr;
    QAction* m_importAction = nullptr;
    QAction* m_exportAction = nullptr;
    QAction* m_excludeAction = nullptr;
    QAction* m_selectAllAction = nullptr;
    QAction* m_findAction = nullptr;
    QAction* m_clearAction = nullptr;
    QAction* m_trainAction = nullptr;
    QAction* m_codesAction = nullptr;
    QAction* m_reloadAction = nullptr;
    QAction* m_forgetAction = nullptr;
    QSplitter* m_splitter = nullptr;
    QSplitter* m_left = nullptr;
    QListView* m_list = nullptr;
    FacetPanel* m_facets = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_welcome = nullptr;
    MessageBar* m_banner = nullptr;
    QLineEdit* m_filter = nullptr;
    QLabel* m_filterProblem = nullptr;
    QComboBox* m_sort = nullptr;
    QToolButton* m_descending = nullptr;
    QComboBox* m_play = nullptr;
    QSlider* m_size = nullptr;
    QTabWidget* m_tabs = nullptr;
    ClipListView* m_view = nullptr;
    QLabel* m_summary = nullptr;
    DatasetStatisticsView* m_charts = nullptr;
    AboutDatasetView* m_about = nullptr;
    ClipInspector* m_inspector = nullptr;
};
