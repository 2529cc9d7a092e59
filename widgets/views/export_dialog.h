#pragma once
#include <QDialog>
#include <QStringList>

#include "core/export/encoder.h"

class QComboBox;
class QDialogButtonBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QSpinBox;

/// Asks what to save, where and how. The format follows the file's extension; a file that exists is replaced only after that was said.
class ExportDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param subjects  what can be saved ("Clip", "Matrix"), translated; \param names  a file name without extension for each
    ExportDialog(const QStringList& subjects, const QStringList& names, double frameRateHz, int scale, QWidget* parent = nullptr);
    int subject() const;
    QString target() const;
    kinora::ExportOptions options() const;
    bool pingPong() const;

    void setSubject(int index);
    void setTarget(const QString& path);

    void accept() override;

private:
    void browse();
    void check();
    void suggest();

    QStringList m_names;
    QComboBox* m_subject = nullptr;
    QLineEdit* m_file = nullptr;
    QComboBox* m_format = nullptr;
    QDoubleSpinBox* m_rate = nullptr;
    QSpinBox* m_scale = nullptr;
    QComboBox* m_play = nullptr;
    QLabel* m_note = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
};

/// The frames there and back again, without showing an end twice.
kinora::Frames thereAndBack(const kinora::Frames& clip);
