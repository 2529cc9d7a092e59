#include "widgets/views/datasets_page.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/clip/transform.h"
#include "core/run/run_directory.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/text.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/dataset_dialogs.h"

using namespace kinora;

namespace {
constexpr int kThumbnailSide = 160, kThumbnailFrames = 32;
constexpr std::size_t kMaxExported = 100;
constexpr double kFallbackHz = 10;

bool isClipFile(const QString& path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    return suffix == QLatin1String("h5") || suffix == QLatin1String("hdf5");
}

/// A button that says and does what its action does, and is enabled when it is.
QPushButton* buttonFor(QAction* action)
{
    auto* button = new QPushButton(action->icon(), action->text());
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    const auto follow = [button, action] {
        button->setEnabled(action->isEnabled());
        button->setToolTip(action->toolTip());
    };
    QObject::connect(action, &QAction::changed, button, follow);
    follow();
    return button;
}
}  // namespace

DatasetsPage::DatasetsPage(const QString& folder, const QString& recent, const QString& program, QWidget* parent)
    : Page(parent),
      m_program(program),
      m_library(folder, recent),
      m_thumbnails({.side = kThumbnailSide, .frames = kThumbnailFrames}),
      m_fullSize({.cacheBytes = std::size_t(512) << 20}),
      m_clips(m_thumbnails)
{
    setAcceptDrops(true);
    m_openAction = new QAction(themedIcon(QStringLiteral("open")), tr("&Open Dataset…"), this);
    m_openAction->setToolTip(tr("Open a dataset file (.h5)"));
    m_createAction = new QAction(themedIcon(QStringLiteral("add")), tr("&New Built-in Dataset…"), this);
    m_createAction->setToolTip(tr("Draw a dataset with known factors; nothing is downloaded"));
    m_importAction = new QAction(themedIcon(QStringLiteral("import")), tr("&Import Clips…"), this);
    m_importAction->setToolTip(tr("Make a dataset file from a folder of clips"));
    m_exportAction = new QAction(themedIcon(QStringLiteral("export")), tr("&Export Selected Clips…"), this);
    m_exportAction->setToolTip(tr("Save the selected clips side by side as an animation (GIF)"));
    m_trainAction = new QAction(themedIcon(QStringLiteral("train")), tr("&Train on This Dataset"), this);
    m_reloadAction = new QAction(themedIcon(QStringLiteral("refresh")), tr("&Reload Dataset"), this);
    m_reloadAction->setShortcut(QKeySequence::Refresh);
    m_reloadAction->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_forgetAction = new QAction(themedIcon(QStringLiteral("remove")), tr("Remove from &List"), this);
    m_forgetAction->setToolTip(tr("Take the dataset out of the list; the file stays"));
    addAction(m_reloadAction);
    connect(m_openAction, &QAction::triggered, this, &DatasetsPage::askToOpen);
    connect(m_createAction, &QAction::triggered, this, &DatasetsPage::createDataset);
    connect(m_importAction, &QAction::triggered, this, [this] { importClips(); });
    connect(m_exportAction, &QAction::triggered, this, &DatasetsPage::askToExport);
    connect(m_trainAction, &QAction::triggered, this, [this] {
        if (m_clips.contents()) Q_EMIT trainRequested(m_clips.contents()->path);
    });
    connect(m_reloadAction, &QAction::triggered, this, [this] {
        m_library.refresh();
        if (m_clips.contents()) m_library.open(m_clips.contents()->path);
    });
    connect(m_forgetAction, &QAction::triggered, this, [this] {
        const QString path = m_list->currentIndex().data(DatasetLibrary::PathRole).toString();
        if (!path.isEmpty()) m_library.forget(path);
    });

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_banner = new QLabel;
    m_banner->setWordWrap(true);
    m_banner->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_banner->setMargin(8);
    m_banner->setAutoFillBackground(true);
    m_banner->setBackgroundRole(QPalette::AlternateBase);
    m_banner->hide();
    layout->addWidget(m_banner);
    m_splitter = new QSplitter;
    m_splitter->addWidget(makeLibrary());
    m_splitter->addWidget(makeBrowser());
    m_splitter->addWidget(makeDetails());
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({190, 640, 320});
    m_splitter->setChildrenCollapsible(false);
    layout->addWidget(m_splitter, 1);

    connect(&m_library, &DatasetLibrary::opening, this, [this](const QString& path) {
        m_banner->hide();
        Q_EMIT statusMessage(tr("Opening %1…").arg(QFileInfo(path).fileName()), 0);
    });
    connect(&m_library, &DatasetLibrary::opened, this, &DatasetsPage::showContents);
    connect(&m_library, &DatasetLibrary::failed, this, &DatasetsPage::showProblem);
    connect(&m_clips, &ClipListModel::queried, this, [this](const QString& problem) {
        m_filterProblem->setText(QStringLiteral("⚠ ") + problem);
        m_filterProblem->setVisible(!problem.isEmpty());
        showStatistics();
    });
    connect(&m_clips, &QAbstractItemModel::modelReset, this, &DatasetsPage::updateActions);
    connect(&m_fullSize, &ClipLoader::loaded, this, [this](qint64 clip) {
        if (clip == m_shownClip) showClip(clip);
    });
    connect(&m_export, &ExportController::started, this, [this](const QString& target) { Q_EMIT statusMessage(tr("Writing %1…").arg(QFileInfo(target).fileName()), 0); });
    connect(&m_export, &ExportController::written, this, [this](const QString& target, qint64 bytes) {
        Q_EMIT statusMessage(tr("%1 written (%2)").arg(QDir::toNativeSeparators(target), QLocale().formattedDataSize(bytes)));
    });
    connect(&m_export, &ExportController::failed, this, [this](const QString&, const Error& error) {
        m_banner->setText(QStringLiteral("⚠ ") + errorText(error));
        m_banner->show();
        Q_EMIT statusMessage(errorText(error));
    });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) connect(&m_library, signal, this, [this] { Q_EMIT knownChanged(); });
    connect(&m_library, &QAbstractItemModel::modelReset, this, &DatasetsPage::knownChanged);
    connect(&m_lister, &JobProcess::succeeded, this, [this](const QJsonObject& report) {
        const auto described = attempt([&] {
            const nlohmann::json json = nlohmann::json::parse(QJsonDocument(report).toJson().toStdString());
            std::vector<DatasetDescription> list;
            for (const auto& description : json.at("builtin")) list.push_back(datasetFromJson(description));
            for (const auto& description : json.at("kinds"))
                if (DatasetDescription kind = datasetFromJson(description); !kind.builtin) list.push_back(std::move(kind));
            return list;
        });
        if (described) setDescriptions(described.value());
    });
    connect(&m_lister, &JobProcess::failed, this, [this](const QString& problem) { Q_EMIT statusMessage(problem); });
    m_filterDelay.setSingleShot(true);
    m_filterDelay.setInterval(150);
    connect(&m_filterDelay, &QTimer::timeout, this, &DatasetsPage::applyFilter);
    updateActions();
}

DatasetsPage::~DatasetsPage() = default;

QWidget* DatasetsPage::makeLibrary()
{
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(6, 6, 0, 6);
    auto* heading = new QLabel(tr("Datasets"));
    QFont bold = heading->font();
    bold.setBold(true);
    heading->setFont(bold);
    m_list = new QListView;
    m_list->setModel(&m_library);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Datasets"));
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_list->addActions({m_reloadAction, m_trainAction, m_forgetAction});
    heading->setBuddy(m_list);
    layout->addWidget(heading);
    layout->addWidget(m_list, 1);
    for (QAction* action : {m_openAction, m_createAction, m_importAction}) layout->addWidget(buttonFor(action));
    const auto open = [this](const QModelIndex& index) {
        const QString path = index.data(DatasetLibrary::PathRole).toString();
        if (!path.isEmpty() && (!m_clips.contents() || m_clips.contents()->path != path)) m_library.open(path);
    };
    connect(m_list, &QListView::clicked, this, open);
    connect(m_list, &QListView::activated, this, open);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &DatasetsPage::updateActions);
    connect(&m_library, &QAbstractItemModel::modelReset, this, [this] {
        if (m_clips.contents()) selectInLibrary(m_clips.contents()->path);
    });
    side->setMinimumWidth(170);
    return side;
}

QWidget* DatasetsPage::makeBrowser()
{
    m_stack = new QStackedWidget;
    auto* welcome = new QWidget;
    auto* welcomeLayout = new QVBoxLayout(welcome);
    m_welcome = new QLabel(tr("No dataset is open.\n\nOpen a dataset file (.h5), drop one here, or let Kinora draw a built-in dataset: it needs no download."));
    m_welcome->setAlignment(Qt::AlignCenter);
    m_welcome->setWordWrap(true);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    for (QAction* action : {m_openAction, m_createAction, m_importAction}) buttons->addWidget(buttonFor(action));
    buttons->addStretch();
    welcomeLayout->addStretch();
    welcomeLayout->addWidget(m_welcome);
    welcomeLayout->addLayout(buttons);
    welcomeLayout->addStretch();
    m_stack->addWidget(welcome);

    auto* browser = new QWidget;
    auto* layout = new QVBoxLayout(browser);
    layout->setContentsMargins(6, 6, 6, 6);
    m_filter = new QLineEdit;
    m_filter->setClearButtonEnabled(true);
    m_filter->setPlaceholderText(tr("Filter, for example:  smile  frames>16"));
    m_filter->setToolTip(tr("<p>Words must occur in the name, the source or a class.</p><p><tt>label:smile</tt>, <tt>split:train</tt>, <tt>group:12</tt>, "
                            "<tt>frames&gt;16</tt>, <tt>width&lt;=64</tt>, or a label's name such as <tt>intensity&gt;0.5</tt>.</p>"
                            "<p>All of them must hold; quotes keep words together.</p>"));
    m_filter->setAccessibleName(tr("Filter"));
    m_class = new QComboBox;
    m_class->setAccessibleName(tr("Class"));
    m_class->setToolTip(tr("Only clips of this class"));
    m_split = new QComboBox;
    m_split->setAccessibleName(tr("Split"));
    m_split->setToolTip(tr("Only clips of this split"));
    m_sort = new QComboBox;
    m_sort->setAccessibleName(tr("Order"));
    m_sort->setToolTip(tr("What the clips are ordered by"));
    for (QComboBox* combo : {m_class, m_split, m_sort}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(9);
    }
    m_descending = new QToolButton;
    m_descending->setCheckable(true);
    m_descending->setArrowType(Qt::UpArrow);
    m_descending->setAccessibleName(tr("Descending"));
    m_descending->setToolTip(tr("Turn the order round"));
    m_play = new QComboBox;
    m_play->addItem(tr("Play all"));
    m_play->addItem(tr("Play under the pointer"));
    m_play->addItem(tr("Still"));
    m_play->setAccessibleName(tr("Playing"));
    m_play->setToolTip(tr("Which clips of the wall play"));
    m_size = new QSlider(Qt::Horizontal);
    m_size->setRange(48, 320);
    m_size->setValue(112);
    m_size->setMaximumWidth(120);
    m_size->setAccessibleName(tr("Size of the clips"));
    m_size->setToolTip(tr("Size of the clips (Ctrl and wheel)"));
    auto* top = new QHBoxLayout;
    top->addWidget(m_filter, 1);
    top->addWidget(m_class);
    top->addWidget(m_split);
    auto* second = new QHBoxLayout;
    auto* sortLabel = new QLabel(tr("O&rder:"));
    sortLabel->setBuddy(m_sort);
    second->addWidget(sortLabel);
    second->addWidget(m_sort);
    second->addWidget(m_descending);
    second->addStretch();
    second->addWidget(m_play);
    second->addWidget(m_size);
    m_filterProblem = new QLabel;
    m_filterProblem->setWordWrap(true);
    m_filterProblem->hide();
    m_view = new ClipListView;
    m_view->setModel(&m_clips);
    m_view->setPlaceholder(tr("No clip passes the filter. Clear it or choose another class."));
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->addActions({m_exportAction});
    m_statistics = new QLabel;
    m_statistics->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_statistics->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    layout->addLayout(top);
    layout->addLayout(second);
    layout->addWidget(m_filterProblem);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_statistics);
    m_stack->addWidget(browser);

    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_filterDelay.start(); });
    connect(m_filter, &QLineEdit::returnPressed, this, &DatasetsPage::applyFilter);
    for (QComboBox* combo : {m_class, m_split, m_sort}) connect(combo, &QComboBox::activated, this, &DatasetsPage::applyFilter);
    connect(m_descending, &QToolButton::toggled, this, [this](bool descending) {
        m_descending->setArrowType(descending ? Qt::DownArrow : Qt::UpArrow);
        applyFilter();
    });
    connect(m_play, &QComboBox::currentIndexChanged, this, [this](int index) { m_view->setPlay(static_cast<ClipListView::Play>(index)); });
    connect(m_size, &QSlider::valueChanged, m_view, &ClipListView::setTileSide);
    connect(m_view, &ClipListView::tileSideChanged, m_size, &QSlider::setValue);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (index.isValid()) showClip(index.data(ClipListModel::ClipRole).toLongLong());
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &DatasetsPage::updateActions);
    auto* find = new QAction(this);
    find->setShortcut(QKeySequence::Find);
    find->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QAction::triggered, this, [this] {
        m_filter->setFocus();
        m_filter->selectAll();
    });
    addAction(find);
    return m_stack;
}

QWidget* DatasetsPage::makeDetails()
{
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(0, 6, 6, 6);
    m_clock = new ClipClock(this);
    m_player = new ClipView;
    m_player->setClock(m_clock);
    m_player->setPlaceholder(tr("Choose a clip to see it large."));
    m_player->setMinimumHeight(160);
    m_bar = new PlayerBar(*m_clock);
    m_facts = new QTreeWidget;
    m_facts->setColumnCount(2);
    m_facts->setHeaderLabels({tr("Property"), tr("Value")});
    m_facts->setRootIsDecorated(false);
    m_facts->setUniformRowHeights(true);
    m_facts->setAccessibleName(tr("Properties of the clip"));
    m_facts->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_facts->header()->setStretchLastSection(true);
    m_facts->setTextElideMode(Qt::ElideMiddle);
    auto* vertical = new QSplitter(Qt::Vertical);
    auto* upper = new QWidget;
    auto* upperLayout = new QVBoxLayout(upper);
    upperLayout->setContentsMargins(0, 0, 0, 0);
    upperLayout->addWidget(m_player, 1);
    upperLayout->addWidget(m_bar);
    vertical->addWidget(upper);
    vertical->addWidget(m_facts);
    vertical->setStretchFactor(0, 1);
    vertical->setStretchFactor(1, 1);
    vertical->setSizes({340, 340});
    vertical->setChildrenCollapsible(false);
    layout->addWidget(vertical, 1);
    side->setMinimumWidth(290);
    return side;
}

QList<QAction*> DatasetsPage::menuActions(PageMenu menu) const
{
    if (menu != PageMenu::Data) return {};
    auto* separator = new QAction(const_cast<DatasetsPage*>(this));
    separator->setSeparator(true);
    auto* second = new QAction(const_cast<DatasetsPage*>(this));
    second->setSeparator(true);
    return {m_openAction, m_createAction, m_importAction, separator, m_exportAction, m_trainAction, second, m_reloadAction, m_forgetAction};
}

void DatasetsPage::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("splitter"), m_splitter->saveState());
    settings.setValue(QStringLiteral("folder"), m_lastFolder);
    settings.setValue(QStringLiteral("tile"), m_view->tileSide());
    settings.setValue(QStringLiteral("play"), m_play->currentIndex());
    settings.setValue(QStringLiteral("open"), m_clips.contents() ? m_clips.contents()->path : QString());
}

void DatasetsPage::restoreState(QSettings& settings)
{
    m_splitter->restoreState(settings.value(QStringLiteral("splitter")).toByteArray());
    m_lastFolder = settings.value(QStringLiteral("folder")).toString();
    m_view->setTileSide(settings.value(QStringLiteral("tile"), 112).toInt());
    m_play->setCurrentIndex(std::clamp(settings.value(QStringLiteral("play"), 0).toInt(), 0, 2));
    const QString open = settings.value(QStringLiteral("open")).toString();
    if (!open.isEmpty() && QFileInfo::exists(open)) m_library.open(open);
}

bool DatasetsPage::accepts(const QString& path) const { return isClipFile(path); }
void DatasetsPage::openPath(const QString& path) { m_library.open(path); }

void DatasetsPage::shown()
{
    m_library.refresh();
    askForDescriptions();
}

void DatasetsPage::askForDescriptions()
{
    const bool imports = std::any_of(m_descriptions.begin(), m_descriptions.end(), [](const DatasetDescription& kind) { return !kind.builtin; });
    if (imports || m_lister.running()) return;
    m_lister.start(m_program, {QStringLiteral("datasets"), QStringLiteral("list"), QStringLiteral("--json")});
}

QStringList DatasetsPage::files() const
{
    QStringList list;
    for (int row = 0; row < m_library.rowCount(); ++row) {
        const QModelIndex index = m_library.index(row);
        if (!index.data(DatasetLibrary::MissingRole).toBool()) list.append(index.data(DatasetLibrary::PathRole).toString());
    }
    return list;
}

void DatasetsPage::setDescriptions(const std::vector<DatasetDescription>& descriptions)
{
    // the engine describes what it draws itself, the importer what it reads: both come here, in any order
    for (const DatasetDescription& description : descriptions) {
        const auto known = std::find_if(m_descriptions.begin(), m_descriptions.end(), [&](const DatasetDescription& other) { return other.id == description.id; });
        if (known != m_descriptions.end())
            *known = description;
        else
            m_descriptions.push_back(description);
    }
    updateActions();
    Q_EMIT knownChanged();
}

void DatasetsPage::dragEnterEvent(QDragEnterEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        const QString path = url.toLocalFile();
        if (path.isEmpty()) continue;
        if (isClipFile(path) || (QFileInfo(path).isDir() && !RunReader::isRun(toPath(path)))) {
            event->acceptProposedAction();
            return;
        }
    }
}

void DatasetsPage::dropEvent(QDropEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        const QString path = url.toLocalFile();
        if (path.isEmpty()) continue;
        event->acceptProposedAction();
        if (isClipFile(path))
            openPath(path);
        else
            importClips(path);
        return;
    }
}

void DatasetsPage::askToOpen()
{
    auto* dialog = new QFileDialog(this, tr("Open Dataset"), m_lastFolder.isEmpty() ? m_library.folder() : m_lastFolder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Datasets (*.h5 *.hdf5)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_lastFolder = QFileInfo(path).absolutePath();
        openPath(path);
    });
    dialog->open();
}

void DatasetsPage::createDataset()
{
    auto* dialog = new CreateDatasetDialog(m_library, m_program, m_descriptions, this);
    connect(dialog, &DatasetJobDialog::created, this, &DatasetsPage::openPath);
    dialog->open();
}

void DatasetsPage::importClips(const QString& folder)
{
    auto* dialog = new ImportDatasetDialog(m_library, m_program, m_descriptions, this);
    if (!folder.isEmpty()) dialog->setSource(folder);
    connect(dialog, &DatasetJobDialog::created, this, &DatasetsPage::openPath);
    dialog->open();
}

void DatasetsPage::showProblem(const QString& path, const QString& problem)
{
    m_banner->setText(QStringLiteral("⚠ ") + problem);
    m_banner->show();
    Q_EMIT statusMessage(tr("%1 could not be opened.").arg(QFileInfo(path).fileName()));
    m_library.refresh();
}

void DatasetsPage::selectInLibrary(const QString& path)
{
    const int row = m_library.rowOf(path);
    if (row >= 0) m_list->setCurrentIndex(m_library.index(row));
}

void DatasetsPage::showContents(const std::shared_ptr<const DatasetContents>& contents)
{
    m_banner->hide();
    const bool again = m_clips.contents() && m_clips.contents()->path == contents->path;
    const QString filter = again ? m_filter->text() : QString();
    const std::int64_t clip = again ? m_shownClip : -1;
    m_fullSize.setSource(contents->source);
    m_clips.setContents(contents);
    m_stack->setCurrentIndex(1);
    selectInLibrary(contents->path);

    m_class->clear();
    m_class->addItem(tr("All classes"));
    auto* classes = qobject_cast<QStandardItemModel*>(m_class->model());
    for (std::size_t column = 0; column < contents->labels.size(); ++column) {
        const LabelColumn& label = contents->labels[column];
        if (!label.categorical()) continue;
        m_class->addItem(keyText(label.name));
        if (classes) classes->item(m_class->count() - 1)->setEnabled(false);
        for (std::size_t category = 0; category < label.categories.size(); ++category) {
            const qint64 count = contents->classCounts[column][category];
            m_class->addItem(QStringLiteral("   ") + tr("%1 (%2)").arg(catalogueText(label.categories[category]), QLocale().toString(count)),
                             QPoint(static_cast<int>(column), static_cast<int>(category)));
        }
    }
    m_class->setVisible(m_class->count() > 1);
    m_split->clear();
    m_split->addItem(tr("All splits"), QString());
    for (const std::string& split : contents->splits) m_split->addItem(catalogueText(split), QString::fromStdString(split));
    m_split->setVisible(m_split->count() > 1);
    m_sort->clear();
    m_sort->addItem(tr("As in the file"), QString());
    m_sort->addItem(tr("Name"), QStringLiteral("name"));
    m_sort->addItem(tr("Frames"), QStringLiteral("frames"));
    for (const LabelColumn& label : contents->labels) m_sort->addItem(keyText(label.name), QString::fromStdString(label.name));
    {
        const QSignalBlocker blocker(m_filter);
        m_filter->setText(filter);
    }
    m_filterProblem->hide();
    m_shownClip = -1;
    m_player->setClip(nullptr);
    m_bar->setFrameCount(0);
    m_facts->clear();
    if (!filter.isEmpty()) applyFilter();
    const int row = clip >= 0 ? m_clips.rowOf(clip) : (m_clips.rowCount() > 0 ? 0 : -1);
    if (row >= 0) m_view->setCurrentIndex(m_clips.index(row));
    showStatistics();
    updateActions();
    Q_EMIT statusMessage(tr("%1: %n clip(s)", nullptr, static_cast<int>(contents->clips.size())).arg(QFileInfo(contents->path).fileName()));
    Q_EMIT opened(contents->path);
}

void DatasetsPage::applyFilter()
{
    m_filterDelay.stop();
    if (!m_clips.contents()) return;
    ClipQuery query;
    query.text = m_filter->text();
    query.split = m_split->currentData().toString().toStdString();
    if (m_class->currentIndex() > 0 && m_class->currentData().isValid()) {
        const QPoint choice = m_class->currentData().toPoint();
        query.labelColumn = choice.x();
        query.category = choice.y();
    }
    query.sortKey = m_sort->currentData().toString().toStdString();
    query.descending = m_descending->isChecked();
    m_clips.setQuery(query);
}

void DatasetsPage::showStatistics()
{
    const auto& contents = m_clips.contents();
    if (!contents) {
        m_statistics->clear();
        return;
    }
    const QLocale locale;
    QStringList parts;
    const auto total = static_cast<qint64>(contents->clips.size());
    parts.append(m_clips.rowCount() == total ? tr("%n clip(s)", nullptr, static_cast<int>(total))
                                             : tr("%1 of %n clip(s)", nullptr, static_cast<int>(total)).arg(locale.toString(m_clips.rowCount())));
    parts.append(contents->minimumFrames == contents->maximumFrames
                     ? tr("%n frame(s) each", nullptr, contents->maximumFrames)
                     : tr("%1–%2 frames, %3 in all").arg(locale.toString(contents->minimumFrames), locale.toString(contents->maximumFrames), locale.toString(static_cast<qint64>(contents->totalFrames))));
    QStringList sizes;
    for (const auto& [width, height] : contents->sizes) sizes.append(tr("%1 × %2").arg(width).arg(height));
    if (sizes.size() > 3) sizes = QStringList{sizes.first(), QStringLiteral("…")};
    if (!sizes.isEmpty()) parts.append(sizes.join(QStringLiteral(", ")));
    parts.append(locale.formattedDataSize(static_cast<qint64>(contents->fileBytes)));
    QString tip;
    bool first = true;
    for (std::size_t column = 0; column < contents->labels.size(); ++column) {
        const LabelColumn& label = contents->labels[column];
        if (!label.categorical()) continue;
        QStringList classes;
        for (std::size_t category = 0; category < label.categories.size(); ++category)
            classes.append(tr("%1 %2").arg(catalogueText(label.categories[category]), locale.toString(static_cast<qint64>(contents->classCounts[column][category]))));
        const QString line = tr("%1: %2").arg(keyText(label.name), classes.join(QStringLiteral(", ")));
        tip += line + QLatin1Char('\n');
        // the classes that a dataset is about: those that move, or the only ones
        if (first && label.role != "appearance") {
            parts.append(line);
            first = false;
        }
    }
    m_statistics->setText(parts.join(QStringLiteral("  ·  ")));
    m_statistics->setToolTip(m_statistics->text() + (tip.isEmpty() ? QString() : QLatin1String("\n\n") + tip.trimmed()));
}

void DatasetsPage::showClip(std::int64_t clip)
{
    const bool fresh = clip != m_shownClip;
    m_shownClip = clip;
    if (fresh) {
        m_fullSize.want({clip});
        showDetails();
    }
    const LoadedClip* loaded = m_fullSize.find(clip);
    if (!loaded) return;  // the old picture stays until the new one is there
    if (!loaded->frames) {
        m_player->setClip(nullptr);
        m_player->setPlaceholder(QStringLiteral("⚠ ") + loaded->problem);
        m_bar->setFrameCount(0);
        return;
    }
    m_player->setPlaceholder(tr("Choose a clip to see it large."));
    m_clock->setFrameRateHz(loaded->frameRateHz > 0 ? loaded->frameRateHz : kFallbackHz);
    m_player->setClip(loaded->frames);
    m_player->setDragName(QString::fromStdString(m_clips.contents()->clips[static_cast<std::size_t>(clip)].name));
    m_bar->setFrameCount(loaded->frames->count());
    m_clock->rewind();
    m_clock->play();
}

void DatasetsPage::showDetails()
{
    m_facts->clear();
    const auto& contents = m_clips.contents();
    if (!contents || m_shownClip < 0) return;
    const ClipInfo& info = contents->clips[static_cast<std::size_t>(m_shownClip)];
    const QLocale locale;
    const auto add = [this](const QString& name, const QString& value) {
        if (value.isEmpty()) return;
        auto* item = new QTreeWidgetItem(m_facts, {name, value});
        item->setToolTip(1, value);
    };
    add(tr("Name"), QString::fromStdString(info.name));
    add(tr("Number"), tr("%1 of %2").arg(locale.toString(static_cast<qint64>(m_shownClip) + 1), locale.toString(static_cast<qint64>(contents->clips.size()))));
    add(tr("Size"), tr("%1 × %2").arg(info.width).arg(info.height));
    add(tr("Frames"), locale.toString(info.frames));
    if (info.frameRateHz > 0) add(tr("Frames per second"), locale.toString(info.frameRateHz, 'g', 4));
    add(tr("Split"), catalogueText(info.split));
    add(tr("Group"), QString::fromStdString(info.group));
    add(tr("Source"), QString::fromStdString(info.source));
    for (std::size_t column = 0; column < contents->labels.size(); ++column) {
        const QString text = labelText(*contents, m_shownClip, column);
        add(keyText(contents->labels[column].name), contents->labels[column].categorical() ? catalogueText(text) : text);
    }
}

std::vector<std::int64_t> DatasetsPage::selectedClips() const
{
    QModelIndexList indices = m_view->selectionModel()->selectedIndexes();
    std::sort(indices.begin(), indices.end(), [](const QModelIndex& a, const QModelIndex& b) { return a.row() < b.row(); });
    std::vector<std::int64_t> clips;
    for (const QModelIndex& index : indices) clips.push_back(m_clips.clipAt(index.row()));
    return clips;
}

void DatasetsPage::askToExport()
{
    const std::vector<std::int64_t> clips = selectedClips();
    if (clips.empty()) return;
    if (clips.size() > kMaxExported) {
        Q_EMIT statusMessage(tr("Select at most %n clip(s).", nullptr, static_cast<int>(kMaxExported)));
        return;
    }
    auto* dialog = new QFileDialog(this, tr("Export Selected Clips"), m_lastFolder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    QStringList filters;
    for (const std::string& format : exportFormats()) {
        const QString suffix = QString::fromStdString(format);
        filters.append(tr("%1 (*.%2)").arg(suffix.toUpper(), suffix));
    }
    std::stable_partition(filters.begin(), filters.end(), [](const QString& filter) { return filter.contains(QLatin1String("*.gif")); });
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(QStringLiteral("gif"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.section(QLatin1String("*."), 1).chopped(1));
    });
    const QString base = QFileInfo(m_clips.contents()->path).completeBaseName();
    dialog->selectFile(clips.size() == 1 ? QStringLiteral("%1_%2.gif").arg(base).arg(clips.front()) : base + QStringLiteral("_clips.gif"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_lastFolder = QFileInfo(path).absolutePath();
        exportSelection(path);
    });
    dialog->open();
}

void DatasetsPage::exportSelection(const QString& target)
{
    const std::vector<std::int64_t> clips = selectedClips();
    const auto contents = m_clips.contents();
    if (clips.empty() || !contents) return;
    const ClipInfo& first = contents->clips[static_cast<std::size_t>(clips.front())];
    ExportOptions options;
    options.frameRateHz = first.frameRateHz > 0 ? first.frameRateHz : kFallbackHz;
    options.comment = QFileInfo(contents->path).fileName().toStdString();
    m_export.write(
        [contents, clips, height = first.height, width = first.width] {
            std::vector<Frames> parts;
            for (const std::int64_t clip : clips) {
                Frames frames = contents->source->frames(clip);
                if (frames.height() != height || frames.width() != width) frames = resizedAndCropped(frames, height, width);
                parts.push_back(std::move(frames));
            }
            if (parts.size() == 1) return std::move(parts.front());
            const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(parts.size()))));
            const int rows = (static_cast<int>(parts.size()) + columns - 1) / columns;
            return tile(parts, rows, columns);
        },
        target, options);
}

void DatasetsPage::updateActions()
{
    const bool open = m_clips.contents() != nullptr;
    const bool selected = open && m_view && m_view->selectionModel() && m_view->selectionModel()->hasSelection();
    m_exportAction->setEnabled(selected);
    m_trainAction->setEnabled(open);
    m_reloadAction->setEnabled(open);
    m_forgetAction->setEnabled(m_list && m_list->currentIndex().isValid());
    const auto offer = [this](QAction* action, bool builtin, const QString& tip) {
        const bool known = std::any_of(m_descriptions.begin(), m_descriptions.end(), [=](const DatasetDescription& kind) { return kind.builtin == builtin; });
        action->setEnabled(known);
        action->setToolTip(known ? tip : tr("Waiting for the list of what can be made"));
    };
    offer(m_createAction, true, tr("Draw a dataset with known factors; nothing is downloaded"));
    offer(m_importAction, false, tr("Make a dataset file from a folder of clips"));
}
