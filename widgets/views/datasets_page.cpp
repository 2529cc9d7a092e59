#include "widgets/views/datasets_page.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QLocale>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QUndoCommand>
#include <QVBoxLayout>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/run/run_directory.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"
#include "widgets/views/clip_export_dialog.h"
#include "widgets/views/clip_inspector.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/data_card_view.h"
#include "widgets/views/dataset_dialogs.h"
#include "widgets/views/dataset_statistics_view.h"
#include "widgets/views/facet_panel.h"
#include "widgets/views/import_dialog.h"

using namespace kinora;

namespace {
constexpr int kThumbnailSide = 160, kThumbnailFrames = 32;
constexpr std::size_t kThumbnailCache = std::size_t(128) << 20;
constexpr int kRememberedViews = 40;

bool isClipFile(const QString& path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    return suffix == QLatin1String("h5") || suffix == QLatin1String("hdf5");
}

/// What is dropped here to be imported: a folder that is no run, a video, a table.
bool isImportable(const QString& path)
{
    const QFileInfo info(path);
    if (info.isDir()) return !RunReader::isRun(toPath(path));
    static const QStringList suffixes = QStringLiteral("avi mp4 m4v mkv mov webm mpg mpeg wmv flv ogv 3gp csv tsv npy npz").split(QLatin1Char(' '));
    return info.isFile() && suffixes.contains(info.suffix().toLower());
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

/// Puts clips aside, or takes them back.
class MarkCommand final : public QUndoCommand {
public:
    MarkCommand(ExclusionList& list, std::vector<std::int64_t> clips, bool excluded)
        : QUndoCommand(excluded ? DatasetsPage::tr("Exclude %n Clip(s)", nullptr, static_cast<int>(clips.size())) : DatasetsPage::tr("Include %n Clip(s)", nullptr, static_cast<int>(clips.size()))),
          m_list(list),
          m_clips(std::move(clips)),
          m_excluded(excluded)
    {
    }
    void redo() override { m_list.mark(m_clips, m_excluded); }
    void undo() override { m_list.mark(m_clips, !m_excluded); }

private:
    ExclusionList& m_list;
    std::vector<std::int64_t> m_clips;
    bool m_excluded;
};

QString sortText(const std::string& key)
{
    if (key == "name") return DatasetsPage::tr("Name");
    if (key == "frames") return DatasetsPage::tr("Frames");
    if (key == "width") return DatasetsPage::tr("Width");
    if (key == "height") return DatasetsPage::tr("Height");
    if (key == "fps") return DatasetsPage::tr("Frames per second");
    if (key == "split") return DatasetsPage::tr("Split");
    if (key == "group") return DatasetsPage::tr("Subject");
    if (key == "source") return DatasetsPage::tr("Source");
    return keyText(key);
}
}  // namespace

DatasetsPage::DatasetsPage(const QString& folder, const QString& recent, const QString& program, QWidget* parent)
    : Page(parent),
      m_program(program),
      m_library(folder, recent),
      m_thumbnails({.side = kThumbnailSide, .frames = kThumbnailFrames, .cacheBytes = kThumbnailCache}),
      m_clips(m_thumbnails)
{
    setAcceptDrops(true);
    const auto action = [this](const QString& icon, const QString& text, const QString& tip = {}) {
        auto* made = new QAction(icon.isEmpty() ? QIcon() : themedIcon(icon), text, this);
        if (!tip.isEmpty()) made->setToolTip(tip);
        return made;
    };
    m_openAction = action(QStringLiteral("open"), tr("&Open Dataset…"), tr("Open a dataset file (.h5)"));
    m_createAction = action(QStringLiteral("add"), tr("&New Built-in Dataset…"), tr("Draw a dataset with known factors; nothing is downloaded"));
    m_importAction = action(QStringLiteral("import"), tr("&Import Clips…"));
    m_exportAction = action(QStringLiteral("export"), tr("&Export Selected Clips…"), tr("Save the selected clips as a dataset, a sheet that plays, or frames"));
    m_excludeAction = action(QStringLiteral("remove"), tr("E&xclude Selected Clips"));
    m_excludeAction->setShortcut(QKeySequence(Qt::Key_Delete));
    m_selectAllAction = action({}, tr("Select &All Shown Clips"));
    m_selectAllAction->setShortcut(QKeySequence::SelectAll);
    m_clearAction = action(QStringLiteral("filter"), tr("&Clear Filters"), tr("Let all clips through again: no facet, no filter line"));
    m_clearAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F));
    m_trainAction = action(QStringLiteral("train"), tr("&Train on This Dataset"));
    m_codesAction = action({}, tr("Find the &Codes of This Clip…"), tr("Looks in Explore for the codes with which the open model draws the clip, to edit it or to give its motion to another appearance"));
    m_codesAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K));
    m_reloadAction = action(QStringLiteral("refresh"), tr("&Reload Dataset"));
    m_reloadAction->setShortcut(QKeySequence::Refresh);
    m_forgetAction = action(QStringLiteral("remove"), tr("Remove from &List"), tr("Take the dataset out of the list; the file stays"));
    m_findAction = action({}, tr("&Filter Clips"));
    QAction* find = m_findAction;
    find->setShortcut(QKeySequence::Find);
    find->setToolTip(tr("Go to the line that filters the clips"));
    m_selectAllAction->setToolTip(tr("Select all clips that pass the filters"));
    m_trainAction->setToolTip(tr("Fill in the form of a new run with this dataset"));
    m_reloadAction->setToolTip(tr("Read the dataset and the list of datasets anew"));
    m_openAction->setShortcut(QKeySequence::Open);
    m_createAction->setShortcut(QKeySequence::New);
    m_importAction->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_I));
    m_exportAction->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    m_trainAction->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_T));
    for (QAction* own : {m_openAction, m_createAction, m_importAction, m_exportAction, m_trainAction, m_reloadAction, m_clearAction, find}) {
        own->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(own);
    }
    connect(m_openAction, &QAction::triggered, this, &DatasetsPage::askToOpen);
    connect(m_createAction, &QAction::triggered, this, &DatasetsPage::createDataset);
    connect(m_importAction, &QAction::triggered, this, [this] { importClips(); });
    connect(m_exportAction, &QAction::triggered, this, &DatasetsPage::exportSelection);
    connect(m_excludeAction, &QAction::triggered, this, &DatasetsPage::excludeSelection);
    connect(m_clearAction, &QAction::triggered, this, &DatasetsPage::clearFilter);
    connect(m_trainAction, &QAction::triggered, this, [this] {
        if (m_clips.contents()) Q_EMIT trainRequested(m_clips.contents()->path);
    });
    connect(m_codesAction, &QAction::triggered, this, [this] {
        if (m_clips.contents() && m_inspector->clip() >= 0) Q_EMIT codesRequested(m_clips.contents()->path, m_inspector->clip());
    });
    connect(m_reloadAction, &QAction::triggered, this, [this] {
        m_library.refresh();
        if (m_clips.contents()) m_library.open(m_clips.contents()->path);
    });
    connect(m_forgetAction, &QAction::triggered, this, [this] {
        const QString path = m_list->currentIndex().data(DatasetLibrary::PathRole).toString();
        if (!path.isEmpty()) m_library.forget(path);
    });
    connect(find, &QAction::triggered, this, [this] {
        m_tabs->setCurrentIndex(0);
        m_filter->setFocus();
        m_filter->selectAll();
    });

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_banner = new MessageBar;
    layout->addWidget(m_banner);
    m_splitter = new QSplitter;
    m_inspector = new ClipInspector(program);
    m_inspector->setMinimumWidth(260);
    m_splitter->addWidget(makeLibrary());
    m_splitter->addWidget(makeBrowser());
    m_splitter->addWidget(m_inspector);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({210, 620, 320});
    m_splitter->setChildrenCollapsible(false);
    layout->addWidget(m_splitter, 1);

    connect(&m_library, &DatasetLibrary::opening, this, [this](const QString& path) {
        m_banner->clear();
        Q_EMIT statusMessage(tr("Opening %1…").arg(QFileInfo(path).fileName()), 0);
    });
    connect(&m_library, &DatasetLibrary::opened, this, &DatasetsPage::showContents);
    connect(&m_library, &DatasetLibrary::failed, this, &DatasetsPage::showProblem);
    connect(&m_clips, &ClipListModel::queried, this, &DatasetsPage::queryAnswered);
    connect(&m_clips, &QAbstractItemModel::modelReset, this, &DatasetsPage::updateActions);
    connect(&m_exclusions, &ExclusionList::changed, this, [this] {
        m_clips.setExcluded(m_exclusions.flags());
        m_inspector->setExcluded(m_exclusions.flags());
        updateActions();
    });
    connect(&m_exclusions, &ExclusionList::failed, this, [this](const QString& problem) { m_banner->showMessage(tr("The excluded clips could not be saved: %1").arg(problem)); });
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
    auto* upper = new QWidget;
    auto* upperLayout = new QVBoxLayout(upper);
    upperLayout->setContentsMargins(0, 0, 0, 0);
    upperLayout->addWidget(heading);
    upperLayout->addWidget(m_list, 1);
    m_facets = new FacetPanel;
    m_left = new QSplitter(Qt::Vertical);
    m_left->addWidget(upper);
    m_left->addWidget(m_facets);
    m_left->setStretchFactor(0, 1);
    m_left->setStretchFactor(1, 3);
    m_left->setSizes({150, 450});
    m_left->setChildrenCollapsible(false);
    layout->addWidget(m_left, 1);
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
    connect(m_facets, &FacetPanel::edited, this, &DatasetsPage::applyFilter);
    side->setMinimumWidth(180);
    return side;
}

QWidget* DatasetsPage::makeBrowser()
{
    m_stack = new QStackedWidget;
    auto* welcome = new QWidget;
    auto* welcomeLayout = new QVBoxLayout(welcome);
    m_welcome = new QLabel(tr("No dataset is open.\n\nOpen a dataset file (.h5), drop one here or a folder of clips, or let Kinora draw a built-in dataset: it needs no download."));
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

    m_filter = new QLineEdit;
    m_filter->setClearButtonEnabled(true);
    m_filter->setPlaceholderText(tr("Filter, for example:  smile  frames>16"));
    m_filter->setToolTip(tr("<p>Words must occur in the name, the source or a class.</p><p><tt>label:smile</tt>, <tt>split:train</tt>, <tt>subject:12</tt>, "
                            "<tt>frames&gt;16</tt>, <tt>fps=25</tt>, <tt>width&lt;=64</tt>, <tt>excluded:yes</tt>, or a label's name such as <tt>intensity&gt;0.5</tt>.</p>"
                            "<p>All of them must hold; quotes keep words together.</p>"));
    m_filter->setAccessibleName(tr("Filter"));
    m_sort = new QComboBox;
    m_sort->setAccessibleName(tr("Order"));
    m_sort->setToolTip(tr("What the clips are ordered by"));
    m_sort->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_sort->setMinimumContentsLength(9);
    m_descending = new QToolButton;
    m_descending->setCheckable(true);
    m_descending->setArrowType(Qt::UpArrow);
    m_descending->setMinimumSize(24, 24);
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
    m_view->setPlaceholder(tr("No clip passes the filter. Clear it or pick other values."));
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    // Delete and Ctrl+A mean the clips while the wall has the focus, and a text while one is edited
    for (QAction* action : {m_excludeAction, m_selectAllAction}) action->setShortcutContext(Qt::WidgetShortcut);
    m_view->addActions(m_inspector->menuActions());
    m_view->addActions({m_exportAction, m_codesAction, m_excludeAction, m_selectAllAction});
    m_inspector->player()->addAction(m_codesAction);
    connect(m_inspector, &ClipInspector::said, this, [this](const QString& text) { Q_EMIT statusMessage(text); });
    connect(m_selectAllAction, &QAction::triggered, m_view, &QAbstractItemView::selectAll);
    m_summary = new QLabel;
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    auto* wall = new QWidget;
    auto* wallLayout = new QVBoxLayout(wall);
    wallLayout->setContentsMargins(0, 6, 0, 0);
    wallLayout->addLayout(second);
    wallLayout->addWidget(m_view, 1);
    m_charts = new DatasetStatisticsView;
    m_about = new AboutDatasetView;
    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(wall, tr("Clips"));
    m_tabs->addTab(m_charts, tr("Statistics"));
    m_tabs->addTab(m_about, tr("About"));
    auto* browser = new QWidget;
    auto* layout = new QVBoxLayout(browser);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(m_filter);
    layout->addWidget(m_filterProblem);
    layout->addWidget(m_tabs, 1);
    layout->addWidget(m_summary);
    m_stack->addWidget(browser);

    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_filterDelay.start(); });
    connect(m_filter, &QLineEdit::returnPressed, this, &DatasetsPage::applyFilter);
    connect(m_sort, &QComboBox::activated, this, &DatasetsPage::applyFilter);
    connect(m_descending, &QToolButton::toggled, this, [this](bool descending) {
        m_descending->setArrowType(descending ? Qt::DownArrow : Qt::UpArrow);
        applyFilter();
    });
    connect(m_play, &QComboBox::currentIndexChanged, this, [this](int index) { m_view->setPlay(static_cast<ClipListView::Play>(index)); });
    connect(m_size, &QSlider::valueChanged, m_view, &ClipListView::setTileSide);
    connect(m_view, &ClipListView::tileSideChanged, m_size, &QSlider::setValue);
    connect(m_view, &ClipListView::playerKey, m_inspector, [this](QKeyEvent* event) { m_inspector->handleKey(*event); });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (index.isValid()) m_inspector->showClip(index.data(ClipListModel::ClipRole).toLongLong());
        updateActions();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &DatasetsPage::updateActions);
    connect(m_charts, &DatasetStatisticsView::said, this, [this](const QString& text) { Q_EMIT statusMessage(text); });
    connect(m_about, &AboutDatasetView::said, this, [this](const QString& text) { Q_EMIT statusMessage(text); });
    // the facets' "clear all" clears the filter line too
    connect(m_facets, &FacetPanel::cleared, this, &DatasetsPage::clearFilter);
    return m_stack;
}

QList<QAction*> DatasetsPage::menuActions(PageMenu menu) const
{
    const auto separator = [this] {
        auto* made = new QAction(const_cast<DatasetsPage*>(this));
        made->setSeparator(true);
        return made;
    };
    if (menu == PageMenu::File) return m_inspector->menuActions().mid(0, 1);
    if (menu == PageMenu::Edit) return m_inspector->menuActions().mid(1);
    if (menu != PageMenu::Data) return {};
    return {m_openAction, m_createAction, m_importAction, separator(), m_exportAction, m_excludeAction, m_selectAllAction, m_findAction, m_clearAction, separator(), m_trainAction, m_codesAction, m_reloadAction, m_forgetAction};
}

std::vector<PageItem> DatasetsPage::items()
{
    std::vector<PageItem> found;
    for (const QString& path : files()) found.push_back({tr("Dataset"), QFileInfo(path).completeBaseName(), QDir::toNativeSeparators(path), [this, path] { openPath(path); }});
    return found;
}

void DatasetsPage::saveState(QSettings& settings) const
{
    QJsonObject views = m_views;
    if (m_clips.contents()) views.insert(m_clips.contents()->path, toJson(query()));
    while (views.size() > kRememberedViews) views.erase(views.begin());
    settings.setValue(QStringLiteral("views"), QString::fromUtf8(QJsonDocument(views).toJson(QJsonDocument::Compact)));
    settings.setValue(QStringLiteral("splitter"), m_splitter->saveState());
    settings.setValue(QStringLiteral("left"), m_left->saveState());
    settings.setValue(QStringLiteral("inspector"), m_inspector->saveState());
    settings.setValue(QStringLiteral("folder"), m_lastFolder);
    settings.setValue(QStringLiteral("tile"), m_view->tileSide());
    settings.setValue(QStringLiteral("play"), m_play->currentIndex());
    settings.setValue(QStringLiteral("open"), m_clips.contents() ? m_clips.contents()->path : QString());
}

void DatasetsPage::restoreState(QSettings& settings)
{
    m_views = QJsonDocument::fromJson(settings.value(QStringLiteral("views")).toString().toUtf8()).object();
    m_splitter->restoreState(settings.value(QStringLiteral("splitter")).toByteArray());
    m_left->restoreState(settings.value(QStringLiteral("left")).toByteArray());
    m_inspector->restoreState(settings.value(QStringLiteral("inspector")).toByteArray());
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

bool DatasetsPage::mayClose()
{
    const auto dialogs = findChildren<DatasetJobDialog*>();
    if (m_mayQuit || std::none_of(dialogs.begin(), dialogs.end(), [](const DatasetJobDialog* dialog) { return dialog->running(); })) return true;
    QMessageBox box(QMessageBox::Question, tr("Import Is Running"), tr("Clips are being imported. If you close the window the import stops; what is finished is kept, and the same import goes on with it later."),
                    QMessageBox::Close | QMessageBox::Cancel, this);
    box.setDefaultButton(QMessageBox::Cancel);
    m_mayQuit = box.exec() == QMessageBox::Close;
    return m_mayQuit;
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
    m_about->setDescriptions(m_descriptions);
    updateActions();
    Q_EMIT knownChanged();
}

void DatasetsPage::dragEnterEvent(QDragEnterEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        const QString path = url.toLocalFile();
        if (path.isEmpty() || (!isClipFile(path) && !isImportable(path))) continue;
        event->acceptProposedAction();
        return;
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

ImportDatasetDialog* DatasetsPage::importClips(const QString& source)
{
    auto* dialog = new ImportDatasetDialog(m_library, m_program, m_descriptions, this);
    if (!source.isEmpty()) dialog->setSource(source);
    connect(dialog, &DatasetJobDialog::created, this, &DatasetsPage::openPath);
    connect(dialog->card(), &DataCardView::said, this, [this](const QString& text) { Q_EMIT statusMessage(text); });
    dialog->show();  // an import may take hours: the window stays usable
    return dialog;
}

void DatasetsPage::showProblem(const QString& path, const QString& problem)
{
    m_banner->showMessage(problem);
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
    m_banner->clear();
    const bool again = m_clips.contents() && m_clips.contents()->path == contents->path;
    if (m_clips.contents()) m_views.insert(m_clips.contents()->path, toJson(query()));
    const ClipQuery wanted = clipQueryFromJson(m_views.value(contents->path).toObject());
    const std::int64_t clip = again ? m_inspector->clip() : -1;
    m_undo.clear();  // its commands name clips by number
    m_exclusions.setContents(contents);
    m_inspector->setContents(contents);
    m_facets->setContents(contents);
    m_about->setContents(contents);
    m_sort->clear();
    m_sort->addItem(tr("As in the file"), QString());
    for (const std::string& key : sortKeys(*contents)) m_sort->addItem(sortText(key), QString::fromStdString(key));
    setQuery(wanted);
    m_clips.setContents(contents, query());
    m_clips.setExcluded(m_exclusions.flags());
    m_inspector->setExcluded(m_exclusions.flags());
    m_stack->setCurrentIndex(1);
    selectInLibrary(contents->path);
    m_filterProblem->hide();
    const int row = clip >= 0 ? m_clips.rowOf(clip) : (m_clips.rowCount() > 0 ? 0 : -1);
    if (row >= 0) m_view->setCurrentIndex(m_clips.index(row));
    if (!contents->exclusionProblem.isEmpty()) m_banner->showMessage(tr("The excluded clips could not be read: %1").arg(contents->exclusionProblem));
    showSummary();
    updateActions();
    Q_EMIT statusMessage(tr("%1: %n clip(s)", nullptr, static_cast<int>(contents->clips.size())).arg(QFileInfo(contents->path).fileName()));
    Q_EMIT opened(contents->path);
}

ClipQuery DatasetsPage::query() const { return {m_filter->text(), m_facets->chosen(), m_sort->currentData().toString().toStdString(), m_descending->isChecked()}; }

void DatasetsPage::setQuery(const ClipQuery& query)
{
    const QSignalBlocker filter(m_filter), descending(m_descending);
    m_filterDelay.stop();
    m_filter->setText(query.text);
    m_facets->setChosen(query.facets);
    m_sort->setCurrentIndex(std::max(0, m_sort->findData(QString::fromStdString(query.sortKey))));
    m_descending->setChecked(query.descending);
    m_descending->setArrowType(query.descending ? Qt::DownArrow : Qt::UpArrow);
}

void DatasetsPage::applyFilter()
{
    m_filterDelay.stop();
    if (m_clips.contents()) m_clips.setQuery(query());
}

void DatasetsPage::clearFilter()
{
    ClipQuery open = query();
    open.text.clear();
    open.facets.clear();
    setQuery(open);
    applyFilter();
}

void DatasetsPage::queryAnswered(const QString& problem)
{
    m_filterProblem->setText(QStringLiteral("⚠ ") + problem);
    m_filterProblem->setVisible(!problem.isEmpty());
    m_facets->setCounts(m_clips.facetCounts());
    m_charts->setClips(m_clips.contents(), m_clips.order(), m_clips.excluded());
    if (!m_view->currentIndex().isValid() && m_clips.rowCount() > 0) {
        // the clip that is shown large stays the current one while it passes
        const int row = m_clips.rowOf(m_inspector->clip());
        m_view->setCurrentIndex(m_clips.index(std::max(0, row)));
    }
    showSummary();
    updateActions();
}

void DatasetsPage::showSummary()
{
    const auto& contents = m_clips.contents();
    if (!contents) return m_summary->clear();
    const QLocale locale;
    QStringList parts;
    const auto total = static_cast<qint64>(contents->clips.size());
    parts.append(m_clips.rowCount() == total ? tr("%n clip(s)", nullptr, static_cast<int>(total))
                                             : tr("%1 of %n clip(s)", nullptr, static_cast<int>(total)).arg(locale.toString(m_clips.rowCount())));
    if (m_exclusions.count() > 0) parts.append(tr("%n excluded", nullptr, static_cast<int>(m_exclusions.count())));
    int selected = 0;
    for (const QItemSelectionRange& range : m_view->selectionModel()->selection()) selected += range.height();
    if (selected > 1) parts.append(tr("%n selected", nullptr, selected));
    parts.append(contents->minimumFrames == contents->maximumFrames
                     ? tr("%n frame(s) each", nullptr, contents->maximumFrames)
                     : tr("%1–%2 frames, %3 in all").arg(locale.toString(contents->minimumFrames), locale.toString(contents->maximumFrames), locale.toString(static_cast<qint64>(contents->totalFrames))));
    QStringList sizes;
    for (const auto& [width, height] : contents->sizes) sizes.append(tr("%1 × %2").arg(width).arg(height));
    if (sizes.size() > 3) sizes = QStringList{sizes.first(), QStringLiteral("…")};
    if (!sizes.isEmpty()) parts.append(sizes.join(QStringLiteral(", ")));
    parts.append(locale.formattedDataSize(static_cast<qint64>(contents->fileBytes)));
    m_summary->setText(parts.join(QStringLiteral("  ·  ")));
    m_summary->setToolTip(m_summary->text());
}

std::vector<std::int64_t> DatasetsPage::selectedClips() const
{
    std::vector<int> rows;
    for (const QModelIndex& index : m_view->selectionModel()->selectedIndexes()) rows.push_back(index.row());
    std::sort(rows.begin(), rows.end());
    std::vector<std::int64_t> clips;
    for (const int row : rows) clips.push_back(m_clips.clipAt(row));
    return clips;
}

void DatasetsPage::excludeSelection()
{
    const std::vector<std::int64_t> clips = selectedClips();
    const bool exclude = std::any_of(clips.begin(), clips.end(), [this](std::int64_t clip) { return !m_exclusions.contains(clip); });
    std::vector<std::int64_t> changed;
    for (const std::int64_t clip : clips)
        if (m_exclusions.contains(clip) != exclude) changed.push_back(clip);
    if (changed.empty()) return;
    Q_EMIT statusMessage(exclude ? tr("%n clip(s) excluded; the data itself is not touched.", nullptr, static_cast<int>(changed.size())) : tr("%n clip(s) included again.", nullptr, static_cast<int>(changed.size())));
    m_undo.push(new MarkCommand(m_exclusions, std::move(changed), exclude));
}

ClipExportDialog* DatasetsPage::exportSelection()
{
    const std::vector<std::int64_t> clips = selectedClips();
    if (clips.empty()) return nullptr;
    auto* dialog = new ClipExportDialog(m_program, m_clips.contents(), clips, m_exclusions.flags(), m_lastFolder, this);
    connect(dialog, &ClipExportDialog::exported, this, [this](const QString& target) {
        const QFileInfo info(target);
        m_lastFolder = info.absolutePath();
        Q_EMIT statusMessage(info.isFile() ? tr("%1 written (%2)").arg(QDir::toNativeSeparators(target), QLocale().formattedDataSize(info.size())) : tr("%1 written").arg(QDir::toNativeSeparators(target)));
    });
    dialog->open();
    return dialog;
}

void DatasetsPage::updateActions()
{
    const bool open = m_clips.contents() != nullptr;
    const auto* selection = m_view ? m_view->selectionModel() : nullptr;
    const bool selected = open && selection && selection->hasSelection();
    m_exportAction->setEnabled(selected);
    m_excludeAction->setEnabled(selected);
    bool allExcluded = selected && m_exclusions.count() > 0;
    if (allExcluded)
        for (const QItemSelectionRange& range : selection->selection())
            for (int row = range.top(); allExcluded && row <= range.bottom(); ++row) allExcluded = m_clips.excludedAt(row);
    m_excludeAction->setText(allExcluded ? tr("&Include Selected Clips Again") : tr("E&xclude Selected Clips"));
    m_excludeAction->setToolTip(allExcluded ? tr("Use these clips again") : tr("Leave these clips out of training, evaluation and export; the data is not touched"));
    m_selectAllAction->setEnabled(open && m_clips.rowCount() > 0);
    m_clearAction->setEnabled(open && query().filters());
    m_trainAction->setEnabled(open);
    m_codesAction->setEnabled(open && m_inspector && m_inspector->clip() >= 0);
    m_reloadAction->setEnabled(open);
    m_forgetAction->setEnabled(m_list && m_list->currentIndex().isValid());
    if (open && m_summary) showSummary();
    const auto offer = [this](QAction* action, bool builtin, const QString& tip) {
        const bool known = std::any_of(m_descriptions.begin(), m_descriptions.end(), [=](const DatasetDescription& kind) { return kind.builtin == builtin; });
        action->setEnabled(known);
        action->setToolTip(known ? tip : tr("Waiting for the list of what can be made"));
    };
    offer(m_createAction, true, tr("Draw a dataset with known factors; nothing is downloaded"));
    offer(m_importAction, false, tr("Make a dataset file from videos, pictures or frames, in the layout in which their owners ship them"));
}
