#include "widgets/charts/charts_view.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollArea>
#include <QShortcut>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/charts/chart_export_dialog.h"
#include "widgets/charts/chart_plot.h"
#include "widgets/plain_text.h"
#include "widgets/text.h"

using namespace kinora;

namespace {
constexpr double kSliderFull = 1000;
constexpr int kColours = 8;
constexpr int kRefreshMs = 15;
/// What a person looks at first in a run, whatever the alphabet says.
const char* const kSections[] = {"loss", "accuracy", "norm", "lr", "time", "memory", "metric", "scale"};

/// 0 ... 1000 on the slider to 0 ... 0.999, finer at the upper end.
double sliderSmoothing(int position) { return position <= 0 ? 0 : 1 - std::pow(10.0, -3.0 * position / kSliderFull); }
int sliderPosition(double smoothing) { return smoothing <= 0 ? 0 : static_cast<int>(std::lround(-std::log10(std::max(1e-3, 1 - smoothing)) / 3.0 * kSliderFull)); }

/// The folder that something dropped names: itself, or that of an events file; empty for anything else.
QString eventFolder(const QUrl& url)
{
    if (!url.isLocalFile()) return {};
    const QFileInfo dropped(url.toLocalFile());
    if (dropped.isDir()) return dropped.absoluteFilePath();
    return dropped.fileName().contains(QLatin1String("tfevents")) ? dropped.absolutePath() : QString();
}

/// Puts widgets beside each other and breaks lines. Sets its own height.
class Flow final : public QWidget {
public:
    using QWidget::QWidget;
    void setItems(const std::vector<QWidget*>& items)
    {
        m_items = items;
        arrange();
    }
    void arrange()
    {
        int x = 0, y = 0, line = 0;
        for (QWidget* item : m_items) {
            const QSize size = item->sizeHint().expandedTo(item->minimumSize());
            const int w = std::min(size.width(), std::max(1, width()));
            if (x > 0 && x + w > width()) x = 0, y += line + kGap, line = 0;
            item->setGeometry(x, y, w, size.height());
            item->show();
            x += w + kGap;
            line = std::max(line, size.height());
        }
        const int height = m_items.empty() ? 0 : y + line;
        if (height != minimumHeight() || height != maximumHeight()) setFixedHeight(height);
    }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QWidget::resizeEvent(event);
        arrange();
    }

private:
    static constexpr int kGap = 4;
    std::vector<QWidget*> m_items;
};
}  // namespace

/// The runs, each with a swatch; a click shows or hides one.
class RunLegend final : public QScrollArea {
public:
    struct Entry {
        QString folder, name, tip;
        QColor colour;
        int style = 0;
        bool hidden = false, added = false, problem = false, loading = false;
        bool operator==(const Entry&) const = default;
    };
    std::function<void(const QString&, bool)> toggled;
    std::function<void(const QString&)> only, removed;
    std::function<void()> allShown;

    explicit RunLegend(QWidget* parent = nullptr) : QScrollArea(parent)
    {
        setFrameShape(QFrame::NoFrame);
        setWidgetResizable(true);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setAccessibleName(ChartsView::tr("Runs"));
        setFocusPolicy(Qt::NoFocus);
        m_flow = new Flow;
        setWidget(m_flow);
    }
    void setEntries(const std::vector<Entry>& entries)
    {
        if (entries == m_entries) return;
        m_entries = entries;
        // buttons are kept where they can be, so that the focus stays
        while (m_buttons.size() > entries.size()) {
            m_buttons.back()->deleteLater();
            m_buttons.pop_back();
        }
        while (m_buttons.size() < entries.size()) m_buttons.push_back(makeButton(m_buttons.size()));
        for (std::size_t i = 0; i < entries.size(); ++i) dress(*m_buttons[i], entries[i]);
        m_flow->setItems({m_buttons.begin(), m_buttons.end()});
        fit();
    }
    const std::vector<Entry>& entries() const { return m_entries; }
    QToolButton* button(std::size_t i) const { return m_buttons[i]; }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QScrollArea::resizeEvent(event);
        fit();
    }
    void changeEvent(QEvent* event) override
    {
        QScrollArea::changeEvent(event);
        if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
            for (std::size_t i = 0; i < m_buttons.size(); ++i) dress(*m_buttons[i], m_entries[i]);
    }

private:
    QToolButton* makeButton(std::size_t i)
    {
        auto* button = new QToolButton(m_flow);
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setContextMenuPolicy(Qt::CustomContextMenu);
        button->setMinimumHeight(24);
        QObject::connect(button, &QToolButton::clicked, this, [this, i](bool shown) { toggled(m_entries[i].folder, !shown); });
        QObject::connect(button, &QWidget::customContextMenuRequested, this, [this, button, i](const QPoint& at) {
            auto* menu = new QMenu(button);
            menu->setAttribute(Qt::WA_DeleteOnClose);
            const QString folder = m_entries[i].folder;
            menu->addAction(ChartsView::tr("&Only This Run"), this, [this, folder] { only(folder); });
            menu->addAction(ChartsView::tr("&All Runs"), this, [this] { allShown(); });
            if (m_entries[i].added) menu->addAction(ChartsView::tr("&Take Out of the Charts"), this, [this, folder] { removed(folder); });
            menu->popup(button->mapToGlobal(at));
        });
        return button;
    }
    void dress(QToolButton& button, const Entry& entry)
    {
        const int side = fontMetrics().height();
        const qreal scale = devicePixelRatioF();
        QPixmap swatch(QSize(side * 3 / 2, side) * scale);
        swatch.setDevicePixelRatio(scale);
        swatch.fill(Qt::transparent);
        QPainter painter(&swatch);
        QColor colour = entry.colour;
        if (entry.hidden) colour.setAlphaF(0.3F);
        painter.setPen(QPen(colour, 3, entry.style == 0 ? Qt::SolidLine : entry.style == 1 ? Qt::DashLine : Qt::DotLine, Qt::FlatCap));
        painter.drawLine(QPointF(0, side / 2.0), QPointF(side * 1.5, side / 2.0));
        painter.end();
        button.setIcon(swatch);
        button.setIconSize(QSize(side * 3 / 2, side));
        button.setText((entry.problem ? QStringLiteral("⚠ ") : QString()) + fontMetrics().elidedText(entry.name, Qt::ElideMiddle, side * 18).replace(QLatin1Char('&'), QLatin1String("&&")) + (entry.loading ? QStringLiteral(" …") : QString()));
        button.setChecked(!entry.hidden);
        button.setToolTip(entry.tip);
        button.setAccessibleName(ChartsView::tr("Show the run %1").arg(entry.name));
        QPalette palette = this->palette();
        if (entry.hidden) palette.setColor(QPalette::ButtonText, palette.color(QPalette::Disabled, QPalette::ButtonText));
        button.setPalette(palette);
    }
    void fit()
    {
        m_flow->arrange();
        const int row = m_buttons.empty() ? 0 : m_buttons.front()->sizeHint().height() + 4;
        const int height = std::min(m_flow->minimumHeight(), 3 * row);
        if (height != maximumHeight()) setFixedHeight(height);
    }

    Flow* m_flow = nullptr;
    std::vector<Entry> m_entries;
    std::vector<QToolButton*> m_buttons;
};

/// A heading that opens and closes, and charts in as many columns as there is room for.
class ChartSection final : public QWidget {
public:
    std::function<void(bool)> opened;

    ChartSection(const QString& title, QWidget* parent) : QWidget(parent)
    {
        m_header = new QToolButton;
        m_header->setCheckable(true);
        m_header->setAutoRaise(true);
        m_header->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        m_header->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        m_header->setFocusPolicy(Qt::StrongFocus);
        m_header->setMinimumHeight(24);
        m_title = title;
        m_grid = new Grid;
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(2);
        layout->addWidget(m_header);
        layout->addWidget(m_grid);
        QObject::connect(m_header, &QToolButton::toggled, this, [this](bool open) {
            unfold(open);
            if (opened) opened(open);
        });
    }
    void setOpen(bool open)
    {
        const QSignalBlocker blocker(m_header);
        m_header->setChecked(open);
        unfold(open);
    }
    bool isOpen() const { return m_header->isChecked(); }
    QToolButton* header() const { return m_header; }
    void setCharts(const std::vector<ChartPlot*>& charts)
    {
        m_header->setText(ChartsView::tr("%1 (%2)").arg(m_title).arg(charts.size()));
        m_header->setAccessibleName(ChartsView::tr("Section %1").arg(m_title));
        m_grid->charts = charts;
        for (ChartPlot* chart : charts) chart->setParent(m_grid);
        m_grid->arrange();
        for (ChartPlot* chart : charts) chart->show();
    }

private:
    class Grid final : public QWidget {
    public:
        std::vector<ChartPlot*> charts;
        void arrange()
        {
            constexpr int kGap = 6;
            const int em = fontMetrics().height();
            const int columns = std::clamp((width() + kGap) / (em * 19 + kGap), 1, std::max(1, static_cast<int>(charts.size())));
            const int w = std::max(1, (width() - (columns - 1) * kGap) / columns), h = std::clamp(w * 10 / 17, em * 12, em * 20);
            int i = 0;
            const QWidget* before = nullptr;
            for (ChartPlot* chart : charts) {
                chart->setGeometry(i % columns * (w + kGap), i / columns * (h + kGap), w, h);
                if (before) setTabOrder(const_cast<QWidget*>(before), chart);
                before = chart;
                ++i;
            }
            const int rows = (static_cast<int>(charts.size()) + columns - 1) / columns, height = std::max(0, rows * (h + kGap));
            if (height != minimumHeight() || height != maximumHeight()) setFixedHeight(height);
        }

    protected:
        void resizeEvent(QResizeEvent* event) override
        {
            QWidget::resizeEvent(event);
            arrange();
        }
        void changeEvent(QEvent* event) override
        {
            QWidget::changeEvent(event);
            if (event->type() == QEvent::FontChange) arrange();
        }
    };
    void unfold(bool open)
    {
        m_header->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_grid->setVisible(open);
    }

    QString m_title;
    QToolButton* m_header = nullptr;
    Grid* m_grid = nullptr;
};

/// A curve of a run, as it is to be drawn.
struct ChartsView::Derived {
    std::shared_ptr<CurveBuilder> builder = std::make_shared<CurveBuilder>();  // used by the one thread of m_jobs
    ShownCurvePtr shown;
    // what `shown` was made from
    CurvePtr from;
    RunCurvesPtr run;
    XMode mode = XMode::Step;
    double smoothing = -1;
    bool current(const RunCurvesPtr& wantedRun, const CurvePtr& wanted, XMode wantedMode, double wantedSmoothing) const
    {
        const bool sameRun = run == wantedRun || wantedMode == XMode::Step || wantedMode == XMode::WallTime;
        return from == wanted && sameRun && mode == wantedMode && smoothing == wantedSmoothing;
    }
};

ChartsView::ChartsView(QWidget* parent) : QWidget(parent)
{
    setAccessibleName(tr("Curves"));
    setAcceptDrops(true);
    m_rebuild.setSingleShot(true);
    m_rebuild.setInterval(kRefreshMs);
    connect(&m_rebuild, &QTimer::timeout, this, &ChartsView::rebuild);
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(kRefreshMs);
    connect(&m_refresh, &QTimer::timeout, this, &ChartsView::refreshData);
    connect(&m_store, &CurveStore::changed, this, &ChartsView::scheduleRebuild);
    connect(&m_store, &CurveStore::foldersFound, this, [this](const QString& root, const QStringList& folders) {
        QStringList news;
        for (const QString& folder : folders)
            if (!find(folder)) {
                const QString below = QDir(root).relativeFilePath(folder);
                m_runs.push_back({{folder, below == QLatin1String(".") ? QFileInfo(folder).fileName() : QFileInfo(root).fileName() + QLatin1Char('/') + below, {}, false}, {}, 0, true});
                news << folder;
            }
        if (folders.isEmpty()) Q_EMIT saveFailed(tr("There are no events files in %1 or below it.").arg(QDir::toNativeSeparators(root)));
        if (news.isEmpty()) return;
        takeFolders();
        Q_EMIT foldersAdded(news);
    });

    const auto tool = [](const QString& text, const QString& tip, bool checkable = false) {
        auto* button = new QToolButton;
        button->setText(text);
        button->setToolTip(tip);
        button->setAccessibleName(plainText(text));
        button->setCheckable(checkable);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setMinimumHeight(24);
        return button;
    };
    m_filterEdit = new QLineEdit;
    m_filterEdit->setPlaceholderText(tr("Filter charts"));
    m_filterEdit->setClearButtonEnabled(true);
    m_filterEdit->setAccessibleName(tr("Filter charts by name"));
    m_filterEdit->setMinimumWidth(fontMetrics().averageCharWidth() * 18);
    m_patternButton = tool(QStringLiteral(".*"), tr("The filter is a regular expression"), true);
    m_patternButton->setAccessibleName(tr("Regular expression"));
    m_modes = new QComboBox;
    m_modes->setAccessibleName(tr("Horizontal axis"));
    m_modes->setToolTip(tr("What the horizontal axis is"));
    m_modes->addItem(tr("Step"));
    m_modes->addItem(tr("Epoch"));
    m_modes->addItem(tr("Wall time"));
    m_modes->addItem(tr("Relative time"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setRange(0, static_cast<int>(kSliderFull));
    m_slider->setPageStep(100);
    m_slider->setMinimumWidth(90);
    m_slider->setAccessibleName(tr("Smoothing"));
    m_slider->setToolTip(tr("Exponential moving average, unbiased from the first point on; the curve itself stays visible behind it"));
    m_smoothing = new QDoubleSpinBox;
    m_smoothing->setRange(0, 0.999);
    m_smoothing->setDecimals(3);
    m_smoothing->setSingleStep(0.01);
    m_smoothing->setAccessibleName(tr("Smoothing as a number"));
    auto* smoothingBox = new QWidget;
    auto* smoothingLine = new QHBoxLayout(smoothingBox);
    smoothingLine->setContentsMargins(0, 0, 0, 0);
    auto* smoothingLabel = new QLabel(tr("S&moothing:"));
    smoothingLabel->setBuddy(m_slider);
    smoothingLine->addWidget(smoothingLabel);
    smoothingLine->addWidget(m_slider, 1);
    smoothingLine->addWidget(m_smoothing);
    m_logBox = tool(tr("&Log"), tr("Logarithmic values in all charts. Values that are not positive are marked at the lower edge and counted above the chart."), true);
    m_outlierBox = tool(tr("Cut &outliers"), tr("The vertical axis holds the values between the 2nd and the 98th percentile of what is on screen"), true);
    m_groupBox = tool(tr("Mean of &seeds"), tr("Runs that differ in nothing but their seed become one curve: their mean, and a band of one standard deviation on each side"), true);
    m_allButton = tool(tr("&All"), tr("Show everything and follow the newest step (0). Wheel: zoom; drag: pan; Shift and drag: zoom into a range; double click: everything"));
    m_addButton = tool(tr("&Add…"), tr("Add a folder with TensorBoard event files of any program, for example of PyTorch; or drop one here"));
    m_exportButton = tool(tr("E&xport…"), tr("Save the charts as a figure (PNG, SVG, PDF) or as a table (CSV)"));
    auto* bar = new Flow;
    for (QWidget* item : std::initializer_list<QWidget*>{m_filterEdit, m_patternButton, m_modes, smoothingBox, m_logBox, m_outlierBox, m_groupBox, m_allButton, m_addButton, m_exportButton}) item->setParent(bar);
    m_legend = new RunLegend;
    m_message = new QLabel;
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setWordWrap(true);
    m_message->setForegroundRole(QPalette::PlaceholderText);
    m_page = new QWidget;
    auto* pageLayout = new QVBoxLayout(m_page);
    pageLayout->setContentsMargins(0, 0, 0, 0);
    m_scroll = new QScrollArea;
    m_scroll->setWidget(m_page);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setMinimumHeight(fontMetrics().height() * 9);
    m_single = new QWidget;
    (new QVBoxLayout(m_single))->setContentsMargins(0, 0, 0, 0);
    m_single->hide();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(bar);
    layout->addWidget(m_legend);
    layout->addWidget(m_message, 1);
    layout->addWidget(m_scroll, 1);
    layout->addWidget(m_single, 1);
    bar->setItems({m_filterEdit, m_patternButton, m_modes, smoothingBox, m_logBox, m_outlierBox, m_groupBox, m_allButton, m_addButton, m_exportButton});

    connect(m_filterEdit, &QLineEdit::textChanged, this, &ChartsView::setFilter);
    connect(m_patternButton, &QToolButton::toggled, this, &ChartsView::setFilterIsPattern);
    connect(m_modes, &QComboBox::currentIndexChanged, this, [this](int index) { setXMode(static_cast<XMode>(index)); });
    connect(m_slider, &QSlider::valueChanged, this, [this](int position) {
        {
            const QSignalBlocker blocker(m_smoothing);
            m_smoothing->setValue(sliderSmoothing(position));
        }
        m_refresh.start();
        Q_EMIT viewChanged();
    });
    connect(m_smoothing, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        {
            const QSignalBlocker blocker(m_slider);
            m_slider->setValue(sliderPosition(value));
        }
        m_refresh.start();
        Q_EMIT viewChanged();
    });
    connect(m_logBox, &QToolButton::toggled, this, &ChartsView::setLogarithmic);
    connect(m_outlierBox, &QToolButton::toggled, this, &ChartsView::setIgnoreOutliers);
    connect(m_groupBox, &QToolButton::toggled, this, &ChartsView::setGrouped);
    connect(m_allButton, &QToolButton::clicked, this, &ChartsView::showAll);
    connect(m_addButton, &QToolButton::clicked, this, [this] {
        auto* dialog = new QFileDialog(this, tr("Add a Folder with Event Files"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
        connect(dialog, &QFileDialog::fileSelected, this, &ChartsView::addFolder);
        dialog->open();
    });
    connect(m_exportButton, &QToolButton::clicked, this, [this] { exportDialog(m_enlarged); });
    m_legend->toggled = [this](const QString& folder, bool hidden) { setHidden(folder, hidden); };
    m_legend->only = [this](const QString& folder) {
        for (const Run& run : std::vector<Run>(m_runs)) setHidden(run.given.folder, run.given.folder != folder);
    };
    m_legend->allShown = [this] {
        for (const Run& run : std::vector<Run>(m_runs)) setHidden(run.given.folder, false);
    };
    m_legend->removed = [this](const QString& folder) {
        std::erase_if(m_runs, [&](const Run& run) { return run.added && run.given.folder == folder; });
        takeFolders();
    };
    auto* find = new QShortcut(QKeySequence::Find, this);
    find->setContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QShortcut::activated, m_filterEdit, [this] {
        m_filterEdit->setFocus(Qt::ShortcutFocusReason);
        m_filterEdit->selectAll();
    });
    setSmoothing(0.6);
    say();
}

ChartsView::~ChartsView() = default;

const ChartsView::Run* ChartsView::find(const QString& folder) const
{
    const auto known = std::ranges::find_if(m_runs, [&](const Run& run) { return run.given.folder == folder; });
    return known == m_runs.end() ? nullptr : &*known;
}

void ChartsView::setRuns(const std::vector<ChartRun>& runs)
{
    std::vector<Run> wanted;
    for (ChartRun run : runs) {
        if (!m_store.isProvided(run.folder)) run.folder = QFileInfo(run.folder).absoluteFilePath();
        if (std::ranges::any_of(wanted, [&](const Run& other) { return other.given.folder == run.folder; })) continue;
        wanted.push_back({run, {}, 0, false});
    }
    for (const Run& run : m_runs)
        if (run.added && std::ranges::none_of(wanted, [&](const Run& other) { return other.given.folder == run.given.folder; })) wanted.push_back(run);
    const bool others = std::ranges::none_of(wanted, [&](const Run& run) { return find(run.given.folder) != nullptr; });
    m_runs = std::move(wanted);
    if (others) m_all = true;
    takeFolders();
}

std::vector<ChartRun> ChartsView::runs() const
{
    std::vector<ChartRun> result;
    for (const Run& run : m_runs) result.push_back(run.given);
    return result;
}

void ChartsView::addFolder(const QString& root) { m_store.findFolders(QFileInfo(root).absoluteFilePath()); }

/// Colours, and what is read.
void ChartsView::takeFolders()
{
    // a colour that was given stays; the others have that of their folder, or the next one that is free
    std::vector<int> uses(kColours, 0);
    QStringList folders;
    for (Run& run : m_runs) {
        folders << run.given.folder;
        if (run.given.name.isEmpty()) run.given.name = QFileInfo(run.given.folder).fileName();
        if (run.given.colour.isValid()) {
            run.colour = run.given.colour;
            run.style = 0;
            continue;
        }
        const int wanted = runColourIndex(run.given.folder), least = *std::ranges::min_element(uses);
        int index = wanted;
        while (uses[static_cast<std::size_t>(index)] > least) index = (index + 1) % kColours;
        run.style = uses[static_cast<std::size_t>(index)]++ % 3;
        run.colour = runColour(index);
    }
    m_store.setFolders(folders);
    std::erase_if(m_derived, [&](const auto& entry) { return !folders.contains(entry.first.first); });
    scheduleRebuild();
}

void ChartsView::setOrder(const QStringList& tags)
{
    m_order = tags;
    scheduleRebuild();
}

bool ChartsView::isHidden(const QString& folder) const
{
    const Run* run = find(folder);
    return run && run->given.hidden;
}

void ChartsView::setHidden(const QString& folder, bool hidden)
{
    for (Run& run : m_runs) {
        if (run.given.folder != folder || run.given.hidden == hidden) continue;
        run.given.hidden = hidden;
        scheduleRebuild();
        Q_EMIT runHidden(folder, hidden);
    }
}

double ChartsView::smoothing() const { return m_smoothing->value(); }
bool ChartsView::logarithmic() const { return m_logarithmic; }
void ChartsView::setSmoothing(double smoothing) { m_smoothing->setValue(smoothing); }

void ChartsView::setXMode(XMode mode)
{
    const QSignalBlocker blocker(m_modes);
    m_modes->setCurrentIndex(static_cast<int>(mode));
    if (mode == m_mode) return;
    m_mode = mode;
    m_all = true;
    refreshData();
    Q_EMIT viewChanged();
}

void ChartsView::setLogarithmic(bool logarithmic)
{
    m_logarithmic = logarithmic;
    m_otherScale.clear();
    m_logBox->setChecked(logarithmic);
    giveAll();
    Q_EMIT viewChanged();
}

void ChartsView::setIgnoreOutliers(bool ignore)
{
    m_outliers = ignore;
    m_outlierBox->setChecked(ignore);
    giveView();
    Q_EMIT viewChanged();
}

void ChartsView::setGrouped(bool grouped)
{
    m_grouped = grouped;
    m_groupBox->setChecked(grouped);
    giveView();
    Q_EMIT viewChanged();
}

void ChartsView::setFilter(const QString& filter)
{
    m_filter = filter;
    if (m_filterEdit->text() != filter) m_filterEdit->setText(filter);
    rebuild();
}

void ChartsView::setFilterIsPattern(bool pattern)
{
    m_pattern = pattern;
    m_patternButton->setChecked(pattern);
    rebuild();
    Q_EMIT viewChanged();
}

void ChartsView::setPinned(const QString& tag, bool pinned)
{
    if (m_pinned.contains(tag) == pinned) return;
    if (pinned)
        m_pinned.append(tag);
    else
        m_pinned.removeAll(tag);
    const bool focused = chart(tag) && chart(tag)->hasFocus();
    rebuild();
    if (focused && chart(tag)) chart(tag)->setFocus();
    Q_EMIT viewChanged();
}

void ChartsView::setSectionOpen(const QString& section, bool open)
{
    if (open)
        m_closed.erase(section);
    else
        m_closed.insert(section);
    if (const auto known = m_sections.find(section); known != m_sections.end()) known->second->setOpen(open);
    m_refresh.start();
    Q_EMIT viewChanged();
}

void ChartsView::enlarge(const QString& tag)
{
    if (tag == m_enlarged || (!tag.isEmpty() && !chart(tag))) return;
    const QString before = std::exchange(m_enlarged, tag);
    ChartPlot* focus = chart(tag.isEmpty() ? before : tag);
    rebuild();
    if (focus) {
        focus->setFocus();
        if (tag.isEmpty()) QTimer::singleShot(0, focus, [this, focus] { m_scroll->ensureWidgetVisible(focus); });
    }
    Q_EMIT viewChanged();
}

void ChartsView::setMarker(qint64 step)
{
    m_marker = step;
    giveView();
}

ChartPlot* ChartsView::chart(const QString& tag) const
{
    const auto known = m_charts.find(tag);
    return known == m_charts.end() ? nullptr : known->second;
}

bool ChartsView::passes(const QString& tag) const
{
    if (m_filter.trimmed().isEmpty()) return true;
    if (m_pattern) {
        const QRegularExpression pattern(m_filter, QRegularExpression::CaseInsensitiveOption);
        return !pattern.isValid() || pattern.match(tag).hasMatch();
    }
    const QStringList words = m_filter.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    return std::ranges::all_of(words, [&](const QString& word) { return tag.contains(word, Qt::CaseInsensitive); });
}

QString ChartsView::sectionOf(const QString& tag) const
{
    const qsizetype slash = tag.indexOf(QLatin1Char('/'));
    return slash < 0 ? QString() : tag.left(slash);
}

void ChartsView::scheduleRebuild()
{
    if (!m_rebuild.isActive()) m_rebuild.start();
}

QStringList ChartsView::shownTags() const
{
    QStringList tags;
    if (!m_enlarged.isEmpty()) return {m_enlarged};
    // by place: sections from top to bottom, and their charts in order
    std::vector<std::pair<QPoint, QString>> placed;
    for (const auto& [tag, chart] : m_charts)
        if (chart->isVisibleTo(this)) placed.emplace_back(chart->mapTo(this, QPoint(0, 0)), tag);
    std::ranges::sort(placed, [](const auto& a, const auto& b) { return a.first.y() != b.first.y() ? a.first.y() < b.first.y() : a.first.x() < b.first.x(); });
    for (const auto& [at, tag] : placed) tags << tag;
    return tags;
}

ChartPlot* ChartsView::makeChart(const QString& tag)
{
    auto* chart = new ChartPlot(tag, m_page);
    connect(chart, &ChartPlot::zoomRequested, this, &ChartsView::zoom);
    connect(chart, &ChartPlot::panRequested, this, &ChartsView::pan);
    connect(chart, &ChartPlot::rangeRequested, this, &ChartsView::setRange);
    connect(chart, &ChartPlot::allRequested, this, &ChartsView::showAll);
    connect(chart, &ChartPlot::crosshairMoved, this, [this](std::optional<double> x) {
        for (const auto& [other, plot] : m_charts) plot->setCrosshair(x);
    });
    connect(chart, &ChartPlot::stepChosen, this, &ChartsView::stepSelected);
    connect(chart, &ChartPlot::pinRequested, this, [this, tag](bool pinned) { setPinned(tag, pinned); });
    connect(chart, &ChartPlot::enlargeRequested, this, [this, tag](bool enlarged) { enlarge(enlarged ? tag : QString()); });
    connect(chart, &ChartPlot::logarithmicRequested, this, [this, tag](bool logarithmic) {
        if (logarithmic == m_logarithmic)
            m_otherScale.erase(tag);
        else
            m_otherScale.insert(tag);
        give(tag);
        Q_EMIT viewChanged();
    });
    connect(chart, &ChartPlot::exportRequested, this, [this, tag] { exportDialog(tag); });
    return chart;
}

void ChartsView::rebuild()
{
    m_rebuild.stop();
    std::set<QString> tags;
    std::vector<RunLegend::Entry> entries;
    for (const Run& run : m_runs) {
        const RunCurvesPtr curves = m_store.run(run.given.folder);
        RunLegend::Entry entry{run.given.folder, run.given.name, QDir::toNativeSeparators(run.given.folder), run.colour, run.style, run.given.hidden, run.added, false, !curves || !curves->loaded};
        if (curves && !curves->problems.isEmpty()) {
            entry.problem = true;
            entry.tip += QLatin1Char('\n') + curves->problems.join(QLatin1Char('\n'));
        }
        entries.push_back(entry);
        if (!curves || run.given.hidden) continue;
        for (const auto& [tag, curve] : curves->curves) tags.insert(QString::fromStdString(tag));
    }
    m_legend->setEntries(entries);
    m_legend->setVisible(!entries.empty());

    std::erase_if(m_charts, [&](const auto& entry) {
        if (tags.contains(entry.first)) return false;
        entry.second->deleteLater();
        entry.second->hide();
        return true;
    });
    if (!m_enlarged.isEmpty() && !tags.contains(m_enlarged)) m_enlarged.clear();
    const bool invalid = m_pattern && !QRegularExpression(m_filter).isValid();
    QPalette filterPalette = palette();
    if (invalid) filterPalette.setColor(QPalette::Text, palette().color(QPalette::Base).lightness() < 128 ? QColor(255, 120, 120) : QColor(190, 0, 0));
    m_filterEdit->setPalette(filterPalette);
    m_filterEdit->setToolTip(invalid ? tr("This is no regular expression: %1").arg(QRegularExpression(m_filter).errorString()) : tr("Only charts whose name holds all of these words (Ctrl+F)"));

    // sections: what is pinned, the known ones, then by name; tags as the run's system lists them, then by name
    std::vector<QString> list(tags.begin(), tags.end());
    const auto rank = [&](const QString& tag) {
        const qsizetype at = m_order.indexOf(tag);
        return at < 0 ? m_order.size() : at;
    };
    std::ranges::stable_sort(list, [&](const QString& a, const QString& b) { return rank(a) < rank(b); });
    QStringList names;
    std::map<QString, std::vector<QString>> members;
    for (const QString& tag : m_pinned)
        if (tags.contains(tag) && passes(tag)) members[QStringLiteral("*")].push_back(tag);
    for (const QString& tag : list)
        if (passes(tag) && !m_pinned.contains(tag)) members[sectionOf(tag)].push_back(tag);
    if (members.contains(QStringLiteral("*"))) names << QStringLiteral("*");
    for (const char* known : kSections)
        if (members.contains(QString::fromLatin1(known))) names << QString::fromLatin1(known);
    for (const auto& [name, content] : members)
        if (!name.isEmpty() && !names.contains(name)) names << name;
    if (members.contains(QString())) names << QString();

    for (const QString& tag : list)
        if (!m_charts.contains(tag)) m_charts[tag] = makeChart(tag);
    for (const auto& [tag, chart] : m_charts) {
        chart->setPinned(m_pinned.contains(tag));
        chart->setEnlarged(tag == m_enlarged);
        if (!passes(tag) && tag != m_enlarged) chart->hide();
    }
    auto* layout = static_cast<QVBoxLayout*>(m_page->layout());
    while (QLayoutItem* item = layout->takeAt(0)) delete item;
    for (const QString& name : names) {
        ChartSection*& section = m_sections[name];
        if (!section) {
            section = new ChartSection(name == QLatin1String("*") ? tr("Pinned") : name.isEmpty() ? tr("Other") : keyText(name == QLatin1String("lr") ? "learning_rate" : name.toStdString()), m_page);
            section->opened = [this, name](bool open) { setSectionOpen(name, open); };
        }
        section->setOpen(!m_closed.contains(name));
        std::vector<ChartPlot*> charts;
        for (const QString& tag : members[name])
            if (tag != m_enlarged) charts.push_back(m_charts.at(tag));
        section->setCharts(charts);
        section->show();
        layout->addWidget(section);
    }
    layout->addStretch();
    for (const auto& [name, section] : m_sections)
        if (!names.contains(name)) section->hide();
    if (!m_enlarged.isEmpty()) {
        ChartPlot* chart = m_charts.at(m_enlarged);
        m_single->layout()->addWidget(chart);
        chart->show();
    }
    m_single->setVisible(!m_enlarged.isEmpty());
    m_scroll->setVisible(m_enlarged.isEmpty() && !names.isEmpty());
    say();
    refreshData();
}

/// What there is instead of charts.
void ChartsView::say()
{
    QString text;
    const bool loading = std::ranges::any_of(m_runs, [&](const Run& run) {
        const RunCurvesPtr curves = m_store.run(run.given.folder);
        return !run.given.hidden && (!curves || !curves->loaded);
    });
    if (m_runs.empty())
        text = tr("Choose a run to see its curves, or drop a folder with TensorBoard event files here.");
    else if (std::ranges::all_of(m_runs, [](const Run& run) { return run.given.hidden; }))
        text = tr("All runs are hidden. A click on one above shows it.");
    else if (m_charts.empty())
        text = loading ? tr("Reading…") : tr("Curves appear here as soon as the run reports its first numbers.");
    else if (m_enlarged.isEmpty() && !m_scroll->isVisibleTo(this))
        text = tr("No chart's name fits the filter “%1”.").arg(m_filter);
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
    m_exportButton->setEnabled(text.isEmpty());
}

bool ChartsView::settled() const
{
    if (m_underWay > 0 || m_rebuild.isActive() || m_refresh.isActive()) return false;
    return std::ranges::all_of(m_runs, [&](const Run& run) {
        const RunCurvesPtr curves = m_store.run(run.given.folder);
        return curves && curves->loaded;
    });
}

void ChartsView::refreshData()
{
    m_refresh.stop();
    // those on screen first
    std::vector<std::pair<bool, QString>> tags;
    const QRect window(m_scroll->viewport()->mapTo(this, QPoint(0, 0)), m_scroll->viewport()->size());
    for (const auto& [tag, chart] : m_charts) {
        if (!chart->isVisibleTo(this)) continue;
        const bool onScreen = tag == m_enlarged || QRect(chart->mapTo(this, QPoint(0, 0)), chart->size()).intersects(window);
        tags.emplace_back(!onScreen, tag);
    }
    std::ranges::sort(tags);
    m_jobs.cancel();
    m_underWay = 0;
    std::set<std::pair<QString, std::string>> wanted;
    for (const auto& [later, tag] : tags) {
        const std::string key = tag.toStdString();
        struct Work {
            std::shared_ptr<Derived> derived;
            std::shared_ptr<CurveBuilder> builder;
            RunCurvesPtr run;
            CurvePtr curve;
        };
        std::vector<Work> works;
        for (const Run& run : m_runs) {
            const RunCurvesPtr curves = m_store.run(run.given.folder);
            if (run.given.hidden || !curves) continue;
            const auto curve = curves->curves.find(key);
            if (curve == curves->curves.end()) continue;
            wanted.emplace(run.given.folder, key);
            std::shared_ptr<Derived>& derived = m_derived[{run.given.folder, key}];
            if (!derived) derived = std::make_shared<Derived>();
            if (!derived->current(curves, curve->second, m_mode, smoothing())) works.push_back({derived, derived->builder, curves, curve->second});
        }
        if (works.empty()) continue;
        ++m_underWay;
        m_jobs.run(
            [works, mode = m_mode, smoothing = smoothing()](std::stop_token stop) {
                std::vector<ShownCurvePtr> shown;
                for (const Work& work : works) {
                    if (stop.stop_requested()) break;
                    shown.push_back(work.builder->update(*work.run, work.curve, mode, smoothing));
                }
                return shown;
            },
            [this, works, tag = tag, mode = m_mode, smoothing = smoothing()](const Outcome<std::vector<ShownCurvePtr>>& outcome) {
                --m_underWay;
                if (outcome)
                    for (std::size_t i = 0; i < outcome.value().size(); ++i) {
                        Derived& derived = *works[i].derived;
                        derived.shown = outcome.value()[i];
                        derived.from = works[i].curve, derived.run = works[i].run, derived.mode = mode, derived.smoothing = smoothing;
                    }
                updateExtent();
                give(tag);
            });
    }
    // curves in closed sections and of hidden runs give their memory back
    std::erase_if(m_derived, [&](const auto& entry) { return !wanted.contains(entry.first); });
    updateExtent();
    giveAll();
}

ChartContent ChartsView::content(const QString& tag) const
{
    ChartContent result;
    result.tag = tag;
    result.logarithmic = logarithmic(tag);
    const std::string key = tag.toStdString();
    for (const Run& run : m_runs) {
        if (run.given.hidden) continue;
        const auto known = m_derived.find({run.given.folder, key});
        if (known == m_derived.end() || !known->second->shown || known->second->mode != m_mode) continue;
        const RunCurvesPtr curves = m_store.run(run.given.folder);
        result.lines.push_back({run.given.folder, run.given.name, run.colour, run.style, curves ? curves->configuration : QString(), known->second->shown, curves});
    }
    return result;
}

void ChartsView::give(const QString& tag)
{
    if (ChartPlot* plot = chart(tag)) plot->setContent(content(tag));
}

void ChartsView::giveAll()
{
    for (const auto& [tag, chart] : m_charts) chart->setContent(content(tag));
    giveView();
}

void ChartsView::giveView()
{
    const ChartViewport view{m_mode, m_from, m_to, m_outliers, m_grouped, m_marker};
    for (const auto& [tag, chart] : m_charts) chart->setViewport(view);
}

/// From the first to the last point of all curves that are shown.
void ChartsView::updateExtent()
{
    double first = std::numeric_limits<double>::infinity(), last = -first;
    for (const auto& [key, derived] : m_derived) {
        if (!derived->shown || derived->mode != m_mode) continue;
        first = std::min(first, derived->shown->first());
        last = std::max(last, derived->shown->last());
    }
    if (!(first <= last)) return;
    if (!(last > first)) {
        const double half = m_mode == XMode::Step ? 1 : m_mode == XMode::Epoch ? 0.5 : 30;
        first -= half, last += half;
    }
    m_first = first, m_last = last;
    if (m_all)
        m_from = first, m_to = last;
    else
        clampRange();
    giveView();
}

void ChartsView::clampRange()
{
    const double full = m_last - m_first;
    const double least = m_mode == XMode::Step ? 2 : m_mode == XMode::Epoch ? 1e-4 : 0.01;
    const double width = std::clamp(m_to - m_from, std::min(full, least), full), centre = (m_from + m_to) / 2;
    m_from = std::clamp(centre - width / 2, m_first, std::max(m_first, m_last - width));
    m_to = m_from + width;
}

void ChartsView::showAll()
{
    m_all = true;
    m_from = m_first, m_to = m_last;
    giveView();
}

void ChartsView::setRange(double from, double to)
{
    if (!(to > from)) return;
    m_from = from, m_to = to;
    m_all = false;
    clampRange();
    giveView();
}

void ChartsView::zoom(double factor, double centre)
{
    if (!std::isfinite(centre) || !(factor > 0)) return;
    const double full = m_last - m_first, least = m_mode == XMode::Step ? 2 : m_mode == XMode::Epoch ? 1e-4 : 0.01;
    const double width = std::clamp((m_to - m_from) * factor, std::min(full, least), full), share = (centre - m_from) / (m_to - m_from);
    m_from = centre - share * width;
    m_to = m_from + width;
    m_all = width >= full * 0.9999;
    if (m_all) m_from = m_first, m_to = m_last;
    clampRange();
    giveView();
}

void ChartsView::pan(double fraction)
{
    if (m_all) return;  // there is nothing beside what is shown
    const double shift = fraction * (m_to - m_from);
    m_from += shift, m_to += shift;
    clampRange();
    giveView();
}

QByteArray ChartsView::saveState() const
{
    static const char* const kModes[] = {"step", "epoch", "wall_time", "relative_time"};
    QJsonObject state;
    state[QStringLiteral("version")] = 1;
    state[QStringLiteral("smoothing")] = smoothing();
    state[QStringLiteral("x")] = QString::fromLatin1(kModes[static_cast<int>(m_mode)]);
    state[QStringLiteral("log")] = m_logarithmic;
    state[QStringLiteral("cut_outliers")] = m_outliers;
    state[QStringLiteral("mean_of_seeds")] = m_grouped;
    state[QStringLiteral("filter_is_pattern")] = m_pattern;
    state[QStringLiteral("pinned")] = QJsonArray::fromStringList(m_pinned);
    state[QStringLiteral("closed")] = QJsonArray::fromStringList(QStringList(m_closed.begin(), m_closed.end()));
    state[QStringLiteral("other_scale")] = QJsonArray::fromStringList(QStringList(m_otherScale.begin(), m_otherScale.end()));
    return QJsonDocument(state).toJson(QJsonDocument::Compact);
}

void ChartsView::restoreState(const QByteArray& bytes)
{
    const QJsonObject state = QJsonDocument::fromJson(bytes).object();
    if (state.isEmpty()) return;
    const auto list = [&](const char* key) {
        QStringList result;
        for (const QJsonValue& value : state[QLatin1String(key)].toArray())
            if (value.isString() && !result.contains(value.toString())) result << value.toString();
        return result;
    };
    const double smoothing = state[QStringLiteral("smoothing")].toDouble(this->smoothing());
    if (std::isfinite(smoothing)) setSmoothing(std::clamp(smoothing, 0.0, 0.999));
    const qsizetype mode = QStringList{QStringLiteral("step"), QStringLiteral("epoch"), QStringLiteral("wall_time"), QStringLiteral("relative_time")}.indexOf(state[QStringLiteral("x")].toString());
    if (mode >= 0) setXMode(static_cast<XMode>(mode));
    setLogarithmic(state[QStringLiteral("log")].toBool());
    setIgnoreOutliers(state[QStringLiteral("cut_outliers")].toBool());
    setGrouped(state[QStringLiteral("mean_of_seeds")].toBool());
    setFilterIsPattern(state[QStringLiteral("filter_is_pattern")].toBool());
    m_pinned = list("pinned");
    const QStringList closed = list("closed"), other = list("other_scale");
    m_closed = {closed.begin(), closed.end()};
    m_otherScale = {other.begin(), other.end()};
    rebuild();
}

Figure ChartsView::figure(const QString& tag) const
{
    Figure figure;
    figure.view = {m_mode, m_from, m_to, m_outliers, m_grouped, m_marker};
    for (const QString& shown : tag.isEmpty() ? shownTags() : QStringList{tag}) figure.charts.push_back(content(shown));
    return figure;
}

void ChartsView::save(const QString& path, const QString& tag, const FigureOptions& options)
{
    m_writing.run(
        [path, figure = figure(tag), options](std::stop_token stop) {
            writeFigure(path, figure, options, stop);
            return true;
        },
        [this, path](const Outcome<bool>& outcome) {
            if (outcome)
                Q_EMIT saved(path);
            else
                Q_EMIT saveFailed(errorText(outcome.error()));
        });
}

void ChartsView::exportDialog(const QString& tag)
{
    auto* dialog = new ChartExportDialog(tag, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ChartExportDialog::chosen, this, [this](const QString& path, const QString& only, const FigureOptions& options) { save(path, only, options); });
    dialog->open();
}

void ChartsView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_filterEdit) scheduleRebuild();
}

void ChartsView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && !m_enlarged.isEmpty()) {
        enlarge({});
        return;
    }
    QWidget::keyPressEvent(event);
}

void ChartsView::dragEnterEvent(QDragEnterEvent* event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (std::ranges::any_of(urls, [](const QUrl& url) { return !eventFolder(url).isEmpty(); })) event->acceptProposedAction();  // else it is the window's
}

void ChartsView::dropEvent(QDropEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        if (const QString folder = eventFolder(url); !folder.isEmpty()) addFolder(folder);
    }
    event->acceptProposedAction();
}
