package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"qyragy/media"
	"qyragy/proctor"
	"qyragy/web"
)

// recordings plays a seat's segments.
type recordings struct {
	engine *proctor.Engine
	media  *media.Server
	sound  *sound
}

// sound remembers which segments were read once and had their journaled hash,
// so that each is hashed at its first opening only.
type sound struct {
	mu   sync.Mutex
	seen map[string]bool // by SHA-256
}

// soundMost bounds what is remembered; beyond it everything is hashed again.
const soundMost = 100_000

// check returns nil if body has the hash that the journal knows, and rewinds it.
func (s *sound) check(body io.ReadSeeker, want string) error {
	s.mu.Lock()
	known := s.seen[want]
	s.mu.Unlock()
	if known {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		return fmt.Errorf("read a segment: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != want {
		return proctor.Errorf(proctor.Unavailable, "evidence_damaged")
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read a segment: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) >= soundMost {
		clear(s.seen)
	}
	s.seen[want] = true
	return nil
}

// Segment implements web.Recordings.
func (r recordings) Segment(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error) {
	var seg *proctor.StoredSegment
	err := r.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) {
		for _, s := range t.Segments {
			if s.Number == number {
				seg = &s
			}
		}
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	if seg == nil {
		body, err := r.growing(seat, number)
		return body, time.Time{}, err
	}
	body, err := r.media.OpenSegment(ctx, seg.Segment, seg.Receipt)
	if err != nil {
		return nil, time.Time{}, err
	}
	if err := r.sound.check(body, seg.SHA256); err != nil {
		return nil, time.Time{}, errors.Join(err, body.Close())
	}
	return typed{body, media.ContentType(seg.Codecs)}, seg.End, nil
}

// typed implements web.Typed.
type typed struct {
	io.ReadSeekCloser
	kind string
}

// ContentType is the recording's MIME type.
func (t typed) ContentType() string { return t.kind }

// growing opens the segment being written if it has that number: under it a
// player reads on when the segment is sealed.
func (r recordings) growing(seat proctor.SeatID, number int) (io.ReadSeekCloser, error) {
	gone := proctor.Errorf(proctor.NotFound, "recording_gone")
	g, ok := r.media.Live(seat)
	if !ok || g.Number != number {
		return nil, gone
	}
	body, err := r.media.OpenLive(seat)
	if err != nil {
		return nil, err
	}
	if now, ok := r.media.Live(seat); !ok || now.Number != number { // another may have begun meanwhile
		return nil, errors.Join(gone, body.Close())
	}
	return typed{body, media.ContentType(g.Codecs)}, nil
}

// Live implements web.Recordings: what is written of the open segment.
func (r recordings) Live(_ context.Context, seat proctor.SeatID) (io.ReadSeekCloser, error) {
	g, _ := r.media.Live(seat)
	body, err := r.media.OpenLive(seat)
	if err != nil {
		return nil, err
	}
	return typed{body, media.ContentType(g.Codecs)}, nil
}

// LiveInfo implements web.Recordings.
func (r recordings) LiveInfo(seat proctor.SeatID) (web.LiveInfo, bool) {
	g, ok := r.media.Live(seat)
	return web.LiveInfo{Number: g.Number, Start: g.Start, End: g.End, Codecs: g.Codecs, Width: g.Width, Height: g.Height}, ok
}
