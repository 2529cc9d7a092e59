#include "widgets/views/inversion_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/clip_view/clip_view.h"
#include "widgets/clip_view/player_bar.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/text.h"
#include "widgets/views/clip_list_view.h"

LossStrip::LossStrip(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Loss"));
    setToolTip(tr("How far the best clip so far is from the chosen one, on a logarithmic axis"));
}

QSize LossStrip::sizeHint() const { return {240, 4 * fontMetrics().height()}; }

void LossStrip::clear(int steps)
{
    m_losses.clear();
    m_steps = std::max(1, steps);
    update();
}

void LossStrip::add(double loss)
{
    m_losses.push_back(loss);
    update();
}

void LossStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF area = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(palette().color(QPalette::Mid));
    painter.setBrush(palette().base());
    painter.drawRect(area);
    if (m_losses.empty()) return;
    double low = INFINITY, high = 0;
    for (const double loss : m_losses)
        if (loss > 0) low = std::min(low, loss), high = std::max(high, loss);
    if (!(high > 0)) return;
    const double bottom = std::log10(low) - 0.05, height = std::max(0.2, std::log10(high) + 0.05 - bottom);
    QPainterPath path;
    for (std::size_t i = 0; i < m_losses.size(); ++i) {
        const double y = (std::log10(std::max(low, m_losses[i])) - bottom) / height;
        const QPointF at(area.left() + area.width() * static_cast<double>(i + 1) / m_steps, area.bottom() - area.height() * y);
        if (i == 0) path.moveTo(at);
        else path.lineTo(at);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
    painter.drawPath(path);
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(area.adjusted(6, 2, -6, -2), Qt::AlignRight | Qt::AlignTop, QLocale().toString(m_losses.back(), 'g', 3));
}

InversionDialog::InversionDialog(EngineClient& engine, const OpenedCheckpoint& checkpoint, const QString& datasets, const QString& recent, QWidget* parent)
    : QDialog(parent), m_engine(engine), m_checkpoint(checkpoint), m_library(datasets, recent), m_thumbnails({128, 16}), m_whole({0, 0, std::size_t(256) << 20, std::size_t(64) << 20}), m_model(m_thumbnails)
{
    setWindowTitle(tr("Codes of a Real Clip"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* explanation = new QLabel(tr("Looks for the codes whose clip is nearest to a clip of a dataset. What is found can then be moved like any other clip: given another motion, or another appearance."));
    explanation->setWordWrap(true);

    m_datasets = new QComboBox;
    m_datasets->setModel(&m_library);
    m_datasets->setPlaceholderText(tr("Choose a dataset"));
    m_datasets->setCurrentIndex(-1);
    m_datasets->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_datasets->setMinimumContentsLength(24);
    auto* datasetLabel = new QLabel(tr("&Dataset"));
    datasetLabel->setBuddy(m_datasets);
    auto* other = new QPushButton(tr("&Open File…"));
    other->setToolTip(tr("Opens another clip file (.h5)"));
    other->setAutoDefault(false);
    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter, such as smile or subject:12"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter"));
    m_list = new ClipListView;
    m_list->setModel(&m_model);
    m_list->setTileSide(88);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setMinimumHeight(210);
    m_list->setAccessibleName(tr("Clips"));
    m_list->setPlaceholder(tr("Choose a dataset, then the clip whose codes are wanted."));

    const auto spin = [](int low, int high, int value, const QString& tip) {
        auto* box = new QSpinBox;
        box->setRange(low, high);
        box->setValue(value);
        box->setToolTip(tip);
        return box;
    };
    m_steps = spin(10, 100000, 300, tr("Steps of the optimisation: more take longer and come nearer"));
    m_steps->setSingleStep(50);
    m_starts = spin(1, 64, 8, tr("Starts that are optimised side by side; the worse ones are dropped on the way"));
    m_seed = spin(0, 1000000, 0, tr("Seed of the draws that it starts from"));
    m_start = new QPushButton(tr("&Find Codes"));
    m_start->setDefault(true);
    auto* settings = new QHBoxLayout;
    for (const auto& [text, box] : {std::pair{tr("&Steps"), m_steps}, {tr("S&tarts"), m_starts}, {tr("S&eed"), m_seed}}) {
        auto* label = new QLabel(text);
        label->setBuddy(box);
        settings->addWidget(label);
        settings->addWidget(box);
        settings->addSpacing(8);
    }
    settings->addStretch();
    settings->addWidget(m_start);

    m_target = new ClipView;
    m_drawn = new ClipView;
    m_target->setCaption(tr("The clip"));
    m_drawn->setCaption(tr("What the codes draw"));
    m_target->setPlaceholder(tr("No clip chosen"));
    m_drawn->setPlaceholder(tr("Nothing found yet"));
    for (ClipView* view : {m_target, m_drawn}) {
        view->setClock(&m_clock);
        view->setMinimumSize(150, 150);
    }
    m_clock.setFrameRateHz(checkpoint.frameRateHz);
    m_clock.play();
    m_losses = new LossStrip;
    m_progress = new QProgressBar;
    m_progress->setVisible(false);
    m_status = new QLabel;
    m_status->setWordWrap(true);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_use = buttons->addButton(tr("&Use These Codes"), QDialogButtonBox::AcceptRole);
    m_use->setToolTip(tr("Takes the codes over into Explore; it can be undone"));
    m_use->setEnabled(false);

    auto* chooser = new QHBoxLayout;
    chooser->addWidget(datasetLabel);
    chooser->addWidget(m_datasets, 1);
    chooser->addWidget(other);
    chooser->addWidget(m_filter, 1);
    auto* pictures = new QHBoxLayout;
    pictures->addWidget(m_target, 1);
    pictures->addWidget(m_drawn, 1);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(explanation);
    layout->addLayout(chooser);
    layout->addWidget(m_list, 2);
    layout->addLayout(settings);
    layout->addLayout(pictures, 3);
    layout->addWidget(m_losses);
    layout->addWidget(m_progress);
    layout->addWidget(m_status);
    layout->addWidget(buttons);
    resize(720, 760);

    connect(&m_library, &DatasetLibrary::opened, this, &InversionDialog::showContents);
    connect(&m_library, &DatasetLibrary::failed, this, [this](const QString&, const QString& problem) {
        m_chooseNext = -1;
        m_status->setText(problem);
    });
    connect(m_datasets, &QComboBox::activated, this, [this](int row) { openDataset(m_library.index(row).data(DatasetLibrary::PathRole).toString()); });
    // the list is read in the background and begins anew when it has been
    connect(&m_library, &QAbstractItemModel::modelReset, this, [this] { m_datasets->setCurrentIndex(m_contents ? m_library.rowOf(m_contents->path) : -1); });
    connect(other, &QPushButton::clicked, this, &InversionDialog::chooseFile);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        ClipQuery query = m_model.query();
        query.text = text;
        m_model.setQuery(query);
    });
    connect(&m_model, &ClipListModel::queried, this, [this](const QString& problem) {
        m_status->setText(problem);
        if (!m_contents || m_contents->path != m_wanted) return;
        if (const int row = m_chooseNext >= 0 ? m_model.rowOf(m_chooseNext) : -1; row >= 0) {
            m_list->setCurrentIndex(m_model.index(row));
            m_list->scrollTo(m_model.index(row), QAbstractItemView::PositionAtCenter);
        }
        m_chooseNext = -1;
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &InversionDialog::clipChosen);
    connect(&m_whole, &ClipLoader::loaded, this, [this](qint64 index) {
        if (index != m_index) return;
        const LoadedClip* clip = m_whole.find(index);
        m_clip = clip ? clip->frames : nullptr;
        if (clip && !clip->problem.isEmpty()) m_status->setText(clip->problem);
        m_target->setClip(m_clip);
        judge();
    });
    connect(m_start, &QPushButton::clicked, this, [this] { running() ? stop() : start(); });
    connect(m_use, &QPushButton::clicked, this, [this] {
        if (!m_found) return;
        Q_EMIT codesChosen(m_found->values, m_found->frames, m_clipName);
        accept();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &InversionDialog::reject);
    m_library.refresh();
    judge();
}

InversionDialog::~InversionDialog()
{
    if (m_stamp) m_engine.cancel(m_stamp);
}

void InversionDialog::openDataset(const QString& path, qint64 clip)
{
    m_chooseNext = clip;
    m_wanted = path;
    if (running()) stop();
    m_status->setText(tr("Opening %1 …").arg(path));
    m_library.open(path);
}

void InversionDialog::chooseFile()
{
    auto* dialog = new QFileDialog(this, tr("Open Dataset"), m_library.folder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Clip files (*.h5 *.hdf5 *.safetensors)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) { openDataset(file); });
    dialog->open();
}

void InversionDialog::showContents(const std::shared_ptr<const DatasetContents>& contents)
{
    m_contents = contents;
    m_status->clear();
    m_index = -1;
    m_clip = nullptr;
    m_target->setClip(nullptr);
    m_thumbnails.setSource(contents->source);
    m_whole.setSource(contents->source);
    m_model.setContents(contents);
    {
        const QSignalBlocker blocker(m_filter);
        m_filter->clear();
    }
    m_datasets->setCurrentIndex(m_library.rowOf(contents->path));
    judge();
}

void InversionDialog::clipChosen()
{
    const QModelIndex current = m_list->currentIndex();
    if (!current.isValid() || !m_contents || running()) return;
    m_index = m_model.clipAt(current.row());
    m_clipName = QString::fromStdString(m_contents->clips.at(static_cast<std::size_t>(m_index)).name);
    m_clip = nullptr;
    m_found.reset();
    m_drawn->setClip(nullptr);
    m_losses->clear(m_steps->value());
    m_status->clear();
    if (const LoadedClip* there = m_whole.find(m_index)) {
        m_clip = there->frames;
        m_target->setClip(m_clip);
    } else {
        m_whole.want({m_index});
    }
    judge();
}

void InversionDialog::start()
{
    if (running() || !m_clip) return;
    m_found.reset();
    m_drawn->setClip(nullptr);
    m_losses->clear(m_steps->value());
    m_progress->setRange(0, 0);
    m_status->setText(tr("Drawing clips to start from …"));
    m_since.start();
    InvertRequest request;
    request.checkpoint = m_checkpoint.handle;
    request.clip = m_clip;
    request.steps = m_steps->value();
    request.starts = m_starts->value();
    request.seed = static_cast<std::uint64_t>(m_seed->value());
    m_stamp = m_engine.invert(request, this, [this](const InversionStep& step) { progressed(step); }, [this](const kinora::Outcome<InvertedClip>& outcome) { finished(outcome); });
    judge();
}

void InversionDialog::stop()
{
    if (m_stamp) m_engine.cancel(m_stamp);
}

void InversionDialog::progressed(const InversionStep& step)
{
    if (!running()) return;
    if (step.step == 1) m_since.start();
    m_losses->add(step.loss);
    m_progress->setRange(0, step.steps);
    m_progress->setValue(step.step);
    if (step.clip) m_drawn->setClip(step.clip);
    const double left = step.step > 1 ? static_cast<double>(m_since.elapsed()) / 1e3 / (step.step - 1) * (step.steps - step.step) : 0;
    QString text = tr("Step %1 of %2, %3 dB").arg(QLocale().toString(step.step), QLocale().toString(step.steps), QLocale().toString(step.psnr, 'f', 1));
    text += QStringLiteral(" · ") + tr("%n start(s)", nullptr, step.starts);
    // more starts take longer a step: early on the rest would be overstated
    if (step.step >= 10) text += QStringLiteral(" · ") + tr("at most %1 left").arg(durationText(left));
    m_status->setText(text);
}

void InversionDialog::finished(const kinora::Outcome<InvertedClip>& outcome)
{
    m_stamp = 0;
    if (outcome) {
        m_found = outcome.value();
        m_drawn->setClip(m_found->clip);
        m_status->setText(tr("Found after %1: %2 dB, motion energy %3 % of the clip's.").arg(durationText(static_cast<double>(m_since.elapsed()) / 1e3), QLocale().toString(m_found->psnr, 'f', 1), QLocale().toString(100 * m_found->motionEnergy, 'f', 0)));
    } else if (outcome.error().code() == kinora::ErrorCode::Cancelled) {
        m_status->setText(tr("Cancelled."));
    } else {
        m_status->setText(errorText(outcome.error()));
    }
    judge();
}

void InversionDialog::judge()
{
    m_start->setText(running() ? tr("&Cancel") : tr("&Find Codes"));
    m_start->setEnabled(running() || m_clip);
    m_use->setEnabled(!running() && m_found);
    m_progress->setVisible(running());
    for (QWidget* widget : std::initializer_list<QWidget*>{m_datasets, m_filter, m_list, m_steps, m_starts, m_seed}) widget->setEnabled(!running());
    if (m_found && !running()) m_use->setDefault(true);
    else m_start->setDefault(true);
}

void InversionDialog::reject()
{
    if (running()) return stop();
    QDialog::reject();
}
