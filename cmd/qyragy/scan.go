package main

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // a scanner's formats
	_ "image/png"
	"net/http"
	"sync"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"qyragy/proctor"
)

// The bounds of a scan.
const (
	scanPixels = 40 << 20 // of a picture: A4 at 600 dpi is 35 megapixels
	scanPages  = 20       // of a PDF
	scanSide   = 32       // pixels; what is smaller shows no signature
)

// scanReader reads scans, one at a time: a picture takes up to 160 MB.
type scanReader struct{ one sync.Mutex }

// scanned is what a scan was found to be.
type scanned struct {
	kind  string // MIME type
	ext   string
	pages int
	code  string // text of its QR code, "" for none
}

// read checks the bytes of a scan by what they are, whatever they were called.
func (r *scanReader) read(data []byte) (scanned, error) {
	r.one.Lock()
	defer r.one.Unlock()
	switch kind := http.DetectContentType(data); kind {
	case "application/pdf":
		pages, err := pdfPages(data)
		return scanned{kind, "pdf", pages, ""}, err
	case "image/jpeg", "image/png":
		code, err := readPicture(data)
		return scanned{kind, kind[len("image/"):], 1, code}, err
	}
	return scanned{}, proctor.Errorf(proctor.Invalid, "scan")
}

func readPicture(data []byte) (code string, err error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width < scanSide || size.Height < scanSide {
		return "", proctor.Errorf(proctor.Invalid, "scan")
	}
	most := scanPixels
	if deep(size.ColorModel) {
		most /= 2
	}
	if size.Width > most/size.Height {
		return "", proctor.Errorf(proctor.Invalid, "scan_large")
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return "", proctor.Errorf(proctor.Invalid, "scan")
	}
	return readCode(picture), nil
}

// deep reports whether a colour takes twice as many bytes.
func deep(m color.Model) bool {
	return m == color.RGBA64Model || m == color.NRGBA64Model || m == color.Gray16Model
}

// tilePixels is up to what size a picture is searched part by part too.
const tilePixels = 5 << 20

// readCode is the text of the QR code in a picture, "" if none is found: at
// smaller sizes too, for a fine scan shows the paper's grain, and in its parts,
// for lines of text pass for a code's corners.
func readCode(picture image.Image) string {
	grey := greyOf(picture)
	for range 3 {
		if text := decodeCode(grey); text != "" {
			return text
		}
		if grey.Rect.Dx()*grey.Rect.Dy() <= tilePixels {
			if text := decodeTiles(grey); text != "" {
				return text
			}
		}
		if grey = half(grey); grey.Rect.Dx() < 4*scanSide || grey.Rect.Dy() < 4*scanSide {
			break
		}
	}
	return ""
}

// decodeTiles looks for a code in parts of half the width that overlap by half.
func decodeTiles(grey *image.Gray) string {
	side := grey.Rect.Dx() / 2
	for y := 0; y < grey.Rect.Dy(); y += side / 2 {
		for x := 0; x+side <= grey.Rect.Dx(); x += side / 2 {
			part := grey.SubImage(image.Rect(x, y, x+side, y+side)).(*image.Gray)
			if text := decodeCode(greyOf(part)); text != "" {
				return text
			}
		}
	}
	return ""
}

// decodeCode tries one size. The library's own faults count as no code: a
// person looks at the scan in any case.
func decodeCode(grey *image.Gray) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, binarizer := range []func(gozxing.LuminanceSource) gozxing.Binarizer{gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer} {
		bitmap, err := gozxing.NewBinaryBitmap(binarizer(gozxing.NewLuminanceSourceFromImage(grey)))
		if err != nil {
			return ""
		}
		if found, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
			return found.GetText()
		}
	}
	return ""
}

// greyOf is a picture's brightness.
func greyOf(picture image.Image) *image.Gray {
	b := picture.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	if y, ok := picture.(*image.YCbCr); ok {
		for row := range b.Dy() {
			from := y.YOffset(b.Min.X, b.Min.Y+row)
			copy(out.Pix[row*out.Stride:], y.Y[from:from+b.Dx()])
		}
		return out
	}
	if in, ok := picture.(*image.Gray); ok {
		for row := range b.Dy() {
			from := in.PixOffset(b.Min.X, b.Min.Y+row)
			copy(out.Pix[row*out.Stride:], in.Pix[from:from+b.Dx()])
		}
		return out
	}
	for row := range b.Dy() {
		for col := range b.Dx() {
			out.Set(col, row, picture.At(b.Min.X+col, b.Min.Y+row))
		}
	}
	return out
}

// half is a picture of half the width and height.
func half(in *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, in.Rect.Dx()/2, in.Rect.Dy()/2))
	for row := range out.Rect.Dy() {
		a, b := in.Pix[2*row*in.Stride:], in.Pix[(2*row+1)*in.Stride:]
		for col := range out.Rect.Dx() {
			out.Pix[row*out.Stride+col] = byte((int(a[2*col]) + int(a[2*col+1]) + int(b[2*col]) + int(b[2*col+1])) / 4)
		}
	}
	return out
}
