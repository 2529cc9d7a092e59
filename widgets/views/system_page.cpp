#include "widgets/views/system_page.h"

#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QFile>
#include <QFontMetrics>
#include <QTextBrowser>
#include <QUrl>
#include <QVBoxLayout>

#include "widgets/text.h"

using namespace kinora;

namespace {
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
    m_text = new QTextBrowser;
    m_text->setAccessibleName(windowTitle());
    m_text->setOpenLinks(false);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->document()->setDocumentMargin(16);
    connect(m_text, &QTextBrowser::anchorClicked, this, [](const QUrl& link) {
        if (link.scheme().startsWith(QLatin1String("http"))) QDesktopServices::openUrl(link);
    });
    const QString page = QStringLiteral(":/docs/systems/%1.md").arg(QString::fromStdString(description.id));
    if (QFile::exists(page)) m_text->setSource(QUrl(QStringLiteral("qrc") + page), QTextDocument::MarkdownResource);
    else m_text->setMarkdown(systemMarkdown(description));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_text, 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(12, 6, 12, 12);
    foot->addWidget(buttons);
    layout->addLayout(foot);
    const int em = fontMetrics().averageCharWidth();
    resize(em * 130, em * 95);
}

SystemPage* SystemPage::open(const SystemDescription& description, QWidget* parent)
{
    auto* page = new SystemPage(description, parent);
    page->setAttribute(Qt::WA_DeleteOnClose);
    page->show();
    return page;
}
