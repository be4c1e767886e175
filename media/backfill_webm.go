package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"time"

	"qyragy/proctor"
)

// footage is what a client's WebM file holds: what browsers' MediaRecorder
// writes, with clusters of known or unknown size, with or without Cues.
type footage struct {
	video, audio  uint64 // track numbers, 0 if there is none
	codec         string // vp8 or vp9
	width, height int    // of its first key frame
	scale         uint64 // ns of a timestamp's unit
	cluster       int64  // timestamp of the cluster under way, in units; -1 before it
	frames        int
	first, last   int64 // of video, ms
	step          int64 // between the last two frames, ms
	holes         [][2]int64
}

// maxHoles bounds the holes of a piece; a recording has next to none.
const maxHoles = 64

var errNoClip = refusal{http.StatusUnsupportedMediaType, "The file is not a WebM recording with VP8 or VP9 video, or it is damaged; the upload is discarded."}

func (c footage) codecs() string {
	if c.audio != 0 {
		return c.codec + ",opus"
	}
	return c.codec
}

// length is from the first video frame to the end of the last.
func (c footage) length() time.Duration {
	return time.Duration(c.last-c.first+c.step) * time.Millisecond
}

// holesIn are the stretches without a frame, on the clock of from.
func (c footage) holesIn(from, to time.Time) (out []proctor.Span) {
	at := func(ms int64) time.Time {
		t := from.Add(time.Duration(ms-c.first) * time.Millisecond)
		if t.After(to) {
			t = to
		}
		return t.UTC()
	}
	for _, h := range c.holes {
		if s := (proctor.Span{From: at(h[0]), To: at(h[1])}); s.Length() > 0 {
			out = append(out, s)
		}
	}
	return out
}

// readFootage walks a client's file. A last block that is cut short is not an
// error: a page may die while it records.
func readFootage(r io.ReaderAt, size int64) (footage, error) {
	c := footage{scale: 1_000_000, cluster: -1}
	s := newScanner(r, size)
	id, n, err := s.head()
	if err != nil || id != idEBML || n < 0 || n > 1024 || s.skip(n) != nil {
		return c, errNoClip
	}
	if id, _, err = s.head(); err != nil || id != idSegment {
		return c, errNoClip
	}
	for {
		err := c.element(s)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return c, errNoClip
		}
	}
	if c.video == 0 || c.frames == 0 {
		return c, errNoClip
	}
	return c, nil
}

// Element IDs beyond those that our own recordings use (RFC 9559).
const (
	idBlockGroup = 0xA0
	idBlock      = 0xA1
	idTrackEntry = 0xAE
	idVideo      = 0xE0
)

// element reads the next element at the level of the Segment or of a cluster:
// the levels need not be told apart, for none of the ids is used in both.
func (c *footage) element(s *scanner) error {
	id, n, err := s.head()
	if err != nil {
		return err
	}
	switch id {
	case idCluster:
		c.cluster = -1
		return nil // its elements follow
	case idBlockGroup:
		return nil
	case idInfo, idTracks:
		b, err := s.bytes(min(n, maxClaim))
		if err != nil || n < 0 || n > maxClaim {
			return errNoClip
		}
		if id == idInfo {
			return c.info(b)
		}
		return c.tracks(b)
	case idTimestamp:
		b, err := s.bytes(n)
		if err != nil || n > 8 {
			return io.ErrUnexpectedEOF
		}
		c.cluster = int64(number(b))
		return nil
	case idSimpleBlock, idBlock:
		return c.block(s, n)
	}
	if n < 0 {
		return errNoClip
	}
	return s.skip(n)
}

// number is a big-endian unsigned integer of up to eight bytes.
func number(b []byte) (v uint64) {
	for _, x := range b[:min(len(b), 8)] {
		v = v<<8 | uint64(x)
	}
	return v
}

// children walks the elements in b, which must be whole.
func children(b []byte, each func(id uint32, data []byte) error) error {
	s := &scanner{r: bufio.NewReaderSize(bytes.NewReader(b), 16), size: int64(len(b))}
	for s.pos < s.size {
		id, n, err := s.head()
		if err != nil || n < 0 || s.pos+n > s.size {
			return errNoClip
		}
		data, err := s.bytes(n)
		if err != nil {
			return errNoClip
		}
		if err := each(id, data); err != nil {
			return err
		}
	}
	return nil
}

func (c *footage) info(b []byte) error {
	return children(b, func(id uint32, data []byte) error {
		if id == 0x2AD7B1 {
			c.scale = number(data)
			if c.scale < 1000 || c.scale > 1_000_000_000 {
				return errNoClip
			}
		}
		return nil
	})
}

func (c *footage) tracks(b []byte) error {
	return children(b, func(id uint32, entry []byte) error {
		if id != idTrackEntry {
			return nil
		}
		var at, kind uint64
		codec := ""
		err := children(entry, func(id uint32, data []byte) error {
			switch id {
			case 0xD7:
				at = number(data)
			case 0x83:
				kind = number(data)
			case 0x86:
				codec = string(data)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return c.track(at, kind, codec)
	})
}

// track takes one track of each kind and refuses everything else.
func (c *footage) track(at, kind uint64, codec string) error {
	switch {
	case at == 0 || at > 126:
	case kind == 1 && c.video == 0 && codec == "V_VP8":
		c.video, c.codec = at, "vp8"
		return nil
	case kind == 1 && c.video == 0 && codec == "V_VP9":
		c.video, c.codec = at, "vp9"
		return nil
	case kind == 2 && c.audio == 0 && codec == "A_OPUS":
		c.audio = at
		return nil
	}
	return errNoClip
}

// block reads a block; the first of the video must be a key frame of a size
// that can be played.
func (c *footage) block(s *scanner, size int64) error {
	if size < 5 || size > maxFrame || c.cluster < 0 || c.video == 0 {
		return errNoClip
	}
	data, err := s.bytes(size)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if uint64(data[0]&0x7f) != c.video || data[0]&0x80 == 0 {
		return nil
	}
	unit := c.cluster + int64(int16(binary.BigEndian.Uint16(data[1:])))
	if unit < 0 || uint64(unit) > 1<<62/c.scale {
		return errNoClip
	}
	ms := int64(uint64(unit) * c.scale / 1_000_000)
	if c.frames == 0 {
		key, w, h := inspect(c.codec, data[4:])
		if !key || w == 0 || h == 0 || w > maxSide || h > maxSide {
			return errNoClip
		}
		c.width, c.height, c.first, c.last, c.step = w, h, ms, ms, 1000/15
	}
	return c.frame(ms)
}

func (c *footage) frame(ms int64) error {
	if ms < c.last {
		return errNoClip
	}
	if c.frames > 0 {
		c.step = min(max(ms-c.last, 1), 1000)
	}
	if ms-c.last > gapMin.Milliseconds() {
		if len(c.holes) == maxHoles {
			return errNoClip
		}
		c.holes = append(c.holes, [2]int64{c.last, ms})
	}
	c.last = ms
	c.frames++
	return nil
}
