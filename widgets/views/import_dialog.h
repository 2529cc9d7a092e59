#pragma once
#include <QTimer>

#include "widgets/views/dataset_dialogs.h"

class DataCardView;
class QToolButton;
class QTreeWidget;

/// Imports foreign clips: a folder or a file, the kind found out or chosen, a preset, options, and what would come of it before anything is decoded.
/// The kinds come from descriptions. It blocks no other window: an import may take hours.
class ImportDatasetDialog final : public DatasetJobDialog {
    Q_OBJECT
public:
    ImportDatasetDialog(const DatasetLibrary& library, QString program, const std::vector<kinora::DatasetDescription>& kinds, QWidget* parent = nullptr);
    void setSource(const QString& path);
    QString source() const;
    QComboBox* kindBox() const { return m_kind; }
    QComboBox* presetBox() const { return m_preset; }
    OptionForm* ownForm() const { return m_own; }
    OptionForm* preprocessingForm() const { return m_preprocessing; }
    QPushButton* lookButton() const { return m_look; }
    QTreeWidget* preview() const { return m_preview; }
    DataCardView* card() const { return m_card; }
    /// What the form amounts to: `datasets import KIND SOURCE --preset ... --set ...`.
    QStringList importCommand() const { return command(); }
    bool looking() const { return m_looker.running(); }

public Q_SLOTS:
    void look();  ///< A dry run: lists what would be imported.

protected:
    QString formProblem() const override;
    QStringList command() const override;
    void busyChanged(bool busy) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    const kinora::DatasetDescription* kind() const;  ///< The one chosen, or found out; nullptr: not known yet.
    void sourceChanged();
    void showKind();
    void showPreview(const QJsonObject& report);
    void clearPreview();
    void applyPreset();
    void browse(bool folder);

    std::vector<kinora::DatasetDescription> m_kinds;
    std::string m_found;  // the kind that a dry run found
    QString m_shownKind;
    JobProcess m_looker;
    bool m_lookAgain = false;
    QTimer m_lookSoon;
    QComboBox* m_kind = nullptr;
    QLabel* m_summary = nullptr;
    QLineEdit* m_source = nullptr;
    QWidget* m_presetLine = nullptr;
    QComboBox* m_preset = nullptr;
    OptionForm* m_own = nullptr;
    QToolButton* m_fold = nullptr;
    OptionForm* m_preprocessing = nullptr;
    QPushButton* m_look = nullptr;
    QLabel* m_lookState = nullptr;
    QTreeWidget* m_preview = nullptr;
    DataCardView* m_card = nullptr;
};
