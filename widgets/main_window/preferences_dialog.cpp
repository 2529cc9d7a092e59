#include "widgets/main_window/preferences_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

PreferencesDialog::PreferencesDialog(const QString& language, Theme theme, const QString& engineCommand, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("Preferences"));
    auto* form = new QFormLayout(this);
    m_language = new QComboBox(this);
    m_language->addItem(tr("System language"), QStringLiteral("system"));
    m_language->addItem(QStringLiteral("English"), QStringLiteral("en"));
    m_language->addItem(QStringLiteral("简体中文"), QStringLiteral("zh_CN"));
    m_language->setCurrentIndex(std::max(0, m_language->findData(language)));
    form->addRow(tr("&Language:"), m_language);
    m_theme = new QComboBox(this);
    m_theme->addItem(tr("Like the desktop"), themeName(Theme::System));
    m_theme->addItem(tr("Light"), themeName(Theme::Light));
    m_theme->addItem(tr("Dark"), themeName(Theme::Dark));
    m_theme->setCurrentIndex(std::max(0, m_theme->findData(themeName(theme))));
    form->addRow(tr("&Theme:"), m_theme);
    m_engine = new QLineEdit(engineCommand, this);
    m_engine->setPlaceholderText(tr("the engine of this program"));
    m_engine->setMinimumWidth(fontMetrics().averageCharWidth() * 44);
    form->addRow(tr("&Engine:"), m_engine);
    auto* note = new QLabel(tr("The engine computes the clips. It may be on another machine: \"ssh host kinora serve --stdio\"; then checkpoints are paths on that machine."), this);
    note->setWordWrap(true);
    note->setEnabled(false);
    form->addRow(QString(), note);
    auto* buttons = new QDialogButtonBox(this);
    buttons->addButton(tr("OK"), QDialogButtonBox::AcceptRole)->setDefault(true);
    buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

QString PreferencesDialog::language() const { return m_language->currentData().toString(); }
Theme PreferencesDialog::theme() const { return themeFromName(m_theme->currentData().toString()); }
QString PreferencesDialog::engineCommand() const { return m_engine->text().trimmed(); }
