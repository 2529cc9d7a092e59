#pragma once
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
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

/// A dialog whose work a child process does: a form, then progress that can be cancelled, then what came of it.
class DatasetJobDialog : public QDialog {
    Q_OBJECT
public:
    /// \param program  `kinora`
    DatasetJobDialog(const DatasetLibrary& library, QString program, QWidget* parent);

    bool running() const { return m_job.running(); }
    QString problem() const;  ///< What stands in the dialog as the problem.
    QLineEdit* nameEdit() const { return m_name; }
    QPushButton* startButton() const { return m_start; }

public Q_SLOTS:
    void start();
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

    void suggestName(const QString& name);  ///< Unless the person has typed one.

private:
    void finish(const QJsonObject& report);
    void setBusy(bool busy);

    const DatasetLibrary& m_library;
    QString m_program, m_target;
    JobProcess m_job;
    QVBoxLayout* m_layout = nullptr;
    QWidget* m_form = nullptr;
    QLineEdit* m_name = nullptr;
    QLabel* m_place = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_phase = nullptr;
    QLabel* m_problem = nullptr;
    QPlainTextEdit* m_report = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
    QPushButton* m_start = nullptr;
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

/// Imports a folder of foreign clips. The kinds come from descriptions.
class ImportDatasetDialog final : public DatasetJobDialog {
    Q_OBJECT
public:
    ImportDatasetDialog(const DatasetLibrary& library, QString program, const std::vector<kinora::DatasetDescription>& kinds, QWidget* parent = nullptr);
    void setSource(const QString& folder);
    QString source() const;

protected:
    QString formProblem() const override;
    QStringList command() const override;

private:
    void showKind();
    void browse();
    std::vector<kinora::DatasetDescription> m_kinds;
    QComboBox* m_kind = nullptr;
    QLabel* m_summary = nullptr;
    QLineEdit* m_source = nullptr;
    OptionForm* m_options = nullptr;
};
