#include "widgets/views/data_card_view.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFontDatabase>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QUrl>
#include <QVBoxLayout>

#include "widgets/text.h"

using namespace kinora;

const DatasetDescription* kindOf(const DatasetContents& contents, const std::vector<DatasetDescription>& descriptions)
{
    const auto kind = contents.attributes.find("kind"), source = contents.attributes.find("source");
    for (const DatasetDescription& description : descriptions) {
        if (kind != contents.attributes.end() && kind->second == description.id) return &description;
        // a built-in dataset is imported as "synthetic" from "builtin:faces?..."
        if (description.builtin && source != contents.attributes.end() && (source->second == description.id || source->second.starts_with(description.id + "?"))) return &description;
    }
    return nullptr;
}

DataCardView::DataCardView(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_text = new QLabel;
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::RichText);
    m_text->setOpenExternalLinks(true);
    m_text->setTextInteractionFlags(Qt::TextBrowserInteraction);
    m_citation = new QLabel;
    m_citation->setTextFormat(Qt::PlainText);
    m_citation->setWordWrap(true);
    m_citation->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_citation->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_citation->setAccessibleName(tr("Citation as BibTeX"));
    m_copy = new QPushButton(tr("Copy &BibTeX"));
    m_copy->setToolTip(tr("Copy the citation for a list of references"));
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QApplication::clipboard()->setText(m_bibtex);
        Q_EMIT said(tr("The citation was copied."));
    });
    layout->addWidget(m_text);
    layout->addWidget(m_citation);
    layout->addWidget(m_copy, 0, Qt::AlignLeft);
    setCard({}, {});
}

void DataCardView::setCard(const QString& name, const DataCard& card)
{
    m_bibtex = QString::fromStdString(card.citation);
    QString html = name.isEmpty() ? QString() : QStringLiteral("<h3>%1</h3>").arg(name.toHtmlEscaped());
    const auto add = [&](const QString& heading, const std::string& text) {
        if (!text.empty()) html += QStringLiteral("<p><b>%1</b><br>%2</p>").arg(heading, catalogueText(text).toHtmlEscaped());
    };
    add(tr("Origin"), card.origin);
    add(tr("Licence"), card.licence);
    add(tr("How to obtain it"), card.obtain);
    // only what a browser opens becomes a link
    if (const QUrl url(QString::fromStdString(card.homepage)); url.isValid() && (url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http")))
        html += QStringLiteral("<p><a href=\"%1\">%2</a></p>").arg(QString::fromUtf8(url.toEncoded()), url.toDisplayString().toHtmlEscaped());
    if (!card.empty()) html += QStringLiteral("<p>%1</p>").arg(tr("Kinora downloads nothing: it reads what lies on your disk."));
    m_text->setText(html);
    m_text->setVisible(!html.isEmpty());
    m_citation->setText(m_bibtex);
    m_citation->setVisible(!m_bibtex.isEmpty());
    m_copy->setVisible(!m_bibtex.isEmpty());
}

AboutDatasetView::AboutDatasetView(QWidget* parent) : QWidget(parent)
{
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    m_card = new DataCardView;
    m_made = new QLabel;
    m_made->setWordWrap(true);
    m_made->setTextFormat(Qt::RichText);
    m_made->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    layout->addWidget(m_card);
    layout->addWidget(m_made);
    layout->addStretch();
    scroll->setWidget(body);
    outer->addWidget(scroll);
    connect(m_card, &DataCardView::said, this, &AboutDatasetView::said);
}

void AboutDatasetView::setContents(const std::shared_ptr<const DatasetContents>& contents)
{
    m_contents = contents;
    refresh();
}

void AboutDatasetView::setDescriptions(const std::vector<DatasetDescription>& descriptions)
{
    m_descriptions = descriptions;
    refresh();
}

void AboutDatasetView::refresh()
{
    const DatasetDescription* kind = m_contents ? kindOf(*m_contents, m_descriptions) : nullptr;
    m_card->setCard(kind ? catalogueText(kind->name) : QString(), kind ? kind->card : DataCard());
    if (!m_contents) return m_made->clear();
    QString rows;
    const auto add = [&](const QString& name, const QString& value) {
        if (!value.isEmpty()) rows += QStringLiteral("<tr><td style=\"padding-right:12px\">%1</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), value.toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>")));
    };
    add(tr("File"), QDir::toNativeSeparators(m_contents->path));
    add(tr("File size"), QLocale().formattedDataSize(static_cast<qint64>(m_contents->fileBytes)));
    for (const auto& [name, value] : m_contents->attributes) {
        constexpr std::size_t kLongest = 4000;
        add(keyText(name), QString::fromStdString(value.substr(0, kLongest)) + (value.size() > kLongest ? QStringLiteral(" …") : QString()));
    }
    m_made->setText(QStringLiteral("<h3>%1</h3><table>%2</table>").arg(tr("How this file was made").toHtmlEscaped(), rows));
}
