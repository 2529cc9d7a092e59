#pragma once
#include <functional>

#include "widgets/clip_view/clip_view.h"

/// Adds "Copy Frame" and "Copy Clip" to the context menu of a view (the menu key opens it, too). The frame goes to the clipboard as a picture, the clip as a GIF file, which is encoded
/// while the person walks over to the other program.
/// \param clip  what is shown; nullptr: nothing, then the actions do nothing. \param frame  its number. \param frameRateHz  of the GIF
void addCopyActions(QWidget& view, std::function<ClipPtr()> clip, std::function<int()> frame, std::function<double()> frameRateHz);
