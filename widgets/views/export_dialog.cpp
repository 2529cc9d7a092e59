#include "widgets/views/export_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressDialog>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <algorithm>
#include <filesystem>

#include "core/export/encoder.h"
#include "core/util/file.h"
#include "widgets/main_window/appearance.h"
#include "widgets/text.h"

namespace {
constexpr double kEstimatedPixels = 64e6;  // of all frames of a file; more takes too long to try

QString lastFolder()
{
    const QString folder = QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("export/folder")).toString();
    if (!folder.isEmpty() && QFileInfo(folder).isDir()) return folder;
    const QString pictures = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
    return QFileInfo(pictures).isDir() ? pictures : QDir::homePath();
}
}  // namespace

ExportDialog::ExportDialog(const QStringList& subjects, const QStringList& names, double frameRateHz, int scale, QWidget* parent) : QDialog(parent), m_names(names)
{
    setWindowTitle(tr("Export"));
    auto* layout = new QVBoxLayout(this);
    auto* form = new QFormLayout;
    m_form = form;
    m_subject = new QComboBox(this);
    m_subject->addItems(subjects);
    form->addRow(tr("&What:"), m_subject);
    m_format = new QComboBox(this);
    for (const std::string& format : kinora::exportFormats()) {
        const QString extension = QString::fromStdString(format);
        m_format->addItem(extension == QLatin1String("png") ? tr("PNG: one picture, frames side by side") : extension.toUpper(), extension);
    }
    m_format->addItem(tr("Folder of frames (PNG)"), QStringLiteral("frames"));
    m_format->setCurrentIndex(std::max(0, m_format->findData(QStringLiteral("gif"))));
    form->addRow(tr("&Format:"), m_format);
    auto* row = new QHBoxLayout;
    m_file = new QLineEdit(this);
    m_file->setMinimumWidth(fontMetrics().averageCharWidth() * 48);
    auto* browseButton = new QPushButton(tr("&Browse…"), this);
    row->addWidget(m_file, 1);
    row->addWidget(browseButton);
    auto* fileLabel = new QLabel(tr("F&ile:"), this);
    fileLabel->setBuddy(m_file);
    m_file->setAccessibleName(tr("File"));
    form->addRow(fileLabel, row);
    m_rate = new QDoubleSpinBox(this);
    m_rate->setRange(0.5, 100);
    m_rate->setDecimals(2);
    m_rate->setValue(frameRateHz);
    m_rate->setSuffix(tr(" frames a second"));
    form->addRow(tr("&Rate:"), m_rate);
    m_scale = new QSpinBox(this);
    m_scale->setRange(1, 16);
    m_scale->setValue(scale);
    m_scale->setSuffix(QStringLiteral(" ×"));
    m_scale->setToolTip(tr("Every pixel becomes a square of so many; colours stay exact"));
    form->addRow(tr("&Enlarge:"), m_scale);
    m_play = new QComboBox(this);
    m_play->addItem(tr("Round and round"));
    m_play->addItem(tr("To and fro"));
    form->addRow(tr("&Plays:"), m_play);
    m_layout = new QComboBox(this);
    m_layout->addItem(tr("As on screen"), QStringLiteral("grid"));
    m_layout->addItem(tr("Contact sheet: frames along x, samples along y"), QStringLiteral("sheet"));
    m_layout->addItem(tr("Time slice x–t: the middle row over time"), QStringLiteral("xt"));
    m_layout->addItem(tr("Time slice y–t: the middle column over time"), QStringLiteral("yt"));
    form->addRow(tr("&Layout:"), m_layout);
    m_quality = new QComboBox(this);
    m_quality->addItem(tr("Small file"), QStringLiteral("small"));
    m_quality->addItem(tr("Balanced"), QStringLiteral("balanced"));
    m_quality->addItem(tr("Best"), QStringLiteral("best"));
    m_quality->setToolTip(tr("Of a GIF: 64 colours, 256 colours, or 256 colours for every frame; of other formats: how much is lost"));
    form->addRow(tr("&Quality:"), m_quality);
    m_limit = new QDoubleSpinBox(this);
    m_limit->setRange(0, 4000);
    m_limit->setDecimals(2);
    m_limit->setSpecialValueText(tr("none"));
    m_limit->setSuffix(tr(" MB"));
    m_limit->setToolTip(tr("The file is made no larger: fewer colours, then fewer frames a second, then a smaller picture"));
    form->addRow(tr("Size li&mit:"), m_limit);
    m_loops = new QSpinBox(this);
    m_loops->setRange(0, 1000);
    m_loops->setSpecialValueText(tr("for ever"));
    m_loops->setSuffix(QStringLiteral(" ×"));
    form->addRow(tr("Repea&ts:"), m_loops);
    m_labels = new QCheckBox(tr("&Names of rows and columns"), this);
    form->addRow(QString(), m_labels);
    m_caption = new QLineEdit(this);
    m_caption->setPlaceholderText(tr("none"));
    form->addRow(tr("&Caption:"), m_caption);
    auto* edge = new QHBoxLayout;
    m_border = new QSpinBox(this);
    m_border->setRange(0, 512);
    m_border->setSuffix(tr(" px"));
    m_background = new QComboBox(this);
    m_background->addItem(tr("white"), QStringLiteral("white"));
    m_background->addItem(tr("black"), QStringLiteral("black"));
    m_background->setAccessibleName(tr("Colour of gaps and border"));
    edge->addWidget(m_border);
    edge->addWidget(m_background);
    edge->addStretch(1);
    auto* edgeLabel = new QLabel(tr("B&order:"), this);
    edgeLabel->setBuddy(m_border);
    form->addRow(edgeLabel, edge);
    m_size = new QLabel(this);
    m_size->setAccessibleName(tr("Estimated size"));
    form->addRow(tr("Size:"), m_size);
    layout->addLayout(form);
    m_note = new QLabel(this);
    m_note->setWordWrap(true);
    m_note->setMinimumHeight(m_note->fontMetrics().height() * 2);
    layout->addWidget(m_note);
    m_buttons = new QDialogButtonBox(this);
    m_buttons->addButton(tr("&Save"), QDialogButtonBox::AcceptRole)->setDefault(true);
    m_buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    layout->addWidget(m_buttons);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &ExportDialog::accept);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &ExportDialog::reject);
    connect(browseButton, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(m_subject, &QComboBox::currentIndexChanged, this, &ExportDialog::suggest);
    connect(m_format, &QComboBox::activated, this, [this] {
        const QFileInfo file(m_file->text());
        m_file->setText(file.dir().filePath(file.completeBaseName() + QLatin1Char('.') + m_format->currentData().toString()));
    });
    connect(m_file, &QLineEdit::textChanged, this, &ExportDialog::check);
    // what was chosen the last time; rate and enlargement go with the clip
    const QSettings settings(settingsFile(), QSettings::IniFormat);
    const auto recall = [&](QComboBox* box, const char* key) {
        if (const int index = box->findData(settings.value(QLatin1String(key))); index >= 0) box->setCurrentIndex(index);
    };
    m_quality->setCurrentIndex(1);
    recall(m_format, "export/format");
    recall(m_quality, "export/quality");
    recall(m_background, "export/background");
    m_labels->setChecked(settings.value(QStringLiteral("export/labels"), false).toBool());
    m_border->setValue(settings.value(QStringLiteral("export/border"), 0).toInt());
    m_loops->setValue(settings.value(QStringLiteral("export/loops"), 0).toInt());
    m_limit->setValue(settings.value(QStringLiteral("export/limit"), 0.0).toDouble());
    m_estimateTimer.setSingleShot(true);
    m_estimateTimer.setInterval(400);
    connect(&m_estimateTimer, &QTimer::timeout, this, &ExportDialog::estimateNow);
    for (QComboBox* box : {m_subject, m_format, m_layout, m_quality, m_play, m_background}) connect(box, &QComboBox::currentIndexChanged, this, &ExportDialog::estimateSoon);
    for (QSpinBox* box : {m_scale, m_border, m_loops}) connect(box, &QSpinBox::valueChanged, this, &ExportDialog::estimateSoon);
    for (QDoubleSpinBox* box : {m_rate, m_limit}) connect(box, &QDoubleSpinBox::valueChanged, this, &ExportDialog::estimateSoon);
    connect(m_labels, &QCheckBox::toggled, this, &ExportDialog::estimateSoon);
    connect(m_caption, &QLineEdit::textChanged, this, &ExportDialog::estimateSoon);
    suggest();
    showFormat();
}

int ExportDialog::subject() const { return m_subject->currentIndex(); }
QString ExportDialog::target() const { return QDir::cleanPath(m_file->text().trimmed()); }
bool ExportDialog::pingPong() const { return m_play->currentIndex() == 1; }
void ExportDialog::setSubject(int index) { m_subject->setCurrentIndex(index); }
void ExportDialog::setTarget(const QString& path) { m_file->setText(path); }

kinora::ExportOptions ExportDialog::options() const
{
    kinora::ExportOptions options;
    kinora::applyPreset(options, m_quality->currentData().toString().toStdString());
    options.frameRateHz = m_rate->value();
    options.scale = m_scale->value();
    options.loops = m_loops->value();
    options.pingPong = pingPong();
    return options;
}

kinora::FigureLayout ExportDialog::figure() const
{
    kinora::FigureLayout figure;
    figure.layout = m_layout->currentData().toString().toStdString();
    figure.labels = m_labels->isChecked();
    figure.caption = m_caption->text().trimmed().toStdString();
    figure.border = m_border->value();
    figure.background = m_background->currentData().toString().toStdString();
    return figure;
}

std::uintmax_t ExportDialog::limitBytes() const { return m_limit->isEnabled() ? static_cast<std::uintmax_t>(m_limit->value() * 1e6) : 0; }
QString ExportDialog::estimate() const { return m_size->text(); }

void ExportDialog::setClips(std::vector<Clips> clips)
{
    m_clips = std::move(clips);
    m_form->setRowVisible(m_size, true);
    estimateSoon();
}

void ExportDialog::setComment(std::function<void(ExportJob& job, int subject)> comment)
{
    m_comment = std::move(comment);
    estimateSoon();
}

ExportJob ExportDialog::job() const
{
    const int chosen = std::clamp<int>(subject(), 0, static_cast<int>(m_clips.size()) - 1);
    ExportJob job{m_clips.at(static_cast<std::size_t>(chosen)), target(), figure(), options(), limitBytes(), {}};
    if (m_comment) m_comment(job, chosen);
    return job;
}

void ExportDialog::showFormat()
{
    const QString format = m_format->currentData().toString();
    const bool moves = format != QLatin1String("png") && format != QLatin1String("frames"), video = format == QLatin1String("mp4") || format == QLatin1String("webm");
    m_loops->setEnabled(moves && !video);
    m_rate->setEnabled(moves);
    m_quality->setEnabled(moves && format != QLatin1String("apng"));
    m_limit->setEnabled(format != QLatin1String("frames"));
    m_form->setRowVisible(m_size, !m_clips.empty() && format != QLatin1String("frames"));
}

void ExportDialog::estimateSoon()
{
    showFormat();
    m_estimating.request_stop();
    if (m_clips.empty()) return;
    m_size->setText(tr("…"));
    m_estimateTimer.start();
}

void ExportDialog::estimateNow()
{
    const QString format = m_format->currentData().toString();
    if (m_clips.empty() || format == QLatin1String("frames")) return;
    m_estimating = std::stop_source();
    const auto stop = m_estimating.get_token();
    // written for good into the temporary folder: the only estimate that is right
    m_jobs.run(
        [source = m_estimating, stop, job = job(), format = format.toStdString()](std::stop_token closing) mutable -> qint64 {
            const std::stop_callback both(closing, [&source] { source.request_stop(); });
            const kinora::FigureClips made = job.clips();
            double pixels = 0;
            for (const kinora::Frames& clip : made.clips) pixels += static_cast<double>(clip.count()) * clip.height() * clip.width() * job.encoder.scale * job.encoder.scale;
            if (pixels > kEstimatedPixels) return -1;
            QTemporaryDir folder;
            const std::filesystem::path file = std::filesystem::path(folder.path().toStdString()) / ("estimate." + format);
            kinora::exportFigure(made, job.figure, file, job.encoder, job.limitBytes, job.comment, {stop, {}});
            return static_cast<qint64>(std::filesystem::file_size(file));
        },
        [this, stop](const kinora::Outcome<qint64>& outcome) {
            if (stop.stop_requested()) return;
            if (!outcome) m_size->setText(QString::fromStdString(outcome.error().detail()));
            else m_size->setText(outcome.value() < 0 ? tr("too large to try beforehand") : tr("about %1").arg(QLocale().formattedDataSize(outcome.value(), 2, QLocale::DataSizeSIFormat)));
        });
}

void ExportDialog::remember() const
{
    QSettings settings(settingsFile(), QSettings::IniFormat);
    settings.setValue(QStringLiteral("export/folder"), QFileInfo(target()).dir().path());
    settings.setValue(QStringLiteral("export/format"), m_format->currentData());
    settings.setValue(QStringLiteral("export/quality"), m_quality->currentData());
    settings.setValue(QStringLiteral("export/background"), m_background->currentData());
    settings.setValue(QStringLiteral("export/labels"), m_labels->isChecked());
    settings.setValue(QStringLiteral("export/border"), m_border->value());
    settings.setValue(QStringLiteral("export/loops"), m_loops->value());
    settings.setValue(QStringLiteral("export/limit"), m_limit->value());
}

void ExportDialog::suggest()
{
    const QString folder = m_file->text().isEmpty() ? lastFolder() : QFileInfo(m_file->text()).dir().path();
    const QString base = m_names.value(m_subject->currentIndex(), QStringLiteral("clip")), extension = m_format->currentData().toString();
    // an unused name, so that nothing is replaced by pressing Enter
    QString path = QDir(folder).filePath(base + QLatin1Char('.') + extension);
    for (int number = 2; QFileInfo::exists(path) && number < 1000; ++number) path = QDir(folder).filePath(QStringLiteral("%1_%2.%3").arg(base).arg(number).arg(extension));
    m_file->setText(path);
    check();
}

void ExportDialog::check()
{
    const QFileInfo file(target());
    const int format = m_format->findData(file.suffix().toLower());
    if (format >= 0) m_format->setCurrentIndex(format);
    QString note;
    bool possible = true;
    if (file.isRelative() || file.fileName().isEmpty()) {
        note = tr("Name a file with its folder.");
        possible = false;
    } else if (format < 0) {
        note = tr("Files of the type \".%1\" cannot be written. Choose a format from the list.").arg(file.suffix());
        possible = false;
    } else if ((file.isDir() && file.suffix().toLower() != QLatin1String("frames")) || !file.dir().exists()) {
        note = tr("The folder \"%1\" does not exist.").arg(file.dir().path());
        possible = false;
    } else if (file.exists() && file.suffix().toLower() == QLatin1String("frames")) {
        note = tr("This folder exists already. Choose another name.");
        possible = false;
    } else if (file.exists()) {
        note = tr("This file exists and will be replaced.");
    }
    m_note->setText(note);
    const auto buttons = m_buttons->buttons();
    for (QAbstractButton* button : buttons)
        if (m_buttons->buttonRole(button) == QDialogButtonBox::AcceptRole) {
            button->setEnabled(possible);
            button->setText(possible && file.exists() ? tr("&Replace") : tr("&Save"));
        }
}

void ExportDialog::browse()
{
    auto* dialog = new QFileDialog(this, tr("Save as"), QFileInfo(target()).dir().path());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setOption(QFileDialog::DontConfirmOverwrite);  // this dialog says it
    QStringList filters;
    for (int index = 0; index < m_format->count(); ++index) filters << QStringLiteral("%1 (*.%2)").arg(m_format->itemText(index), m_format->itemData(index).toString());
    dialog->setNameFilters(filters);
    dialog->selectNameFilter(filters.value(m_format->currentIndex()));
    dialog->setDefaultSuffix(m_format->currentData().toString());
    dialog->selectFile(QFileInfo(target()).fileName());
    connect(dialog, &QFileDialog::fileSelected, this, &ExportDialog::setTarget);
    dialog->open();
}

void ExportDialog::accept()
{
    check();
    const auto buttons = m_buttons->buttons();
    for (QAbstractButton* button : buttons)
        if (m_buttons->buttonRole(button) == QDialogButtonBox::AcceptRole && !button->isEnabled()) return;
    m_estimating.request_stop();
    remember();
    QDialog::accept();
}

void showExportProgress(ExportController& exports, QWidget* page)
{
    QObject::connect(&exports, &ExportController::started, page, [&exports, page](const QString& target) {
        auto* window = page->findChild<QProgressDialog*>(QStringLiteral("export_progress"));
        if (!window) {
            window = new QProgressDialog(page);
            window->setObjectName(QStringLiteral("export_progress"));
            window->setAttribute(Qt::WA_DeleteOnClose);
            window->setWindowTitle(ExportDialog::tr("Export"));
            window->setWindowModality(Qt::NonModal);
            window->setMinimumDuration(700);
            window->setAutoReset(false);
            window->setAutoClose(false);
            window->setRange(0, 100);
            window->setValue(0);
            window->setCancelButtonText(ExportDialog::tr("&Cancel"));
            QObject::connect(&exports, &ExportController::progressed, window, [window](double share) { window->setValue(static_cast<int>(100 * share)); });
            QObject::connect(window, &QProgressDialog::canceled, &exports, &ExportController::cancel);
            QObject::connect(&exports, &ExportController::finished, window, &QProgressDialog::deleteLater);
        }
        window->setLabelText(ExportDialog::tr("Saving %1 …").arg(QFileInfo(target).fileName()));
    });
}
