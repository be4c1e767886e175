package clips

import (
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
)

// The photographs used, both groups of people, and where in them to look. The
// frames have the clip's shape (4:3); the faces are stills.
const (
	examineePhoto = "sample6.jpg"
	otherPhoto    = "sample3.jpg"
)

// frame is a part of a photograph in its pixels.
type frame struct{ x, y, w, h float64 }

func honestFrame() frame { return frame{10, 345, 572, 429} }
func twoFrame() frame    { return frame{20, 275, 960, 720} }

func enrolmentFace() image.Rectangle { return image.Rect(130, 360, 570, 820) }
func otherFace() image.Rectangle     { return image.Rect(520, 250, 920, 650) }

// plane is one colour plane of a photograph in video range (ITU-R BT.601, 16..235).
type plane struct {
	pix        []byte
	w, h       int
	perX, perY float64 // plane pixels per photograph pixel
}

// photoSet is every photograph a clip needs.
type photoSet struct {
	examinee [3]plane // Y, Cb, Cr
	images   map[string]*image.YCbCr
}

func loadPhotos(dir string) (*photoSet, error) {
	set := &photoSet{images: map[string]*image.YCbCr{}}
	for _, name := range []string{examineePhoto, otherPhoto} {
		img, err := loadJPEG(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		set.images[name] = img
	}
	set.examinee = planes(set.images[examineePhoto])
	return set, nil
}

func loadJPEG(path string) (*image.YCbCr, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open photograph: %w", err)
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	colour, ok := img.(*image.YCbCr)
	if !ok {
		return nil, fmt.Errorf("decode %s: not a colour JPEG", path)
	}
	return colour, nil
}

// planes converts a JPEG's full-range planes to video range.
func planes(img *image.YCbCr) [3]plane {
	size := img.Rect.Size()
	stepX, stepY := 1, 1
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		stepX, stepY = 2, 2
	case image.YCbCrSubsampleRatio422:
		stepX = 2
	}
	w, h := (size.X+stepX-1)/stepX, (size.Y+stepY-1)/stepY
	luma := squeeze(img.Y, img.YStride, size.X, size.Y, 219)
	cb := squeeze(img.Cb, img.CStride, w, h, 224)
	cr := squeeze(img.Cr, img.CStride, w, h, 224)
	luma.perX, luma.perY = 1, 1
	for _, p := range []*plane{&cb, &cr} {
		p.perX, p.perY = 1/float64(stepX), 1/float64(stepY)
	}
	return [3]plane{luma, cb, cr}
}

// squeeze maps 0..255 to 16..16+span.
func squeeze(pix []byte, stride, w, h, span int) plane {
	var table [256]byte
	for i := range table {
		table[i] = byte(16 + (i*span+127)/255)
	}
	out := plane{pix: make([]byte, w*h), w: w, h: h}
	for y := range h {
		for x, v := range pix[y*stride : y*stride+w] {
			out.pix[y*w+x] = table[v]
		}
	}
	return out
}

// Names of the stills: the examinee as she enrolled, and somebody else.
const (
	EnrolmentFile = "enrolment.jpg"
	OtherFile     = "other.jpg"
)

// saveFaces writes the enrolment photograph and another person's.
func (s *photoSet) saveFaces(dir string) error {
	if err := saveJPEG(filepath.Join(dir, EnrolmentFile), s.images[examineePhoto].SubImage(enrolmentFace())); err != nil {
		return err
	}
	return saveJPEG(filepath.Join(dir, OtherFile), s.images[otherPhoto].SubImage(otherFace()))
}

func saveJPEG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("save photograph: %w", err)
	}
	if err := jpeg.Encode(f, img, &jpeg.Options{Quality: 93}); err != nil {
		f.Close()
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return f.Close()
}
