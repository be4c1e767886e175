package detect

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
)

// Face are the 128 numbers of a face. As text they are base64 of
// little-endian float32s, a quarter of what JSON numbers take: they travel
// with every look.
type Face []float32

// MarshalText implements encoding.TextMarshaler.
func (f Face) MarshalText() ([]byte, error) {
	b, err := binary.Append(nil, binary.LittleEndian, []float32(f))
	if err != nil {
		return nil, err
	}
	return base64.RawStdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Face) UnmarshalText(text []byte) error {
	b, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	if len(b)%4 != 0 {
		return errors.New("a face of no whole numbers")
	}
	*f = make(Face, len(b)/4)
	_, err = binary.Decode(b, binary.LittleEndian, []float32(*f))
	return err
}

// PortraitRequest asks for the numbers of a picture's face, to compare it with
// others. They are personal data of a special kind: kept in memory while they
// are needed, and written nowhere.
type PortraitRequest struct {
	// JPEG is a photo. If it is empty, Codec and Data are a key frame.
	JPEG  []byte `json:"jpeg,omitempty"`
	Codec Codec  `json:"codec,omitempty"`
	Data  []byte `json:"data,omitempty"`
	// Live: the picture is a camera's, and what cannot be compared fairly is
	// refused: several faces, a blurred, small, dark or turned one.
	Live bool `json:"live,omitempty"`
}

// PortraitReply answers a PortraitRequest.
type PortraitReply struct {
	// Face are the 128 numbers of the largest face.
	Face Face `json:"face,omitempty"`
	// Sharpness is the face's Laplacian variance and Width its pixels: of two
	// pictures the sharper is the better reference.
	Sharpness float64 `json:"sharpness"`
	Width     float64 `json:"width"`
	// Err is one of the refusals, or an internal failure in English.
	Err string `json:"err,omitempty"`
	// Fault: it is the worker's and says nothing of the picture.
	Fault bool `json:"fault,omitempty"`
}

// The refusals in PortraitReply.Err: what the picture shows cannot be compared.
const (
	RefusedNoFace  = "no_face"
	RefusedFaces   = "faces" // more than one
	RefusedBlurred = "blurred"
	RefusedSmall   = "small"
	RefusedDark    = "dark"
	RefusedTurned  = "turned"
)

// Refused reports whether the picture, and not the detector, is at fault.
func (r PortraitReply) Refused() bool {
	switch r.Err {
	case RefusedNoFace, RefusedFaces, RefusedBlurred, RefusedSmall, RefusedDark, RefusedTurned:
		return true
	default:
		return false
	}
}

// Portrait has a worker measure a picture's face.
func (d *Dispatcher) Portrait(ctx context.Context, r PortraitRequest) (PortraitReply, error) {
	var reply PortraitReply
	err := ask(ctx, d.cfg.NATS, SubjectPortrait, 2*d.cfg.Timeout, r, &reply)
	return reply, err
}

// Distance is Euclidean between two faces' numbers; the same person's are
// usually ≤ 0.60 apart. Faces that are not of one length, or none, are
// infinitely far apart.
func Distance(a, b Face) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return math.Inf(1)
	}
	sum := 0.0
	for i := range a {
		d := float64(a[i] - b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// Nearest is the distance of a face to the nearest of some others; infinite if
// there are none.
func Nearest(face Face, others []Face) float64 {
	least := math.Inf(1)
	for _, o := range others {
		if d := Distance(face, o); d < least { // NaN is not
			least = d
		}
	}
	return least
}
