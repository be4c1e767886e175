package media

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"
)

// errEmpty is returned by seal for a recording without a video frame.
var errEmpty = errors.New("no whole frame")

// sealed is what seal found and made.
type sealed struct {
	size   int64
	sha256 string
	frames int
	length time.Duration // from the start to the end of the last frame
}

// seal makes a growing (or cut short) recording complete: cuts it at its last
// whole block, or at limit if that is ≥ 0 and sooner, appends Cues, fills in
// the sizes, the Duration and the SeekHead, syncs it and hashes the result.
// It can be run again on its own output.
func seal(f *os.File, limit int64, zeros bool) (sealed, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return sealed{}, err
	}
	if limit >= 0 {
		size = min(size, limit)
	}
	l, err := scan(f, size, zeros, nil)
	if err != nil {
		return sealed{}, err
	}
	if l.frames == 0 {
		return sealed{}, errEmpty
	}
	for n := len(l.clusters); l.clusters[n-1].end > l.end || l.clusters[n-1].offset >= l.end; n = len(l.clusters) {
		l.clusters = l.clusters[:n-1] // a cluster with no whole block
	}
	if err := l.complete(f); err != nil {
		return sealed{}, err
	}
	if err := f.Sync(); err != nil {
		return sealed{}, err
	}
	s := sealed{frames: l.frames, length: time.Duration(l.lastMS+l.stepMS) * time.Millisecond}
	s.size, s.sha256, err = digest(f)
	return s, err
}

// complete writes everything that only the end of a recording makes known.
func (l *layout) complete(f *os.File) error {
	if err := f.Truncate(l.end); err != nil {
		return err
	}
	cues := l.cues()
	if _, err := f.WriteAt(cues, l.end); err != nil {
		return err
	}
	for _, c := range l.clusters {
		if err := patchSize(f, c.offset+4, c.end-c.offset-12); err != nil {
			return err
		}
	}
	length := float64(max(l.lastMS+l.stepMS, l.maxMS+1))
	duration := binary.BigEndian.AppendUint64([]byte{0x44, 0x89, 0x88}, math.Float64bits(length))
	if _, err := f.WriteAt(duration, l.duration); err != nil {
		return err
	}
	if _, err := f.WriteAt(l.seekHead(), l.seek); err != nil {
		return err
	}
	return patchSize(f, l.segment, l.end+int64(len(cues))-l.body)
}

func patchSize(f *os.File, at, size int64) error {
	_, err := f.WriteAt(binary.BigEndian.AppendUint64(nil, 1<<56|uint64(size)), at)
	return err
}

// cues is the seek index: every cluster that begins with a key frame.
func (l *layout) cues() []byte {
	var points [][]byte
	for _, c := range l.clusters {
		if c.key {
			points = append(points, element(0xBB, uintElement(0xB3, uint64(c.ms)),
				element(0xB7, uintElement(0xF7, videoTrack), uintElement(0xF1, uint64(c.offset-l.body)))))
		}
	}
	return element(idCues, points...)
}

func (l *layout) seekHead() []byte {
	seek := func(id uint32, at int64) []byte {
		return element(0x4DBB, element(0x53AB, appendID(nil, id)), uintElement(0x53AC, uint64(at-l.body)))
	}
	head := element(idSeekHead, seek(idInfo, l.info), seek(idTracks, l.tracks), seek(idCues, l.end))
	return append(head, void(seekRoom-len(head))...)
}

// digest reads f from its start and returns its size and SHA-256 in hex.
func digest(f *os.File) (int64, string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, "", err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return 0, "", fmt.Errorf("hash recording: %w", err)
	}
	return n, hex.EncodeToString(h.Sum(nil)), nil
}
