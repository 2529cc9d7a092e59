#include "widgets/views/clip_export_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QRegularExpressionValidator>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "core/export/encoder.h"
#include "widgets/text.h"

using namespace kinora;

namespace {
constexpr qsizetype kLongestArgument = 100000;  // Linux takes 128 KiB
const QString kFrames = QStringLiteral("frames");
bool isDataset(const QString& format) { return format == QLatin1String("h5") || format == QLatin1String("safetensors"); }
}  // namespace

QString clipsText(const std::vector<std::int64_t>& clips)
{
    QStringList parts;
    for (std::size_t i = 0; i < clips.size();) {
        std::size_t last = i;
        while (last + 1 < clips.size() && clips[last + 1] == clips[last] + 1) ++last;
        parts.append(last > i ? QStringLiteral("%1-%2").arg(clips[i]).arg(clips[last]) : QString::number(clips[i]));
        i = last + 1;
    }
    return parts.join(QLatin1Char(','));
}

ClipExportDialog::ClipExportDialog(const QString& program, const std::shared_ptr<const DatasetContents>& contents, std::vector<std::int64_t> clips, const ExcludedFlags& excluded,
                                   const QString& folder, QWidget* parent)
    : QDialog(parent), m_program(program), m_contents(contents), m_clips(std::move(clips))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Export Clips"));
    if (clipsText(m_clips).size() > kLongestArgument) {
        m_list = std::make_unique<QTemporaryFile>();
        if (m_list->open()) {
            for (const std::int64_t clip : m_clips) m_list->write(QByteArray::fromStdString(contents->clips[static_cast<std::size_t>(clip)].name) + '\n');
            m_list->close();
        }
    }
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(new QLabel(tr("%n clip(s) of %1", nullptr, static_cast<int>(m_clips.size())).arg(QFileInfo(contents->path).fileName())));
    m_form = new QWidget;
    m_rows = new QFormLayout(m_form);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_format = new QComboBox;
    m_format->setAccessibleName(tr("Format"));
    m_format->addItem(tr("Dataset (HDF5)"), QStringLiteral("h5"));
    m_format->addItem(tr("Dataset (safetensors)"), QStringLiteral("safetensors"));
    for (const std::string& format : exportFormats()) {
        const QString suffix = QString::fromStdString(format);
        m_format->addItem(suffix == QLatin1String("png") ? tr("Strip of frames (PNG)") : tr("Sheet that plays (%1)").arg(suffix.toUpper()), suffix);
    }
    m_format->addItem(tr("Folders of frames (PNG)"), kFrames);
    m_target = new QLineEdit;
    m_target->setAccessibleName(tr("Target"));
    auto* browse = new QPushButton(tr("&Browse…"));
    browse->setAutoDefault(false);
    auto* line = new QHBoxLayout;
    line->addWidget(m_target, 1);
    line->addWidget(browse);
    m_frames = new QSpinBox;
    m_frames->setRange(0, 1000000);
    m_frames->setSpecialValueText(tr("all"));
    m_frames->setToolTip(tr("Only the first so many frames of each clip"));
    m_frames->setAccessibleName(tr("Frames of each clip"));
    m_size = new QLineEdit;
    m_size->setPlaceholderText(tr("as it is"));
    m_size->setToolTip(tr("64 or 96x64 (width x height): clips are resized to cover it and cut"));
    m_size->setAccessibleName(tr("Size"));
    m_size->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{1,5}(x[0-9]{1,5})?")), m_size));
    m_scale = new QSpinBox;
    m_scale->setRange(1, 16);
    m_scale->setSuffix(QStringLiteral("×"));
    m_scale->setToolTip(tr("Enlarge so many times, without smoothing"));
    m_scale->setAccessibleName(tr("Enlargement"));
    int aside = 0;
    for (const std::int64_t clip : m_clips) aside += excluded && (*excluded)[static_cast<std::size_t>(clip)];
    m_withExcluded = new QCheckBox(tr("&Also the %n excluded clip(s)", nullptr, aside), m_form);
    m_withExcluded->setVisible(aside > 0);
    m_withExcluded->setChecked(aside == static_cast<int>(m_clips.size()));
    auto* targetLabel = new QLabel(tr("&Target:"));
    targetLabel->setBuddy(m_target);
    m_rows->addRow(tr("&Format:"), m_format);
    m_rows->addRow(targetLabel, line);
    m_rows->addRow(tr("F&rames:"), m_frames);
    m_rows->addRow(tr("&Size:"), m_size);
    m_rows->addRow(tr("&Enlargement:"), m_scale);
    if (aside > 0) m_rows->addRow(QString(), m_withExcluded);
    m_phase = new QLabel;
    m_phase->hide();
    m_progress = new QProgressBar;
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->hide();
    m_problem = new QLabel;
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problem->hide();
    m_buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);  // of the dialog at once, or Cancel becomes its default
    m_start = m_buttons->addButton(tr("E&xport"), QDialogButtonBox::ActionRole);
    m_start->setDefault(true);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_form, m_phase, m_progress, m_problem, m_buttons}) layout->addWidget(widget);
    const QString base = QFileInfo(contents->path).completeBaseName();
    m_target->setText(QDir::toNativeSeparators(QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(m_clips.size() == 1 ? QStringLiteral("%1_%2.h5").arg(base).arg(m_clips.front()) : base + QStringLiteral("_clips.h5"))));

    connect(m_format, &QComboBox::currentIndexChanged, this, &ClipExportDialog::showFormat);
    connect(m_target, &QLineEdit::textChanged, this, &ClipExportDialog::judge);
    connect(browse, &QPushButton::clicked, this, &ClipExportDialog::browse);
    connect(m_start, &QPushButton::clicked, this, &ClipExportDialog::start);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &ClipExportDialog::reject);
    connect(&m_job, &JobProcess::progressed, this, [this](const JobProgress& progress) {
        m_progress->setRange(0, progress.total > 0 ? 1000 : 0);
        if (progress.total > 0) m_progress->setValue(static_cast<int>(1000.0 * static_cast<double>(progress.done) / static_cast<double>(progress.total)));
        m_phase->setText(tr("%1 of %2").arg(QLocale().toString(progress.done), QLocale().toString(progress.total)));
    });
    connect(&m_job, &JobProcess::succeeded, this, [this] {
        Q_EMIT exported(QDir::fromNativeSeparators(m_target->text().trimmed()));
        accept();
    });
    connect(&m_job, &JobProcess::failed, this, [this](const QString& problem) {
        setBusy(false);
        showProblem(problem);
    });
    connect(&m_job, &JobProcess::canceled, this, [this] {
        setBusy(false);
        m_phase->setText(tr("Cancelled; nothing was kept."));
        m_phase->show();
    });
    setMinimumWidth(460);
    showFormat();
}

QString ClipExportDialog::problem() const { return m_problem->isHidden() ? QString() : m_problem->text(); }

void ClipExportDialog::setFormat(const QString& suffix) { m_format->setCurrentIndex(std::max(0, m_format->findData(suffix))); }

void ClipExportDialog::showFormat()
{
    const QString format = m_format->currentData().toString();
    // the name's ending follows the format; a folder has none
    QString name = m_target->text();
    static const QRegularExpression ending(QStringLiteral("\\.(h5|hdf5|safetensors|gif|mp4|webm|webp|apng|png)$"));
    name.remove(ending);
    m_target->setText(format == kFrames ? name : name + QLatin1Char('.') + format);
    const bool sheet = !isDataset(format) && format != kFrames;
    for (QWidget* field : std::initializer_list<QWidget*>{m_scale}) {
        field->setVisible(sheet);
        if (QWidget* label = m_rows->labelForField(field)) label->setVisible(sheet);
    }
    // a sheet and a safetensors file have cells of one size
    std::set<std::pair<int, int>> sizes;
    int shortest = 0;
    std::set<int> lengths;
    for (const std::int64_t clip : m_clips) {
        const ClipInfo& info = m_contents->clips[static_cast<std::size_t>(clip)];
        if (sizes.size() < 2) sizes.insert({info.width, info.height});
        if (lengths.size() < 2) lengths.insert(info.frames);
        shortest = shortest == 0 ? info.frames : std::min(shortest, info.frames);
    }
    const bool equalSizes = sheet || format == QLatin1String("safetensors");
    if (equalSizes && sizes.size() > 1 && m_size->text().isEmpty()) {
        const ClipInfo& first = m_contents->clips[static_cast<std::size_t>(m_clips.front())];
        m_size->setText(QStringLiteral("%1x%2").arg(first.width).arg(first.height));
    }
    if (format == QLatin1String("safetensors") && lengths.size() > 1 && m_frames->value() == 0) m_frames->setValue(shortest);
    m_frames->setMaximum(std::max(1, shortest));
    judge();
}

void ClipExportDialog::browse()
{
    const QString format = m_format->currentData().toString();
    auto* dialog = new QFileDialog(this, tr("Export Clips"), m_target->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    if (format == kFrames) {
        dialog->setAcceptMode(QFileDialog::AcceptOpen);
        dialog->setFileMode(QFileDialog::Directory);
    } else {
        dialog->setNameFilter(QStringLiteral("*.") + format);
        dialog->setDefaultSuffix(format);
    }
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { m_target->setText(QDir::toNativeSeparators(path)); });
    dialog->open();
}

QStringList ClipExportDialog::command() const
{
    const QString format = m_format->currentData().toString();
    QStringList list{QStringLiteral("datasets"), QStringLiteral("export"), m_contents->path, QStringLiteral("-o"), m_target->text().trimmed()};
    if (m_list)
        list << QStringLiteral("--names") << m_list->fileName();
    else
        list << QStringLiteral("--clips") << clipsText(m_clips);
    if (m_withExcluded->isChecked()) list << QStringLiteral("--with-excluded");
    if (format == kFrames) list << QStringLiteral("--frames-folder");
    if (m_frames->value() > 0) list << QStringLiteral("--frames") << QString::number(m_frames->value());
    if (!m_size->text().isEmpty()) list << QStringLiteral("--size") << m_size->text();
    if (!m_scale->isHidden() && m_scale->value() > 1) list << QStringLiteral("--scale") << QString::number(m_scale->value());
    return list;
}

void ClipExportDialog::judge()
{
    const QString target = m_target->text().trimmed();
    const QFileInfo info(target);
    QString problem;
    if (target.isEmpty()) problem = tr("Choose where to write.");
    else if (m_format->currentData().toString() != kFrames && !info.absoluteDir().exists()) problem = tr("There is no such folder: %1").arg(QDir::toNativeSeparators(info.absolutePath()));
    else if (m_list && !m_list->isOpen() && m_list->fileName().isEmpty()) problem = tr("The list of clips could not be written: %1").arg(m_list->errorString());
    m_start->setText(m_format->currentData().toString() != kFrames && info.isFile() ? tr("Over&write") : tr("E&xport"));
    m_start->setEnabled(problem.isEmpty() && !m_job.running());
    m_start->setToolTip(problem);
}

void ClipExportDialog::showProblem(const QString& problem)
{
    m_problem->setText(QStringLiteral("⚠ ") + problem);
    m_problem->setVisible(!problem.isEmpty());
}

void ClipExportDialog::setBusy(bool busy)
{
    m_form->setEnabled(!busy);
    m_progress->setVisible(busy);
    m_progress->setRange(0, 0);
    m_phase->setVisible(busy);
    m_phase->setText(tr("Starting…"));
    if (busy) m_start->setEnabled(false);
    else judge();
}

void ClipExportDialog::start()
{
    if (m_job.running() || !m_start->isEnabled()) return;
    showProblem({});
    setBusy(true);
    m_job.start(m_program, command() + QStringList{QStringLiteral("--progress"), QStringLiteral("json"), QStringLiteral("--json")});
}

void ClipExportDialog::reject()
{
    if (m_job.running()) {
        m_phase->setText(tr("Cancelling…"));
        m_job.cancel();
        return;
    }
    QDialog::reject();
}
