#pragma once
#include <QDialog>
#include <QStringList>
#include <QTimer>
#include <functional>
#include <memory>

#include "core/export/figure.h"
#include "widgets/controllers/export_controller.h"
#include "widgets/controllers/job_runner.h"

class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

/// Asks what to save, where and how. The format follows the file's extension; a file that exists is replaced only after that was said. What was chosen is offered again the next time.
class ExportDialog final : public QDialog {
    Q_OBJECT
public:
    /// Makes the clips of a subject; called in another thread, so it holds values and shared immutable objects only.
    using Clips = std::function<kinora::FigureClips()>;

    /// \param subjects  what can be saved ("Clip", "Matrix"), translated; \param names  a file name without extension for each
    ExportDialog(const QStringList& subjects, const QStringList& names, double frameRateHz, int scale, QWidget* parent = nullptr);
    int subject() const;
    QString target() const;
    kinora::ExportOptions options() const;
    kinora::FigureLayout figure() const;
    std::uintmax_t limitBytes() const;  ///< 0: none.
    bool pingPong() const;

    /// What each subject is made of: with it the dialog tells how large the file will be.
    void setClips(std::vector<Clips> clips);
    /// Puts what the file says of itself, encoder.comment or comment, into the job of the chosen subject; it counts to the file's size. Called in this thread.
    void setComment(std::function<void(ExportJob& job, int subject)> comment);
    /// The job that was asked for.
    ExportJob job() const;
    void setSubject(int index);
    void setTarget(const QString& path);
    QString estimate() const;  ///< What is shown of the size.

    void accept() override;

private:
    void browse();
    void check();
    void suggest();
    void showFormat();
    void estimateSoon();
    void estimateNow();
    void remember() const;

    QStringList m_names;
    std::vector<Clips> m_clips;
    std::function<void(ExportJob&, int)> m_comment;
    QFormLayout* m_form = nullptr;
    QComboBox *m_subject = nullptr, *m_format = nullptr, *m_layout = nullptr, *m_quality = nullptr, *m_play = nullptr, *m_background = nullptr;
    QLineEdit *m_file = nullptr, *m_caption = nullptr;
    QDoubleSpinBox *m_rate = nullptr, *m_limit = nullptr;
    QSpinBox *m_scale = nullptr, *m_border = nullptr, *m_loops = nullptr;
    QCheckBox* m_labels = nullptr;
    QLabel *m_note = nullptr, *m_size = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
    QTimer m_estimateTimer;
    std::stop_source m_estimating;
    JobRunner m_jobs;
};

/// While \p exports writes for longer than a moment, a small window over \p page shows how far it is, with a button to cancel.
void showExportProgress(ExportController& exports, QWidget* page);
