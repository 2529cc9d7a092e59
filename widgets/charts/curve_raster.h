#pragma once
#include <QImage>
#include <vector>

#include "widgets/charts/chart_data.h"

/// Draws curves, given as one span for each pixel column, into a picture. Dense curves cover hundreds of pixels of every column; so the picture is kept column by
/// column while it is drawn, which makes each span one run of memory, and is turned at the end. That is many times faster than lines of QPainter.
class CurveRaster {
public:
    /// In device pixels.
    CurveRaster(int width, int height, QRgb background);
    ~CurveRaster();
    CurveRaster(const CurveRaster&) = delete;
    CurveRaster& operator=(const CurveRaster&) = delete;

    int width() const { return m_width; }
    int height() const { return m_height; }
    void horizontalLine(double y, int thickness, QRgb colour, int alpha);
    void verticalLine(double x, int thickness, QRgb colour, int alpha);
    /// \param lineWidth  in device pixels
    /// \param alpha      0 ... 255
    /// \param dashOn     columns drawn and left out in turn; 0: an unbroken line
    void curve(const std::vector<Span>& spans, double lineWidth, QRgb colour, int alpha, int dashOn = 0, int dashOff = 0);
    /// Fills between two edges, each one y for a column; NaN: nothing there.
    void band(const std::vector<float>& top, const std::vector<float>& bottom, QRgb colour, int alpha);
    /// Into an opaque picture, whose memory is used again if it has the size.
    void copyTo(QImage& image) const;

private:
    QRgb* column(int x) { return m_pixels.data() + static_cast<std::size_t>(x) * static_cast<std::size_t>(m_height); }
    void cover(QRgb* column, double top, double bottom, QRgb colour, int alpha);

    int m_width, m_height;
    std::vector<QRgb> m_pixels;  // [x][y]
};
