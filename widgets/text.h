#pragma once
#include <QIcon>
#include <QString>
#include <filesystem>
#include <string>

#include "core/util/error.h"

class QAbstractButton;
class QAction;

/// English text of a description (names and helps of systems, controls, options, datasets, metrics, categories, labels) in the window's language.
/// The texts stand in the translation context "catalogue"; one that has no translation is shown as it is.
QString catalogueText(const QString& english);
inline QString catalogueText(const std::string& english) { return catalogueText(QString::fromStdString(english)); }
/// One of an option's choices; the same word can be another thing among labels, so these have the comment "choice".
QString choiceText(const std::string& choice);

/// A described key in readable form: "learning_rate" becomes "Learning rate", translated when the catalogue has it.
QString keyText(const std::string& key);

/// One sentence for a person: what went wrong (translated, by code), with which file, and the detail as the engine said it.
QString errorText(const kinora::Error& error);

/// An icon of resources/icons drawn in the palette's text colour, so that it suits light and dark; sharp at any scale.
QIcon themedIcon(const QString& name);

/// A button that does what an action does, and is enabled when that is.
void bindButton(QAbstractButton* button, QAction* action);

/// Paths between Qt and the standard library.
QString toQString(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& path);
