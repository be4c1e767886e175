package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"

	"gocv.io/x/gocv"

	"qyragy/detect"
)

const (
	thumbnailWidth   = 320 // pixels
	thumbnailQuality = 70  // of 100
	pictureQuality   = 92

	// The bounds of a JPEG that comes from outside.
	maxJPEG       = 4 << 20
	maxJPEGPixels = 12_000_000
)

// Picture decodes a key frame to a JPEG of its full size.
func (v *Vision) Picture(r detect.PictureRequest) detect.PictureReply {
	p, err := decode(r.Codec, r.Data)
	if err != nil {
		return detect.PictureReply{Err: err.Error()}
	}
	defer p.close()
	bgr, err := p.full()
	if err != nil {
		return detect.PictureReply{Err: err.Error()}
	}
	b, err := encodeJPEG(bgr, pictureQuality)
	if err != nil {
		return detect.PictureReply{Err: err.Error()}
	}
	return detect.PictureReply{JPEG: b, Width: bgr.Cols(), Height: bgr.Rows()}
}

func encodeJPEG(m gocv.Mat, quality int) ([]byte, error) {
	buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, m, []int{gocv.IMWriteJpegQuality, quality})
	if err != nil {
		return nil, fmt.Errorf("encode a JPEG: %w", err)
	}
	defer buf.Close()
	if buf.Len() == 0 {
		return nil, errors.New("encode a JPEG: it came out empty")
	}
	return bytes.Clone(buf.GetBytes()), nil
}

// decodeJPEG decodes a JPEG to BGR, turned as its EXIF data says. Its size is
// checked before any pixel is decoded. The caller closes the Mat.
func decodeJPEG(b []byte) (gocv.Mat, error) {
	if len(b) > maxJPEG {
		return gocv.Mat{}, fmt.Errorf("the JPEG has %d bytes, more than %d", len(b), maxJPEG)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return gocv.Mat{}, fmt.Errorf("read the JPEG's header: %w", err)
	}
	if c.Width < minSide || c.Height < minSide || c.Width*c.Height > maxJPEGPixels {
		return gocv.Mat{}, fmt.Errorf("the JPEG is %dx%d, not between %dx%d and %d pixels", c.Width, c.Height, minSide, minSide, maxJPEGPixels)
	}
	m, err := gocv.IMDecode(b, gocv.IMReadColor)
	if err != nil {
		return gocv.Mat{}, fmt.Errorf("decode the JPEG: %w", err)
	}
	if m.Empty() || m.Type() != gocv.MatTypeCV8UC3 {
		m.Close()
		return gocv.Mat{}, errors.New("the JPEG could not be decoded")
	}
	return m, nil
}
