#pragma once
#include <functional>

#include "widgets/clip_view/clip_view.h"

/// Puts one frame on the clipboard as a picture; does nothing without a clip or such a frame.
void copyFrame(const ClipPtr& clip, int frame);
/// Puts a clip on the clipboard as a GIF file, which is encoded when another program asks for it; does nothing without a clip.
void copyClip(const ClipPtr& clip, double frameRateHz);

/// Adds "Copy Frame" and "Copy Clip" to the context menu of a view (the menu key opens it, too). The frame goes to the clipboard as a picture, the clip as a GIF file, which is encoded
/// while the person walks over to the other program.
/// \param clip  what is shown; nullptr: nothing, then the actions do nothing. \param frame  its number. \param frameRateHz  of the GIF
void addCopyActions(QWidget& view, std::function<ClipPtr()> clip, std::function<int()> frame, std::function<double()> frameRateHz);
/// The same for a view that shows more than a clip's own frames.
/// \param picture  what is shown now; null: nothing. \param clip  gives what makes the clip, on another thread; empty: nothing
void addCopyActions(QWidget& view, std::function<QImage()> picture, std::function<std::function<ClipPtr()>()> clip, std::function<double()> frameRateHz);
