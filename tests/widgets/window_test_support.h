#pragma once
// What several tests of the window share: a home of its own, checkpoints of the small engine, and waiting.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "widgets/controllers/engine_client.h"

/// Settings, caches and data of a test lie in a folder of its own. Make it before anything of the window.
class TestHome {
public:
    TestHome() { qputenv("KINORA_HOME", m_folder.path().toUtf8()); }
    QString path(const QString& name) const { return m_folder.filePath(name); }
    /// A checkpoint of the small engine: its system and further words ("delay=50").
    QString checkpoint(const QString& name, const QString& words) const
    {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write %s", qPrintable(file.fileName()));
        file.write(words.toUtf8());
        return file.fileName();
    }

private:
    QTemporaryDir m_folder;
};

#ifdef KINORA_TEST_ENGINE
inline EngineCommand testEngine() { return {QStringLiteral(KINORA_TEST_ENGINE), {}}; }
#endif
