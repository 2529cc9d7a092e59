#pragma once
#include <QAbstractTableModel>
#include <QDialog>
#include <QString>
#include <QStringList>
#include <vector>

#include "core/describe/describe.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/job_process.h"

class OptionForm;
class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTableView;
class QVBoxLayout;

/// Files that an import left out, with the reason of each.
class SkippedFilesModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_files.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : 2; }
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void setReport(const QJsonObject& report);  ///< As 'kinora datasets import --json' says it.
    QString text() const;                       ///< One line a file, name and reason with a tab between.

private:
    std::vector<std::pair<QString, QString>> m_files;
};

/// A dialog whose work a child process does: a form, then progress that can be paused and cancelled, then what came of it.
///
/// What was finished before a job was cancelled lies beside the target; the dialog goes on with it or throws it away. Closing it leaves no process behind.
class DatasetJobDialog : public QDialog {
    Q_OBJECT
public:
    enum class Stage { Form, Running, Interrupted, Done };
    /// \param program  `kinora`
    DatasetJobDialog(const DatasetLibrary& library, QString program, QWidget* parent);

    Stage stage() const { return m_stage; }
    bool running() const { return m_job.running(); }
    QString problem() const;  ///< What stands in the dialog as the problem.
    QString target() const { return m_target; }
    QLineEdit* nameEdit() const { return m_name; }
    QPushButton* startButton() const { return m_start; }
    QPushButton* pauseButton() const { return m_pause; }
    QPushButton* discardButton() const { return m_discard; }
    QLabel* phaseLabel() const { return m_phase; }
    const SkippedFilesModel& skipped() const { return *m_skipped; }
    qint64 processId() const { return m_job.processId(); }

public Q_SLOTS:
    void start();    ///< Begins, or goes on with what was interrupted.
    void discard();  ///< Throws away what an interrupted job left.
    void reject() override;  ///< Cancels what runs; closes the dialog if nothing does.

Q_SIGNALS:
    void created(const QString& path);

protected:
    /// Puts the subclass's form on top. Call it once.
    void setForm(QWidget* form, const QString& startText);
    void showProblem(const QString& problem);
    /// Called when something in the form changed.
    void judge();
    /// Why the form cannot be used as it stands; empty: it can.
    virtual QString formProblem() const = 0;
    /// The command without the target and the progress switches.
    virtual QStringList command() const = 0;
    /// Called when the job begins and when the form is there again.
    virtual void busyChanged(bool) {}

    void suggestName(const QString& name);  ///< Unless the person has typed one.
    const QString& program() const { return m_program; }

private:
    void showProgress(const JobProgress& progress);
    void finish(const QJsonObject& report);
    void setStage(Stage stage);
    static bool leftovers(const QString& target);  // of an interrupted job

    const DatasetLibrary& m_library;
    QString m_program, m_target, m_startText;
    Stage m_stage = Stage::Form;
    JobProcess m_job, m_discarding;
    QVBoxLayout* m_layout = nullptr;
    QWidget* m_form = nullptr;
    QLineEdit* m_name = nullptr;
    QLabel* m_place = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_phase = nullptr;
    QLabel* m_file = nullptr;
    QLabel* m_problem = nullptr;
    SkippedFilesModel* m_skipped = nullptr;
    QTableView* m_table = nullptr;
    QPushButton* m_copy = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
    QPushButton* m_start = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_discard = nullptr;
    JobProgress m_last;
};

/// Writes a built-in dataset as a file. The kinds and their options come from descriptions.
class CreateDatasetDialog final : public DatasetJobDialog {
    Q_OBJECT
public:
    CreateDatasetDialog(const DatasetLibrary& library, QString program, const std::vector<kinora::DatasetDescription>& kinds, QWidget* parent = nullptr);
    OptionForm* form() const { return m_options; }
    QComboBox* kind() const { return m_kind; }
    /// "builtin:x?key=value&...": as --dataset spells it.
    QString datasetText() const;

protected:
    QString formProblem() const override;
    QStringList command() const override;

private:
    void showKind();
    std::vector<kinora::DatasetDescription> m_kinds;
    QComboBox* m_kind = nullptr;
    QLabel* m_summary = nullptr;
    OptionForm* m_options = nullptr;
};
