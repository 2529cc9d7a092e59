#pragma once
#include <QDialog>
#include <memory>
#include <vector>

#include "widgets/controllers/engine_client.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

/// A command that starts an engine, with a name of the person's choice.
struct SavedEngine {
    QString name, command;
    bool operator==(const SavedEngine&) const = default;
};
/// From and to the window's settings.
std::vector<SavedEngine> savedEngines();
void saveEngines(const std::vector<SavedEngine>& engines);
/// The name under which a command was saved; the command's second word ("gpu-host" of "ssh gpu-host ...") if it was not; empty for the engine of this computer.
QString engineName(const QString& command);

/// Chooses the engine that answers the window: the one of this computer, or a command such as `ssh gpu-host kinora serve --stdio`. Commands are saved under names and can be tried first.
class ConnectDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param command  what is used now; empty: the engine of this computer
    explicit ConnectDialog(const QString& command, QWidget* parent = nullptr);
    ~ConnectDialog() override;
    QString command() const;  ///< As chosen; empty: the engine of this computer.
    QString verdict() const;  ///< What the latest test said.

public Q_SLOTS:
    void test();
    void save();
    void removeCurrent();

private:
    void fill(const QString& command);
    void judge();
    void report(const QString& text, bool bad);

    std::vector<SavedEngine> m_engines;
    std::unique_ptr<EngineClient> m_trial;
    QListWidget* m_list = nullptr;
    QLineEdit *m_name = nullptr, *m_command = nullptr;
    QPushButton *m_test = nullptr, *m_save = nullptr, *m_remove = nullptr;
    QLabel* m_verdict = nullptr;
};
