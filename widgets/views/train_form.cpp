#include "widgets/views/train_form.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFontDatabase>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/util/outcome.h"
#include "widgets/text.h"
#include "widgets/views/option_form.h"
#include "widgets/views/system_page.h"

using namespace kinora;

namespace {
const OptionField kSteps{"steps", OptionType::Integer, std::int64_t(2000), atLeast(1), "Steps in all", {}};
const OptionField kSeed{"seed", OptionType::Integer, std::int64_t(0), range(0, 9007199254740992.0), "Every random number of the run follows from it", {}};

bool isFile(const QString& dataset) { return !dataset.contains(QRegularExpression(QStringLiteral("^\\w+:(?![/\\\\])"))); }

QString plain(QString text)
{
    static const QRegularExpression other(QStringLiteral("[^\\w.\\-]+"), QRegularExpression::UseUnicodePropertiesOption);
    return text.replace(other, QStringLiteral("-"));
}
}  // namespace

TrainForm::TrainForm(const QString& root, QWidget* parent) : QWidget(parent), m_root(root)
{
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(12, 12, 12, 12);
    body->setMaximumWidth(760);
    auto* holder = new QWidget;
    auto* holderLayout = new QHBoxLayout(holder);
    holderLayout->setContentsMargins(0, 0, 0, 0);
    holderLayout->addWidget(body, 1);
    holderLayout->addStretch();
    scroll->setWidget(holder);
    outer->addWidget(scroll, 1);

    auto* title = new QLabel(tr("New run"));
    QFont font = title->font();
    font.setBold(true);
    font.setPointSizeF(font.pointSizeF() * 1.3);
    title->setFont(font);
    layout->addWidget(title);
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    m_system = new QComboBox;
    m_system->setAccessibleName(tr("System"));
    m_system->setToolTip(tr("The published method that is trained"));
    auto* about = new QToolButton;
    about->setIcon(themedIcon(QStringLiteral("info")));
    about->setToolTip(tr("About this system: what it does, its paper, its controls and options"));
    about->setAccessibleName(about->toolTip());
    connect(about, &QToolButton::clicked, this, &TrainForm::showAboutSystem);
    auto* systemLine = new QHBoxLayout;
    systemLine->addWidget(m_system, 1);
    systemLine->addWidget(about);
    m_summary = new QLabel(tr("Waiting for the engine's list of systems…"));
    m_summary->setWordWrap(true);
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    m_dataset = new QComboBox;
    m_dataset->setEditable(true);
    m_dataset->setInsertPolicy(QComboBox::NoInsert);
    m_dataset->setAccessibleName(tr("Dataset"));
    m_dataset->setToolTip(tr("A built-in dataset, with changes if you like (?size=64&frames=16&clips=512&seed=1), or a dataset file"));
    m_dataset->lineEdit()->setPlaceholderText(tr("A built-in dataset or a file"));
    m_dataset->setMinimumContentsLength(20);
    m_dataset->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    auto* browse = new QToolButton;
    browse->setIcon(themedIcon(QStringLiteral("open")));
    browse->setToolTip(tr("Choose a dataset file"));
    browse->setAccessibleName(browse->toolTip());
    auto* dataset = new QHBoxLayout;
    dataset->addWidget(m_dataset, 1);
    dataset->addWidget(browse);
    m_name = new QLineEdit;
    m_name->setAccessibleName(tr("Name of the run"));
    auto* elsewhere = new QToolButton;
    elsewhere->setIcon(themedIcon(QStringLiteral("open")));
    elsewhere->setToolTip(tr("Choose where the run's folder is made"));
    elsewhere->setAccessibleName(elsewhere->toolTip());
    auto* name = new QHBoxLayout;
    name->addWidget(m_name, 1);
    name->addWidget(elsewhere);
    m_place = new QLabel;
    m_place->setWordWrap(true);
    for (QLabel* label : {m_summary, m_place}) label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_place->setForegroundRole(QPalette::PlaceholderText);
    m_place->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_steps = new NumberEdit(kSteps);
    m_steps->setText(QString::fromStdString(optionText(kSteps.fallback)));
    m_steps->setAccessibleName(tr("Steps"));
    m_steps->setToolTip(tr("Steps in all; a run can be continued later to more"));
    m_seed = new NumberEdit(kSeed);
    m_seed->setText(QStringLiteral("0"));
    m_seed->setAccessibleName(tr("Seed"));
    m_seed->setToolTip(tr("Every random number of the run follows from it"));
    m_device = new QComboBox;
    m_device->setAccessibleName(tr("Device"));
    m_device->addItem(tr("Automatic"), QStringLiteral("auto"));
    m_device->addItem(tr("CPU"), QStringLiteral("cpu"));
    const auto row = [form](const QString& text, QWidget* buddy, QLayout* line) {
        auto* label = new QLabel(text);
        label->setBuddy(buddy);
        form->addRow(label, line);
    };
    row(tr("S&ystem:"), m_system, systemLine);
    form->addRow(QString(), m_summary);
    row(tr("D&ataset:"), m_dataset, dataset);
    row(tr("&Name:"), m_name, name);
    form->addRow(QString(), m_place);
    form->addRow(tr("Ste&ps:"), m_steps);
    form->addRow(tr("See&d:"), m_seed);
    form->addRow(tr("D&evice:"), m_device);
    layout->addLayout(form);
    m_options = new OptionForm;
    layout->addSpacing(8);
    layout->addWidget(m_options);
    layout->addStretch();

    auto* bottom = new QWidget;
    auto* bottomLayout = new QVBoxLayout(bottom);
    bottomLayout->setContentsMargins(12, 4, 12, 10);
    m_problem = new QLabel;
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problem->hide();
    m_command = new QPlainTextEdit;
    m_command->setReadOnly(true);
    m_command->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_command->setAccessibleName(tr("The same as a command"));
    m_command->setToolTip(tr("The same as a command for a shell"));
    m_command->setMaximumHeight(fontMetrics().height() * 3 + 10);
    m_command->setTabChangesFocus(true);
    auto* copy = new QPushButton(tr("&Copy Command"));
    copy->setToolTip(tr("Copy the command that starts this run from a shell"));
    m_start = new QPushButton(themedIcon(QStringLiteral("train")), tr("&Start Training"));
    m_start->setDefault(true);
    auto* buttons = new QHBoxLayout;
    m_queue = new QPushButton(themedIcon(QStringLiteral("list")), tr("Add to &Queue"));
    buttons->addWidget(m_start);
    buttons->addWidget(m_queue);
    buttons->addWidget(copy);
    buttons->addStretch();
    bottomLayout->addWidget(m_problem);
    bottomLayout->addWidget(m_command);
    bottomLayout->addLayout(buttons);
    outer->addWidget(bottom);

    connect(m_system, &QComboBox::currentIndexChanged, this, &TrainForm::showSystem);
    connect(m_dataset, &QComboBox::currentTextChanged, this, [this] {
        if (!m_name->isModified()) suggestName();
        judge();
    });
    connect(m_dataset, &QComboBox::activated, this, [this] { m_datasetChosen = true; });
    connect(m_dataset->lineEdit(), &QLineEdit::textEdited, this, [this] { m_datasetChosen = true; });
    connect(browse, &QToolButton::clicked, this, &TrainForm::chooseDataset);
    connect(elsewhere, &QToolButton::clicked, this, &TrainForm::chooseRoot);
    connect(m_name, &QLineEdit::textChanged, this, &TrainForm::judge);
    connect(m_steps, &NumberEdit::textChanged, this, &TrainForm::judge);
    connect(m_seed, &NumberEdit::textChanged, this, &TrainForm::judge);
    connect(m_device, &QComboBox::currentIndexChanged, this, &TrainForm::judge);
    connect(m_options, &OptionForm::edited, this, &TrainForm::judge);
    connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_command->toPlainText()); });
    connect(m_start, &QPushButton::clicked, this, [this] {
        if (problem().isEmpty()) Q_EMIT startRequested(request());
    });
    connect(m_queue, &QPushButton::clicked, this, [this] {
        if (!problem().isEmpty()) return;
        TrainRequest queued = request();
        queued.queued = true;
        Q_EMIT startRequested(queued);
    });
    judge();
}

const SystemDescription* TrainForm::system() const
{
    const std::string id = m_system->currentData().toString().toStdString();
    const auto found = std::find_if(m_systems.begin(), m_systems.end(), [&](const SystemDescription& description) { return description.id == id; });
    return found == m_systems.end() ? nullptr : &*found;
}

void TrainForm::setSystems(const std::vector<SystemDescription>& systems, const std::vector<OptionField>& training)
{
    const QString before = m_system->currentData().toString();
    const OptionValues changed = m_options->changedValues();
    m_systems = systems;
    m_training = training;
    {
        const QSignalBlocker blocker(m_system);
        m_system->clear();
        for (const SystemDescription& description : systems) m_system->addItem(QString::fromStdString(description.name), QString::fromStdString(description.id));
        m_system->setCurrentIndex(std::max(0, m_system->findData(before)));
    }
    showSystem();
    if (!changed.empty() && m_system->currentData().toString() == before) m_options->setValues(changed);
}

void TrainForm::showSystem()
{
    const SystemDescription* description = system();
    if (!description) return;
    // the training options of one system mean the same for another: what was changed is kept
    OptionValues kept;
    for (const auto& [key, value] : m_options->changedValues())
        if (std::any_of(m_training.begin(), m_training.end(), [&key = key](const OptionField& field) { return field.key == key; })) kept[key] = value;
    std::vector<OptionField> fields = description->options;
    for (const OptionField& field : m_training)
        if (std::none_of(fields.begin(), fields.end(), [&](const OptionField& other) { return other.key == field.key; })) fields.push_back(field);
    m_options->setFields(fields, description->presets);
    if (!kept.empty()) m_options->setValues(kept);
    QStringList text{catalogueText(description->summary)};
    if (!description->reference.empty()) text.append(QString::fromStdString(description->reference));
    QStringList needs;
    for (const std::string& label : description->requiredLabels) needs.append(keyText(label));
    for (const std::string& stream : description->requiredStreams) needs.append(keyText(stream));
    if (!needs.isEmpty()) text.append(tr("Its dataset must have: %1").arg(needs.join(tr(", "))));
    m_summary->setText(text.join(QLatin1Char('\n')));
    m_shownSystem = QString::fromStdString(description->id);
    if (!m_name->isModified()) suggestName();
    judge();
}

void TrainForm::showAboutSystem()
{
    if (const SystemDescription* description = system()) SystemPage::open(*description, this);
}

void TrainForm::setDatasets(const std::vector<std::pair<QString, QString>>& datasets)
{
    const QString before = m_dataset->currentText();
    {
        const QSignalBlocker blocker(m_dataset);
        m_dataset->clear();
        for (const auto& [text, name] : datasets) {
            m_dataset->addItem(text, text);
            m_dataset->setItemData(m_dataset->count() - 1, name, Qt::ToolTipRole);
        }
        if (!m_datasetChosen || before.isEmpty())
            m_dataset->setCurrentIndex(datasets.empty() ? -1 : 0);
        else
            m_dataset->setEditText(before);
    }
    if (!m_name->isModified()) suggestName();
    judge();
}

void TrainForm::setDevices(const QStringList& devices)
{
    const QString before = m_device->currentData().toString();
    const QSignalBlocker blocker(m_device);
    m_device->clear();
    m_device->addItem(tr("Automatic"), QStringLiteral("auto"));
    QStringList known{QStringLiteral("cpu")};
    for (const QString& device : devices)
        if (!known.contains(device)) known.append(device);
    for (const QString& device : known) m_device->addItem(device == QLatin1String("cpu") ? tr("CPU") : device, device.section(QLatin1Char(' '), 0, 0));
    m_device->setCurrentIndex(std::max(0, m_device->findData(before)));
}

void TrainForm::setDataset(const QString& dataset)
{
    m_datasetChosen = true;
    m_dataset->setEditText(dataset);
}
void TrainForm::setSystem(const QString& system) { m_system->setCurrentIndex(m_system->findData(system)); }

void TrainForm::setOptions(const OptionValues& values, qint64 steps, quint64 seed)
{
    m_options->reset();
    m_options->setValues(values);
    m_steps->setText(QString::number(steps));
    m_seed->setText(QString::number(seed));
    m_name->setModified(false);
    suggestName();
}

void TrainForm::setTaken(const QStringList& folders)
{
    if (folders == m_taken) return;
    m_taken = folders;
    if (!m_name->isModified()) suggestName();
    judge();
}

void TrainForm::suggestName()
{
    const QString dataset = m_dataset->currentText().trimmed();
    QString what = isFile(dataset) ? QFileInfo(dataset).completeBaseName() : dataset.section(QLatin1Char(':'), 1).section(QLatin1Char('?'), 0, 0);
    QString base = m_system->currentData().toString();
    if (!what.isEmpty()) base += QLatin1Char('-') + what;
    base = plain(base);
    if (base.isEmpty()) return;
    int number = 1;
    const auto taken = [&] {
        const QString folder = QDir(m_root).absoluteFilePath(QStringLiteral("%1-%2").arg(base).arg(number));
        return QFileInfo::exists(folder) || m_taken.contains(folder);
    };
    while (taken()) ++number;
    m_name->setText(QStringLiteral("%1-%2").arg(base).arg(number));
    m_name->setModified(false);
}

TrainRequest TrainForm::request() const
{
    TrainRequest request;
    request.system = m_system->currentData().toString();
    request.dataset = m_dataset->currentText().trimmed();
    if (isFile(request.dataset) && !request.dataset.isEmpty()) request.dataset = QFileInfo(request.dataset).absoluteFilePath();
    request.folder = QDir(m_root).absoluteFilePath(m_name->text().trimmed());
    request.steps = m_steps->text().toLongLong();
    request.seed = m_seed->text().toULongLong();
    request.device = m_device->currentData().toString();
    request.options = m_options->changedValues();
    return request;
}

QString TrainForm::problem() const
{
    if (!system()) return tr("The engine has not said yet what it can train.");
    const QString dataset = m_dataset->currentText().trimmed();
    if (dataset.isEmpty()) return tr("Choose a dataset.");
    if (isFile(dataset) && !QFileInfo::exists(dataset)) return tr("The dataset %1 does not exist.").arg(QDir::toNativeSeparators(dataset));
    const QString name = m_name->text().trimmed();
    if (name.isEmpty()) return tr("Give the run a name.");
    if (name.contains(QLatin1Char('/')) || name == QLatin1String(".") || name == QLatin1String("..")) return tr("A name is no path: choose the place with the button beside it.");
    const QString folder = QDir(m_root).absoluteFilePath(name);
    if (QFileInfo::exists(folder) && !QDir(folder).isEmpty()) return tr("There is a folder %1 already; choose another name.").arg(QDir::toNativeSeparators(folder));
    if (m_taken.contains(folder)) return tr("A run in the queue will make the folder %1; choose another name.").arg(QDir::toNativeSeparators(folder));
    for (const auto& [field, edit] : {std::pair{&kSteps, m_steps}, std::pair{&kSeed, m_seed}})
        if (!attempt([&, field = field, edit = edit] { return parseOption(*field, edit->text().toStdString()); }))
            return tr("%1 must be %2.").arg(edit->accessibleName(), limitsText(*field));
    if (!m_options->valid()) return m_options->problems().join(QLatin1Char('\n'));
    return {};
}

void TrainForm::judge()
{
    const QString now = problem();
    m_place->setText(m_name->text().trimmed().isEmpty() ? QString() : QDir::toNativeSeparators(QDir(m_root).absoluteFilePath(m_name->text().trimmed())));
    m_start->setEnabled(now.isEmpty() && !m_busy);
    m_queue->setEnabled(m_start->isEnabled());
    m_queue->setToolTip(now.isEmpty() ? tr("It starts as soon as the runs before it have left its device, also while this window is closed") : now);
    m_start->setToolTip(now.isEmpty() ? tr("Start a trainer of its own: it goes on when the window is closed") : now);
    m_problem->setText(QStringLiteral("⚠ ") + now);
    m_problem->setVisible(!now.isEmpty() && system());
    m_command->setPlainText(now.isEmpty() ? TrainLauncher::commandLine(request()) : QString());
}

void TrainForm::showProblem(const QString& problem)
{
    m_problem->setText(QStringLiteral("⚠ ") + problem);
    m_problem->setVisible(!problem.isEmpty());
}

void TrainForm::setBusy(bool busy)
{
    m_busy = busy;
    m_start->setText(busy ? tr("Starting…") : tr("&Start Training"));
    m_start->setEnabled(!busy && problem().isEmpty());
    m_queue->setEnabled(m_start->isEnabled());
}

void TrainForm::chooseDataset()
{
    auto* dialog = new QFileDialog(this, tr("Choose Dataset"), isFile(m_dataset->currentText()) ? m_dataset->currentText() : QString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Datasets (*.h5 *.hdf5)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &TrainForm::setDataset);
    dialog->open();
}

void TrainForm::chooseRoot()
{
    auto* dialog = new QFileDialog(this, tr("Where to Make the Run's Folder"), m_root);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
        m_root = folder;
        judge();
    });
    dialog->open();
}
