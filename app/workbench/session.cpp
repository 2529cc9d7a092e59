#include "app/workbench/session.h"

#include <QFileInfo>
#include <QSettings>
#include <QTimer>

#include "core/util/file.h"
#include "widgets/text.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/explore_page.h"

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
    m_window->addPage(new ExplorePage(*m_engine, demoCheckpoint()));
    m_window->addPage(new ComparePage(*m_engine));
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
    for (const QString& path : paths) m_window->openPath(QFileInfo(path).absoluteFilePath());
}
