#include "widgets/main_window/connect_dialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>
#include <algorithm>

#include "kinora_version.h"
#include "widgets/main_window/appearance.h"

std::vector<SavedEngine> savedEngines()
{
    std::vector<SavedEngine> engines;
    QSettings settings(settingsFile(), QSettings::IniFormat);
    const int count = std::min(settings.beginReadArray(QStringLiteral("engines")), 100);
    for (int index = 0; index < count; ++index) {
        settings.setArrayIndex(index);
        SavedEngine engine{settings.value(QStringLiteral("name")).toString(), settings.value(QStringLiteral("command")).toString()};
        if (!engine.name.isEmpty() && !engine.command.isEmpty()) engines.push_back(engine);
    }
    return engines;
}

void saveEngines(const std::vector<SavedEngine>& engines)
{
    QSettings settings(settingsFile(), QSettings::IniFormat);
    settings.remove(QStringLiteral("engines"));
    settings.beginWriteArray(QStringLiteral("engines"));
    for (std::size_t index = 0; index < engines.size(); ++index) {
        settings.setArrayIndex(static_cast<int>(index));
        settings.setValue(QStringLiteral("name"), engines[index].name);
        settings.setValue(QStringLiteral("command"), engines[index].command);
    }
    settings.endArray();
}

QString engineName(const QString& command)
{
    if (command.trimmed().isEmpty()) return {};
    for (const SavedEngine& engine : savedEngines())
        if (engine.command == command) return engine.name;
    const EngineCommand parts = EngineCommand::fromLine(command);
    for (const QString& word : parts.arguments)
        if (!word.startsWith(QLatin1Char('-'))) return word;
    return parts.program;
}

ConnectDialog::ConnectDialog(const QString& command, QWidget* parent) : QDialog(parent), m_engines(savedEngines())
{
    setWindowTitle(tr("Connect Engine"));
    auto* layout = new QVBoxLayout(this);
    auto* text = new QLabel(tr("The engine computes the clips. It may run on another machine: any command will do that starts \"kinora serve --stdio\" there and passes its input and output on. Checkpoints are then paths on that machine."), this);
    text->setWordWrap(true);
    layout->addWidget(text);
    m_list = new QListWidget(this);
    m_list->setAccessibleName(tr("Engines"));
    m_list->setToolTip(tr("This computer, and the commands that were saved"));
    layout->addWidget(m_list, 1);
    auto* form = new QFormLayout;
    m_name = new QLineEdit(this);
    m_name->setToolTip(tr("What the status bar calls this engine"));
    m_command = new QLineEdit(this);
    m_command->setPlaceholderText(QStringLiteral("ssh gpu-host kinora serve --stdio"));
    m_command->setMinimumWidth(fontMetrics().averageCharWidth() * 48);
    m_command->setToolTip(tr("Quotes as in a shell. ssh must get in without asking: use a key or an agent"));
    form->addRow(tr("&Name"), m_name);
    form->addRow(tr("&Command"), m_command);
    layout->addLayout(form);
    auto* row = new QHBoxLayout;
    const auto button = [&](const QString& label, const QString& tip, auto slot) {
        auto* made = new QPushButton(label, this);
        made->setToolTip(tip);
        made->setAutoDefault(false);
        row->addWidget(made);
        connect(made, &QPushButton::clicked, this, slot);
        return made;
    };
    m_test = button(tr("&Test"), tr("Starts the command, asks who answers, and ends it"), &ConnectDialog::test);
    m_save = button(tr("&Save"), tr("Keeps the command under this name"), &ConnectDialog::save);
    m_remove = button(tr("&Remove"), tr("Forgets the chosen command"), &ConnectDialog::removeCurrent);
    row->addStretch(1);
    layout->addLayout(row);
    m_verdict = new QLabel(this);
    m_verdict->setWordWrap(true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_verdict->setMinimumHeight(3 * fontMetrics().height());
    m_verdict->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    layout->addWidget(m_verdict);
    auto* buttons = new QDialogButtonBox(this);
    auto* connectButton = buttons->addButton(tr("C&onnect"), QDialogButtonBox::AcceptRole);
    connectButton->setDefault(true);
    connectButton->setToolTip(tr("Uses this engine from now on; what is open is opened there again"));
    buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int current) {
        if (current < 0) return;
        const SavedEngine engine = current == 0 ? SavedEngine{} : m_engines[static_cast<std::size_t>(current - 1)];
        m_name->setText(engine.name);
        m_command->setText(engine.command);
        m_verdict->clear();
    });
    connect(m_list, &QListWidget::itemDoubleClicked, this, &QDialog::accept);
    const auto changed = [this] {
        m_save->setEnabled(!m_name->text().trimmed().isEmpty() && !this->command().isEmpty());
        m_remove->setEnabled(m_list->currentRow() > 0);
    };
    connect(m_name, &QLineEdit::textChanged, this, changed);
    connect(m_command, &QLineEdit::textChanged, this, changed);
    connect(m_list, &QListWidget::currentRowChanged, this, changed);
    fill(command);
    if (m_list->currentRow() < 0) m_command->setText(command);
    changed();
}

ConnectDialog::~ConnectDialog() = default;

QString ConnectDialog::command() const { return m_command->text().trimmed(); }
QString ConnectDialog::verdict() const { return m_verdict->text(); }

void ConnectDialog::fill(const QString& command)
{
    m_list->clear();
    m_list->addItem(tr("This computer"));
    for (const SavedEngine& engine : m_engines) m_list->addItem(QStringLiteral("%1 — %2").arg(engine.name, engine.command));
    int current = command.isEmpty() ? 0 : -1;
    for (std::size_t index = 0; index < m_engines.size(); ++index)
        if (m_engines[index].command == command) current = static_cast<int>(index) + 1;
    m_list->setCurrentRow(current);
}

void ConnectDialog::save()
{
    const SavedEngine engine{m_name->text().trimmed(), command()};
    if (engine.name.isEmpty() || engine.command.isEmpty()) return;
    // a name stands for one command
    std::erase_if(m_engines, [&](const SavedEngine& other) { return other.name == engine.name || other.command == engine.command; });
    m_engines.push_back(engine);
    saveEngines(m_engines);
    fill(engine.command);
}

void ConnectDialog::removeCurrent()
{
    const int row = m_list->currentRow();
    if (row < 1) return;
    m_engines.erase(m_engines.begin() + row - 1);
    saveEngines(m_engines);
    fill({});
}

void ConnectDialog::test()
{
    report(tr("Waiting for an answer …"), false);
    m_test->setEnabled(false);
    m_trial = std::make_unique<EngineClient>(EngineCommand::fromLine(command()));
    connect(m_trial.get(), &EngineClient::stateChanged, this, &ConnectDialog::judge);
    connect(m_trial.get(), &EngineClient::linkMeasured, this, &ConnectDialog::judge);
    m_trial->start();
}

void ConnectDialog::judge()
{
    using State = EngineClient::State;
    if (!m_trial) return;
    const State state = m_trial->state();
    QString text;
    bool bad = false;
    if (state == State::Ready && m_trial->roundTripMs() > 0) {
        const EngineInfo& info = m_trial->info();
        text = tr("Kinora %1 answers on %2 (process %3), round trip %4 ms.").arg(info.version, info.device.toUpper()).arg(info.pid).arg(QLocale().toString(m_trial->roundTripMs(), 'f', 1));
        if (!info.cuda.isEmpty()) text += QLatin1Char('\n') + info.cuda;
        if (info.version != QLatin1String(KINORA_VERSION)) text += QLatin1Char('\n') + tr("This window is version %1.").arg(QStringLiteral(KINORA_VERSION));
        if (m_trial->remote() && info.codings.isEmpty()) text += QLatin1Char('\n') + tr("This engine sends frames uncompressed; a newer one would be quicker over a slow link.");
    } else if (state == State::Failed || state == State::Lost) {
        text = m_trial->problem();
        bad = true;
    } else {
        return;
    }
    report(text, bad);
    m_test->setEnabled(true);
    // not inside its own signal
    QMetaObject::invokeMethod(this, [this] { m_trial.reset(); }, Qt::QueuedConnection);
    m_trial->disconnect(this);
}

void ConnectDialog::report(const QString& text, bool bad)
{
    m_verdict->setText(bad ? tr("No engine: %1").arg(text) : text);
}
