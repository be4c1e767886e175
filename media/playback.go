package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"qyragy/proctor"
)

// has reports whether one of a segment's files is in the spool.
func (s *spool) has(seat proctor.SeatID, number int, ext string) bool {
	_, err := s.root.Stat(name(seat, number, ext))
	return err == nil
}

// OpenSegment opens a sealed segment for reading: from the spool if it is
// still there, otherwise from the vault by its receipt (nil if there is none).
func (s *Server) OpenSegment(ctx context.Context, g proctor.Segment, receipt *proctor.Receipt) (io.ReadSeekCloser, error) {
	if !validSeat(g.Seat) {
		return nil, proctor.Errorf(proctor.NotFound, "recording_gone")
	}
	f, err := s.spool.root.Open(name(g.Seat, g.Number, "webm"))
	if err == nil {
		return f, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	if receipt == nil || s.cfg.Vault == nil {
		return nil, proctor.Errorf(proctor.NotFound, "recording_gone")
	}
	r, _, err := s.cfg.Vault.Get(ctx, receipt.Key, receipt.VersionID)
	return r, err
}

// Live describes the segment that is being written for a seat: what of it has
// reached the file system. Its SHA256 is not known yet.
func (s *Server) Live(seat proctor.SeatID) (proctor.Segment, bool) {
	st := s.lookup(seat)
	if st == nil {
		return proctor.Segment{}, false
	}
	r := st.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live, r.open
}

// flushedFile is the part of a growing file that was there when it was opened.
type flushedFile struct {
	*io.SectionReader
	file *os.File
}

func (f flushedFile) Close() error { return f.file.Close() }

// OpenLive opens what has been written of the segment that Live describes. It
// ends with a whole frame and plays, but has no index yet.
func (s *Server) OpenLive(seat proctor.SeatID) (io.ReadSeekCloser, error) {
	g, ok := s.Live(seat)
	if !ok {
		return nil, proctor.Errorf(proctor.NotFound, "recording_gone")
	}
	f, err := s.spool.root.Open(name(seat, g.Number, "part"))
	if errors.Is(err, fs.ErrNotExist) { // sealed in this very moment
		return s.OpenSegment(context.Background(), g, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("open live segment: %w", err)
	}
	return flushedFile{io.NewSectionReader(f, 0, g.Size), f}, nil
}

// KeyFrameAt returns the newest key frame of a sealed segment that is not
// after at (its first one, if at is before), as it was recorded, and when it
// was there. codec is "vp8", "vp9", "h264" (NAL units behind four bytes of
// length, with their parameter sets) or "av1" (OBUs with sizes).
func (s *Server) KeyFrameAt(ctx context.Context, g proctor.Segment, receipt *proctor.Receipt, at time.Time) (codec string, data []byte, exact time.Time, err error) {
	r, err := s.OpenSegment(ctx, g, receipt)
	if err != nil {
		return "", nil, time.Time{}, err
	}
	defer r.Close()
	data, ms, err := keyFrame(r, at.Sub(g.Start).Milliseconds())
	if err != nil {
		return "", nil, time.Time{}, fmt.Errorf("read key frame: %w", err)
	}
	return videoCodec(g.Codecs), data, g.Start.Add(time.Duration(ms) * time.Millisecond), nil
}

// readerAt reads a seeker at an offset; it is for one goroutine.
type readerAt struct{ io.ReadSeeker }

func (r readerAt) ReadAt(p []byte, at int64) (int, error) {
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(r.ReadSeeker, p)
}

// keyFrame finds the newest key frame not after ms, or the first.
func keyFrame(r io.ReadSeeker, ms int64) ([]byte, int64, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	var ra io.ReaderAt = readerAt{r}
	if direct, ok := r.(io.ReaderAt); ok {
		ra = direct
	}
	var found *block
	_, err = scan(ra, size, false, func(b block) bool {
		if b.track == videoTrack && b.key && (found == nil || b.ms <= ms) {
			found = &b
		}
		return b.track != videoTrack || b.ms <= ms || found == nil
	})
	if err != nil {
		return nil, 0, err
	}
	if found == nil {
		return nil, 0, errEmpty
	}
	data := make([]byte, found.size)
	if _, err := ra.ReadAt(data, found.offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	return data, found.ms, nil
}

// FlushSeat closes the seat's open segment at the next key frame, for which it
// asks, and returns when it is sealed and in the journal. It returns at once
// if nothing is being recorded.
func (s *Server) FlushSeat(ctx context.Context, seat proctor.SeatID) error {
	st := s.lookup(seat)
	if st == nil {
		return nil
	}
	sealed := st.recorder.flush()
	if sealed == nil {
		return nil
	}
	st.wantKey()
	select {
	case <-sealed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flush seat: %w", ctx.Err())
	}
}
