#pragma once
#include <QImage>
#include <QWidget>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "widgets/controllers/engine_client.h"
#include "widgets/controllers/latent_state.h"

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

/// Key poses A → B → C of appearance and of motion, each on a track of its own, and the way through them as one clip (core/control/key_poses.h).
///
/// The poses are part of the LatentModel's state, so undo, saved states and sessions hold them. The way is made when it is asked for.
class KeyPosePanel final : public QWidget {
    Q_OBJECT
public:
    explicit KeyPosePanel(EngineClient& engine, QWidget* parent = nullptr);
    /// See LatentTools::setModel(). What is being made is dropped.
    void setModel(LatentModel* model, const OpenedCheckpoint* checkpoint);
    void refresh();
    bool busy() const { return m_pending.has_value(); }
    QListWidget* track(kinora::ControlRole role) const;

public Q_SLOTS:
    void addAll();  ///< The present codes, on every track.
    void add(kinora::ControlRole role);
    void remove(kinora::ControlRole role, int pose);
    void move(kinora::ControlRole role, int from, int to);  ///< \p to: its place afterwards.
    void recall(kinora::ControlRole role, int pose);        ///< Its codes become the present ones.
    void render();                                          ///< Makes the clip; cancels one that is being made.

Q_SIGNALS:
    void edited(const QString& text, int group);
    void failed(const QString& text);
    /// \param poses, present, frames  what the clip was made of
    void rendered(const std::shared_ptr<const kinora::Frames>& clip, const kinora::KeyPoses& poses, const kinora::ControlValues& present, int frames);

private:
    struct Track {
        kinora::ControlRole role;
        QWidget* box = nullptr;
        QListWidget* list = nullptr;
    };
    struct Picture {
        kinora::ControlRole role;
        kinora::ControlValues pose;
        QImage image;  // null while it is being made
    };
    struct Way {
        kinora::KeyPoses poses;
        kinora::ControlValues present;
        int frames = 0;
        std::vector<kinora::ControlValues> steps;
        std::vector<kinora::Frames> parts;  // of the steps that are made
    };
    void buildTrack(kinora::ControlRole role);
    void change(const kinora::KeyPoses& poses, const QString& text, int group = 0);
    void stop();
    void askStep();
    void showPictures();
    void askPicture();
    const Picture* picture(kinora::ControlRole role, const kinora::ControlValues& pose) const;

    EngineClient& m_engine;
    LatentModel* m_model = nullptr;  // not owned
    int m_checkpoint = 0;
    QVBoxLayout* m_tracksLayout = nullptr;
    std::vector<Track> m_tracks;
    std::vector<Picture> m_pictures;
    bool m_askingPicture = false;
    quint64 m_turn = 0, m_wayTurn = 0;  // answers of before are not for now
    std::optional<Way> m_way;
    std::optional<Stamp> m_pending;

    QLabel* m_empty = nullptr;
    QComboBox *m_interpolation = nullptr, *m_frames = nullptr;
    QSpinBox* m_between = nullptr;
    QCheckBox* m_loop = nullptr;
    QPushButton* m_render = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_summary = nullptr;
};
