#pragma once
#include <QDialog>
#include <QStringList>

#include "core/study/study.h"

class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QSpinBox;

/// Asks for the design of a blind preference study: the question, how many clips, repeats, and where its file goes.
class StudyDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param systems  names of the columns that take part; \param folder  where the file goes unless the person says otherwise
    StudyDialog(const QStringList& systems, const QString& folder, QWidget* parent = nullptr);
    /// What was asked for; frame rate, seed and origin are the caller's.
    kinora::StudyDesign design() const;
    QString file() const;

    void setFile(const QString& path);
    void setDesign(const kinora::StudyDesign& design);  ///< For tests and presets: question, clips, ties, repeats and plays.

private:
    void check();
    void browse();

    QStringList m_systems;
    QComboBox* m_question = nullptr;
    QSpinBox *m_clips = nullptr, *m_repeats = nullptr, *m_plays = nullptr;
    QCheckBox* m_ties = nullptr;
    QLineEdit* m_file = nullptr;
    QLabel* m_note = nullptr;
    QDialogButtonBox* m_buttons = nullptr;
};

/// Names that are all different: a second "a" becomes "a (2)".
QStringList distinctNames(const QStringList& names);
