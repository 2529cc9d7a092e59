#include "widgets/clip_view/clip_copy.h"

#include <QAction>
#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>

void addCopyActions(QWidget& view, std::function<ClipPtr()> clip, std::function<int()> frame, std::function<double()> frameRateHz)
{
    const auto add = [&view](const char* name, const QString& text, auto slot) {
        auto* action = new QAction(text, &view);
        action->setObjectName(QLatin1String(name));
        QObject::connect(action, &QAction::triggered, &view, slot);
        view.addAction(action);
    };
    add("copy_frame", QCoreApplication::translate("ClipView", "Copy &Frame"), [clip, frame] {
        const ClipPtr shown = clip();
        if (shown && frame() >= 0 && frame() < shown->count()) QGuiApplication::clipboard()->setImage(frameImage(*shown, frame()).copy());  // its own bytes: the clip may go
    });
    add("copy_clip", QCoreApplication::translate("ClipView", "Copy C&lip as GIF"), [clip, frameRateHz] {
        if (const ClipPtr shown = clip()) QGuiApplication::clipboard()->setMimeData(clipMimeData(shown, QStringLiteral("clip"), frameRateHz()));
    });
    view.setContextMenuPolicy(Qt::ActionsContextMenu);
}
