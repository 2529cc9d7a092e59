#pragma once
#include <QString>
#include <QStringList>

/// Light, dark, or what the desktop says.
enum class Theme { System, Light, Dark };

/// Sets palette and style of the application. The first call remembers the desktop's own palette.
void applyTheme(Theme theme);
Theme themeFromName(const QString& name);
QString themeName(Theme theme);

/// Languages that the window speaks: "en", "zh_CN".
QStringList languages();
/// Installs the translations of a language; "system" or an empty text: the desktop's, if the window speaks it. Widgets made before keep their texts.
/// \returns the language that is in force
QString applyLanguage(const QString& language);

/// The file that all settings of the window stand in.
QString settingsFile();
