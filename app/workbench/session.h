#pragma once
#include <QObject>
#include <QStringList>
#include <memory>

#include "widgets/controllers/engine_client.h"
#include "widgets/main_window/main_window.h"

/// Wires the window: engine, pages, theme and language. A change of language builds the window anew around the same engine.
class Session final : public QObject {
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);
    ~Session() override;
    void start(const QStringList& paths);
    MainWindow& window() { return *m_window; }
    EngineClient& engine() { return *m_engine; }

private:
    void build();

    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<MainWindow> m_window;
};

/// The ready model that comes with the program; empty if it does not.
QString demoCheckpoint();
