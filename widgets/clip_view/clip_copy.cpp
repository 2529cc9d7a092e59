#include "widgets/clip_view/clip_copy.h"

#include <QAction>
#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>

void copyFrame(const ClipPtr& clip, int frame)
{
    if (clip && frame >= 0 && frame < clip->count()) QGuiApplication::clipboard()->setImage(frameImage(*clip, frame).copy());  // its own bytes: the clip may go
}

void copyClip(const ClipPtr& clip, double frameRateHz)
{
    if (clip) QGuiApplication::clipboard()->setMimeData(clipMimeData(clip, QStringLiteral("clip"), frameRateHz));
}

void addCopyActions(QWidget& view, std::function<ClipPtr()> clip, std::function<int()> frame, std::function<double()> frameRateHz)
{
    addCopyActions(
        view,
        [clip, frame] {
            const ClipPtr shown = clip();
            const int number = frame();
            return shown && number >= 0 && number < shown->count() ? frameImage(*shown, number).copy() : QImage();  // its own bytes: the clip may go
        },
        [clip]() -> std::function<ClipPtr()> {
            const ClipPtr shown = clip();
            if (!shown) return {};
            return [shown] { return shown; };
        },
        frameRateHz);
}

void addCopyActions(QWidget& view, std::function<QImage()> picture, std::function<std::function<ClipPtr()>()> clip, std::function<double()> frameRateHz)
{
    const auto add = [&view](const char* name, const QString& text, const QString& tip, auto slot) {
        auto* action = new QAction(text, &view);
        action->setObjectName(QLatin1String(name));
        action->setToolTip(tip);
        QObject::connect(action, &QAction::triggered, &view, slot);
        view.addAction(action);
    };
    add("copy_frame", QCoreApplication::translate("ClipView", "Copy &Frame"), QCoreApplication::translate("ClipView", "Puts the frame that is shown on the clipboard, as a picture"), [picture] {
        if (const QImage shown = picture(); !shown.isNull()) QGuiApplication::clipboard()->setImage(shown);
    });
    add("copy_clip", QCoreApplication::translate("ClipView", "Copy C&lip as GIF"), QCoreApplication::translate("ClipView", "Puts the clip on the clipboard, as a GIF file that plays"), [clip, frameRateHz] {
        if (auto shown = clip()) QGuiApplication::clipboard()->setMimeData(clipMimeData(std::move(shown), QStringLiteral("clip"), frameRateHz()));
    });
    view.setContextMenuPolicy(Qt::ActionsContextMenu);
}
