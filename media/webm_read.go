package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errNoWebM is returned for a file whose header is not a recording's.
var errNoWebM = errors.New("not a recording's header")

// maxBlock is the longest frame that a reader takes.
const maxBlock = 16 << 20

// block is one frame of a recording as a scan finds it.
type block struct {
	track  byte
	key    bool
	ms     int64 // after the recording's start
	offset int64 // of the frame's data in the file
	size   int
}

// clusterAt is one cluster as a scan finds it.
type clusterAt struct {
	offset, end int64
	ms          int64
	key         bool // its first video block is a key frame
	video       int  // video blocks
}

// layout is what a scan learns of a recording: enough to seal it.
type layout struct {
	segment  int64 // offset of the Segment's 8-byte size
	body     int64 // of its first byte
	seek     int64 // of the room for the SeekHead
	info     int64
	duration int64 // of the room for the Duration
	tracks   int64
	clusters []clusterAt
	end      int64 // of the last whole block
	frames   int   // video blocks
	lastMS   int64 // time of the last video block
	stepMS   int64 // between the last two video blocks
	maxMS    int64 // of any block
}

// scanner walks the elements of a recording without holding it in memory.
type scanner struct {
	r    *bufio.Reader
	pos  int64
	size int64
	// zeros: take a block that ends in 512 zero bytes for one that a power
	// cut left unwritten, and stop there.
	zeros     bool
	lastBlock int64 // where the last whole block begins
}

// zeroRun is the tail of zero bytes that gives an unwritten block away: a disk
// sector. Compressed frames do not end so.
const zeroRun = 512

func newScanner(r io.ReaderAt, size int64) *scanner {
	return &scanner{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10), size: size}
}

// head reads an element's ID and size; size is -1 if unknown.
func (s *scanner) head() (id uint32, size int64, err error) {
	first, err := s.r.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	n := leading(first)
	if n > 4 {
		return 0, 0, errNoWebM
	}
	id = uint32(first)
	for range n - 1 {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, 0, io.ErrUnexpectedEOF
		}
		id = id<<8 | uint32(b)
	}
	s.pos += int64(n)
	size, m, err := s.vint()
	s.pos += int64(m)
	return id, size, err
}

func (s *scanner) vint() (v int64, n int, err error) {
	first, err := s.r.ReadByte()
	if err != nil {
		return 0, 0, io.ErrUnexpectedEOF
	}
	n = leading(first)
	if n > 8 {
		return 0, 1, errNoWebM
	}
	v = int64(first) & (1<<(8-n) - 1)
	ones := v == 1<<(8-n)-1
	for range n - 1 {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, 0, io.ErrUnexpectedEOF
		}
		v, ones = v<<8|int64(b), ones && b == 0xff
	}
	if ones {
		v = -1
	}
	return v, n, nil
}

// leading is the length that a vint's first byte announces, 9 for none.
func leading(b byte) int {
	n := 1
	for mask := byte(0x80); mask != 0 && b&mask == 0; mask >>= 1 {
		n++
	}
	return n
}

func (s *scanner) skip(n int64) error {
	if n < 0 || s.pos+n > s.size {
		return io.ErrUnexpectedEOF
	}
	s.pos += n
	_, err := s.r.Discard(int(n))
	return err
}

func (s *scanner) bytes(n int64) ([]byte, error) {
	if n < 0 || n > maxBlock || s.pos+n > s.size {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	_, err := io.ReadFull(s.r, b)
	s.pos += n
	return b, err
}

// scan walks a recording to its last whole block; what comes after that is
// not an error. each, if set, sees every block and may end the walk.
func scan(r io.ReaderAt, size int64, zeros bool, each func(block) bool) (*layout, error) {
	s := newScanner(r, size)
	s.zeros = zeros
	l := &layout{stepMS: 1000 / 15}
	if err := s.header(l); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	l.end = s.pos
	s.body(l, each)
	if zeros && s.torn(r, l) {
		return scan(r, s.lastBlock, false, each)
	}
	return l, nil
}

// torn reports that the last whole block runs into a stretch of zeros that a
// power cut left: then its end is not its own.
func (s *scanner) torn(r io.ReaderAt, l *layout) bool {
	var around [2]byte // the block's last byte and the one after it
	if l.frames == 0 || s.lastBlock == 0 || l.end >= s.size {
		return false
	}
	_, err := r.ReadAt(around[:], l.end-1)
	return err == nil && around == [2]byte{}
}

// header reads up to the first cluster's ID; the cluster is left to body.
func (s *scanner) header(l *layout) error {
	id, size, err := s.head()
	if err != nil || id != idEBML || s.skip(size) != nil {
		return errNoWebM
	}
	at := s.pos
	if id, _, err = s.head(); err != nil || id != idSegment || s.pos-at != 12 {
		return errNoWebM
	}
	l.segment, l.body = s.pos-8, s.pos
	l.seek = s.pos
	if !s.room(seekRoom, appendID(nil, idSeekHead)) {
		return errNoWebM
	}
	for l.tracks == 0 {
		at := s.pos
		id, size, err := s.head()
		if err != nil || size < 0 {
			return errNoWebM
		}
		end := s.pos + size
		switch id {
		case idInfo:
			l.info = at
			if s.skip(int64(len(uintElement(0x2AD7B1, 0)))) != nil {
				return errNoWebM
			}
			l.duration = s.pos
			if !s.room(durationRoom, []byte{0x44, 0x89, 0x88}) {
				return errNoWebM
			}
		case idTracks:
			l.tracks = at
		}
		if s.skip(end-s.pos) != nil {
			return errNoWebM
		}
	}
	if l.info == 0 {
		return errNoWebM
	}
	return nil
}

// room passes over n bytes that are what a recording leaves free for its end:
// nothing, or what begins so.
func (s *scanner) room(n int64, filled []byte) bool {
	b, err := s.bytes(n)
	return err == nil && (bytes.HasPrefix(b, void(int(n))[:9]) || bytes.HasPrefix(b, filled))
}

// body reads clusters until something is not whole.
func (s *scanner) body(l *layout, each func(block) bool) {
	for {
		at := s.pos
		id, size, err := s.head()
		switch {
		case err != nil:
			return
		case id == idCluster:
			l.clusters = append(l.clusters, clusterAt{offset: at, end: s.pos, ms: -1})
		case len(l.clusters) == 0 || size < 0:
			return
		case id == idTimestamp:
			b, err := s.bytes(size)
			if err != nil || size > 8 {
				return
			}
			c := &l.clusters[len(l.clusters)-1]
			c.ms = int64(binary.BigEndian.Uint64(append(make([]byte, 8-size), b...)))
			c.end = s.pos
		case id == idSimpleBlock:
			whole := l.end
			more := s.block(l, size, each)
			if l.end != whole {
				s.lastBlock = at
			}
			if !more {
				return
			}
		default:
			return // Cues: the end of what counts
		}
	}
}

// block reads one SimpleBlock and reports whether to go on.
func (s *scanner) block(l *layout, size int64, each func(block) bool) bool {
	c := &l.clusters[len(l.clusters)-1]
	if size < 5 || size > maxBlock || c.ms < 0 {
		return false
	}
	h, err := s.bytes(4)
	if err != nil || h[0]&0x80 == 0 {
		return false
	}
	b := block{track: h[0] & 0x7f, key: h[3]&0x80 != 0, ms: c.ms + int64(int16(binary.BigEndian.Uint16(h[1:]))), offset: s.pos, size: int(size - 4)}
	if !s.payload(size - 4) {
		return false
	}
	if b.track == videoTrack {
		if l.frames > 0 {
			l.stepMS = min(max(b.ms-l.lastMS, 1), 1000)
		}
		c.key = c.key || c.video == 0 && b.key
		c.video++
		l.frames++
		l.lastMS = b.ms
	}
	l.maxMS = max(l.maxMS, b.ms)
	c.end, l.end = s.pos, s.pos
	return each == nil || each(b)
}

// payload passes over a block's data and reports whether it is all there.
func (s *scanner) payload(n int64) bool {
	if !s.zeros || n < zeroRun {
		return s.skip(n) == nil
	}
	if s.skip(n-zeroRun) != nil {
		return false
	}
	tail, err := s.bytes(zeroRun)
	if err != nil {
		return false
	}
	for _, b := range tail {
		if b != 0 {
			return true
		}
	}
	return false
}
