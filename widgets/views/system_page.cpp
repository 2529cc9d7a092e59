#include "widgets/views/system_page.h"

#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QFile>
#include <QFontMetrics>
#include <QImage>
#include <QStyle>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextCursor>
#include <QTextTable>
#include <QUrl>
#include <QVBoxLayout>

#include "widgets/text.h"

using namespace kinora;

namespace {
/// A page whose pictures and lines of code are no wider than it is at first.
class PageText final : public QTextBrowser {
public:
    explicit PageText(int width) : m_width(width)
    {
        setOpenLinks(false);
        setFrameShape(QFrame::NoFrame);
        document()->setDocumentMargin(kMargin);
    }

    void show(const QUrl& page)
    {
        setSource(page, QTextDocument::MarkdownResource);
        for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
            QTextBlockFormat format = block.blockFormat();
            if (!format.nonBreakableLines()) continue;
            format.setNonBreakableLines(false);
            QTextCursor(block).setBlockFormat(format);
        }
    }

    /// One thin line between the cells of tables, and room around their texts.
    void rule()
    {
        for (QTextFrame* frame : document()->rootFrame()->childFrames()) {
            auto* table = qobject_cast<QTextTable*>(frame);
            if (!table) continue;
            QTextTableFormat format = table->format();
            format.setBorderCollapse(true);
            format.setBorder(1);
            format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            format.setBorderBrush(palette().brush(QPalette::Mid));
            format.setCellSpacing(0);
            format.setCellPadding(4);
            table->setFormat(format);
        }
    }

protected:
    QVariant loadResource(int type, const QUrl& name) override
    {
        const QVariant resource = QTextBrowser::loadResource(type, name);
        if (type != QTextDocument::ImageResource) return resource;
        QImage image = resource.canConvert<QImage>() && !resource.value<QImage>().isNull() ? resource.value<QImage>() : QImage::fromData(resource.toByteArray());
        const int most = m_width - 2 * kMargin;
        if (image.width() > most) image.setDevicePixelRatio(image.width() / qreal(most));  // all of its pixels are kept for finer screens
        return image;
    }

private:
    static constexpr int kMargin = 16;
    int m_width;
};

/// In a table a bar or a line end would begin another cell.
QString cell(QString text) { return text.replace(QLatin1Char('|'), QStringLiteral("\\|")).replace(QLatin1Char('\n'), QLatin1Char(' ')); }
}  // namespace

QString systemMarkdown(const SystemDescription& description)
{
    QString text = QStringLiteral("# %1\n\n%2\n\n").arg(QString::fromStdString(description.name), catalogueText(description.summary));
    if (!description.reference.empty()) text += QStringLiteral("*%1*\n\n").arg(QString::fromStdString(description.reference));
    const auto tr = [](const char* english) { return SystemPage::tr(english); };
    if (!description.controls.empty()) {
        text += QStringLiteral("## %1\n\n| %2 | %3 | |\n|---|---|---|\n").arg(tr("Controls"), tr("Control"), tr("Role"));
        for (const Control& control : description.controls)
            text += QStringLiteral("| %1 | %2 | %3 |\n").arg(cell(catalogueText(control.name)), control.role == ControlRole::Appearance ? tr("appearance") : control.role == ControlRole::Motion ? tr("motion") : tr("both"), cell(catalogueText(control.help)));
        text += QLatin1Char('\n');
    }
    if (!description.options.empty()) {
        text += QStringLiteral("## %1\n\n| %2 | %3 | |\n|---|---|---|\n").arg(tr("Options"), tr("Key"), tr("Default"));
        for (const OptionField& field : description.options)
            text += QStringLiteral("| `%1` | %2 | %3 |\n").arg(QString::fromStdString(field.key), cell(QString::fromStdString(optionText(field.fallback))), cell(catalogueText(field.help)));
    }
    return text;
}

SystemPage::SystemPage(const SystemDescription& description, QWidget* parent) : QDialog(parent)
{
    Q_INIT_RESOURCE(pages);
    const QString name = QString::fromStdString(description.name);
    setWindowTitle(tr("About %1").arg(name));
    const int em = fontMetrics().averageCharWidth();
    const QSize size(em * 130, em * 95);
    auto* text = new PageText(size.width() - style()->pixelMetric(QStyle::PM_ScrollBarExtent));
    m_text = text;
    m_text->setAccessibleName(windowTitle());
    connect(m_text, &QTextBrowser::anchorClicked, this, [](const QUrl& link) {
        if (link.scheme().startsWith(QLatin1String("http"))) QDesktopServices::openUrl(link);
    });
    const QString page = QStringLiteral(":/docs/systems/%1.md").arg(QString::fromStdString(description.id));
    if (QFile::exists(page)) text->show(QUrl(QStringLiteral("qrc") + page));
    else m_text->setMarkdown(systemMarkdown(description));
    text->rule();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_text, 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(12, 6, 12, 12);
    foot->addWidget(buttons);
    layout->addLayout(foot);
    resize(size);
    m_text->setFocus();  // the keys scroll it; Escape closes
}

SystemPage* SystemPage::open(const SystemDescription& description, QWidget* parent)
{
    auto* page = new SystemPage(description, parent);
    page->setAttribute(Qt::WA_DeleteOnClose);
    page->show();
    return page;
}
