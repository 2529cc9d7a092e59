#pragma once
#include <QTimer>
#include <vector>

#include "core/describe/describe.h"
#include "widgets/controllers/clip_list_model.h"
#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/controllers/job_process.h"
#include "widgets/page.h"

class ClipClock;
class ClipListView;
class ClipView;
class PlayerBar;
class QComboBox;
class QLabel;
class QLineEdit;
class QListView;
class QSlider;
class QSplitter;
class QStackedWidget;
class QToolButton;
class QTreeWidget;

/// Datasets: the ones that are known, the clips of the one that is open, and everything about the clip that is chosen.
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
    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    bool accepts(const QString& path) const override;
    void openPath(const QString& path) override;
    void shown() override;

    /// What can be created and imported, as the engine or the command line describe it.
    void setDescriptions(const std::vector<kinora::DatasetDescription>& descriptions);
    const std::vector<kinora::DatasetDescription>& descriptions() const { return m_descriptions; }
    const DatasetLibrary& library() const { return m_library; }
    QStringList files() const;  ///< Of the datasets that are known and there.
    ClipListModel& clips() { return m_clips; }
    /// Clips that are selected, in the order in which they are shown.
    std::vector<std::int64_t> selectedClips() const;
    /// Writes the selected clips as one animation.
    void exportSelection(const QString& target);

public Q_SLOTS:
    void createDataset();
    void importClips(const QString& folder = {});

Q_SIGNALS:
    void knownChanged();                          ///< descriptions() or files() have changed.
    void trainRequested(const QString& dataset);  ///< The person wants to train on this dataset file.

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void askForDescriptions();
    void askToOpen();
    void askToExport();
    void showContents(const std::shared_ptr<const DatasetContents>& contents);
    void showProblem(const QString& path, const QString& problem);
    void applyFilter();
    void showStatistics();
    void showClip(std::int64_t clip);
    void showDetails();
    void selectInLibrary(const QString& path);
    void updateActions();
    QWidget* makeLibrary();
    QWidget* makeBrowser();
    QWidget* makeDetails();

    QString m_program, m_lastFolder;
    DatasetLibrary m_library;
    ClipLoader m_thumbnails, m_fullSize;
    ClipListModel m_clips;
    ExportController m_export;
    JobProcess m_lister;
    std::vector<kinora::DatasetDescription> m_descriptions;
    std::int64_t m_shownClip = -1;
    QTimer m_filterDelay;

    QAction* m_openAction = nullptr;
    QAction* m_createAction = nullptr;
    QAction* m_importAction = nullptr;
    QAction* m_exportAction = nullptr;
    QAction* m_trainAction = nullptr;
    QAction* m_reloadAction = nullptr;
    QAction* m_forgetAction = nullptr;
    QSplitter* m_splitter = nullptr;
    QListView* m_list = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_welcome = nullptr;
    QLabel* m_banner = nullptr;
    QLineEdit* m_filter = nullptr;
    QLabel* m_filterProblem = nullptr;
    QComboBox* m_class = nullptr;
    QComboBox* m_split = nullptr;
    QComboBox* m_sort = nullptr;
    QToolButton* m_descending = nullptr;
    QComboBox* m_play = nullptr;
    QSlider* m_size = nullptr;
    ClipListView* m_view = nullptr;
    QLabel* m_statistics = nullptr;
    ClipClock* m_clock = nullptr;
    ClipView* m_player = nullptr;
    PlayerBar* m_bar = nullptr;
    QTreeWidget* m_facts = nullptr;
};
