#pragma once
#include <QStringList>
#include <QWidget>
#include <vector>

#include "core/describe/describe.h"
#include "widgets/controllers/train_launcher.h"

class NumberEdit;
class OptionForm;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

/// What a new run needs: the system, the dataset, where it goes, how long, and every described option.
class TrainForm final : public QWidget {
    Q_OBJECT
public:
    /// \param root  where run folders go unless the person chooses another place
    explicit TrainForm(const QString& root, QWidget* parent = nullptr);

    void setSystems(const std::vector<kinora::SystemDescription>& systems, const std::vector<kinora::OptionField>& training);
    /// What is offered besides what a person types: texts as --dataset spells them, and how they are called.
    void setDatasets(const std::vector<std::pair<QString, QString>>& datasets);
    void setDevices(const QStringList& devices);
    void setDataset(const QString& dataset);
    void setSystem(const QString& system);
    /// The settings of another run.
    void setOptions(const kinora::OptionValues& values, qint64 steps, quint64 seed);

    /// What would be started now.
    TrainRequest request() const;
    /// Why it cannot be started; empty: it can.
    QString problem() const;
    OptionForm* options() const { return m_options; }
    QPushButton* startButton() const { return m_start; }
    QPushButton* queueButton() const { return m_queue; }
    /// The page of the system that is chosen.
    void showAboutSystem();
    void showProblem(const QString& problem);  ///< What the trainer said; until the next edit.
    void setBusy(bool busy);
    /// Folders that runs in the queue will make: their names are not free, though nothing is there yet.
    void setTaken(const QStringList& folders);
    /// Another free name, for the next run.
    void suggestName();

Q_SIGNALS:
    void startRequested(const TrainRequest& request);
    void newDatasetRequested();  ///< The person has no dataset file yet.

private:
    const kinora::SystemDescription* system() const;
    void showSystem();
    void judge();
    void chooseDataset();
    void chooseRoot();

    QString m_root;
    QStringList m_taken;
    std::vector<kinora::SystemDescription> m_systems;
    std::vector<kinora::OptionField> m_training;
    QString m_shownSystem;
    QComboBox* m_system = nullptr;
    QLabel* m_summary = nullptr;
    QComboBox* m_dataset = nullptr;
    QLineEdit* m_name = nullptr;
    QLabel* m_place = nullptr;
    NumberEdit* m_steps = nullptr;
    NumberEdit* m_seed = nullptr;
    QComboBox* m_device = nullptr;
    OptionForm* m_options = nullptr;
    QPlainTextEdit* m_command = nullptr;
    QLabel* m_problem = nullptr;
    QPushButton* m_start = nullptr;
    QPushButton* m_queue = nullptr;
    bool m_busy = false;
    bool m_datasetChosen = false;  // by a person: lists that arrive later leave it alone
};
