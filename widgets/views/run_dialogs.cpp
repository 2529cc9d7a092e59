#include "widgets/views/run_dialogs.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "core/util/outcome.h"
#include "widgets/controllers/run_list_model.h"
#include "widgets/text.h"
#include "widgets/views/option_form.h"

using namespace kinora;

namespace {
QDialogButtonBox* buttonsOf(QDialog* dialog, const QString& accept, QPushButton** button = nullptr)
{
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, dialog);  // of the dialog at once, or Cancel becomes its default
    auto* made = buttons->addButton(accept, QDialogButtonBox::AcceptRole);
    made->setDefault(true);
    if (button) *button = made;
    QObject::connect(buttons, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    return buttons;
}

QScrollArea* scrolled(QWidget* widget)
{
    auto* holder = new QWidget;
    auto* layout = new QVBoxLayout(holder);
    layout->setContentsMargins(0, 0, 6, 0);
    layout->addWidget(widget);
    layout->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(holder);
    return scroll;
}

OptionField numberField(const std::string& key, double present, const OptionLimits& limits, const std::string& help, const std::string& group)
{
    return {key, OptionType::Real, present, limits, help, group};
}

/// The field as if \p present were its default, so that what differs from it stands out, and reset goes back to it.
OptionField based(OptionField field, const std::string& present)
{
    if (const auto value = attempt([&] { return parseOption(field, present); })) field.fallback = value.value();
    return field;
}

QLabel* wrapped(const QString& text)
{
    auto* label = new QLabel(text);
    label->setWordWrap(true);
    return label;
}

/// Optimizers by their curves "lr/<name>", with the newest rate.
std::map<std::string, double> learningRates(const RunSnapshot& run)
{
    std::map<std::string, double> rates;
    for (const auto& [tag, point] : run.summary.latest)
        if (tag.starts_with("lr/")) rates[tag.substr(3)] = QString::number(point.value, 'g', 6).toDouble();  // curves are floats: 0.0002, not 0.000199999995
    return rates;
}
}  // namespace

// ---- steering

SteeringDialog::SteeringDialog(const std::vector<OptionField>& training, const std::vector<std::string>& lossWeights, QWidget* parent)
    : QDialog(parent), m_training(training), m_lossWeights(lossWeights)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Change Settings of the Running Training"));
    auto* layout = new QVBoxLayout(this);
    m_head = wrapped({});
    layout->addWidget(m_head);
    m_form = new OptionForm;
    m_form->setPresetsShown(false);
    layout->addWidget(scrolled(m_form), 1);
    auto* label = new QLabel(tr("A&sked for:"));
    m_answers = new QListWidget;
    m_answers->setAccessibleName(tr("What was asked for, and the answers"));
    m_answers->setMaximumHeight(fontMetrics().height() * 6);
    m_answers->setWordWrap(true);
    label->setBuddy(m_answers);
    layout->addWidget(label);
    layout->addWidget(m_answers);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_apply = buttons->addButton(tr("&Apply"), QDialogButtonBox::ActionRole);
    m_apply->setDefault(true);
    layout->addWidget(buttons);
    connect(m_apply, &QPushButton::clicked, this, &SteeringDialog::apply);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_form, &OptionForm::edited, this, [this] { m_apply->setEnabled(m_run.alive() && m_form->valid() && !m_form->changedValues().empty()); });
    resize(460, 560);
}

void SteeringDialog::rebuild()
{
    std::vector<OptionField> fields;
    const auto present = [&](const std::string& key, double other) {
        const auto found = m_present.find(key);
        bool ok = false;
        const double value = found == m_present.end() ? 0 : QString::fromStdString(found->second).toDouble(&ok);
        return ok ? value : other;
    };
    // the curve says what the optimizer really uses, with a schedule in it
    for (const auto& [name, rate] : learningRates(m_run))
        fields.push_back(numberField("learning_rate/" + name, rate, atLeast(1e-12), "Learning rate of this optimizer from the next step on", "learning_rates"));
    for (const std::string& name : m_lossWeights)
        fields.push_back(numberField("loss_weight/" + name, present("loss_weight/" + name, 1), anything(), "Weight of this term of the loss from the next step on", "loss_weights"));
    for (const OptionField& field : m_training) {
        if (!field.whileRunning) continue;
        const auto found = m_present.find(field.key);
        fields.push_back(found == m_present.end() ? field : based(field, found->second));
    }
    OptionValues kept = m_form->changedValues();
    // what was granted is the present value now; the rest of what the person has typed stays
    for (const Asked& asked : m_asked)
        if (asked.state == Asked::State::Granted) kept.erase(asked.key.toStdString());
    m_form->setFields(fields);
    std::erase_if(kept, [&](const auto& entry) { return std::none_of(fields.begin(), fields.end(), [&](const OptionField& field) { return field.key == entry.first; }); });
    if (!kept.empty()) m_form->setValues(kept);
    m_apply->setEnabled(m_run.alive() && m_form->valid() && !m_form->changedValues().empty());
}

void SteeringDialog::setRun(const RunSnapshot& run, const RunHistory& history)
{
    const bool first = m_run.folder.isEmpty();
    const bool wasAlive = m_run.alive();
    m_run = run;
    m_head->setText(run.alive() ? tr("%1, at step %2. Changes hold from the next step on and stand in the run's history.").arg(run.name(), QLocale().toString(run.step()))
                                : tr("%1 does not run: there is nobody to ask. A fork or a continued run can have other settings.").arg(run.name()));
    bool answered = false;
    for (Asked& asked : m_asked) {
        if (asked.state != Asked::State::Waiting) continue;
        for (const nlohmann::json& event : history.events) {
            if (!event.is_object() || !event.contains("id") || event["id"] != nlohmann::json(asked.id.toStdString())) continue;
            const bool refused = event.value("kind", nlohmann::json()) == nlohmann::json("refused");
            asked.state = refused ? Asked::State::Refused : Asked::State::Granted;
            if (refused && event.contains("problem") && event["problem"].is_string()) asked.problem = QString::fromStdString(event["problem"].get<std::string>());
            if (event.contains("step") && event["step"].is_number()) asked.step = event["step"].get<std::int64_t>();
            answered = true;
        }
    }
    std::map<std::string, std::string> present = presentSettings(run.config, history);
    // a learning rate that was just set is right before its first point on the curve
    const bool differs = present != m_present;
    m_present = std::move(present);
    for (const Asked& asked : m_asked)
        if (asked.state == Asked::State::Granted && asked.key.startsWith(QLatin1String("learning_rate/"))) {
            auto point = m_run.summary.latest.find("lr/" + asked.key.section(QLatin1Char('/'), 1).toStdString());
            if (point != m_run.summary.latest.end() && point->second.step <= asked.step) point->second.value = asked.value.toDouble();
        }
    if (first || answered || differs || (m_form->fields().empty() && !m_run.summary.latest.empty())) rebuild();
    if (wasAlive != run.alive()) m_apply->setEnabled(run.alive() && m_form->valid() && !m_form->changedValues().empty());
    if (answered) showAnswers();
}

void SteeringDialog::apply()
{
    const OptionValues changed = m_form->changedValues();
    for (const auto& [key, value] : changed) {
        const QString name = QString::fromStdString(key), text = QString::fromStdString(optionText(value));
        m_asked.push_back({name, text, {}, {}, Asked::State::Sent, 0});
        Q_EMIT changeRequested(name, text);
    }
    m_apply->setEnabled(false);  // until the next edit
    showAnswers();
}

void SteeringDialog::asked(const QString& key, const QString& value, const QString& id)
{
    for (Asked& entry : m_asked)
        if (entry.state == Asked::State::Sent && entry.key == key && entry.value == value) {
            entry.id = id;
            entry.state = Asked::State::Waiting;
            break;
        }
    showAnswers();
}

void SteeringDialog::failed(const QString& key, const QString& value, const QString& problem)
{
    for (Asked& entry : m_asked)
        if (entry.state == Asked::State::Sent && entry.key == key && entry.value == value) {
            entry.state = Asked::State::Refused;
            entry.problem = problem;
            break;
        }
    showAnswers();
}

void SteeringDialog::showAnswers()
{
    m_answers->clear();
    for (const Asked& entry : m_asked) {
        const QString what = tr("%1 = %2").arg(entry.key, entry.value);
        QString text;
        if (entry.state == Asked::State::Granted) text = tr("✓ %1 since step %2").arg(what, QLocale().toString(entry.step));
        else if (entry.state == Asked::State::Refused) text = tr("⚠ %1 refused: %2").arg(what, entry.problem);
        else text = tr("… %1 waits for the trainer").arg(what);
        m_answers->addItem(text);
    }
    m_answers->scrollToBottom();
}

QStringList SteeringDialog::answers() const
{
    QStringList list;
    for (int row = 0; row < m_answers->count(); ++row) list.append(m_answers->item(row)->text());
    return list;
}

// ---- metrics

MetricDialog::MetricDialog(const std::vector<MetricDescription>& metrics, QWidget* parent) : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Measure Now"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(wrapped(tr("The trainer measures between two steps, and goes on. The values come into the curves, the protocols into the history.")));
    m_list = new QListWidget;
    m_list->setAccessibleName(tr("Metrics"));
    for (const MetricDescription& metric : metrics) {
        auto* item = new QListWidgetItem(catalogueText(metric.name), m_list);
        item->setData(Qt::UserRole, QString::fromStdString(metric.id));
        item->setToolTip(catalogueText(metric.summary));
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(Qt::Unchecked);
    }
    if (m_list->count() > 0) m_list->setCurrentRow(0);
    layout->addWidget(m_list, 1);
    QPushButton* measure = nullptr;
    layout->addWidget(buttonsOf(this, tr("&Measure"), &measure));
    measure->setEnabled(false);
    connect(m_list, &QListWidget::itemChanged, this, [this, measure] { measure->setEnabled(!chosen().isEmpty()); });
    resize(380, 320);
}

QString MetricDialog::chosen() const
{
    QStringList ids;
    for (int row = 0; row < m_list->count(); ++row)
        if (m_list->item(row)->checkState() == Qt::Checked) ids.append(m_list->item(row)->data(Qt::UserRole).toString());
    return ids.join(QLatin1Char(','));
}

// ---- continue

ContinueDialog::ContinueDialog(const RunSnapshot& run, QWidget* parent) : QDialog(parent), m_run(run)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Continue Run"));
    const qint64 last = run.checkpoints.empty() ? 0 : run.checkpoints.back().step, total = run.totalSteps();
    const OptionField field{"steps", OptionType::Integer, std::int64_t(last + 1), atLeast(static_cast<double>(last + 1)), {}, {}};
    m_steps = new NumberEdit(field);
    m_steps->setObjectName(QStringLiteral("steps"));
    m_steps->setText(QString::number(total > last ? total : last + std::max<qint64>(last, 1000)));
    m_steps->setAccessibleName(tr("Steps in all"));
    m_dataset = new QLineEdit(QString::fromStdString(run.config.dataset));
    m_dataset->setObjectName(QStringLiteral("dataset"));
    m_dataset->setAccessibleName(tr("Dataset"));
    m_dataset->setToolTip(tr("Where the dataset is now. It must hold the same clips: the trainer checks that"));
    auto* browse = new QToolButton;
    browse->setIcon(themedIcon(QStringLiteral("open")));
    browse->setToolTip(tr("Choose where the dataset is now"));
    browse->setAccessibleName(browse->toolTip());
    m_queue = new QCheckBox(tr("Wait in the &queue until the device is free"));
    m_problem = wrapped({});
    auto* form = new QFormLayout;
    form->addRow(tr("&Steps in all:"), m_steps);
    auto* line = new QHBoxLayout;
    line->addWidget(m_dataset, 1);
    line->addWidget(browse);
    auto* label = new QLabel(tr("&Dataset:"));
    label->setBuddy(m_dataset);
    form->addRow(label, line);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(wrapped(tr("A trainer starts from the checkpoint at step %1. Curves and samples after it are put aside.").arg(QLocale().toString(last))));
    layout->addLayout(form);
    layout->addWidget(m_queue);
    layout->addWidget(m_problem);
    layout->addStretch();
    layout->addWidget(buttonsOf(this, tr("C&ontinue"), &m_start));
    setMinimumWidth(420);
    connect(m_steps, &NumberEdit::textChanged, this, &ContinueDialog::judge);
    connect(m_dataset, &QLineEdit::textChanged, this, &ContinueDialog::judge);
    connect(browse, &QToolButton::clicked, this, [this] {
        auto* dialog = new QFileDialog(this, tr("Where the Dataset Is Now"), QFileInfo(m_dataset->text()).absolutePath());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        dialog->setNameFilters({tr("Datasets (*.h5 *.hdf5 *.safetensors)"), tr("All files (*)")});
        connect(dialog, &QFileDialog::fileSelected, this, &ContinueDialog::setDataset);
        dialog->open();
    });
    judge();
    if (m_run.datasetMissing) m_dataset->setFocus();
}

void ContinueDialog::judge()
{
    const qint64 last = m_run.checkpoints.empty() ? 0 : m_run.checkpoints.back().step;
    bool ok = false;
    const qint64 steps = m_steps->text().toLongLong(&ok);
    const QString path = m_dataset->text().trimmed();
    const bool same = path == QString::fromStdString(m_run.config.dataset);
    QString problem;
    if (!ok || steps <= last) problem = tr("Steps in all must be a whole number above %1.").arg(QLocale().toString(last));
    else if (path.isEmpty()) problem = tr("Say where the dataset is.");
    else if (same && m_run.datasetMissing) problem = tr("The dataset %1 is not there any more. Point to where it is now.").arg(QDir::toNativeSeparators(path));
    else if (!same && !path.contains(QLatin1Char(':')) && !QFileInfo::exists(path)) problem = tr("%1 does not exist.").arg(QDir::toNativeSeparators(path));
    m_problem->setText(problem.isEmpty() ? QString() : QStringLiteral("⚠ ") + problem);
    m_start->setEnabled(problem.isEmpty());
}

qint64 ContinueDialog::steps() const { return m_steps->text().toLongLong(); }
bool ContinueDialog::queued() const { return m_queue->isChecked(); }
void ContinueDialog::setDataset(const QString& path) { m_dataset->setText(path); }
QString ContinueDialog::dataset() const
{
    const QString path = m_dataset->text().trimmed();
    return path == QString::fromStdString(m_run.config.dataset) ? QString() : path;
}

// ---- fork

ForkDialog::ForkDialog(const RunSnapshot& run, const std::vector<OptionField>& fields, QWidget* parent) : QDialog(parent), m_run(run)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Fork %1").arg(run.name()));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(wrapped(tr("A run of its own begins with a copy of a checkpoint, and goes on with changes. This run stays as it is.")));
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    m_step = new QComboBox;
    for (auto checkpoint = run.checkpoints.rbegin(); checkpoint != run.checkpoints.rend(); ++checkpoint) {
        QString text = QLocale().toString(static_cast<qint64>(checkpoint->step));
        if (const auto& best = run.summary.bestCheckpoint; best && best->step == checkpoint->step) text = tr("%1, the best by %2").arg(text, QString::fromStdString(best->metric));
        else if (checkpoint == run.checkpoints.rbegin()) text = tr("%1, the newest").arg(text);
        m_step->addItem(text, static_cast<qint64>(checkpoint->step));
    }
    m_step->setToolTip(tr("The checkpoints that the run has kept"));
    form->addRow(tr("From &step:"), m_step);
    m_name = new QLineEdit;
    const QDir place = QFileInfo(run.folder).dir();
    const QString base = QFileInfo(run.folder).fileName() + QStringLiteral("-fork");
    QString name = base;
    for (int number = 2; place.exists(name); ++number) name = base + QString::number(number);
    m_name->setText(name);
    form->addRow(tr("&Name:"), m_name);
    m_total = new NumberEdit({"steps", OptionType::Integer, std::int64_t(1), atLeast(1), {}, {}});
    const qint64 newest = run.checkpoints.empty() ? 0 : run.checkpoints.back().step;
    m_total->setText(QString::number(run.totalSteps() > newest ? run.totalSteps() : newest + std::max<qint64>(newest, 1000)));
    form->addRow(tr("Ste&ps in all:"), m_total);
    m_when = new QComboBox;
    m_when->addItem(tr("Start at once"));
    m_when->addItem(tr("Wait in the queue until the device is free"));
    m_when->addItem(tr("Do not start"));
    form->addRow(tr("&Then:"), m_when);
    layout->addLayout(form);
    // what differs from the parent stands out; its own values are the defaults here
    std::vector<OptionField> based;
    for (const auto& [optimizer, rate] : learningRates(run))
        based.push_back(numberField("learning_rate/" + optimizer, rate, atLeast(1e-12), "Learning rate of this optimizer from the fork on", "learning_rates"));
    for (const OptionField& field : fields) {
        const auto value = configValue(run.config, field.key);
        if (!value || field.key == "dataset") continue;  // the run was made by another version
        based.push_back(::based(field, optionText(*value)));
    }
    m_form = new OptionForm;
    m_form->setPresetsShown(false);
    m_form->setFields(based);
    layout->addWidget(scrolled(m_form), 1);
    m_problem = wrapped({});
    layout->addWidget(m_problem);
    layout->addWidget(buttonsOf(this, tr("&Fork"), &m_fork));
    connect(m_name, &QLineEdit::textChanged, this, &ForkDialog::judge);
    connect(m_total, &NumberEdit::textChanged, this, &ForkDialog::judge);
    connect(m_step, &QComboBox::currentIndexChanged, this, &ForkDialog::judge);
    connect(m_form, &OptionForm::edited, this, &ForkDialog::judge);
    resize(480, 620);
    judge();
}

void ForkDialog::judge()
{
    const QString name = m_name->text().trimmed();
    bool ok = false;
    const qint64 total = m_total->text().toLongLong(&ok);
    QString problem;
    if (m_step->count() == 0) problem = tr("The run has no checkpoint yet.");
    else if (name.isEmpty() || name.contains(QLatin1Char('/')) || name == QLatin1String(".") || name == QLatin1String("..")) problem = tr("Give the new run a name of its own.");
    else if (QFileInfo::exists(folder())) problem = tr("There is a folder %1 already; choose another name.").arg(QDir::toNativeSeparators(folder()));
    else if (!ok || total <= step()) problem = tr("Steps in all must be a whole number above %1.").arg(QLocale().toString(static_cast<qint64>(step())));
    else if (!m_form->valid()) problem = m_form->problems().join(QLatin1Char('\n'));
    m_problem->setText(problem.isEmpty() ? QString() : QStringLiteral("⚠ ") + problem);
    m_fork->setEnabled(problem.isEmpty());
}

std::int64_t ForkDialog::step() const { return m_step->currentData().toLongLong(); }
QString ForkDialog::folder() const { return QFileInfo(m_run.folder).dir().absoluteFilePath(m_name->text().trimmed()); }
bool ForkDialog::queued() const { return m_when->currentIndex() == 1; }
bool ForkDialog::start() const { return m_when->currentIndex() != 2; }

RunChanges ForkDialog::changes() const
{
    RunChanges changes;
    changes.options = m_form->changedValues();
    changes.totalSteps = m_total->text().toLongLong();
    return changes;
}

// ---- differences

DiffDialog::DiffDialog(const std::vector<RunSnapshot>& runs, QWidget* parent) : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Differences of %n Run(s)", nullptr, static_cast<int>(runs.size())));
    std::vector<RunConfig> configs;
    QStringList headers{tr("Setting")};
    for (const RunSnapshot& run : runs) {
        configs.push_back(run.config);
        configs.back().totalSteps = run.totalSteps();
        headers.append(run.name());
    }
    const std::vector<ConfigDifference> found = differences(configs);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(wrapped(found.empty() ? tr("The configurations are the same.") : tr("%n setting(s) differ.", nullptr, static_cast<int>(found.size()))));
    m_table = new QTreeWidget;
    m_table->setRootIsDecorated(false);
    m_table->setAlternatingRowColors(true);
    m_table->setHeaderLabels(headers);
    m_table->setAccessibleName(tr("Settings that differ"));
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    for (const ConfigDifference& difference : found) {
        QStringList cells{keyText(difference.key)};
        for (const auto& value : difference.values) cells.append(value ? QString::fromStdString(optionText(*value)) : QStringLiteral("—"));
        auto* item = new QTreeWidgetItem(m_table, cells);
        item->setToolTip(0, QString::fromStdString(difference.key));
        for (int column = 1; column < cells.size(); ++column) item->setToolTip(column, cells[column]);
    }
    for (int column = 0; column < headers.size(); ++column) m_table->resizeColumnToContents(column);
    m_table->setVisible(!found.empty());
    layout->addWidget(m_table, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    auto* copy = buttons->addButton(tr("C&opy as Text"), QDialogButtonBox::ActionRole);
    copy->setToolTip(tr("One line a setting, with tabs between: a spreadsheet takes it"));
    copy->setEnabled(!found.empty());
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(copy, &QPushButton::clicked, this, [this, headers] {
        QStringList lines{headers.join(QLatin1Char('\t'))};
        for (int row = 0; row < m_table->topLevelItemCount(); ++row) {
            QStringList cells{m_table->topLevelItem(row)->toolTip(0)};
            for (int column = 1; column < headers.size(); ++column) cells.append(m_table->topLevelItem(row)->text(column));
            lines.append(cells.join(QLatin1Char('\t')));
        }
        QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
    });
    resize(std::min(900, 260 + 200 * static_cast<int>(runs.size())), 420);
}

// ---- notes

NotesDialog::NotesDialog(const RunSnapshot& run, QWidget* parent) : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Name, Tags and Notes"));
    m_name = new QLineEdit(QString::fromStdString(run.summary.displayName));
    m_name->setPlaceholderText(QFileInfo(run.folder).fileName());
    m_name->setToolTip(tr("How the run is called in tables and legends; its folder keeps its name"));
    m_tags = new QLineEdit(tagsText(run.summary.tags));
    m_tags->setPlaceholderText(tr("baseline, paper"));
    m_tags->setToolTip(tr("Apart by commas; the filter finds them with tag:NAME"));
    m_notes = new QPlainTextEdit(QString::fromStdString(run.summary.notes));
    m_notes->setTabChangesFocus(true);
    auto* form = new QFormLayout(this);
    form->addRow(tr("&Name:"), m_name);
    form->addRow(tr("&Tags:"), m_tags);
    form->addRow(tr("N&otes:"), m_notes);
    form->addRow(buttonsOf(this, tr("&Save")));
    resize(440, 300);
}

QString NotesDialog::name() const { return m_name->text().trimmed(); }
QString NotesDialog::tags() const { return m_tags->text(); }
QString NotesDialog::notes() const { return m_notes->toPlainText(); }

// ---- columns

ColumnDialog::ColumnDialog(const std::vector<Column>& columns, QWidget* parent) : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Columns of the Run Table"));
    auto* layout = new QVBoxLayout(this);
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("Find a column"));
    find->setAccessibleName(find->placeholderText());
    find->setClearButtonEnabled(true);
    layout->addWidget(find);
    m_list = new QListWidget;
    m_list->setAccessibleName(tr("Columns"));
    for (const Column& column : columns) {
        auto* item = new QListWidgetItem(column.title, m_list);
        item->setData(Qt::UserRole, column.id);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(column.shown ? Qt::Checked : Qt::Unchecked);
    }
    if (m_list->count() > 0) m_list->setCurrentRow(0);
    layout->addWidget(m_list, 1);
    layout->addWidget(wrapped(tr("Columns are moved by dragging their headings.")));
    layout->addWidget(buttonsOf(this, tr("&OK")));
    connect(find, &QLineEdit::textChanged, this, [this](const QString& text) {
        for (int row = 0; row < m_list->count(); ++row) m_list->item(row)->setHidden(!m_list->item(row)->text().contains(text, Qt::CaseInsensitive));
    });
    resize(340, 460);
}

QStringList ColumnDialog::shown() const
{
    QStringList ids;
    for (int row = 0; row < m_list->count(); ++row)
        if (m_list->item(row)->checkState() == Qt::Checked) ids.append(m_list->item(row)->data(Qt::UserRole).toString());
    return ids;
}

// ---- queue

QueueDialog::QueueDialog(QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("Queue"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(wrapped(tr("Runs that wait start one after another, each as soon as its device is free, also while this window is closed.")));
    m_empty = wrapped(tr("Nothing waits. “Add to Queue” in the form of a new run puts it here."));
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    layout->addWidget(m_empty);
    m_table = new QTreeWidget;
    m_table->setRootIsDecorated(false);
    m_table->setHeaderLabels({tr("Run"), tr("State"), tr("Device"), tr("Since")});
    m_table->setAccessibleName(tr("Runs in the queue"));
    layout->addWidget(m_table, 1);
    m_up = new QPushButton(tr("&Earlier"));
    m_up->setToolTip(tr("One place towards the front"));
    m_down = new QPushButton(tr("&Later"));
    m_down->setToolTip(tr("One place towards the end"));
    m_remove = new QPushButton(themedIcon(QStringLiteral("remove")), tr("&Take Out"));
    m_remove->setToolTip(tr("It does not start; nothing is deleted"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    for (QPushButton* button : {m_up, m_down, m_remove}) buttons->addButton(button, QDialogButtonBox::ActionRole);
    layout->addWidget(buttons);
    const auto id = [this] { return m_table->currentItem() ? m_table->currentItem()->data(0, Qt::UserRole).toString() : QString(); };
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_up, &QPushButton::clicked, this, [this, id] { Q_EMIT moveRequested(id(), -1); });
    connect(m_down, &QPushButton::clicked, this, [this, id] { Q_EMIT moveRequested(id(), 1); });
    connect(m_remove, &QPushButton::clicked, this, [this, id] { Q_EMIT removeRequested(id()); });
    connect(m_table, &QTreeWidget::currentItemChanged, this, &QueueDialog::judge);
    connect(m_table, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) { Q_EMIT runChosen(item->toolTip(0)); });
    resize(560, 320);
    judge();
}

void QueueDialog::setTickets(const std::vector<QueueTicket>& tickets)
{
    const QString chosen = m_table->currentItem() ? m_table->currentItem()->data(0, Qt::UserRole).toString() : QString();
    m_table->clear();
    for (const QueueTicket& ticket : tickets) {
        const QString state = ticket.state == TicketState::Running ? tr("running") : ticket.state == TicketState::Waiting ? tr("waits, %1.").arg(ticket.position) : tr("lost");
        const QDateTime since = QDateTime::fromString(QString::fromStdString(ticket.created), Qt::ISODate);
        auto* item = new QTreeWidgetItem(m_table, {QString::fromStdString(ticket.run.filename().string()), state, QString::fromStdString(ticket.device),
                                                   since.isValid() ? QLocale().toString(since.toLocalTime(), QLocale::ShortFormat) : QString()});
        item->setData(0, Qt::UserRole, QString::fromStdString(ticket.id));
        item->setData(1, Qt::UserRole, int(ticket.state));
        item->setToolTip(0, QString::fromStdString(ticket.run.string()));
        item->setToolTip(1, QString::fromStdString(commandLine(ticket.arguments)));
        if (QString::fromStdString(ticket.id) == chosen) m_table->setCurrentItem(item);
    }
    if (!m_table->currentItem() && m_table->topLevelItemCount() > 0) m_table->setCurrentItem(m_table->topLevelItem(0));
    for (int column = 0; column < 4; ++column) m_table->resizeColumnToContents(column);
    m_empty->setVisible(tickets.empty());
    judge();
}

void QueueDialog::judge()
{
    const QTreeWidgetItem* item = m_table->currentItem();
    const bool waits = item && item->data(1, Qt::UserRole).toInt() == int(TicketState::Waiting);
    const bool lost = item && item->data(1, Qt::UserRole).toInt() == int(TicketState::Lost);
    m_up->setEnabled(waits);
    m_down->setEnabled(waits);
    m_remove->setEnabled(waits || lost);
}
