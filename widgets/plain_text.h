#pragma once
#include <QRegularExpression>
#include <QString>

/// A menu text without its mnemonic, also where the letter stands behind the word in brackets, and without dots: for lists, titles and accessible names.
inline QString plainText(QString text)
{
    static const QRegularExpression behind(QStringLiteral("\\(&.\\)"));
    return text.remove(behind).remove(QLatin1Char('&')).remove(QChar(0x2026)).remove(QStringLiteral("..."));
}
