#include "widgets/views/picture_well.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QImageReader>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QVBoxLayout>
#include <cstring>

#include "widgets/clip_view/clip_view.h"
#include "widgets/text.h"

using kinora::ControlKind;

kinora::ControlValue readPictures(const QStringList& files, const kinora::Control& control, int frames, int clipHeight, int clipWidth)
{
    const bool maps = control.kind == ControlKind::MapSequence;
    const int height = control.height > 0 ? control.height : clipHeight, width = control.width > 0 ? control.width : clipWidth;
    const int wanted = maps ? std::max(1, control.steps.stepsFor(frames)) : control.kind == ControlKind::Frames ? std::max(1, control.count) : 1;
    if (height < 1 || width < 1 || height > 8192 || width > 8192) throw kinora::Error(kinora::ErrorCode::ShapeMismatch, "declares no usable size", "control '" + control.id + "'");
    QList<QImage> pictures;
    for (const QString& file : files) {
        if (pictures.size() >= wanted) break;
        if (!QFileInfo(file).isFile()) throw kinora::Error(kinora::ErrorCode::NotFound, "there is no such picture file", file.toStdString());
        QImageReader reader(file);
        reader.setAutoTransform(true);
        QImage image = reader.read();
        if (image.isNull()) throw kinora::Error(kinora::ErrorCode::DecodeFailed, reader.errorString().toStdString() + " (PNG, JPEG, BMP and GIF pictures are read)", file.toStdString());
        while (!image.isNull() && pictures.size() < wanted) {
            pictures << image;
            image = files.size() == 1 && reader.supportsAnimation() ? reader.read() : QImage();
        }
    }
    if (pictures.isEmpty()) throw kinora::Error(kinora::ErrorCode::Usage, "no picture was given", "control '" + control.id + "'");
    while (pictures.size() < wanted) pictures << pictures.last();

    kinora::ControlValue value;
    if (!maps) {
        kinora::Frames clip(wanted, height, width);
        for (int index = 0; index < wanted; ++index) {
            const QImage fitted = pictures[index].scaled(width, height, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB888);
            for (int y = 0; y < height; ++y) std::memcpy(clip.frame(index) + std::size_t(y) * width * 3, fitted.constScanLine(y), std::size_t(width) * 3);
        }
        value.frames = std::make_shared<const kinora::Frames>(std::move(clip));
        return value;
    }
    value.steps = wanted;
    const int channels = std::max(1, control.size);
    value.numbers.assign(std::size_t(wanted) * channels * height * width, 0.0f);
    for (int index = 0; index < wanted; ++index) {
        const QImage fitted = pictures[index].convertToFormat(QImage::Format_Grayscale8).scaled(width, height, Qt::IgnoreAspectRatio, channels > 1 ? Qt::FastTransformation : Qt::SmoothTransformation)
                                  .convertToFormat(QImage::Format_Grayscale8);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const int grey = fitted.constScanLine(y)[x];
                for (int plane = 0; plane < channels; ++plane)
                    value.numbers[((std::size_t(index) * channels + plane) * height + y) * width + x] = kinora::mapNumber(static_cast<std::uint8_t>(grey), channels > 1, plane);
            }
    }
    return value;
}

PictureWell::PictureWell(const kinora::Control& control, int clipHeight, int clipWidth, QWidget* parent)
    : QWidget(parent), m_control(control), m_height(clipHeight), m_width(clipWidth)
{
    setAcceptDrops(true);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_picture = new QLabel(this);
    m_picture->setFixedSize(72, 72);
    m_picture->setFrameShape(QFrame::StyledPanel);
    m_picture->setAlignment(Qt::AlignCenter);
    m_picture->setWordWrap(true);
    const QString what = catalogueText(control.name);
    m_picture->setAccessibleName(what);
    m_choose = new QPushButton(themedIcon(QStringLiteral("picture")), control.kind == ControlKind::Image ? tr("Choose Picture…") : tr("Choose Pictures…"), this);
    m_choose->setAccessibleName(tr("Choose pictures for %1").arg(what));
    m_choose->setToolTip(tr("Or drop picture files here. They are resized to %1 × %2.").arg(control.width > 0 ? control.width : clipWidth).arg(control.height > 0 ? control.height : clipHeight));
    m_dataset = new QPushButton(themedIcon(QStringLiteral("datasets")), tr("From Dataset…"), this);
    m_dataset->setAccessibleName(tr("Take pictures for %1 from a dataset").arg(what));
    m_dataset->setToolTip(tr("Take them from the clips of a dataset: every seed another clip"));
    m_dataset->setVisible(control.kind != ControlKind::MapSequence);
    connect(m_dataset, &QPushButton::clicked, this, &PictureWell::datasetWanted);
    layout->addWidget(m_picture);
    auto* buttons = new QVBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_choose);
    buttons->addWidget(m_dataset);
    buttons->addStretch(1);
    layout->addLayout(buttons);
    layout->addStretch(1);
    setFocusProxy(m_choose);
    connect(m_choose, &QPushButton::clicked, this, &PictureWell::choose);
    setValue({});
}

void PictureWell::setValue(const kinora::ControlValue& value)
{
    QImage image;
    if (value.frames && !value.frames->empty()) {
        image = frameImage(*value.frames, 0).copy();
    } else if (!value.numbers.empty()) {
        const int height = m_control.height > 0 ? m_control.height : m_height, width = m_control.width > 0 ? m_control.width : m_width, channels = std::max(1, m_control.size);
        if (value.numbers.size() >= std::size_t(channels) * height * width) {
            image = QImage(width, height, QImage::Format_Grayscale8);
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x) {
                    float grey = 0.0f;
                    for (int channel = 0; channel < channels; ++channel) {
                        const float number = value.numbers[(std::size_t(channel) * height + y) * width + x];
                        grey += channels > 1 ? number * static_cast<float>(channel) / static_cast<float>(channels - 1) : (number + 1.0f) / 2.0f;
                    }
                    image.scanLine(y)[x] = static_cast<uchar>(std::clamp(grey, 0.0f, 1.0f) * 255.0f);
                }
        }
    }
    if (image.isNull()) {
        m_picture->setPixmap({});
        m_picture->setText(tr("Drop a picture"));
    } else {
        m_picture->setText({});
        m_picture->setPixmap(QPixmap::fromImage(image.scaled(m_picture->size() - QSize(4, 4), Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    }
}

void PictureWell::load(const QStringList& files)
{
    m_jobs.cancel();
    m_jobs.run([files, control = m_control, frames = m_frames, height = m_height, width = m_width](std::stop_token) { return readPictures(files, control, frames, height, width); },
               [this](const kinora::Outcome<kinora::ControlValue>& outcome) {
                   if (!outcome) {
                       Q_EMIT failed(outcome.error());
                       return;
                   }
                   setValue(outcome.value());
                   Q_EMIT loaded(outcome.value());
               });
}

void PictureWell::choose()
{
    auto* dialog = new QFileDialog(this, tr("Choose Pictures"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(m_control.kind == ControlKind::Image ? QFileDialog::ExistingFile : QFileDialog::ExistingFiles);
    dialog->setNameFilters({tr("Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.ppm *.pgm)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, this, &PictureWell::load);
    dialog->open();
}

void PictureWell::dragEnterEvent(QDragEnterEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) return event->acceptProposedAction();
}

void PictureWell::dropEvent(QDropEvent* event)
{
    QStringList files;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) files << url.toLocalFile();
    files.sort();
    if (files.isEmpty()) return;
    event->acceptProposedAction();
    load(files);
}
