#include "app/workbench/session.h"

#include <QFileInfo>
#include <QSettings>
#include <QTimer>

#include "core/run/run_directory.h"
#include "core/util/file.h"
#include "widgets/text.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/datasets_page.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/train_page.h"

QString demoCheckpoint()
{
    const auto found = kinora::attempt([] { return toQString(kinora::Places::resources() / "demo" / "g3an_faces.safetensors"); });
    return found && QFileInfo(found.value()).isFile() ? found.value() : QString();
}

Session::Session(QObject* parent) : QObject(parent)
{
    const QSettings settings(settingsFile(), QSettings::IniFormat);
    m_engine = std::make_unique<EngineClient>(EngineCommand::fromLine(settings.value(QStringLiteral("engine")).toString()));
    applyTheme(themeFromName(settings.value(QStringLiteral("theme")).toString()));
    applyLanguage(settings.value(QStringLiteral("language")).toString());
    m_engine->start();
    build();
}

Session::~Session()
{
    m_window.reset();  // before the engine that its pages refer to
}

void Session::build()
{
    m_window = std::make_unique<MainWindow>(*m_engine);
    const QString data = toQString(kinora::Places::data()), state = toQString(kinora::Places::state());
    const QString program = toQString(kinora::Places::programs() / "kinora");
    auto* datasets = new DatasetsPage(data + QStringLiteral("/datasets"), state + QStringLiteral("/recent-datasets.txt"), program);
    auto* train = new TrainPage(data + QStringLiteral("/runs"), state + QStringLiteral("/recent-runs.txt"), state + QStringLiteral("/logs"), program);
    m_window->addPage(datasets);
    m_window->addPage(train);
    auto* explore = new ExplorePage(*m_engine, demoCheckpoint());
    explore->setDatasets(data + QStringLiteral("/datasets"), state + QStringLiteral("/recent-datasets.txt"));
    m_window->addPage(explore);
    m_window->addPage(new ComparePage(*m_engine));

    MainWindow* window = m_window.get();
    // queued: a menu's action shows its own page when it has been triggered, and the other page is to come after that
    connect(
        datasets, &DatasetsPage::trainRequested, window,
        [window, train](const QString& dataset) {
            window->showPage(train->id());
            train->newRun(dataset);
        },
        Qt::QueuedConnection);
    connect(
        datasets, &DatasetsPage::codesRequested, window,
        [window, explore](const QString& dataset, qint64 clip) {
            window->showPage(explore->id());
            explore->findCodesOf(dataset, clip);
        },
        Qt::QueuedConnection);
    connect(train, &TrainPage::openCheckpoint, window, [window](const QString& path) { window->openPath(path, QStringLiteral("explore")); }, Qt::QueuedConnection);
    const auto describe = [this, datasets, train] {
        const Catalogue& catalogue = m_engine->catalogue();
        datasets->setDescriptions(catalogue.datasets);
        train->setSystems(catalogue.systems, catalogue.training, catalogue.metrics);
    };
    const auto listDatasets = [this, datasets, train] {
        std::vector<kinora::DatasetDescription> builtin;
        for (const auto& description : m_engine->catalogue().datasets)
            if (description.builtin) builtin.push_back(description);
        QStringList files;
        const DatasetLibrary& library = datasets->library();
        for (int row = 0; row < library.rowCount(); ++row) {
            const QModelIndex entry = library.index(row);
            if (!entry.data(DatasetLibrary::MissingRole).toBool()) files << entry.data(DatasetLibrary::PathRole).toString();
        }
        train->setDatasets(builtin, files);
    };
    connect(m_engine.get(), &EngineClient::catalogueChanged, window, [describe, listDatasets] {
        describe();
        listDatasets();
    });
    connect(m_engine.get(), &EngineClient::stateChanged, window, [this, train](EngineClient::State engineState) {
        if (engineState == EngineClient::State::Ready) train->setDevices(m_engine->info().devices);
    });
    connect(&datasets->library(), &QAbstractItemModel::modelReset, window, listDatasets);
    connect(&datasets->library(), &QAbstractItemModel::rowsInserted, window, listDatasets);
    connect(&datasets->library(), &QAbstractItemModel::rowsRemoved, window, listDatasets);
    describe();  // what an earlier start has learned; the engine's answer follows
    listDatasets();
    if (m_engine->state() == EngineClient::State::Ready) train->setDevices(m_engine->info().devices);
    m_window->finish(QStringLiteral("explore"));
    connect(m_window.get(), &MainWindow::themeChosen, this, [](Theme theme) { applyTheme(theme); });
    connect(
        m_window.get(), &MainWindow::languageChosen, this,
        [this](const QString& language) {
            // the old window speaks until the new one is there; it is not deleted inside its own signal
            m_window->saveSession();
            applyLanguage(language);
            std::unique_ptr<MainWindow> old = std::move(m_window);
            old->hide();
            build();
            m_window->show();
        },
        Qt::QueuedConnection);
}

void Session::start(const QStringList& paths)
{
    m_window->show();
    for (const QString& path : paths) {
        // Explore would take a run's newest checkpoint too; a person who names a run wants to watch it
        const bool run = kinora::RunReader::isRun(path.toStdString());
        m_window->openPath(QFileInfo(path).absoluteFilePath(), run ? QStringLiteral("train") : QString());
    }
}
