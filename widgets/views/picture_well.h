#pragma once
#include <QWidget>
#include <optional>

#include "core/control/control.h"
#include "core/util/outcome.h"
#include "widgets/controllers/job_runner.h"

class QLabel;
class QPushButton;

/// Reads picture files into the value that an image, frames or map control takes: resized to what the control declares.
///
/// Frames and maps take several files, or the frames of one animation; too few repeat the last one. A map of one channel is the grey value in 0 ... 1, of several
/// channels one channel per class, where the grey value is the class.
/// \param frames  clip length, for the number of maps
/// \throws Error (NotFound, DecodeFailed naming the file)
kinora::ControlValue readPictures(const QStringList& files, const kinora::Control& control, int frames, int clipHeight, int clipWidth);

/// Where pictures for a control are dropped or chosen; shows the first of them.
class PictureWell final : public QWidget {
    Q_OBJECT
public:
    PictureWell(const kinora::Control& control, int clipHeight, int clipWidth, QWidget* parent = nullptr);
    void setFrames(int frames) { m_frames = frames; }

public Q_SLOTS:
    void setValue(const kinora::ControlValue& value);
    void load(const QStringList& files);  ///< Returns at once.
    void choose();

Q_SIGNALS:
    void loaded(const kinora::ControlValue& value);
    void failed(const kinora::Error& error);
    void datasetWanted();  ///< The person wants pictures of a dataset's clips.

protected:
    void dragEnterEvent(QDragEnterEvent*) override;
    void dropEvent(QDropEvent*) override;

private:
    kinora::Control m_control;
    int m_height, m_width, m_frames = 16;
    QLabel* m_picture = nullptr;
    QPushButton* m_choose = nullptr;
    QPushButton* m_dataset = nullptr;
    JobRunner m_jobs;
};
