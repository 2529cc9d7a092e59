#include "widgets/views/export_dialog.h"

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
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <cstring>

#include "core/util/file.h"
#include "widgets/text.h"

namespace {
QString settingsFile() { return toQString(kinora::Places::config() / "workbench.ini"); }

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
    setWindowTitle(tr("Save as GIF or Video"));
    auto* layout = new QVBoxLayout(this);
    auto* form = new QFormLayout;
    m_subject = new QComboBox(this);
    m_subject->addItems(subjects);
    form->addRow(tr("&What:"), m_subject);
    m_format = new QComboBox(this);
    for (const std::string& format : kinora::exportFormats()) {
        const QString extension = QString::fromStdString(format);
        m_format->addItem(extension == QLatin1String("png") ? tr("PNG strip: frames side by side") : extension.toUpper(), extension);
    }
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
    suggest();
}

int ExportDialog::subject() const { return m_subject->currentIndex(); }
QString ExportDialog::target() const { return QDir::cleanPath(m_file->text().trimmed()); }
bool ExportDialog::pingPong() const { return m_play->currentIndex() == 1; }
void ExportDialog::setSubject(int index) { m_subject->setCurrentIndex(index); }
void ExportDialog::setTarget(const QString& path) { m_file->setText(path); }

kinora::ExportOptions ExportDialog::options() const
{
    kinora::ExportOptions options;
    options.frameRateHz = m_rate->value();
    options.scale = m_scale->value();
    return options;
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
    } else if (file.isDir() || !file.dir().exists()) {
        note = tr("The folder \"%1\" does not exist.").arg(file.dir().path());
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
    QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("export/folder"), QFileInfo(target()).dir().path());
    QDialog::accept();
}

kinora::Frames thereAndBack(const kinora::Frames& clip)
{
    if (clip.count() < 3) return clip;
    kinora::Frames result(2 * clip.count() - 2, clip.height(), clip.width());
    for (int index = 0; index < result.count(); ++index) {
        const int from = index < clip.count() ? index : result.count() - index;
        std::memcpy(result.frame(index), clip.frame(from), clip.frameBytes());
    }
    return result;
}
