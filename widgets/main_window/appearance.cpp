#include "widgets/main_window/appearance.h"

#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QPalette>
#include <QPainter>
#include <QPixmapCache>
#include <QProxyStyle>
#include <QStyle>
#include <QStyleFactory>
#include <QStyleOption>
#include <QToolTip>
#include <QTranslator>
#include <algorithm>
#include <memory>
#include <vector>

#include "core/util/file.h"
#include "widgets/text.h"

static void initTranslations()  // outside any namespace, as the macro demands
{
    Q_INIT_RESOURCE(kinora_translations);
}

namespace {

QPalette paletteOf(bool dark)
{
    const QColor window = dark ? QColor(0x24, 0x27, 0x2b) : QColor(0xf3, 0xf4, 0xf6), base = dark ? QColor(0x1a, 0x1c, 0x1f) : QColor(0xff, 0xff, 0xff);
    const QColor text = dark ? QColor(0xe6, 0xe8, 0xea) : QColor(0x1c, 0x1f, 0x23), grey = dark ? QColor(0x8b, 0x92, 0x99) : QColor(0x6a, 0x71, 0x79);
    const QColor button = dark ? QColor(0x31, 0x35, 0x3a) : QColor(0xe9, 0xeb, 0xee), alternate = dark ? QColor(0x2c, 0x30, 0x35) : QColor(0xe8, 0xeb, 0xef);
    const QColor accent = dark ? QColor(0x4a, 0x90, 0xc4) : QColor(0x2b, 0x6c, 0xa3);
    QPalette palette(button, window);
    for (const auto group : {QPalette::Active, QPalette::Inactive, QPalette::Disabled}) {
        const bool off = group == QPalette::Disabled;
        palette.setColor(group, QPalette::Window, window);
        palette.setColor(group, QPalette::Base, off ? window : base);
        palette.setColor(group, QPalette::AlternateBase, alternate);
        palette.setColor(group, QPalette::Button, button);
        palette.setColor(group, QPalette::ToolTipBase, dark ? alternate : QColor(0xff, 0xff, 0xe8));
        palette.setColor(group, QPalette::ToolTipText, text);
        for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) palette.setColor(group, role, off ? grey : text);
        palette.setColor(group, QPalette::BrightText, QColor(0xff, 0x60, 0x50));
        palette.setColor(group, QPalette::PlaceholderText, grey);
        palette.setColor(group, QPalette::Highlight, off ? grey : accent);
        palette.setColor(group, QPalette::HighlightedText, QColor(0xff, 0xff, 0xff));
        palette.setColor(group, QPalette::Link, dark ? QColor(0x7f, 0xb8, 0xe6) : QColor(0x1f, 0x5f, 0x99));
    }
    return palette;
}

/// Fusion, with check boxes and radio buttons that are seen on a dark ground: it outlines them in a darker window colour.
class OutlinedStyle final : public QProxyStyle {
public:
    OutlinedStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}
    /// Without a desktop's own pictures only some of the buttons of a dialog would have one.
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const override
    {
        return hint == SH_DialogButtonBox_ButtonsHaveIcons ? 0 : QProxyStyle::styleHint(hint, option, widget, data);
    }
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override
    {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        if ((element != PE_IndicatorCheckBox && element != PE_IndicatorRadioButton) || option->palette.color(QPalette::Window).lightness() >= 128) return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(option->palette.color(QPalette::PlaceholderText));
        painter->setBrush(Qt::NoBrush);
        const QRectF line = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
        element == PE_IndicatorCheckBox ? painter->drawRect(line) : painter->drawEllipse(line);
        painter->restore();
    }
};

struct Translators {
    std::vector<std::unique_ptr<QTranslator>> installed;
};

Translators& translators()
{
    static Translators all;
    return all;
}

}  // namespace

void applyTheme(Theme theme)
{
    static const QPalette desktop = QGuiApplication::palette();
    // Qt 6.4 cannot say whether the desktop is dark: its window colour can
    const bool dark = theme == Theme::Dark || (theme == Theme::System && desktop.color(QPalette::Window).lightness() < 128);
    if (!dynamic_cast<OutlinedStyle*>(QApplication::style())) QApplication::setStyle(new OutlinedStyle);
    const QPalette palette = paletteOf(dark);
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    QPixmapCache::clear();
}

Theme themeFromName(const QString& name) { return name == QLatin1String("dark") ? Theme::Dark : name == QLatin1String("light") ? Theme::Light : Theme::System; }
QString themeName(Theme theme) { return theme == Theme::Dark ? QStringLiteral("dark") : theme == Theme::Light ? QStringLiteral("light") : QStringLiteral("system"); }

QStringList languages() { return {QStringLiteral("en"), QStringLiteral("zh_CN")}; }

QString applyLanguage(const QString& wanted)
{
    static const bool ready = (initTranslations(), true);
    Q_UNUSED(ready);
    QString language = wanted;
    if (!languages().contains(language)) {
        language = QStringLiteral("en");
        const QStringList preferred = QLocale::system().uiLanguages();
        if (!preferred.isEmpty() && preferred.first().startsWith(QLatin1String("zh"))) language = QStringLiteral("zh_CN");
    }
    for (const auto& translator : translators().installed) QCoreApplication::removeTranslator(translator.get());
    translators().installed.clear();
    const auto install = [](const QString& name, const QString& folder) {
        auto translator = std::make_unique<QTranslator>();
        if (!translator->load(name, folder)) return;
        QCoreApplication::installTranslator(translator.get());
        translators().installed.push_back(std::move(translator));
    };
    if (language != QLatin1String("en")) install(QStringLiteral("qtbase_") + language, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    install(QStringLiteral("kinora_") + language, QStringLiteral(":/i18n"));  // English too: its plural forms
    QLocale::setDefault(QLocale(language));
    return language;
}

QString settingsFile() { return toQString(kinora::Places::config() / "workbench.ini"); }
