package vision

import (
	"image"

	"gocv.io/x/gocv"
)

// picture is one picture to look at. A decoded frame stays as its codec made
// it (4:2:0: luma, and two planes of chroma at half its size); colours are only
// computed of what is looked at: the picture scaled down, or a part of it.
type picture struct {
	size
	y, u, v gocv.Mat // absent if the picture came in colours
	bgr     gocv.Mat // the whole in colours; made when it is first asked for
	decoded bool     // y, u and v are there
	colours bool     // bgr is there
}

// newPicture makes room for a frame of even sides.
func newPicture(s size) *picture {
	plane := func(w, h int) gocv.Mat { return gocv.NewMatWithSize(h, w, gocv.MatTypeCV8UC1) }
	return &picture{size: s, decoded: true,
		y: plane(s.width, s.height), u: plane(s.width/2, s.height/2), v: plane(s.width/2, s.height/2)}
}

// colourful wraps a picture in colours, which is closed with it.
func colourful(bgr gocv.Mat) *picture {
	return &picture{size: size{bgr.Cols(), bgr.Rows()}, bgr: bgr, colours: true}
}

func (p *picture) close() {
	if p.decoded {
		p.y.Close()
		p.u.Close()
		p.v.Close()
	}
	if p.colours {
		p.bgr.Close()
	}
}

// planes are the pixels of a decoded picture's planes.
func (p *picture) planes() (y, u, v []byte, err error) {
	if y, err = p.y.DataPtrUint8(); err != nil {
		return nil, nil, nil, err
	}
	if u, err = p.u.DataPtrUint8(); err != nil {
		return nil, nil, nil, err
	}
	v, err = p.v.DataPtrUint8()
	return y, u, v, err
}

// full returns the whole picture in colours. It is closed with p.
func (p *picture) full() (gocv.Mat, error) {
	if p.colours {
		return p.bgr, nil
	}
	bgr, err := coloured(p.y, p.u, p.v)
	if err != nil {
		return gocv.Mat{}, err
	}
	p.bgr, p.colours = bgr, true
	return bgr, nil
}

// shrunk returns the picture in colours, at most as wide as asked and with even
// sides. The caller closes it.
func (p *picture) shrunk(widest int) (gocv.Mat, error) {
	if p.width <= widest {
		bgr, err := p.full()
		if err != nil {
			return gocv.Mat{}, err
		}
		return shrunk(bgr, widest), nil
	}
	if p.colours {
		return shrunk(p.bgr, widest), nil
	}
	w, h := widest&^1, max(2, p.height*widest/p.width&^1)
	y, u, v := gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	defer y.Close()
	defer u.Close()
	defer v.Close()
	gocv.Resize(p.y, &y, image.Pt(w, h), 0, 0, gocv.InterpolationArea)
	gocv.Resize(p.u, &u, image.Pt(w/2, h/2), 0, 0, gocv.InterpolationArea)
	gocv.Resize(p.v, &v, image.Pt(w/2, h/2), 0, 0, gocv.InterpolationArea)
	return coloured(y, u, v)
}

// part returns a part of the picture in colours, moved outwards to even pixels,
// and where it is. The caller closes it. at must lie in the picture.
func (p *picture) part(at image.Rectangle) (gocv.Mat, image.Rectangle, error) {
	if p.colours {
		return p.bgr.Region(at), at, nil
	}
	at = image.Rect(at.Min.X&^1, at.Min.Y&^1, (at.Max.X+1)&^1, (at.Max.Y+1)&^1)
	half := image.Rect(at.Min.X/2, at.Min.Y/2, at.Max.X/2, at.Max.Y/2)
	y, u, v := p.y.Region(at), p.u.Region(half), p.v.Region(half)
	defer y.Close()
	defer u.Close()
	defer v.Close()
	bgr, err := coloured(y, u, v)
	return bgr, at, err
}

// coloured turns planes into colours. The caller closes the Mat.
func coloured(y, u, v gocv.Mat) (gocv.Mat, error) {
	w, h := y.Cols(), y.Rows()
	yuv := gocv.NewMatWithSize(h*3/2, w, gocv.MatTypeCV8UC1)
	defer yuv.Close()
	to, err := yuv.DataPtrUint8()
	if err != nil {
		return gocv.Mat{}, err
	}
	luma := yuv.Region(image.Rect(0, 0, w, h))
	defer luma.Close()
	y.CopyTo(&luma)
	to = to[w*h:]
	for _, plane := range []gocv.Mat{u, v} {
		whole := plane.Clone() // a part of a plane is not in one piece
		from, err := whole.DataPtrUint8()
		if err == nil {
			to = to[copy(to, from):]
		}
		whole.Close()
		if err != nil {
			return gocv.Mat{}, err
		}
	}
	bgr := gocv.NewMat()
	gocv.CvtColor(yuv, &bgr, gocv.ColorYUVToBGRIYUV)
	return bgr, nil
}
