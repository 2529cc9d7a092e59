#pragma once
#include <QDialog>

#include "widgets/main_window/appearance.h"

class QComboBox;
class QLineEdit;

/// Language, theme, and the command that starts the engine. It shows what it is given and stores nothing itself.
class PreferencesDialog final : public QDialog {
    Q_OBJECT
public:
    PreferencesDialog(const QString& language, Theme theme, const QString& engineCommand, QWidget* parent = nullptr);
    QString language() const;
    Theme theme() const;
    QString engineCommand() const;

private:
    QComboBox* m_language = nullptr;
    QComboBox* m_theme = nullptr;
    QLineEdit* m_engine = nullptr;
};
