#pragma once
#include <QDialog>
#include <QTemporaryFile>
#include <memory>

#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/job_process.h"

class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;

/// Saves chosen clips as another dataset file, an animated sheet, or folders of frames. `kinora datasets export` does it, in a process of its own.
class ClipExportDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param clips  numbers in the file, in the order in which they are to stand
    /// \param excluded  clips that were put aside are left out unless the person wants them, too
    /// \param folder    where the target is suggested
    ClipExportDialog(const QString& program, const std::shared_ptr<const DatasetContents>& contents, std::vector<std::int64_t> clips, const ExcludedFlags& excluded, const QString& folder,
                     QWidget* parent = nullptr);
    QComboBox* formatBox() const { return m_format; }
    QLineEdit* targetEdit() const { return m_target; }
    QPushButton* startButton() const { return m_start; }
    QCheckBox* withExcludedBox() const { return m_withExcluded; }
    QString problem() const;
    bool running() const { return m_job.running(); }
    QStringList command() const;  ///< Without the progress switches. Clips that do not fit into a command line stand in a file that exists while the dialog does.

public Q_SLOTS:
    void setFormat(const QString& suffix);  ///< "h5", "gif", "mp4" ..., or "frames".
    void start();
    void reject() override;  ///< Cancels what runs; closes the dialog if nothing does.

Q_SIGNALS:
    void exported(const QString& target);

private:
    void judge();
    void showFormat();
    void browse();
    void setBusy(bool busy);
    void showProblem(const QString& problem);

    QString m_program;
    std::shared_ptr<const DatasetContents> m_contents;
    std::vector<std::int64_t> m_clips;
    std::unique_ptr<QTemporaryFile> m_list;
    JobProcess m_job;
    QComboBox* m_format = nullptr;
    QLineEdit* m_target = nullptr;
    QLineEdit* m_size = nullptr;
    QSpinBox* m_frames = nullptr;
    QSpinBox* m_scale = nullptr;
    QCheckBox* m_withExcluded = nullptr;
    QWidget* m_form = nullptr;
    QFormLayout* m_rows = nullptr;
    QLabel* m_phase = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_problem = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
    QPushButton* m_start = nullptr;
};

/// Numbers as --clips takes them: 0-63,70.
QString clipsText(const std::vector<std::int64_t>& clips);
