#include "widgets/views/dataset_dialogs.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/controllers/run_list_model.h"
#include "widgets/text.h"
#include "widgets/views/option_form.h"

using namespace kinora;

QVariant SkippedFilesModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid) || (role != Qt::DisplayRole && role != Qt::ToolTipRole)) return {};
    const auto& [file, reason] = m_files[static_cast<std::size_t>(index.row())];
    return index.column() == 0 ? file : reason;
}

QVariant SkippedFilesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return QAbstractTableModel::headerData(section, orientation, role);
    return section == 0 ? tr("File") : tr("Why it was left out");
}

void SkippedFilesModel::setReport(const QJsonObject& report)
{
    beginResetModel();
    m_files.clear();
    for (const QJsonValue& value : report.value(QLatin1String("skipped")).toArray()) {
        const QJsonObject file = value.toObject();
        m_files.emplace_back(file.value(QLatin1String("file")).toString(), file.value(QLatin1String("reason")).toString());
    }
    endResetModel();
}

QString SkippedFilesModel::text() const
{
    QString text;
    for (const auto& [file, reason] : m_files) text += file + QLatin1Char('\t') + reason + QLatin1Char('\n');
    return text;
}

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
    m_place->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_place->setForegroundRole(QPalette::PlaceholderText);
    m_phase = new QLabel;
    m_phase->setWordWrap(true);
    m_phase->hide();
    m_progress = new QProgressBar;
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->hide();
    m_file = new QLabel;
    m_file->setForegroundRole(QPalette::PlaceholderText);
    m_file->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_file->hide();
    m_problem = new QLabel;
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problem->hide();
    m_skipped = new SkippedFilesModel(this);
    m_table = new QTableView;
    m_table->setModel(m_skipped);
    m_table->setAccessibleName(tr("Files that were left out"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->hide();
    m_buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);  // of the dialog at once, or Cancel becomes its default
    m_copy = m_buttons->addButton(tr("C&opy List"), QDialogButtonBox::ActionRole);
    m_copy->setToolTip(tr("Copy the files and reasons, one a line"));
    m_discard = m_buttons->addButton(tr("&Discard"), QDialogButtonBox::ActionRole);
    m_discard->setToolTip(tr("Throw away the clips that were finished before the interruption"));
    m_pause = m_buttons->addButton(tr("&Pause"), QDialogButtonBox::ActionRole);
    m_pause->setToolTip(tr("Hold the work up, so that the processor is free; it goes on where it was"));
    m_start = m_buttons->addButton(QString(), QDialogButtonBox::ActionRole);
    m_start->setDefault(true);
    for (QPushButton* button : {m_copy, m_discard, m_pause}) {
        button->setAutoDefault(false);
        button->hide();  // now that all are there: the box shows its buttons whenever it lays them out anew
    }
    connect(m_start, &QPushButton::clicked, this, &DatasetJobDialog::start);
    connect(m_discard, &QPushButton::clicked, this, &DatasetJobDialog::discard);
    connect(m_copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_skipped->text()); });
    connect(m_pause, &QPushButton::clicked, this, [this] {
        m_job.setPaused(!m_job.paused());
        m_pause->setText(m_job.paused() ? tr("&Go On") : tr("&Pause"));
        showProgress(m_last);
    });
    connect(m_buttons, &QDialogButtonBox::rejected, this, &DatasetJobDialog::reject);
    connect(m_name, &QLineEdit::textChanged, this, &DatasetJobDialog::judge);
    connect(&m_job, &JobProcess::progressed, this, &DatasetJobDialog::showProgress);
    connect(&m_job, &JobProcess::succeeded, this, &DatasetJobDialog::finish);
    connect(&m_job, &JobProcess::failed, this, [this](const QString& problem) {
        setStage(leftovers(m_target) ? Stage::Interrupted : Stage::Form);
        showProblem(problem);
    });
    connect(&m_job, &JobProcess::canceled, this, [this] {
        setStage(leftovers(m_target) ? Stage::Interrupted : Stage::Form);
        showProblem({});
        if (m_stage == Stage::Form) {
            m_phase->setText(tr("Cancelled; nothing was kept."));
            m_phase->show();
        }
    });
    connect(&m_discarding, &JobProcess::succeeded, this, [this] {
        setStage(Stage::Form);
        m_phase->setText(tr("Discarded; nothing was kept."));
        m_phase->show();
    });
    connect(&m_discarding, &JobProcess::failed, this, &DatasetJobDialog::showProblem);
}

void DatasetJobDialog::setForm(QWidget* form, const QString& startText)
{
    m_startText = startText;
    m_form = new QWidget;
    auto* layout = new QVBoxLayout(m_form);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(form, 1);
    auto* name = new QFormLayout;
    name->addRow(tr("&Name:"), m_name);
    name->addRow(QString(), m_place);
    layout->addLayout(name);
    m_layout->addWidget(m_form, 1);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_phase, m_progress, m_file, m_problem}) m_layout->addWidget(widget);
    m_layout->addWidget(m_table, 1);
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
    if (m_stage != Stage::Form) return;
    const QString problem = formProblem();
    const QString target = m_name->text().trimmed().isEmpty() ? QString() : m_library.freePath(m_name->text());
    const bool left = !target.isEmpty() && leftovers(target);
    m_place->setText(QDir::toNativeSeparators(target) + (left ? QLatin1Char('\n') + tr("An interrupted import to this name is there; with the same settings it goes on where it was.") : QString()));
    m_start->setText(left ? tr("&Continue") : m_startText);
    m_discard->setVisible(left);
    m_discard->setEnabled(problem.isEmpty());
    m_start->setEnabled(problem.isEmpty() && !m_name->text().trimmed().isEmpty());
    m_start->setToolTip(problem);
}

void DatasetJobDialog::setStage(Stage stage)
{
    m_stage = stage;
    const bool running = stage == Stage::Running, interrupted = stage == Stage::Interrupted;
    m_form->setEnabled(stage == Stage::Form);
    m_form->setVisible(stage != Stage::Done);
    m_progress->setVisible(running || interrupted);
    m_file->setVisible(running);
    m_phase->setVisible(running || interrupted || stage == Stage::Done);
    m_buttons->setStandardButtons(running || stage == Stage::Form ? QDialogButtonBox::Cancel : QDialogButtonBox::Close);
    m_copy->hide();
    m_pause->setVisible(running);
    m_discard->setVisible(interrupted);
    m_discard->setEnabled(true);
    m_start->setVisible(stage == Stage::Form || interrupted);
    m_start->setText(interrupted ? tr("&Continue") : m_startText);
    m_start->setToolTip({});
    m_start->setEnabled(interrupted);
    if (running) {
        m_last = {};
        m_progress->setRange(0, 0);
        m_pause->setText(tr("&Pause"));
        m_phase->setText(tr("Starting…"));
        m_file->clear();
    }
    if (interrupted) {
        m_phase->setText(m_last.done > 0 ? tr("Interrupted after %1. What was finished is kept: continue with it, or discard it.")
                                               .arg(m_last.total > 0 ? tr("%1 of %2").arg(QLocale().toString(m_last.done), QLocale().toString(m_last.total)) : QLocale().toString(m_last.done))
                                         : tr("Interrupted. What was finished is kept: continue with it, or discard it."));
        if (m_progress->maximum() == 0) m_progress->setRange(0, 1);  // it must not look busy
    }
    busyChanged(stage != Stage::Form);
    if (stage == Stage::Form) judge();
}

bool DatasetJobDialog::leftovers(const QString& target)
{
    // where 'kinora datasets import' keeps closed shards
    const QFileInfo file(target);
    return QFileInfo(file.absolutePath() + QStringLiteral("/.") + file.fileName() + QStringLiteral(".import")).isDir();
}

void DatasetJobDialog::start()
{
    if (m_job.running() || m_discarding.running()) return;
    if (m_stage == Stage::Form) {
        if (!formProblem().isEmpty() || m_name->text().trimmed().isEmpty()) return;
        m_target = m_library.freePath(m_name->text());
    } else if (m_stage != Stage::Interrupted) {
        return;
    }
    showProblem({});
    m_table->hide();
    m_copy->hide();
    if (!QDir().mkpath(QFileInfo(m_target).absolutePath())) {
        showProblem(tr("The folder %1 cannot be made.").arg(QDir::toNativeSeparators(QFileInfo(m_target).absolutePath())));
        return;
    }
    setStage(Stage::Running);
    m_job.start(m_program, command() + QStringList{QStringLiteral("-o"), m_target, QStringLiteral("--progress"), QStringLiteral("json"), QStringLiteral("--json")});
}

void DatasetJobDialog::discard()
{
    if (m_job.running() || m_discarding.running() || m_discard->isHidden()) return;
    if (m_stage == Stage::Form) m_target = m_library.freePath(m_name->text());
    showProblem({});
    m_discarding.start(m_program, command() + QStringList{QStringLiteral("-o"), m_target, QStringLiteral("--discard")});
}

void DatasetJobDialog::showProgress(const JobProgress& progress)
{
    if (m_stage != Stage::Running) return;
    m_last = progress;
    const QLocale locale;
    // a bar's range is an int
    m_progress->setRange(0, progress.total > 0 ? 1000 : 0);
    if (progress.total > 0) m_progress->setValue(static_cast<int>(1000.0 * static_cast<double>(progress.done) / static_cast<double>(progress.total)));
    QStringList parts;
    if (m_job.paused()) parts.append(tr("Paused"));
    else if (!progress.phase.isEmpty()) parts.append(catalogueText(progress.phase));
    parts.append(progress.total > 0 ? tr("%1 of %2").arg(locale.toString(progress.done), locale.toString(progress.total)) : locale.toString(progress.done));
    if (progress.clips > 0) parts.append(tr("%n clip(s)", nullptr, static_cast<int>(progress.clips)));
    if (progress.skipped > 0) parts.append(tr("%n left out", nullptr, static_cast<int>(progress.skipped)));
    if (progress.etaS >= 0 && !m_job.paused()) parts.append(tr("about %1 left").arg(durationText(progress.etaS)));
    m_phase->setText(parts.join(QStringLiteral("  ·  ")));
    m_file->setText(m_file->fontMetrics().elidedText(progress.file, Qt::ElideMiddle, std::max(100, m_file->width())));
    m_file->setToolTip(progress.file);
}

void DatasetJobDialog::finish(const QJsonObject& report)
{
    m_skipped->setReport(report);
    setStage(Stage::Done);
    Q_EMIT created(m_target);
    if (m_skipped->rowCount() == 0) {
        accept();
        return;
    }
    // the dataset is there; what was left out stays on screen until it has been read
    m_phase->setText(tr("The dataset is ready: %n clip(s) were imported.", nullptr, static_cast<int>(report.value(QLatin1String("clips")).toInteger())) + QLatin1Char(' ') +
                     tr("%n file(s) were left out:", nullptr, m_skipped->rowCount()));
    m_table->show();
    m_table->resizeColumnToContents(0);
    m_table->setColumnWidth(0, std::min(m_table->columnWidth(0), std::max(160, width() / 2)));
    m_copy->show();
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
