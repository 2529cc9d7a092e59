#include "widgets/views/dataset_statistics_view.h"

#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <numeric>

#include "core/util/file.h"
#include "core/util/outcome.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/text.h"
#include "widgets/views/bar_chart.h"
#include "widgets/views/facet_panel.h"

using namespace kinora;

namespace {
constexpr std::size_t kOverview = 8;  // charts of the overview

QString tableTitle(const StatisticsTable& table)
{
    using Kind = StatisticsTable::Kind;
    switch (table.kind) {
    case Kind::Splits: return DatasetStatisticsView::tr("Split");
    case Kind::Classes: return keyText(table.key);
    case Kind::SplitByClass: return DatasetStatisticsView::tr("%1 by split").arg(keyText(table.key));
    case Kind::Lengths: return DatasetStatisticsView::tr("Length in frames");
    case Kind::FrameRates: return DatasetStatisticsView::tr("Frames per second");
    case Kind::Sizes: return DatasetStatisticsView::tr("Size in pixels");
    case Kind::Groups: return DatasetStatisticsView::tr("Clips per subject");
    case Kind::Numbers: return keyText(table.key);
    }
    return {};
}
}  // namespace

DatasetStatisticsView::DatasetStatisticsView(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    m_scope = new QComboBox;
    m_scope->addItems({tr("Clips that pass the filter"), tr("All clips")});
    m_scope->setAccessibleName(tr("Counted clips"));
    m_scope->setToolTip(tr("Which clips are counted"));
    m_what = new QComboBox;
    m_what->addItems({tr("Overview"), tr("Everything")});
    m_what->setAccessibleName(tr("Charts"));
    m_what->setToolTip(tr("The most telling charts, or one for every label"));
    auto* bar = new QHBoxLayout;
    bar->addWidget(m_scope);
    bar->addWidget(m_what);
    bar->addStretch();
    const auto button = [&](const QString& text, const QString& tip, auto slot) {
        auto* made = new QToolButton;
        made->setText(text);
        made->setToolTip(tip);
        made->setMinimumHeight(24);
        made->setFocusPolicy(Qt::StrongFocus);
        connect(made, &QToolButton::clicked, this, slot);
        bar->addWidget(made);
    };
    button(tr("Copy CSV"), tr("Copy all tables, comma-separated, for a spreadsheet"), [this] {
        QApplication::clipboard()->setText(QString::fromUtf8(csv()));
        Q_EMIT said(tr("The tables were copied."));
    });
    button(tr("Save CSV…"), tr("Save all tables, comma-separated"), [this] { askToSave(QStringLiteral("csv")); });
    button(tr("Save PNG…"), tr("Save the charts as a picture"), [this] { askToSave(QStringLiteral("png")); });
    m_summary = new QLabel;
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    m_board = new QWidget;
    m_grid = new QGridLayout(m_board);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(10);
    scroll->setWidget(m_board);
    layout->addLayout(bar);
    layout->addWidget(m_summary);
    layout->addWidget(scroll, 1);
    connect(m_scope, &QComboBox::currentIndexChanged, this, &DatasetStatisticsView::count);
    connect(m_what, &QComboBox::currentIndexChanged, this, &DatasetStatisticsView::showCharts);
}

void DatasetStatisticsView::setClips(const std::shared_ptr<const DatasetContents>& contents, const std::vector<std::int64_t>& filtered, const ExcludedFlags& excluded)
{
    m_contents = contents;
    m_filtered = filtered;
    m_excluded = excluded;
    m_stale = true;
    if (isVisible()) count();
}

void DatasetStatisticsView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_stale) count();
}

void DatasetStatisticsView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void DatasetStatisticsView::count()
{
    m_counting.cancel();
    if (!m_contents) return;
    m_stale = false;
    std::vector<std::int64_t> clips = m_filtered;
    if (m_scope->currentIndex() == 1) {
        clips.resize(m_contents->clips.size());
        std::iota(clips.begin(), clips.end(), 0);
    }
    m_counting.run([contents = m_contents, clips = std::move(clips), excluded = m_excluded](std::stop_token stop) { return datasetStatistics(*contents, clips, excluded, stop); },
                   [this](const Outcome<DatasetStatistics>& statistics) {
                       if (!statistics) return;
                       m_statistics = statistics.value();
                       showCharts();
                       Q_EMIT counted();
                   });
}

void DatasetStatisticsView::showCharts()
{
    const QLocale locale;
    QStringList parts{tr("%n clip(s)", nullptr, static_cast<int>(m_statistics.clips)), tr("%1 frames").arg(locale.toString(static_cast<qlonglong>(m_statistics.frames)))};
    if (m_statistics.seconds > 0) parts.append(tr("%1 of video").arg(durationText(m_statistics.seconds)));
    if (m_statistics.groups > 0) parts.append(tr("%n subject(s)", nullptr, m_statistics.groups));
    if (m_statistics.excluded > 0) parts.append(tr("%n of them excluded", nullptr, static_cast<int>(m_statistics.excluded)));
    m_summary->setText(parts.join(QStringLiteral("  ·  ")));

    using Kind = StatisticsTable::Kind;
    const auto role = [this](const StatisticsTable& table) {
        for (const LabelColumn& label : m_contents->labels)
            if (label.name == table.key) return label.role;
        return std::string();
    };
    std::vector<const StatisticsTable*> shown;
    for (const StatisticsTable& table : m_statistics.tables) {
        // where the splits divide the classes the plain balance is the same bars without colours
        const bool divided = table.kind == Kind::Classes && std::any_of(m_statistics.tables.begin(), m_statistics.tables.end(), [&](const StatisticsTable& other) {
            return other.kind == Kind::SplitByClass && other.key == table.key;
        });
        if (divided) continue;
        const bool detail = table.kind == Kind::Numbers || (table.kind == Kind::Classes && role(table) == "appearance");
        if (m_what->currentIndex() == 0 && (detail || shown.size() >= kOverview)) continue;
        shown.push_back(&table);
    }
    while (m_charts.size() > shown.size()) {
        delete m_charts.back();
        m_charts.pop_back();
    }
    while (m_charts.size() < shown.size()) m_charts.push_back(new BarChart(m_board));
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const StatisticsTable& table = *shown[i];
        const std::string key = table.kind == Kind::Splits ? "split" : "label:" + table.key;
        const auto words = [&](const std::string& value) {
            if (table.kind == Kind::Classes || table.kind == Kind::SplitByClass || table.kind == Kind::Splits) return facetValueText(key, value);
            if (value.empty()) return tr("not known");
            return table.kind == Kind::Sizes ? QString::fromStdString(value).replace(QLatin1Char('x'), QStringLiteral(" × ")) : QString::fromStdString(value).replace(QLatin1String(" to "), QStringLiteral(" … "));
        };
        QStringList series;
        for (const std::string& split : table.series) series.append(facetValueText("split", split));
        std::vector<BarChart::Bar> bars;
        for (const StatisticsTable::Row& row : table.rows) bars.push_back({words(row.value), std::vector<double>(row.counts.begin(), row.counts.end())});
        m_charts[i]->setBars(tableTitle(table), series, bars);
    }
    m_columns = 0;
    arrange();
}

void DatasetStatisticsView::arrange()
{
    const int columns = std::clamp(width() / 290, 1, 4);
    if (columns == m_columns || m_charts.empty()) return;
    m_columns = columns;
    for (int column = 0; column < 4; ++column) m_grid->setColumnStretch(column, column < columns ? 1 : 0);
    while (QLayoutItem* item = m_grid->takeAt(0)) delete item;
    for (std::size_t i = 0; i < m_charts.size(); ++i) {
        const int place = static_cast<int>(i);
        m_grid->addWidget(m_charts[i], place / columns, place % columns, Qt::AlignTop);
        m_charts[i]->show();
    }
}

QByteArray DatasetStatisticsView::csv() const { return statisticsCsv(m_statistics.tables); }

QImage DatasetStatisticsView::picture(qreal scale) const
{
    QImage image((QSizeF(m_board->size()) * scale).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(palette().color(QPalette::Base));
    QPainter painter(&image);
    for (const BarChart* chart : m_charts) painter.drawImage(chart->pos(), chart->picture(scale));
    return image;
}

void DatasetStatisticsView::askToSave(const QString& suffix)
{
    auto* dialog = new QFileDialog(this, tr("Save Statistics"), m_lastFolder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(suffix == QLatin1String("csv") ? tr("Tables (*.csv)") : tr("Pictures (*.png)"));
    dialog->setDefaultSuffix(suffix);
    if (m_contents) dialog->selectFile(QFileInfo(m_contents->path).completeBaseName() + QStringLiteral("_statistics.") + suffix);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) {
        m_lastFolder = QFileInfo(file).absolutePath();
        saveAs(file);
    });
    dialog->open();
}

void DatasetStatisticsView::saveAs(const QString& file)
{
    const bool png = file.endsWith(QLatin1String(".png"), Qt::CaseInsensitive);
    m_saving.run(
        [file, image = png ? picture() : QImage(), tables = m_statistics.tables](std::stop_token) {
            QByteArray bytes = image.isNull() ? statisticsCsv(tables) : QByteArray();
            if (!image.isNull()) {
                QBuffer buffer(&bytes);
                buffer.open(QIODevice::WriteOnly);
                image.save(&buffer, "PNG");
            }
            writeFile(toPath(file), std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
            return static_cast<qint64>(bytes.size());
        },
        [this, file](const Outcome<qint64>& written) {
            Q_EMIT said(written ? tr("%1 written (%2)").arg(QDir::toNativeSeparators(file), QLocale().formattedDataSize(written.value())) : errorText(written.error()));
        });
}
