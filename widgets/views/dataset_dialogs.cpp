#include "widgets/views/dataset_dialogs.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/text.h"
#include "widgets/views/option_form.h"

using namespace kinora;

DatasetJobDialog::DatasetJobDialog(const DatasetLibrary& library, QString program, QWidget* parent)
    : QDialog(parent), m_library(library), m_program(std::move(program))
{
    setAttribute(Qt::WA_DeleteOnClose);
    m_layout = new QVBoxLayout(this);
    m_name = new QLineEdit;
    m_name->setAccessibleName(tr("Name of the new dataset"));
    m_place = new QLabel;
    m_place->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_place->setWordWrap(true);
    m_place->setForegroundRole(QPalette::PlaceholderText);
    m_phase = new QLabel;
    m_phase->hide();
    m_progress = new QProgressBar;
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->hide();
    m_problem = new QLabel;
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problem->hide();
    m_report = new QPlainTextEdit;
    m_report->setReadOnly(true);
    m_report->setAccessibleName(tr("Files that were left out"));
    m_report->hide();
    m_buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_start = m_buttons->addButton(QString(), QDialogButtonBox::ActionRole);
    m_start->setDefault(true);
    connect(m_start, &QPushButton::clicked, this, &DatasetJobDialog::start);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &DatasetJobDialog::reject);
    connect(m_name, &QLineEdit::textChanged, this, &DatasetJobDialog::judge);
    connect(&m_job, &JobProcess::progressed, this, [this](qint64 done, qint64 total, const QString& phase) {
        // a bar's range is an int
        m_progress->setRange(0, total > 0 ? 1000 : 0);
        m_progress->setValue(total > 0 ? static_cast<int>(1000.0 * static_cast<double>(done) / static_cast<double>(total)) : 0);
        const QString count = total > 0 ? tr("%1 of %2").arg(QLocale().toString(done), QLocale().toString(total)) : QLocale().toString(done);
        m_phase->setText(phase.isEmpty() ? count : tr("%1: %2").arg(count, m_phase->fontMetrics().elidedText(catalogueText(phase), Qt::ElideMiddle, m_progress->width() / 2)));
    });
    connect(&m_job, &JobProcess::succeeded, this, &DatasetJobDialog::finish);
    connect(&m_job, &JobProcess::failed, this, [this](const QString& problem) {
        setBusy(false);
        showProblem(problem);
    });
    connect(&m_job, &JobProcess::canceled, this, [this] {
        setBusy(false);
        showProblem({});
        m_phase->setText(tr("Cancelled; nothing was kept."));
        m_phase->show();
    });
}

void DatasetJobDialog::setForm(QWidget* form, const QString& startText)
{
    m_form = new QWidget;
    auto* layout = new QVBoxLayout(m_form);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(form, 1);
    auto* name = new QFormLayout;
    name->addRow(tr("&Name:"), m_name);
    name->addRow(QString(), m_place);
    layout->addLayout(name);
    m_layout->addWidget(m_form, 1);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_phase, m_progress, m_problem}) m_layout->addWidget(widget);
    m_layout->addWidget(m_report, 1);
    m_layout->addWidget(m_buttons);
    m_start->setText(startText);
    judge();
}

QString DatasetJobDialog::problem() const { return m_problem->isHidden() ? QString() : m_problem->text(); }

void DatasetJobDialog::showProblem(const QString& problem)
{
    m_problem->setText(QStringLiteral("⚠ ") + problem);
    m_problem->setVisible(!problem.isEmpty());
}

void DatasetJobDialog::suggestName(const QString& name)
{
    if (m_name->isModified()) return;
    m_name->setText(name);
    m_name->setModified(false);
}

void DatasetJobDialog::judge()
{
    if (m_job.running()) return;
    const QString problem = formProblem();
    m_place->setText(m_name->text().trimmed().isEmpty() ? QString() : QDir::toNativeSeparators(m_library.freePath(m_name->text())));
    m_start->setEnabled(problem.isEmpty() && !m_name->text().trimmed().isEmpty());
    m_start->setToolTip(problem);
}

void DatasetJobDialog::setBusy(bool busy)
{
    m_form->setEnabled(!busy);
    m_progress->setVisible(busy);
    m_phase->setVisible(busy);
    m_progress->setRange(0, 0);
    m_phase->setText(tr("Starting…"));
    m_start->setEnabled(!busy);
    if (!busy) judge();
}

void DatasetJobDialog::start()
{
    if (m_job.running() || !formProblem().isEmpty() || m_name->text().trimmed().isEmpty()) return;
    m_target = m_library.freePath(m_name->text());
    showProblem({});
    m_report->hide();
    if (!QDir().mkpath(QFileInfo(m_target).absolutePath())) {
        showProblem(tr("The folder %1 cannot be made.").arg(QDir::toNativeSeparators(QFileInfo(m_target).absolutePath())));
        return;
    }
    setBusy(true);
    m_job.start(m_program, command() + QStringList{QStringLiteral("-o"), m_target, QStringLiteral("--progress"), QStringLiteral("json"), QStringLiteral("--json")});
}

void DatasetJobDialog::finish(const QJsonObject& report)
{
    setBusy(false);
    QStringList lines;
    for (const QJsonValue& value : report.value(QLatin1String("skipped")).toArray()) {
        const QJsonObject file = value.toObject();
        const QString name = file.value(QLatin1String("file")).toString(), reason = file.value(QLatin1String("reason")).toString();
        lines.append(reason.isEmpty() ? (name.isEmpty() ? value.toString() : name) : tr("%1: %2").arg(name, reason));
    }
    Q_EMIT created(m_target);
    if (lines.isEmpty()) {
        accept();
        return;
    }
    // the dataset is there; what was left out stays on screen until it has been read
    m_form->hide();
    m_start->hide();
    m_phase->setText(tr("The dataset is ready. %n file(s) were left out:", nullptr, static_cast<int>(lines.size())));
    m_phase->show();
    m_report->setPlainText(lines.join(QLatin1Char('\n')));
    m_report->show();
    m_buttons->setStandardButtons(QDialogButtonBox::Close);
}

void DatasetJobDialog::reject()
{
    if (m_job.running()) {
        m_phase->setText(tr("Cancelling…"));
        m_job.cancel();
        return;
    }
    QDialog::reject();
}

CreateDatasetDialog::CreateDatasetDialog(const DatasetLibrary& library, QString program, const std::vector<DatasetDescription>& kinds, QWidget* parent)
    : DatasetJobDialog(library, std::move(program), parent)
{
    setWindowTitle(tr("New Built-in Dataset"));
    for (const DatasetDescription& kind : kinds)
        if (kind.builtin) m_kinds.push_back(kind);
    auto* form = new QWidget;
    auto* layout = new QVBoxLayout(form);
    layout->setContentsMargins(0, 0, 0, 0);
    m_kind = new QComboBox;
    m_kind->setAccessibleName(tr("Kind"));
    for (const DatasetDescription& kind : m_kinds) m_kind->addItem(catalogueText(kind.name), QString::fromStdString(kind.id));
    auto* top = new QFormLayout;
    top->addRow(tr("&Kind:"), m_kind);
    m_summary = new QLabel;
    m_summary->setWordWrap(true);
    m_options = new OptionForm;
    layout->addLayout(top);
    layout->addWidget(m_summary);
    layout->addWidget(m_options, 1);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &CreateDatasetDialog::showKind);
    connect(m_options, &OptionForm::edited, this, &CreateDatasetDialog::judge);
    setForm(form, tr("&Create"));
    showKind();
    setMinimumWidth(420);
}

void CreateDatasetDialog::showKind()
{
    const int index = m_kind->currentIndex();
    if (index < 0) return;
    const DatasetDescription& kind = m_kinds[static_cast<std::size_t>(index)];
    m_summary->setText(catalogueText(kind.summary));
    const OptionValues before = m_options->changedValues();
    m_options->setFields(kind.options);
    OptionValues kept;  // what both kinds know
    for (const OptionField& field : kind.options)
        if (before.contains(field.key)) kept[field.key] = before.at(field.key);
    if (!kept.empty()) m_options->setValues(kept);
    suggestName(QString::fromStdString(kind.id).section(QLatin1Char(':'), -1));
    judge();
}

QString CreateDatasetDialog::datasetText() const
{
    const int index = m_kind->currentIndex();
    if (index < 0) return {};
    QStringList parts;
    for (const auto& [key, value] : m_options->changedValues()) parts.append(QString::fromStdString(key + "=" + optionText(value)));
    const QString id = QString::fromStdString(m_kinds[static_cast<std::size_t>(index)].id);
    return parts.isEmpty() ? id : id + QLatin1Char('?') + parts.join(QLatin1Char('&'));
}

QString CreateDatasetDialog::formProblem() const
{
    if (!m_kind || m_kind->currentIndex() < 0) return tr("There is no built-in dataset.");
    return m_options->valid() ? QString() : m_options->problems().join(QLatin1Char('\n'));
}

QStringList CreateDatasetDialog::command() const
{
    return {QStringLiteral("datasets"), QStringLiteral("import"), QStringLiteral("synthetic"), datasetText()};
}

ImportDatasetDialog::ImportDatasetDialog(const DatasetLibrary& library, QString program, const std::vector<DatasetDescription>& kinds, QWidget* parent)
    : DatasetJobDialog(library, std::move(program), parent)
{
    setWindowTitle(tr("Import Clips"));
    for (const DatasetDescription& kind : kinds)
        if (!kind.builtin) m_kinds.push_back(kind);
    auto* form = new QWidget;
    auto* layout = new QVBoxLayout(form);
    layout->setContentsMargins(0, 0, 0, 0);
    m_kind = new QComboBox;
    m_kind->setAccessibleName(tr("Kind"));
    for (const DatasetDescription& kind : m_kinds) m_kind->addItem(catalogueText(kind.name), QString::fromStdString(kind.id));
    m_source = new QLineEdit;
    m_source->setPlaceholderText(tr("Folder with the clips"));
    m_source->setAccessibleName(tr("Folder with the clips"));
    auto* browse = new QPushButton(tr("&Browse…"));
    auto* line = new QHBoxLayout;
    line->addWidget(m_source, 1);
    line->addWidget(browse);
    auto* top = new QFormLayout;
    top->addRow(tr("&Kind:"), m_kind);
    auto* sourceLabel = new QLabel(tr("&Source:"));
    sourceLabel->setBuddy(m_source);
    top->addRow(sourceLabel, line);
    m_summary = new QLabel;
    m_summary->setWordWrap(true);
    m_options = new OptionForm;
    layout->addLayout(top);
    layout->addWidget(m_summary);
    layout->addWidget(m_options, 1);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &ImportDatasetDialog::showKind);
    connect(m_options, &OptionForm::edited, this, &ImportDatasetDialog::judge);
    connect(browse, &QPushButton::clicked, this, &ImportDatasetDialog::browse);
    connect(m_source, &QLineEdit::textChanged, this, [this](const QString& text) {
        suggestName(QFileInfo(QDir::cleanPath(text)).fileName());
        judge();
    });
    setForm(form, tr("&Import"));
    showKind();
    setMinimumWidth(460);
}

void ImportDatasetDialog::showKind()
{
    const int index = m_kind->currentIndex();
    if (index < 0) return;
    m_summary->setText(catalogueText(m_kinds[static_cast<std::size_t>(index)].summary));
    m_options->setFields(m_kinds[static_cast<std::size_t>(index)].options);
    m_options->setVisible(!m_kinds[static_cast<std::size_t>(index)].options.empty());
    judge();
}

void ImportDatasetDialog::setSource(const QString& folder) { m_source->setText(QDir::toNativeSeparators(folder)); }
QString ImportDatasetDialog::source() const { return m_source->text().trimmed(); }

void ImportDatasetDialog::browse()
{
    auto* dialog = new QFileDialog(this, tr("Folder with the clips"), source());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, &ImportDatasetDialog::setSource);
    dialog->open();
}

QString ImportDatasetDialog::formProblem() const
{
    if (!m_kind || m_kind->currentIndex() < 0) return tr("Nothing that can be imported is known yet.");
    if (source().isEmpty()) return tr("Choose the folder with the clips.");
    return m_options->valid() ? QString() : m_options->problems().join(QLatin1Char('\n'));
}

QStringList ImportDatasetDialog::command() const
{
    QStringList list{QStringLiteral("datasets"), QStringLiteral("import"), m_kind->currentData().toString(), source()};
    for (const auto& [key, value] : m_options->changedValues())
        list << QStringLiteral("--set") << QString::fromStdString(key + "=" + optionText(value));
    return list;
}
