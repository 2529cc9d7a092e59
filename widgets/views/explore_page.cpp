#include "widgets/views/explore_page.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QCursor>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QUndoCommand>
#include <QVBoxLayout>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/export/recipe.h"
#include "core/run/run_directory.h"
#include "core/util/file.h"
#include "core/util/json_text.h"
#include "widgets/clip_view/clip_copy.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"
#include "widgets/views/bookmarks_panel.h"
#include "widgets/views/control_panel.h"
#include "widgets/views/evidence_panel.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/inversion_dialog.h"
#include "widgets/views/latent_tools.h"
#include "widgets/views/matrix_headers.h"
#include "widgets/views/system_page.h"

using kinora::Control;
using kinora::ControlKind;
using kinora::ControlRole;

namespace {

/// A note that is shown whole or not at all: a number that is cut would be another number.
class Note final : public QLabel {
public:
    using QLabel::QLabel;

protected:
    void paintEvent(QPaintEvent* event) override
    {
        if (width() >= sizeHint().width()) QLabel::paintEvent(event);
    }
};

bool hasPrior(const Control& control) { return control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence || control.kind == ControlKind::Category; }

/// True if the matrix looks different after this change: it depends on the length, on locks, and on what locked groups and pictures hold.
bool changesMatrix(const LatentModel& model, const LatentState& before, const LatentState& after)
{
    if (before.frames != after.frames || before.locked != after.locked || before.lockedControls != after.lockedControls) return true;
    return std::ranges::any_of(model.system().controls, [&](const Control& control) {
        const auto old = before.controls.find(control.id), now = after.controls.find(control.id);
        if (old == before.controls.end() || now == after.controls.end()) return false;
        if (hasPrior(control) && !after.locked.contains(control.role) && !after.lockedControls.contains(control.id)) return old->second.truncation != now->second.truncation;
        return !(old->second == now->second);
    });
}

QString shellQuoted(QString text) { return QLatin1Char('\'') + text.replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\''); }

QSpinBox* spin(QWidget* parent, int minimum, int maximum, const QString& name)
{
    auto* box = new QSpinBox(parent);
    box->setRange(minimum, maximum);
    box->setKeyboardTracking(false);
    box->setAccessibleName(name);
    box->setToolTip(name);
    return box;
}
}  // namespace

/// One change of the latent state. Changes of one drag become one command.
class StateCommand final : public QUndoCommand {
public:
    StateCommand(ExplorePage& page, LatentState before, LatentState after, const QString& text, int group)
        : QUndoCommand(text), m_page(page), m_before(std::move(before)), m_after(std::move(after)), m_group(group)
    {
    }
    int id() const override { return 1; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const StateCommand*>(other);
        if (m_group <= 0 || next->m_group != m_group) return false;
        m_after = next->m_after;
        return true;
    }
    void undo() override { m_page.applyState(m_before); }
    void redo() override
    {
        if (m_fresh)
            m_fresh = false;  // the panel has done it already
        else
            m_page.applyState(m_after);
    }

private:
    ExplorePage& m_page;
    LatentState m_before, m_after;
    int m_group;
    bool m_fresh = true;
};

ExplorePage::ExplorePage(EngineClient& engine, const QString& demo, QWidget* parent)
    : Page(parent), m_engine(engine), m_demo(demo), m_preview(engine), m_matrix(engine), m_judge(engine), m_finder(engine)
{
    m_undo.setUndoLimit(200);
    buildActions();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 4);
    m_message = new MessageBar(this);
    layout->addWidget(m_message);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(buildEmpty());
    m_stack->addWidget(buildWorkspace());
    layout->addWidget(m_stack, 1);

    connect(m_panel, &ControlPanel::edited, this, &ExplorePage::commit);
    connect(&m_finder, &DirectionFinder::found, this, &ExplorePage::takeDirections);
    connect(&m_finder, &DirectionFinder::failed, m_panel, [this](const std::string& id, const kinora::Error& error) { m_panel->setDirectionsNote(id, tr("No principal directions. %1").arg(errorText(error))); });
    connect(m_panel, &ControlPanel::saveDirectionWanted, m_tools, &LatentTools::saveDirection);
    connect(m_panel, &ControlPanel::savedDirectionsWanted, m_tools, &LatentTools::manageDirections);
    connect(m_tools, &LatentTools::savedDirectionsChanged, &m_finder, &DirectionFinder::findSaved);
    connect(m_tools, &LatentTools::directionsRenamed, m_panel, &ControlPanel::showDirections);
    connect(m_tools, &LatentTools::said, this, [this](const QString& text) { Q_EMIT statusMessage(text); });
    connect(m_tools, &LatentTools::edited, this, &ExplorePage::commit);
    connect(m_tools, &LatentTools::edited, m_panel, &ControlPanel::refresh);
    connect(m_tools, &LatentTools::failed, m_message, [this](const QString& text) { m_message->showMessage(text); });
    for (QAction* action : m_tools->viewActions() + m_tools->latentActions()) addAction(action);
    connect(m_tools, &LatentTools::wayRendered, this, [this](const ClipPtr& clip, const kinora::KeyPoses& poses, const kinora::ControlValues& present, int frames) {
        m_way = Way{clip, poses, present, frames};
        m_view->setClip(clip);
        m_player->setFrameCount(clip->count());
        m_clock.play();
        Q_EMIT statusMessage(tr("The way through the key poses, %n frame(s). The next movement of a control shows its clip again.", nullptr, clip->count()), 10000);
    });
    connect(m_panel, &ControlPanel::datasetWanted, this, &ExplorePage::chooseGiven);
    connect(m_panel, &ControlPanel::failed, m_message, [this](const QString& text) { m_message->showMessage(text); });
    connect(&m_preview, &PreviewController::clipReady, this, [this](const ClipPtr& clip, double milliseconds, bool) {
        m_view->setClip(clip);
        m_single = clip;
        m_player->setFrameCount(clip->count());
        if (!m_evidence->isHidden()) m_evidence->setClip(clip);
        if (!m_referenceValues) setReference();  // of a model that was just opened: the first clip
        compareCodes();
        m_saveClipAction->setEnabled(true);
        Q_EMIT latencyMeasured(milliseconds);
        if (m_directionsAsked) return;
        requestMatrix();
        askDirections();
    });
    connect(&m_preview, &PreviewController::failed, this, [this](const kinora::Error& error) {
        m_message->showMessage(errorText(error));
        m_saveWanted = false;
        m_saveClipAction->setEnabled(false);  // what is shown is of other codes
    });
    connect(&m_preview, &PreviewController::busyChanged, m_view, &ClipView::setStale);
    connect(&m_preview, &PreviewController::busyChanged, this, [this](bool busy) {
        if (!busy && std::exchange(m_saveWanted, false)) saveClip();
    });
    connect(&m_matrix, &MatrixController::clipsReady, this, [this](int first, const std::vector<ClipPtr>& clips) {
        for (std::size_t index = 0; index < clips.size(); ++index) {
            const int cell = first + static_cast<int>(index);
            const int row = cell / m_grid->columns(), column = cell % m_grid->columns();
            m_grid->setClip(row, column, clips[index]);
            m_headers->clipArrived(row, column, clips[index]);
        }
    });
    connect(&m_matrix, &MatrixController::progressed, this, [this](int done, int total) {
        m_matrixProgress->setRange(0, total);
        m_matrixProgress->setValue(done);
    });
    connect(&m_matrix, &MatrixController::failed, this, [this](const kinora::Error& error) { m_message->showMessage(errorText(error)); });
    connect(&m_matrix, &MatrixController::busyChanged, this, [this](bool busy) {
        m_grid->setStale(busy);
        m_matrixProgress->setVisible(busy);
    });
    showExportProgress(m_export, this);
    connect(&m_export, &ExportController::started, this, [this](const QString& target) { Q_EMIT statusMessage(tr("Saving %1 …").arg(target), 0); });
    connect(&m_export, &ExportController::written, this, [this](const QString& target, qint64 bytes) {
        Q_EMIT statusMessage(tr("Saved %1 (%2)").arg(QDir::toNativeSeparators(target), QLocale().formattedDataSize(bytes)), 10000);
    });
    connect(&m_export, &ExportController::failed, this, [this](const QString&, const kinora::Error& error) {
        if (error.code() == kinora::ErrorCode::Cancelled) Q_EMIT statusMessage(tr("Export cancelled; nothing was written."), 10000);
        else m_message->showMessage(errorText(error));
    });
    connect(&m_engine, &EngineClient::stateChanged, this, &ExplorePage::engineChanged);
    m_matrixDelay.setSingleShot(true);
    m_matrixDelay.setInterval(120);
    connect(&m_matrixDelay, &QTimer::timeout, this, [this] {
        if (!m_checkpoint || !m_model.missing().empty() || m_matrixSide->isHidden()) return;
        GenerateRequest request;
        request.checkpoint = m_checkpoint->handle;
        request.frames = m_model.state().frames;
        request.channel = "matrix";
        request.view = view();
        const int rows = m_rows->value(), columns = m_columns->value();
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column) request.clips.push_back(m_headers->codes().cell(m_model, row, column));
        m_headers->refresh();
        m_matrixProgress->setRange(0, rows * columns);
        m_matrixProgress->setValue(0);
        // one clip a request on a processor: a cell is then bit for bit what its codes give alone (kernels differ by batch size), and a slider waits for one clip at most
        m_matrix.request(request, m_engine.info().device.startsWith(QLatin1String("cpu")) ? 1 : columns);
    });
    connect(&m_clock, &ClipClock::playingChanged, this, [this](bool playing) {
        if (isVisible()) m_playWanted = playing;
    });
    retitle();
    engineChanged();
}

void ExplorePage::buildActions()
{
    const auto make = [this](const QString& icon, const QString& text, const QString& tip, auto slot, const QKeySequence& key = {}) {
        auto* action = new QAction(icon.isEmpty() ? QIcon() : themedIcon(icon), text, this);
        action->setStatusTip(tip);
        action->setToolTip(tip);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    // keys of one letter belong to the page alone, so that they do not fire elsewhere
    const auto ofPage = [this](QAction* action) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
        return action;
    };
    m_openAction = make(QStringLiteral("open"), tr("&Open Checkpoint…"), tr("Opens a trained model (.safetensors)"), &ExplorePage::chooseCheckpoint, QKeySequence::Open);
    m_saveClipAction = make(QStringLiteral("export"), tr("Save as &GIF or Video…"), tr("Saves the clip or the matrix"), &ExplorePage::saveClip, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    m_saveStateAction = make(QStringLiteral("save"), tr("Save &State…"), tr("Saves the codes as JSON; 'kinora generate --state' makes the same clip of it"), [this] {
        if (!m_checkpoint) return;
        auto* dialog = new QFileDialog(this, tr("Save State"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setNameFilters({tr("States (*.json)")});
        dialog->setDefaultSuffix(QStringLiteral("json"));
        dialog->selectFile(suggestedName() + QStringLiteral(".json"));
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) {
            m_jobs.run([path = toPath(file), text = stateJson().dump(1)](std::stop_token) { kinora::writeFile(path, text); return true; },
                       [this, file](const kinora::Outcome<bool>& outcome) {
                           if (outcome)
                               Q_EMIT statusMessage(tr("Saved %1").arg(file), 8000);
                           else
                               m_message->showMessage(errorText(outcome.error()));
                       });
        });
        dialog->open();
    }, QKeySequence::Save);
    m_openStateAction = make({}, tr("Open S&tate…"), tr("Loads codes that were saved as JSON"), [this] {
        auto* dialog = new QFileDialog(this, tr("Open State"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        dialog->setNameFilters({tr("States (*.json)"), tr("All files (*)")});
        connect(dialog, &QFileDialog::fileSelected, this, &ExplorePage::openPath);
        dialog->open();
    });
    m_copyAction = make({}, tr("&Copy State"), tr("Copies the codes as JSON"), &ExplorePage::copyState, QKeySequence::Copy);
    m_pasteAction = make({}, tr("&Paste State"), tr("Takes over codes from the clipboard"), &ExplorePage::pasteState, QKeySequence::Paste);
    m_commandAction = make({}, tr("Copy as Command &Line"), tr("Copies the command that makes this clip in a terminal"), [this] {
        if (!m_checkpoint) return;
        // seeds say everything as long as nothing was moved by hand
        const bool both = std::ranges::any_of(m_model.roles(), [](ControlRole role) { return role == ControlRole::Both; });
        const std::uint64_t appearance = m_model.seed(m_model.splits() || !both ? ControlRole::Appearance : ControlRole::Both);
        LatentModel drawn = m_model;
        for (const Control& control : drawn.system().controls) drawn.setControlLocked(control.id, false);
        for (const ControlRole role : drawn.roles()) {
            drawn.draw(role, role == ControlRole::Motion ? m_model.seed(role) : appearance);
            drawn.reset(role);  // settings too: seeds do not tell them
        }
        QString text;
        if (drawn.values() == m_model.values()) {
            text = QStringLiteral("kinora generate --checkpoint %1 --appearance-seed %2 --motion-seed %3 --frames %4 -o %5.gif")
                       .arg(shellQuoted(m_checkpoint->path)).arg(appearance).arg(m_model.seed(ControlRole::Motion)).arg(m_model.state().frames).arg(suggestedName());
        } else {
            text = QStringLiteral("cat > state.json <<'EOF'\n%1\nEOF\nkinora generate --state state.json -o %2.gif").arg(QString::fromStdString(stateJson().dump()), suggestedName());
        }
        if (!view().empty()) text += QStringLiteral(" --view ") + QString::fromStdString(view());
        QGuiApplication::clipboard()->setText(text);
        Q_EMIT statusMessage(tr("The command is in the clipboard."));
    }, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    m_pixelAction = make(QStringLiteral("pixels"), tr("Pixel-&Exact Pictures"), tr("Enlarges pictures by whole numbers without smoothing"), [this] {
        const ClipScaling scaling = m_pixelAction->isChecked() ? ClipScaling::PixelExact : ClipScaling::Smooth;
        m_view->setScaling(scaling);
        m_grid->setScaling(scaling);
    });
    m_pixelAction->setCheckable(true);
    m_matrixAction = make(QStringLiteral("grid"), tr("Appearance × Motion &Matrix"), tr("Shows the matrix beside the clip"), [this] {
        m_matrixSide->setVisible(m_matrixAction->isChecked());
        if (m_matrixAction->isChecked()) requestMatrix();
    });
    m_matrixAction->setCheckable(true);
    m_matrixAction->setChecked(true);
    m_evidenceAction = make({}, tr("&Evidence"), tr("Shows beside the clip what changed against a reference: difference, slice through time, and numbers for looks and movement"), [this] {
        m_evidence->setVisible(m_evidenceAction->isChecked());
        if (m_evidenceAction->isChecked()) m_evidence->setClip(m_single);
    }, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
    m_evidenceAction->setCheckable(true);
    m_referenceAction = ofPage(make({}, tr("Set &Reference"), tr("Compares from now on with the clip that is shown"), &ExplorePage::setReference, QKeySequence(Qt::Key_F)));
    m_bookmarksAction = make({}, tr("&Bookmarks"), tr("Shows kept states below the controls"), [this] { m_bookmarks->setVisible(m_bookmarksAction->isChecked()); }, QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_B));
    m_bookmarksAction->setCheckable(true);
    m_demoAction = make({}, tr("Open the &Ready Model"), tr("Opens the model that comes with the program"), [this] { openPath(m_demo); });
    m_demoAction->setEnabled(!m_demo.isEmpty());
    m_aboutModelAction = make(QStringLiteral("info"), tr("&About This Model…"), tr("The system, its paper and its controls"), [this] {
        if (!m_checkpoint) return;
        const auto& system = m_checkpoint->system;
        QString text = QStringLiteral("<h3>%1</h3><p>%2</p><p><i>%3</i></p>").arg(QString::fromStdString(system.name).toHtmlEscaped(), catalogueText(system.summary).toHtmlEscaped(), QString::fromStdString(system.reference).toHtmlEscaped());
        text += QStringLiteral("<table cellpadding='2'>");
        const auto row = [&](const QString& name, const QString& value) { text += QStringLiteral("<tr><td>%1</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), value.toHtmlEscaped()); };
        row(tr("File"), m_checkpoint->path);
        row(tr("SHA-256"), m_checkpoint->hash);
        row(tr("Trained on"), m_checkpoint->dataset);
        row(tr("Step"), QLocale().toString(m_checkpoint->step));
        row(tr("Clips"), tr("%1 × %2 pixels, trained with %3 frames, %4 frames a second").arg(system.width).arg(system.height).arg(system.length.trained).arg(m_checkpoint->frameRateHz));
        for (const Control& control : system.controls) row(catalogueText(control.name), catalogueText(control.help));
        text += QStringLiteral("</table>");
        auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About This Model"), text, QMessageBox::Close, this);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        box->open();
    });
    m_aboutSystemAction = make(QStringLiteral("info"), tr("About the S&ystem…"), tr("What this model's system does, how it differs from the paper, its options"), [this] {
        if (m_checkpoint) SystemPage::open(m_checkpoint->system, this);
    });
    m_compareAction = make(QStringLiteral("compare"), tr("Add to &Comparison"), tr("Shows this checkpoint on the Compare page"), [this] {
        if (m_checkpoint) Q_EMIT openRequested(m_checkpoint->path, QStringLiteral("compare"));
    });
    m_appearanceAction = ofPage(make(QStringLiteral("dice"), tr("New &Appearance"), tr("Draws the appearance anew"), &ExplorePage::newAppearance, QKeySequence(Qt::Key_A)));
    m_motionAction = ofPage(make(QStringLiteral("dice"), tr("New &Motion"), tr("Draws the motion anew"), &ExplorePage::newMotion, QKeySequence(Qt::Key_M)));
    m_bothAction = ofPage(make(QStringLiteral("dice"), tr("New &Both"), tr("Draws everything that is not locked anew"), &ExplorePage::newBoth, QKeySequence(Qt::Key_R)));
    m_resetAction = ofPage(make(QStringLiteral("reset"), tr("&Reset"), tr("Back to what the seeds gave"), &ExplorePage::resetLatents, QKeySequence(Qt::Key_Home)));
    m_newMatrixAction = ofPage(make(QStringLiteral("dice"), tr("New Matri&x"), tr("Draws all rows and columns of the matrix anew"), [this] {
        MatrixCodes codes = m_headers->codes();
        codes.setSeed(MatrixSide::Rows, QRandomGenerator::global()->bounded(100000));
        codes.setSeed(MatrixSide::Columns, QRandomGenerator::global()->bounded(100000));
        m_headers->change(tr("New matrix"), codes);
    }, QKeySequence(Qt::SHIFT | Qt::Key_R)));
    m_inversionAction = make({}, tr("Codes of a Real &Clip…"), tr("Looks for the codes that draw a clip of a dataset, to edit them or to give its motion to another appearance"), &ExplorePage::findCodes,
                             QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I));
    m_playAction = ofPage(make(QStringLiteral("play"), tr("&Play or Pause"), tr("Starts or stops all clips of the page"), [this] { m_clock.toggle(); }, QKeySequence(Qt::Key_Space)));
    m_openStateAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    m_pixelAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_X));
    m_matrixAction->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M));
    ofPage(m_compareAction)->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A));
    ofPage(m_aboutModelAction)->setShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F1));
    ofPage(m_aboutSystemAction)->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F1));
}

QList<QAction*> ExplorePage::menuActions(PageMenu menu) const
{
    const auto separator = [this] {
        auto* action = new QAction(const_cast<ExplorePage*>(this));
        action->setSeparator(true);
        return action;
    };
    switch (menu) {
    case PageMenu::File: return {m_openAction, m_openStateAction, m_saveStateAction, m_saveClipAction};
    case PageMenu::Edit: return QList<QAction*>{m_copyAction, m_pasteAction, m_commandAction, m_bookmarks->addAction()} + m_view->actions();
    case PageMenu::View: return QList<QAction*>{m_matrixAction, m_evidenceAction, m_bookmarksAction} + m_tools->viewActions() + QList<QAction*>{m_pixelAction};
    case PageMenu::Model: return {m_demoAction, m_aboutModelAction, m_aboutSystemAction, m_compareAction};
    case PageMenu::Latents: return QList<QAction*>{m_appearanceAction, m_motionAction, m_bothAction, m_resetAction, separator(), m_referenceAction, m_inversionAction, separator()} + m_tools->latentActions() + QList<QAction*>{separator(), m_newMatrixAction, m_headers->actions()[0], m_headers->actions()[1], m_headers->actions()[2], separator(), m_playAction};
    default: return {};
    }
}

QWidget* ExplorePage::buildEmpty()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->addStretch(2);
    auto* icon = new QLabel(page);
    icon->setAlignment(Qt::AlignCenter);
    icon->setPixmap(QIcon(QStringLiteral(":/icons/kinora.svg")).pixmap(QSize(96, 96), devicePixelRatioF()));
    layout->addWidget(icon);
    m_emptyText = new QLabel(page);
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setWordWrap(true);
    layout->addWidget(m_emptyText);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    auto* open = new QPushButton(themedIcon(QStringLiteral("open")), tr("Open Checkpoint…"), page);
    connect(open, &QPushButton::clicked, this, &ExplorePage::chooseCheckpoint);
    m_demoButton = new QPushButton(tr("Open the Ready Model"), page);
    m_demoButton->setVisible(!m_demo.isEmpty());
    connect(m_demoButton, &QPushButton::clicked, this, [this] { openPath(m_demo); });
    row->addWidget(open);
    row->addWidget(m_demoButton);
    row->addStretch(1);
    layout->addLayout(row);
    layout->addStretch(3);
    return page;
}

QWidget* ExplorePage::buildWorkspace()
{
    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->setChildrenCollapsible(false);

    auto* left = new QWidget;
    auto* leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 4, 0);
    m_heading = new QLabel(left);
    m_heading->setWordWrap(true);
    m_heading->setTextInteractionFlags(Qt::TextSelectableByMouse);
    leftLayout->addWidget(m_heading);
    auto* draw = new QHBoxLayout;
    const auto drawButton = [&](QAction* action, const QString& text) {
        auto* button = new QPushButton(themedIcon(QStringLiteral("dice")), text, left);
        button->setToolTip(QStringLiteral("%1 (%2)").arg(action->toolTip(), action->shortcut().toString(QKeySequence::NativeText)));
        bindButton(button, action);
        draw->addWidget(button, 1);
    };
    drawButton(m_bothAction, tr("New Clip"));
    auto* reset = new QPushButton(themedIcon(QStringLiteral("reset")), tr("Reset"), left);
    reset->setToolTip(QStringLiteral("%1 (%2)").arg(m_resetAction->toolTip(), m_resetAction->shortcut().toString(QKeySequence::NativeText)));
    bindButton(reset, m_resetAction);
    draw->addWidget(reset);
    leftLayout->addLayout(draw);
    m_panel = new ControlPanel(left);
    leftLayout->addWidget(m_panel, 1);
    m_bookmarks = new BookmarksPanel(kinora::Places::data() / "bookmarks", left);
    m_bookmarks->setMaximumHeight(260);
    m_bookmarks->hide();
    leftLayout->addWidget(m_bookmarks);
    connect(m_bookmarks, &BookmarksPanel::keepWanted, this, [this] {
        if (!m_checkpoint) return;
        m_bookmarks->keep(suggestedName(), stateJson(), m_single ? frameImage(*m_single, m_single->count() / 2).copy() : QImage());
    });
    connect(m_bookmarks, &BookmarksPanel::opened, this, &ExplorePage::openBookmark);
    connect(m_bookmarks, &BookmarksPanel::failed, m_message, [this](const kinora::Error& error) { m_message->showMessage(errorText(error)); });
    connect(m_bookmarks, &BookmarksPanel::statusMessage, this, &ExplorePage::statusMessage);
    connect(m_message, &MessageBar::triggered, this, [this] {
        if (m_bookmarkCheckpoint.isEmpty()) return;
        m_pendingState = m_bookmarkState;
        openCheckpoint(std::exchange(m_bookmarkCheckpoint, {}));
    });
    left->setMinimumWidth(270);
    m_splitter->addWidget(left);

    auto* middle = new QWidget;
    auto* middleLayout = new QVBoxLayout(middle);
    middleLayout->setContentsMargins(4, 0, 4, 0);
    m_view = new ClipView(middle);
    addCopyActions(*m_view, [this] { return m_view->clip(); }, [this] { return m_view->shownFrame(); }, [this] { return m_checkpoint ? m_checkpoint->frameRateHz : 10.0; });
    m_view->setClock(&m_clock);
    middleLayout->addWidget(m_view, 1);
    m_player = new PlayerBar(m_clock, middle);
    middleLayout->addWidget(m_player);
    m_evidence = new EvidencePanel(m_clock, JobProcess::kinora(), middle);
    connect(m_evidence, &EvidencePanel::judgementWanted, this, [this] {
        if (m_checkpoint) m_judge.request(m_checkpoint->handle, m_evidence->clip(), m_evidence->reference());
    });
    connect(&m_judge, &JudgeController::judged, m_evidence, &EvidencePanel::setJudgement);
    connect(&m_judge, &JudgeController::refused, m_evidence, [this](const kinora::Error& error) { m_evidence->setNoJudgement(errorText(error)); });
    m_evidence->setVisible(false);
    connect(m_evidence, &EvidencePanel::referenceWanted, this, &ExplorePage::setReference);
    m_output = new QComboBox(middle);
    m_output->setAccessibleName(tr("What is shown"));
    m_output->setToolTip(tr("The clip, or one of the further pictures that the system makes on the way to it"));
    m_output->hide();
    connect(m_output, &QComboBox::activated, this, [this] {
        requestClip();
        requestMatrix();
    });
    auto* lengthRow = new QHBoxLayout;
    lengthRow->addWidget(m_output);
    auto* lengthLabel = new QLabel(tr("&Length:"), middle);
    m_frames = spin(middle, 1, 16, tr("Clip length in frames"));
    lengthLabel->setBuddy(m_frames);
    connect(m_frames, &QSpinBox::valueChanged, this, &ExplorePage::setFrames);
    m_framesNote = new Note(middle);
    m_framesNote->setEnabled(false);
    m_framesNote->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // the first to give way
    auto* saveButton = new QPushButton(themedIcon(QStringLiteral("export")), tr("Save…"), middle);
    saveButton->setToolTip(QStringLiteral("%1 (%2)").arg(m_saveClipAction->toolTip(), m_saveClipAction->shortcut().toString(QKeySequence::NativeText)));
    bindButton(saveButton, m_saveClipAction);
    auto* pixels = new QToolButton(middle);
    pixels->setDefaultAction(m_pixelAction);
    pixels->setAutoRaise(true);
    pixels->setMinimumSize(28, 28);
    lengthRow->addWidget(lengthLabel);
    lengthRow->addWidget(m_frames);
    lengthRow->addWidget(m_framesNote, 1);
    lengthRow->addWidget(pixels);
    lengthRow->addWidget(saveButton);
    middleLayout->addLayout(lengthRow);
    middleLayout->addWidget(m_evidence);
    m_splitter->addWidget(middle);

    m_matrixSide = new QWidget;
    auto* rightLayout = new QVBoxLayout(m_matrixSide);
    rightLayout->setContentsMargins(4, 0, 0, 0);
    m_grid = new ClipGrid(m_matrixSide);
    m_grid->setClock(&m_clock);
    m_grid->setAccessibleName(tr("Matrix of clips: rows change the appearance, columns the motion"));
    m_grid->setPlaceholder(tr("Rows change the appearance, columns the motion."));
    connect(m_grid, &ClipGrid::cellClicked, this, &ExplorePage::loadCell);
    connect(m_grid, &ClipGrid::cellActivated, this, &ExplorePage::loadCell);
    m_headers = new MatrixHeaders(*m_grid, m_model, m_undo, this);
    connect(m_headers, &MatrixHeaders::changed, this, &ExplorePage::showMatrixCodes);
    connect(m_headers, &MatrixHeaders::refused, this, [this](const QString& reason) { Q_EMIT statusMessage(reason, 10000); });
    m_view->setDragData(MatrixHeaders::stateFormat(), [this] { return m_checkpoint ? QByteArray::fromStdString(stateJson().dump()) : QByteArray(); });
    rightLayout->addWidget(m_grid, 1);
    m_matrixProgress = new QProgressBar(m_matrixSide);
    m_matrixProgress->setTextVisible(false);
    m_matrixProgress->setMaximumHeight(4);
    m_matrixProgress->setAccessibleName(tr("Progress of the matrix"));
    auto keepSpace = m_matrixProgress->sizePolicy();
    keepSpace.setRetainSizeWhenHidden(true);
    m_matrixProgress->setSizePolicy(keepSpace);
    m_matrixProgress->hide();
    rightLayout->addWidget(m_matrixProgress);
    auto* shape = new QHBoxLayout;
    m_rows = spin(m_matrixSide, 1, 12, tr("Rows of the matrix"));
    m_columns = spin(m_matrixSide, 1, 12, tr("Columns of the matrix"));
    m_rows->setValue(4);
    m_columns->setValue(4);
    m_appearanceSeed = spin(m_matrixSide, 0, 2147483647, tr("Appearance seed of the first row"));
    m_motionSeed = spin(m_matrixSide, 0, 2147483647, tr("Motion seed of the first column"));
    m_motionSeedLabel = new QLabel(tr("M"), m_matrixSide);
    auto* fresh = new QToolButton(m_matrixSide);
    fresh->setDefaultAction(m_newMatrixAction);
    fresh->setToolButtonStyle(Qt::ToolButtonIconOnly);
    fresh->setAccessibleName(tr("New matrix"));
    fresh->setMinimumSize(28, 28);
    shape->addWidget(m_rows);
    shape->addWidget(new QLabel(QStringLiteral("×"), m_matrixSide));
    shape->addWidget(m_columns);
    shape->addStretch(1);
    shape->addWidget(new QLabel(tr("A"), m_matrixSide));
    shape->addWidget(m_appearanceSeed);
    shape->addWidget(m_motionSeedLabel);
    shape->addWidget(m_motionSeed);
    shape->addWidget(fresh);
    rightLayout->addLayout(shape);
    for (QSpinBox* box : {m_rows, m_columns, m_appearanceSeed, m_motionSeed}) connect(box, &QSpinBox::valueChanged, this, [this, box] { matrixEdited(box); });
    m_headers->setCodes(MatrixCodes(4, 4, 0, 0));
    m_matrixSide->setMinimumWidth(250);
    m_splitter->addWidget(m_matrixSide);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setStretchFactor(2, 1);
    m_splitter->setSizes({340, 420, 440});
    m_toolSplitter = new QSplitter(Qt::Vertical);
    m_toolSplitter->setChildrenCollapsible(false);
    m_toolSplitter->addWidget(m_splitter);
    m_tools = new LatentTools(m_engine);
    m_toolSplitter->addWidget(m_tools);
    m_toolSplitter->setStretchFactor(0, 1);
    m_toolSplitter->setStretchFactor(1, 0);
    return m_toolSplitter;
}

bool ExplorePage::accepts(const QString& path) const
{
    const QFileInfo info(path);
    if (info.isDir()) return kinora::RunReader::isRun(toPath(path));
    const QString suffix = info.suffix().toLower();
    return suffix == QLatin1String("safetensors") || (suffix == QLatin1String("json") && !path.endsWith(QLatin1String(".study.json"), Qt::CaseInsensitive));
}

void ExplorePage::openPath(const QString& path)
{
    if (path.isEmpty()) return;
    const QFileInfo info(path);
    if (info.suffix().toLower() == QLatin1String("json")) {
        m_jobs.run([file = toPath(path)](std::stop_token) { return kinora::readFile(file, 16u << 20); },
                   [this](const kinora::Outcome<std::string>& outcome) {
                       if (!outcome)
                           m_message->showMessage(errorText(outcome.error()));
                       else
                           takeJson(QString::fromStdString(outcome.value()));
                   });
        return;
    }
    if (!info.isDir()) {
        openCheckpoint(info.absoluteFilePath());
        return;
    }
    // a run: its newest checkpoint that passes its checks
    const quint64 turn = ++m_openTurn;
    m_opening = path;
    retitle();
    m_jobs.run([folder = toPath(path)](std::stop_token) { return toQString(kinora::newestGoodCheckpoint(kinora::RunReader(folder)).path); },
               [this, turn](const kinora::Outcome<QString>& outcome) {
                   if (turn != m_openTurn) return;
                   m_opening.clear();
                   retitle();
                   if (outcome)
                       openCheckpoint(outcome.value());
                   else
                       m_message->showMessage(errorText(outcome.error()));
               });
}

void ExplorePage::setReference()
{
    // not what is shown: that may be the way through key poses, which no one code belongs to
    if (!m_single) return;
    m_referenceValues = m_model.values();
    m_evidence->setReference(m_single);
    compareCodes();
}

void ExplorePage::compareCodes()
{
    if (!m_referenceValues) return m_evidence->setChanged(EvidencePanel::Changed::Unknown);
    const kinora::ControlValues values = m_model.values();
    bool looks = false, motion = false, both = false;
    for (const Control& control : m_model.system().controls) {
        const auto now = values.find(control.id);
        const auto then = std::as_const(*m_referenceValues).find(control.id);
        if (now == values.end() || then == m_referenceValues->end() || now->second == then->second) continue;
        (control.role == ControlRole::Appearance ? looks : control.role == ControlRole::Motion ? motion : both) = true;
    }
    using Changed = EvidencePanel::Changed;
    m_evidence->setChanged(both || (looks && motion) ? Changed::Both : looks ? Changed::Appearance : motion ? Changed::Motion : Changed::Nothing);
}

void ExplorePage::setDatasets(const QString& folder, const QString& recent)
{
    m_datasets = folder;
    m_recentDatasets = recent;
}

InversionDialog* ExplorePage::inversion() const { return m_inversion; }

void ExplorePage::findCodes()
{
    if (!m_checkpoint) return;
    if (m_inversion) {
        m_inversion->raise();
        m_inversion->activateWindow();
        return;
    }
    m_inversion = new InversionDialog(m_engine, *m_checkpoint, m_datasets, m_recentDatasets, this);
    connect(m_inversion, &InversionDialog::codesChosen, this, [this, handle = m_checkpoint->handle](const kinora::ControlValues& values, int frames, const QString& clip) {
        if (!m_checkpoint || m_checkpoint->handle != handle) return;
        const auto taken = kinora::attempt([&] {
            m_model.take(values, frames);
            return true;
        });
        if (!taken) return m_message->showMessage(errorText(taken.error()));
        const QSignalBlocker blocker(m_frames);
        m_frames->setValue(m_model.state().frames);
        m_panel->refresh();
        commit(tr("Codes of %1").arg(clip), 0);
    });
    m_inversion->show();
}

void ExplorePage::findCodesOf(const QString& dataset, qint64 clip)
{
    if (!m_checkpoint) return m_message->showMessage(tr("Open a checkpoint first: it is the one whose codes are looked for."));
    findCodes();
    if (m_inversion->running()) return m_message->showMessage(tr("The codes of another clip are being looked for. Cancel that first."));
    m_inversion->openDataset(dataset, clip);
}

void ExplorePage::chooseCheckpoint()
{
    auto* dialog = new QFileDialog(this, tr("Open Checkpoint"), m_checkpoint ? QFileInfo(m_checkpoint->path).dir().path() : toQString(kinora::Places::data()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Checkpoints (*.safetensors)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &ExplorePage::openCheckpoint);
    dialog->open();
}

void ExplorePage::openCheckpoint(const QString& file)
{
    const quint64 turn = ++m_openTurn;
    m_opening = file;
    retitle();
    m_engine.open(file, this, [this, turn](const kinora::Outcome<OpenedCheckpoint>& outcome) {
        if (turn != m_openTurn) {
            if (outcome) m_engine.close(outcome.value().handle);
            return;
        }
        m_opening.clear();
        if (outcome) {
            adopt(outcome.value());
        } else {
            m_pendingState.reset();
            m_message->showMessage(errorText(outcome.error()));
        }
        retitle();
    });
}

void ExplorePage::adopt(const OpenedCheckpoint& checkpoint)
{
    m_message->clear();
    m_preview.clear();
    m_matrix.clear();
    m_finder.stop();
    m_judge.clear();
    // another checkpoint of the same shape keeps the codes: so training steps can be compared
    const bool same = m_checkpoint && m_checkpoint->system.id == checkpoint.system.id && m_checkpoint->system.controls == checkpoint.system.controls;
    const LatentState before = m_model.state();
    delete m_inversion.data();  // it looks for codes of the checkpoint before
    if (m_checkpoint) m_engine.close(m_checkpoint->handle);
    m_checkpoint = checkpoint;
    m_panel->setModel(nullptr);
    m_tools->setModel(nullptr, nullptr);
    m_model = LatentModel(checkpoint.system, same ? before.frames : checkpoint.system.length.trained, {});
    if (same) {
        LatentState kept = before;
        for (auto& [id, edit] : kept.controls) {  // the new network's directions are others
            edit.amounts.clear();
            for (auto& amounts : edit.stepAmounts) amounts.clear();
        }
        m_model.setState(kept);
        m_model.setFrames(m_model.state().frames);
    }
    restorePending();
    m_undo.clear();
    m_committed = m_model.state();
    m_panel->setModel(&m_model);
    m_tools->setModel(&m_model, &*m_checkpoint);
    {
        const QSignalBlocker blocker(m_frames);
        const auto& length = checkpoint.system.length;
        m_frames->setRange(length.minimum, length.maximum);
        m_frames->setSingleStep(std::max(1, length.step));
        m_frames->setValue(m_model.state().frames);
        m_frames->setEnabled(length.maximum > length.minimum);
        m_framesNote->setText(tr("trained: %1").arg(length.trained));
        m_framesNote->setToolTip(tr("The clip length that the model was trained with"));
    }
    m_clock.setFrameRateHz(checkpoint.frameRateHz);
    m_view->setClip(nullptr);
    m_way.reset();
    m_single.reset();
    m_referenceValues.reset();
    m_evidence->setReference(nullptr);
    m_evidence->setClip(nullptr);
    m_grid->clear();
    if (m_pendingMatrix) {
        const auto codes = kinora::attempt([&] { return MatrixCodes::fromJson(*std::exchange(m_pendingMatrix, std::nullopt)); });
        if (codes && codes.value().fits(m_model)) m_headers->setCodes(codes.value());
    }
    m_headers->adopt(same || m_headers->codes().fits(m_model));
    m_motionSeed->setVisible(m_model.splits());
    m_motionSeedLabel->setVisible(m_model.splits());
    m_grid->setAccessibleName(m_model.splits() ? tr("Matrix of clips: rows change the appearance, columns the motion") : tr("Sheet of clips, one per seed"));
    m_output->clear();
    m_output->addItem(tr("Clip"), QString());
    for (const kinora::OutputView& output : checkpoint.system.views) {
        m_output->addItem(catalogueText(output.name), QString::fromStdString(output.id));
        m_output->setItemData(m_output->count() - 1, catalogueText(output.help), Qt::ToolTipRole);
    }
    m_output->setVisible(!checkpoint.system.views.empty());
    m_stack->setCurrentIndex(1);
    m_directionsAsked = false;
    for (const Control& control : checkpoint.system.controls)
        if (control.kind == ControlKind::Image || control.kind == ControlKind::Frames) askGiven(control.id, {});
    requestClip();  // the directions are asked for once there is something to see: they take longer
    if (!m_model.missing().empty()) askDirections();
    if (m_playWanted && isVisible()) m_clock.play();
    if (checkpoint.path != m_demo) Q_EMIT opened(checkpoint.path);
}

void ExplorePage::askDirections()
{
    m_directionsAsked = true;
    m_finder.start(*m_checkpoint);
}

void ExplorePage::askGiven(const std::string& id, const QString& dataset)
{
    constexpr int kClips = 16;
    m_engine.given(m_checkpoint->handle, id, dataset, kClips, this, [this, id, dataset, handle = m_checkpoint->handle](const kinora::Outcome<GivenPictures>& outcome) {
        if (!m_checkpoint || m_checkpoint->handle != handle) return;
        if (!outcome) {
            if (!dataset.isEmpty()) m_message->showMessage(errorText(outcome.error()));
            return;
        }
        m_model.setGiven(id, outcome.value().clips, !dataset.isEmpty());
        m_panel->refresh();
        if (!dataset.isEmpty()) return commit(tr("Pictures of %1").arg(outcome.value().dataset), 0);
        if (m_model.state() == m_committed) return;
        // what is there from the start is nothing to undo
        m_committed = m_model.state();
        requestClip();
        requestMatrix();
    });
}

void ExplorePage::chooseGiven(const std::string& id)
{
    if (!m_checkpoint) return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QStringList names;
    if (!m_checkpoint->dataset.isEmpty()) names << m_checkpoint->dataset;
    for (const kinora::DatasetDescription& dataset : m_engine.catalogue().datasets)
        if (const QString name = QString::fromStdString(dataset.id); dataset.builtin && !names.contains(name)) names << name;
    for (const QString& name : names) connect(menu->addAction(name == m_checkpoint->dataset ? tr("Trained on: %1").arg(name) : name), &QAction::triggered, this, [this, id, name] { askGiven(id, name); });
    menu->addSeparator();
    connect(menu->addAction(themedIcon(QStringLiteral("open")), tr("Dataset File…")), &QAction::triggered, this, [this, id] {
        auto* dialog = new QFileDialog(this, tr("Take Pictures From"), m_datasets);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        dialog->setNameFilters({tr("Datasets (*.h5 *.safetensors)"), tr("All files (*)")});
        connect(dialog, &QFileDialog::fileSelected, this, [this, id](const QString& file) { askGiven(id, file); });
        dialog->open();
    });
    menu->popup(QCursor::pos());
}

void ExplorePage::takeDirections(const std::string& id, const DirectionSet& directions)
{
    const bool clean = m_model.state() == m_committed;
    m_model.addDirections(id, directions);
    if (clean) m_committed = m_model.state();
    m_panel->showDirections(id);
    m_tools->refresh();
    if (m_model.directions(id).size() == 0) m_panel->setDirectionsNote(id, tr("This code has no principal directions."));
}

void ExplorePage::commit(const QString& text, int group)
{
    const LatentState after = m_model.state();
    if (after == m_committed) return;
    const bool matrix = changesMatrix(m_model, m_committed, after);
    LatentState codes = m_committed;
    codes.poses = after.poses;
    const bool clip = codes != after;  // key poses alone leave what is shown
    m_undo.push(new StateCommand(*this, m_committed, after, text, group));
    m_committed = after;
    m_tools->refresh();
    if (clip) requestClip();
    if (matrix) requestMatrix();
}

void ExplorePage::applyState(const LatentState& state)
{
    const bool matrix = changesMatrix(m_model, m_committed, state);
    m_model.setState(state);
    for (const Control& control : m_model.system().controls)  // directions may have arrived since
        if (m_model.directions(control.id).size() > 0) m_model.setDirections(control.id, m_model.directions(control.id));
    m_committed = m_model.state();
    {
        const QSignalBlocker blocker(m_frames);
        m_frames->setValue(m_model.state().frames);
    }
    m_panel->refresh();
    m_tools->refresh();
    requestClip();
    if (matrix) requestMatrix();
}

void ExplorePage::requestClip()
{
    if (!m_checkpoint) return;
    const auto missing = m_model.missing();
    if (!missing.empty()) {
        m_preview.clear();
        m_view->setClip(nullptr);
        QStringList names;
        for (const std::string& name : missing) names << catalogueText(name);
        m_view->setPlaceholder(tr("Choose pictures, or a dataset that gives them, for: %1").arg(names.join(QStringLiteral(", "))));
        return;
    }
    m_view->setPlaceholder(tr("Generating…"));
    GenerateRequest request;
    request.checkpoint = m_checkpoint->handle;
    request.clips = {m_model.values()};
    request.frames = m_model.state().frames;
    request.channel = "preview";
    request.view = view();
    m_preview.request(request);
    const QString name = suggestedName();
    m_view->setDragName(name);
    m_grid->setDragName(QString::fromStdString(m_checkpoint->system.id));
}

std::string ExplorePage::view() const { return m_output->currentData().toString().toStdString(); }

void ExplorePage::requestMatrix()
{
    if (m_checkpoint) m_matrixDelay.start();
}

/// A spin box of the matrix was turned.
void ExplorePage::matrixEdited(QSpinBox* box)
{
    MatrixCodes codes = m_headers->codes();
    if (box == m_appearanceSeed) codes.setSeed(MatrixSide::Rows, static_cast<std::uint64_t>(box->value()));
    else if (box == m_motionSeed) codes.setSeed(MatrixSide::Columns, static_cast<std::uint64_t>(box->value()));
    else codes.setShape(m_rows->value(), m_columns->value());
    if (m_checkpoint) m_headers->change(box->accessibleName(), codes, box == m_appearanceSeed ? 1 : box == m_motionSeed ? 2 : 3);
    else m_headers->setCodes(codes);
}

void ExplorePage::showMatrixCodes()
{
    const MatrixCodes& codes = m_headers->codes();
    const QSignalBlocker rows(m_rows), columns(m_columns), appearance(m_appearanceSeed), motion(m_motionSeed);
    m_rows->setValue(static_cast<int>(codes.rows.size()));
    m_columns->setValue(static_cast<int>(codes.columns.size()));
    m_appearanceSeed->setValue(static_cast<int>(codes.appearanceSeed));
    m_motionSeed->setValue(static_cast<int>(codes.motionSeed));
    requestMatrix();
}

void ExplorePage::newAppearance() { m_panel->drawNew(ControlRole::Appearance); }
void ExplorePage::newMotion() { m_panel->drawNew(ControlRole::Motion); }

void ExplorePage::newBoth()
{
    if (!m_checkpoint) return;
    for (const ControlRole role : m_model.roles())
        if (!m_model.locked(role)) m_model.draw(role, QRandomGenerator::global()->bounded(100000));
    m_panel->refresh();
    commit(tr("New clip"), 0);
}

void ExplorePage::resetLatents()
{
    if (!m_checkpoint) return;
    m_model.resetAll();
    m_panel->refresh();
    commit(tr("Reset"), 0);
}

void ExplorePage::setFrames(int frames)
{
    if (!m_checkpoint) return;
    m_model.setFrames(frames);
    {
        const QSignalBlocker blocker(m_frames);
        m_frames->setValue(m_model.state().frames);
    }
    m_panel->refresh();
    commit(tr("Clip length %1").arg(m_model.state().frames), 0);
}

void ExplorePage::loadCell(int row, int column)
{
    if (!m_checkpoint || row < 0 || column < 0 || row >= m_rows->value() || column >= m_columns->value()) return;
    m_headers->codes().place(m_model, row, column);
    m_panel->refresh();
    if (const ClipPtr clip = m_grid->clip(row, column)) m_view->setClip(clip);
    commit(tr("Cell %1, %2 of the matrix").arg(row + 1).arg(column + 1), 0);
}

QString ExplorePage::suggestedName() const
{
    if (!m_checkpoint) return QStringLiteral("clip");
    QString dataset = QFileInfo(m_checkpoint->dataset).completeBaseName();
    dataset = dataset.section(QLatin1Char(':'), -1).section(QLatin1Char('?'), 0, 0);
    QStringList parts{QString::fromStdString(m_checkpoint->system.id)};
    if (!dataset.isEmpty()) parts << dataset;
    for (const ControlRole role : m_model.roles())
        parts << (role == ControlRole::Appearance ? QStringLiteral("za%1") : role == ControlRole::Motion ? QStringLiteral("zm%1") : QStringLiteral("z%1")).arg(m_model.seed(role));
    return parts.join(QLatin1Char('_'));
}

void ExplorePage::saveClip()
{
    if (!m_checkpoint || !m_view->clip()) return;
    if (m_preview.busy()) {
        m_saveWanted = true;  // the codes are new already, the clip is not
        return;
    }
    const bool matrix = m_grid->rows() > 0 && !m_matrix.busy() && !m_matrixDelay.isActive() && std::ranges::all_of(m_grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; });
    QStringList subjects{tr("The clip")}, names{suggestedName()};
    std::vector<Subject> kinds{Subject::Clip};
    if (matrix) {
        kinds.push_back(Subject::Matrix);
        subjects << tr("The matrix, %1 × %2 clips").arg(m_grid->rows()).arg(m_grid->columns());
        names << QStringLiteral("%1_matrix_za%2_zm%3").arg(QString::fromStdString(m_checkpoint->system.id)).arg(m_appearanceSeed->value()).arg(m_motionSeed->value());
    }
    if (m_way) {
        kinds.push_back(Subject::Way);
        subjects << tr("The way through the key poses, %n frame(s)", nullptr, m_way->clip->count());
        names << QStringLiteral("%1_key_poses").arg(QString::fromStdString(m_checkpoint->system.id));
    }
    auto* dialog = new ExportDialog(subjects, names, m_checkpoint->frameRateHz, naturalScale(*m_view->clip()), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    const bool wayShown = m_way && m_view->clip() == m_way->clip;
    std::vector<ExportDialog::Clips> clips{[clip = wayShown && m_single ? m_single : m_view->clip()] { return kinora::FigureClips{{*clip}, 1, 1, {}, {}}; }};
    if (matrix) {
        const auto texts = [](const QStringList& list) {
            std::vector<std::string> out;
            for (const QString& text : list) out.push_back(text.toStdString());
            return out;
        };
        clips.push_back([cells = m_grid->clips(), rows = m_grid->rows(), columns = m_grid->columns(), rowNames = texts(m_grid->rowHeaders()), columnNames = texts(m_grid->columnHeaders())] {
            kinora::FigureClips figure{{}, rows, columns, rowNames, columnNames};
            for (const ClipPtr& clip : cells) figure.clips.push_back(*clip);
            return figure;
        });
    }
    if (m_way) clips.push_back([clip = m_way->clip] { return kinora::FigureClips{{*clip}, 1, 1, {}, {}}; });
    dialog->setClips(std::move(clips));
    if (matrix && m_grid->hasFocus()) dialog->setSubject(1);
    if (wayShown) dialog->setSubject(static_cast<int>(kinds.size()) - 1);
    // what `kinora generate --recipe` makes the same file of, and, of a single clip, the state besides
    std::vector<kinora::FigureRecipe> recipes;
    for (const Subject kind : kinds) recipes.push_back(recipeOf(kind));
    dialog->setComment([recipes, state = stateJson()](ExportJob& job, int subject) {
        kinora::FigureRecipe recipe = recipes[static_cast<std::size_t>(subject)];
        recipe.figure = job.figure;
        job.comment = [recipe, state = subject == 0 ? state : nlohmann::json::object()](const kinora::ExportOptions& taken) mutable {
            recipe.encoder = taken;
            nlohmann::json json = state;
            json.update(kinora::toJson(recipe));
            return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        };
    });
    connect(dialog, &QDialog::accepted, this, [this, dialog] { m_export.write(dialog->job()); });
    dialog->open();
}

kinora::FigureRecipe ExplorePage::recipeOf(Subject subject) const
{
    kinora::FigureRecipe recipe;
    recipe.madeBy = "explore";
    recipe.system = m_checkpoint->system.id;
    recipe.checkpointHash = m_checkpoint->hash.toStdString();
    recipe.checkpointFile = QFileInfo(m_checkpoint->path).fileName().toStdString();
    recipe.device = m_engine.info().device.startsWith(QLatin1String("cpu")) ? "cpu" : "cuda";
    recipe.frames = m_model.state().frames;
    recipe.plan = m_checkpoint->plan.toStdString();
    recipe.weights = m_checkpoint->weights.toStdString();
    recipe.curated = true;
    if (subject != Subject::Way) recipe.view = view();
    if (subject == Subject::Matrix) {
        recipe.rows = m_grid->rows(), recipe.columns = m_grid->columns();
        for (const QString& name : m_grid->rowHeaders()) recipe.rowLabels.push_back(name.toStdString());
        for (const QString& name : m_grid->columnHeaders()) recipe.columnLabels.push_back(name.toStdString());
        recipe.cells = m_matrix.cells();
    } else if (subject == Subject::Way) {
        recipe.cells = {m_way->present};
        recipe.frames = m_way->frames;
        recipe.keyPoses = kinora::toJson(m_way->poses, m_checkpoint->system.controls).dump();
    } else {
        recipe.cells = {m_model.values()};
    }
    return recipe;
}

nlohmann::json ExplorePage::stateJson() const
{
    nlohmann::json json = m_model.toJson();
    if (m_checkpoint) {
        json["checkpoint"] = m_checkpoint->path.toStdString();
        json["checkpoint_sha256"] = m_checkpoint->hash.toStdString();
        json["frame_rate_hz"] = m_checkpoint->frameRateHz;
        json["plan"] = m_checkpoint->plan.toStdString();
    }
    return json;
}

void ExplorePage::copyState()
{
    if (!m_checkpoint) return;
    QGuiApplication::clipboard()->setText(QString::fromStdString(stateJson().dump(1)));
    Q_EMIT statusMessage(tr("The state is in the clipboard."));
}

void ExplorePage::pasteState() { takeJson(QGuiApplication::clipboard()->text()); }

bool ExplorePage::takeJson(const QString& text)
{
    const auto taken = kinora::attempt([&] {
        const nlohmann::json json = kinora::parseJson(text.toStdString());
        if (json.is_discarded()) throw kinora::Error(kinora::ErrorCode::Usage, tr("the text is no state of this program (JSON)").toStdString());
        if (!m_checkpoint) throw kinora::Error(kinora::ErrorCode::Usage, tr("open the checkpoint first").toStdString());
        m_model.fromJson(json);
        return true;
    });
    if (!taken) {
        m_message->showMessage(errorText(taken.error()));
        return false;
    }
    {
        const QSignalBlocker blocker(m_frames);
        m_frames->setValue(m_model.state().frames);
    }
    m_panel->refresh();
    commit(tr("Paste state"), 0);
    return true;
}

void ExplorePage::openBookmark(const QString& name, const nlohmann::json& state)
{
    m_bookmarkCheckpoint.clear();
    const auto known = [&](const char* key) { return state.contains(key) && state[key].is_string() ? QString::fromStdString(state[key].get<std::string>()) : QString(); };
    const QString hash = known("checkpoint_sha256"), path = known("checkpoint"), system = known("system");
    const bool here = m_checkpoint && (hash.isEmpty() || hash == m_checkpoint->hash);
    if (here || (m_checkpoint && system == QString::fromStdString(m_checkpoint->system.id) && !QFileInfo(path).isFile())) {
        if (takeJson(QString::fromStdString(state.dump())) && !here) m_message->showMessage(tr("The bookmark \"%1\" was made with another checkpoint (%2), which is not there; its codes are shown with the open one.").arg(name, QFileInfo(path).fileName()));
        return;
    }
    // of another model: nothing is changed until the person says so
    if (!QFileInfo(path).isFile())
        return m_message->showMessage(tr("The bookmark \"%1\" belongs to another model (%2, checkpoint \"%3\"), and there is no such file any more.").arg(name, system, path));
    m_bookmarkCheckpoint = path;
    m_bookmarkState = state;
    m_message->showMessage(tr("The bookmark \"%1\" belongs to another checkpoint: %2 (%3).").arg(name, QFileInfo(path).fileName(), system), tr("Open That Checkpoint"));
}

void ExplorePage::retitle()
{
    const bool open = m_checkpoint.has_value();
    for (QAction* action : {m_saveClipAction, m_saveStateAction, m_copyAction, m_pasteAction, m_commandAction, m_aboutModelAction, m_aboutSystemAction, m_compareAction, m_appearanceAction, m_motionAction, m_bothAction,
                            m_resetAction, m_inversionAction, m_evidenceAction, m_referenceAction, m_newMatrixAction, m_playAction})
        action->setEnabled(open);
    m_saveClipAction->setEnabled(open && m_view->clip());
    m_headers->setEnabled(false);
    m_bookmarks->setCanAdd(open);
    if (open) {
        const auto roles = m_model.roles();
        m_headers->setEnabled(true);
        m_appearanceAction->setEnabled(std::ranges::find(roles, ControlRole::Appearance) != roles.end());
        m_motionAction->setEnabled(std::ranges::find(roles, ControlRole::Motion) != roles.end());
        const QString dataset = m_checkpoint->dataset;
        QString text = QStringLiteral("<b>%1</b> · %2").arg(QString::fromStdString(m_checkpoint->system.name).toHtmlEscaped(), tr("step %1").arg(QLocale().toString(m_checkpoint->step)));
        if (!dataset.isEmpty()) text += QStringLiteral(" · %1").arg(dataset.toHtmlEscaped());
        if (!m_opening.isEmpty()) text += QStringLiteral("<br>%1").arg(tr("Opening %1 …").arg(QFileInfo(m_opening).fileName()).toHtmlEscaped());
        m_heading->setText(text);
        m_heading->setToolTip(m_checkpoint->path);
    }
    QString text;
    if (!m_opening.isEmpty())
        text = m_engine.state() == EngineClient::State::Ready ? tr("Opening %1 …").arg(QFileInfo(m_opening).fileName()) : tr("Starting the engine, then opening %1 …").arg(QFileInfo(m_opening).fileName());
    else if (m_demo.isEmpty())
        text = tr("No model is open.\nOpen a checkpoint, or drop one here. The ready model is not installed in this copy; models are made on the Train page.");
    else
        text = tr("No model is open.\nOpen a checkpoint, or drop one here.");
    m_emptyText->setText(text);
}

void ExplorePage::engineChanged() { retitle(); }

void ExplorePage::shown()
{
    if (m_playWanted) m_clock.play();
}

void ExplorePage::hidden()
{
    const bool wanted = m_playWanted;
    m_clock.pause();
    m_playWanted = wanted;
}

void ExplorePage::saveState(QSettings& settings) const
{
    settings.setValue(QStringLiteral("splitter"), m_splitter->saveState());
    settings.setValue(QStringLiteral("toolSplitter"), m_toolSplitter->saveState());
    m_tools->saveState(settings);
    settings.setValue(QStringLiteral("pixelExact"), m_pixelAction->isChecked());
    settings.setValue(QStringLiteral("matrix"), m_matrixAction->isChecked());
    settings.setValue(QStringLiteral("evidence"), m_evidenceAction->isChecked());
    settings.setValue(QStringLiteral("bookmarks"), m_bookmarksAction->isChecked());
    settings.setValue(QStringLiteral("rows"), m_rows->value());
    settings.setValue(QStringLiteral("columns"), m_columns->value());
    settings.setValue(QStringLiteral("matrixAppearance"), m_appearanceSeed->value());
    settings.setValue(QStringLiteral("matrixMotion"), m_motionSeed->value());
    settings.setValue(QStringLiteral("matrixCodes"), m_headers->codes().onlySeeds() ? QString() : QString::fromStdString(m_headers->codes().toJson().dump()));
    settings.setValue(QStringLiteral("speed"), m_clock.speed());
    if (m_checkpoint) {
        settings.setValue(QStringLiteral("checkpoint"), m_checkpoint->path);
        settings.setValue(QStringLiteral("state"), QString::fromStdString(stateJson().dump()));
    } else if (!m_opening.isEmpty()) {
        settings.setValue(QStringLiteral("checkpoint"), m_opening);
    }
}

void ExplorePage::restoreState(QSettings& settings)
{
    m_splitter->restoreState(settings.value(QStringLiteral("splitter")).toByteArray());
    m_toolSplitter->restoreState(settings.value(QStringLiteral("toolSplitter")).toByteArray());
    m_tools->restoreState(settings);
    m_pixelAction->setChecked(settings.value(QStringLiteral("pixelExact"), false).toBool());
    const ClipScaling scaling = m_pixelAction->isChecked() ? ClipScaling::PixelExact : ClipScaling::Smooth;
    m_view->setScaling(scaling);
    m_grid->setScaling(scaling);
    m_matrixAction->setChecked(settings.value(QStringLiteral("matrix"), true).toBool());
    m_matrixSide->setVisible(m_matrixAction->isChecked());
    m_evidenceAction->setChecked(settings.value(QStringLiteral("evidence"), false).toBool());
    m_evidence->setVisible(m_evidenceAction->isChecked());
    m_bookmarksAction->setChecked(settings.value(QStringLiteral("bookmarks"), false).toBool());
    m_bookmarks->setVisible(m_bookmarksAction->isChecked());
    m_rows->setValue(settings.value(QStringLiteral("rows"), 4).toInt());
    m_columns->setValue(settings.value(QStringLiteral("columns"), 4).toInt());
    m_appearanceSeed->setValue(settings.value(QStringLiteral("matrixAppearance"), 0).toInt());
    m_motionSeed->setValue(settings.value(QStringLiteral("matrixMotion"), 0).toInt());
    if (const auto codes = kinora::parseJson(settings.value(QStringLiteral("matrixCodes")).toString().toStdString()); codes.is_object()) m_pendingMatrix = codes;
    m_clock.setSpeed(settings.value(QStringLiteral("speed"), 1.0).toDouble());
    const QString checkpoint = settings.value(QStringLiteral("checkpoint")).toString();
    if (!checkpoint.isEmpty() && QFileInfo(checkpoint).isFile()) {
        const nlohmann::json state = kinora::parseJson(settings.value(QStringLiteral("state")).toString().toStdString());
        if (state.is_object()) m_pendingState = state;
        openCheckpoint(checkpoint);
    } else if (!m_demo.isEmpty()) {
        openCheckpoint(m_demo);
    }
}

/// The codes of the last session, if they still fit.
void ExplorePage::restorePending()
{
    if (!m_pendingState) return;
    const nlohmann::json state = *std::exchange(m_pendingState, std::nullopt);
    const auto taken = kinora::attempt([&] {
        m_model.fromJson(state);
        return true;
    });
    if (!taken) qWarning("the last session's codes do not fit any more: %s", taken.error().what());
}
