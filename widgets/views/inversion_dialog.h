#pragma once
#include <QDialog>
#include <QElapsedTimer>
#include <memory>
#include <optional>
#include <vector>

#include "widgets/clip_view/clip_clock.h"
#include "widgets/controllers/clip_list_model.h"
#include "widgets/controllers/clip_loader.h"
#include "widgets/controllers/dataset_library.h"
#include "widgets/controllers/engine_client.h"

class ClipListView;
class ClipView;
class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;

/// The loss of an optimisation while it goes on, on a logarithmic axis.
class LossStrip final : public QWidget {
    Q_OBJECT
public:
    explicit LossStrip(QWidget* parent = nullptr);
    void clear(int steps);  ///< \param steps  that the axis has room for
    void add(double loss);
    const std::vector<double>& losses() const { return m_losses; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<double> m_losses;
    int m_steps = 1;
};

/// A clip of a dataset is chosen, and the codes are looked for that draw it. The window stays usable meanwhile.
class InversionDialog final : public QDialog {
    Q_OBJECT
public:
    /// \param datasets, recent  as the Datasets page has them
    InversionDialog(EngineClient& engine, const OpenedCheckpoint& checkpoint, const QString& datasets, const QString& recent, QWidget* parent = nullptr);
    ~InversionDialog() override;

    /// \param clip  that is chosen as soon as the dataset is there; -1: none
    void openDataset(const QString& path, qint64 clip = -1);
    void chooseFile();
    void start();
    void stop();
    void reject() override;  ///< Stops what runs; closes the dialog if nothing does.

    bool running() const { return m_stamp != 0; }
    const std::optional<InvertedClip>& found() const { return m_found; }
    ClipListView* clips() const { return m_list; }
    QPushButton* startButton() const { return m_start; }
    QPushButton* useButton() const { return m_use; }
    QLabel* statusLabel() const { return m_status; }
    LossStrip* losses() const { return m_losses; }
    QSpinBox* stepsBox() const { return m_steps; }

Q_SIGNALS:
    /// The person wants these codes.
    void codesChosen(const kinora::ControlValues& values, int frames, const QString& clipName);

private:
    void showContents(const std::shared_ptr<const DatasetContents>& contents);
    void clipChosen();
    void progressed(const InversionStep& step);
    void finished(const kinora::Outcome<InvertedClip>& outcome);
    void judge();

    EngineClient& m_engine;
    OpenedCheckpoint m_checkpoint;
    DatasetLibrary m_library;
    ClipLoader m_thumbnails, m_whole;
    ClipListModel m_model;
    ClipClock m_clock;
    std::shared_ptr<const DatasetContents> m_contents;
    std::shared_ptr<const kinora::Frames> m_clip;
    QString m_clipName, m_wanted;
    std::int64_t m_index = -1, m_chooseNext = -1;
    Stamp m_stamp = 0;
    QElapsedTimer m_since;
    std::optional<InvertedClip> m_found;

    QComboBox* m_datasets = nullptr;
    QLineEdit* m_filter = nullptr;
    ClipListView* m_list = nullptr;
    QSpinBox *m_steps = nullptr, *m_starts = nullptr, *m_seed = nullptr;
    QPushButton *m_start = nullptr, *m_use = nullptr;
    ClipView *m_target = nullptr, *m_drawn = nullptr;
    LossStrip* m_losses = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_status = nullptr;
};
