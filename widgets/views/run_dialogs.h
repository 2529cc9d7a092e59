#pragma once
// Dialogs about runs. They ask and show; what comes of it the page does, off the GUI thread.
#include <QDialog>
#include <QStringList>
#include <map>
#include <optional>
#include <vector>

#include "core/describe/describe.h"
#include "core/run/run_actions.h"
#include "widgets/controllers/run_history.h"
#include "widgets/controllers/run_monitor.h"

class NumberEdit;
class OptionForm;
class QCheckBox;
class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QPushButton;
class QTreeWidget;

/// What a running trainer lets one change, with the present values: learning rates, weights of the loss, intervals and policies. It stays open: what was
/// asked for stands below with its answer, granted or refused.
class SteeringDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param training     the trainer's options; those with whileRunning are offered
    /// \param lossWeights  names of the terms of the loss whose weights may change
    SteeringDialog(const std::vector<kinora::OptionField>& training, const std::vector<std::string>& lossWeights, QWidget* parent = nullptr);
    OptionForm* form() const { return m_form; }
    QPushButton* applyButton() const { return m_apply; }
    QStringList answers() const;  ///< The lines below the form.

public Q_SLOTS:
    void setRun(const RunSnapshot& run, const RunHistory& history);
    /// The request is in the trainer's hands under this id.
    void asked(const QString& key, const QString& value, const QString& id);
    void failed(const QString& key, const QString& value, const QString& problem);

Q_SIGNALS:
    void changeRequested(const QString& key, const QString& value);

private:
    struct Asked {
        QString key, value, id, problem;
        enum class State { Sent, Waiting, Granted, Refused } state = State::Sent;
        qint64 step = 0;
    };
    void rebuild();
    void apply();
    void showAnswers();

    std::vector<kinora::OptionField> m_training;
    std::vector<std::string> m_lossWeights;
    RunSnapshot m_run;
    std::map<std::string, std::string> m_present;
    std::vector<Asked> m_asked;
    QLabel* m_head = nullptr;
    OptionForm* m_form = nullptr;
    QListWidget* m_answers = nullptr;
    QPushButton* m_apply = nullptr;
};

/// Which metrics a running trainer is to measure now.
class MetricDialog final : public QDialog {
    Q_OBJECT
public:
    MetricDialog(const std::vector<kinora::MetricDescription>& metrics, QWidget* parent = nullptr);
    QString chosen() const;  ///< Ids, apart by commas.
    QListWidget* list() const { return m_list; }

private:
    QListWidget* m_list = nullptr;
};

/// Continuing a run: to how many steps, now or in the queue, and with the dataset where it is now if it has moved.
class ContinueDialog final : public QDialog {
    Q_OBJECT
public:
    ContinueDialog(const RunSnapshot& run, QWidget* parent = nullptr);
    qint64 steps() const;
    bool queued() const;
    QString dataset() const;  ///< Another than before; empty: the same.
    void setDataset(const QString& path);

private:
    void judge();
    RunSnapshot m_run;
    NumberEdit* m_steps = nullptr;
    QCheckBox* m_queue = nullptr;
    QLineEdit* m_dataset = nullptr;
    QLabel* m_problem = nullptr;
    QPushButton* m_start = nullptr;
};

/// A fork: from which checkpoint, under which name, with which changes.
class ForkDialog final : public QDialog {
    Q_OBJECT
public:
    ForkDialog(const RunSnapshot& run, const std::vector<kinora::OptionField>& fields, QWidget* parent = nullptr);
    std::int64_t step() const;
    QString folder() const;  ///< Of the new run.
    bool queued() const;
    bool start() const;
    kinora::RunChanges changes() const;
    QComboBox* steps() const { return m_step; }
    QLineEdit* nameEdit() const { return m_name; }
    OptionForm* form() const { return m_form; }
    QPushButton* forkButton() const { return m_fork; }

private:
    void judge();
    RunSnapshot m_run;
    QComboBox* m_step = nullptr;
    QLineEdit* m_name = nullptr;
    NumberEdit* m_total = nullptr;
    QComboBox* m_when = nullptr;
    OptionForm* m_form = nullptr;
    QLabel* m_problem = nullptr;
    QPushButton* m_fork = nullptr;
};

/// In which settings runs differ.
class DiffDialog final : public QDialog {
    Q_OBJECT
public:
    DiffDialog(const std::vector<RunSnapshot>& runs, QWidget* parent = nullptr);
    QTreeWidget* table() const { return m_table; }

private:
    QTreeWidget* m_table = nullptr;
};

/// The person's own name, tags and notes of a run.
class NotesDialog final : public QDialog {
    Q_OBJECT
public:
    NotesDialog(const RunSnapshot& run, QWidget* parent = nullptr);
    QString name() const;
    QString tags() const;
    QString notes() const;

private:
    QLineEdit* m_name = nullptr;
    QLineEdit* m_tags = nullptr;
    QPlainTextEdit* m_notes = nullptr;
};

/// Which columns the table of runs has.
class ColumnDialog final : public QDialog {
    Q_OBJECT
public:
    struct Column {
        QString id, title;
        bool shown = false;
    };
    ColumnDialog(const std::vector<Column>& columns, QWidget* parent = nullptr);
    QStringList shown() const;  ///< Ids.
    QListWidget* list() const { return m_list; }

private:
    QListWidget* m_list = nullptr;
};

/// The runs that wait for a device: their order can be changed, and they can be taken out. It shows what it is given.
class QueueDialog final : public QDialog {
    Q_OBJECT
public:
    explicit QueueDialog(QWidget* parent = nullptr);
    QTreeWidget* table() const { return m_table; }
    QPushButton* upButton() const { return m_up; }
    QPushButton* downButton() const { return m_down; }
    QPushButton* removeButton() const { return m_remove; }

public Q_SLOTS:
    void setTickets(const std::vector<kinora::QueueTicket>& tickets);

Q_SIGNALS:
    void moveRequested(const QString& id, int places);
    void removeRequested(const QString& id);
    void runChosen(const QString& folder);

private:
    void judge();
    QTreeWidget* m_table = nullptr;
    QLabel* m_empty = nullptr;
    QPushButton* m_up = nullptr;
    QPushButton* m_down = nullptr;
    QPushButton* m_remove = nullptr;
};
