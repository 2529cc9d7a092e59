#pragma once
#include <QDialog>
#include <vector>

#include "widgets/controllers/job_runner.h"
#include "widgets/controllers/saved_directions.h"

class MessageBar;
class QLabel;
class QPushButton;
class QTreeWidget;

/// The directions that a person has saved, of all systems: rename, delete, import, export.
class SavedDirectionsDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param system, controls, checkpointHash  of the open checkpoint, to say which directions fit; empty: none is open
    SavedDirectionsDialog(const std::string& system, const std::vector<kinora::Control>& controls, const std::string& checkpointHash, QWidget* parent = nullptr);
    QTreeWidget* list() const { return m_list; }

public Q_SLOTS:
    void importFile(const QString& file);
    void exportTo(const QString& file);  ///< The chosen one.
    void rename(const QString& name);    ///< The chosen one.
    void remove();                       ///< The chosen one.

Q_SIGNALS:
    void renamed(const QString& control, const QString& from, const QString& to);
    void removed(const QString& control, const QString& name);
    void imported();

private:
    void load();
    void show(const std::vector<SavedDirection>& directions);
    const SavedDirection* chosen() const;
    template <class Work>
    void change(Work work, std::function<void()> done);

    std::string m_system, m_hash;
    std::vector<kinora::Control> m_controls;
    std::vector<SavedDirection> m_directions;
    JobRunner m_jobs;
    MessageBar* m_message = nullptr;
    QTreeWidget* m_list = nullptr;
    QLabel* m_empty = nullptr;
    std::vector<QPushButton*> m_ofOne;
};
