package media

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"qyragy/proctor"
)

// Backfills is the journal as uploads of what was missing see it. A sealed
// backfill is durable when the call returns and gets its number there; told
// twice of the same bytes it must return the same number.
type Backfills interface {
	// Wanting says what of a seat's time is missing; live are stretches that
	// are recorded but not sealed yet.
	Wanting(seat proctor.SeatID, live ...proctor.Span) (proctor.Wanting, error)
	BackfillSealed(ctx context.Context, b proctor.Backfill) (number int, err error)
	BackfillStored(ctx context.Context, seat proctor.SeatID, number int, r proctor.Receipt) error
}

// Bounds of what a client may send of the time that the server missed.
const (
	maxPiece       = 32 << 20         // bytes of one piece
	maxPatch       = 4 << 20          // bytes of one request
	maxPieceLength = 10 * time.Minute // of one piece
	maxSeatPieces  = 512 << 20        // bytes of one seat's pieces
	maxSeatCount   = 2000             // one seat's pieces
	maxUnfinished  = 4                // uploads of one seat under way
	clockSlack     = 2 * time.Second  // between the client's clock and ours
	overlapMin     = 250 * time.Millisecond
)

// refusal is an answer to a client: a status and one sentence. Of its users
// only a full disk (errFull) is not one of /backfill.
type refusal struct {
	status int
	text   string
}

// Error implements error.
func (r refusal) Error() string { return r.text }

// claim is what a client says of a piece before it sends it.
type claim struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"`
	Type   string    `json:"type"`
	// ClockOffsetMS is what the client added to its own clock.
	ClockOffsetMS int64 `json:"clock_offset_ms"`
}

// check refuses what can never be a piece of a seat.
func (c claim) check(w proctor.Wanting, now time.Time) error {
	sum, err := hex.DecodeString(c.SHA256)
	// Browsers write "video/webm;codecs=vp8,opus", which RFC 2045 would quote.
	media, _, _ := strings.Cut(c.Type, ";")
	switch {
	case err != nil || len(sum) != 32 || hex.EncodeToString(sum) != c.SHA256:
		return refusal{http.StatusBadRequest, "sha256 must be 64 lower-case hexadecimal digits."}
	case strings.ToLower(strings.TrimSpace(media)) != "video/webm":
		return refusal{http.StatusUnsupportedMediaType, "Only video/webm is taken: VP8 or VP9, with or without Opus."}
	case c.Size <= 0:
		return refusal{http.StatusBadRequest, "size must be positive."}
	case c.Size > maxPiece:
		return refusal{http.StatusRequestEntityTooLarge, "A piece is at most 32 MiB."}
	case !c.To.After(c.From):
		return refusal{http.StatusBadRequest, "A piece must end after it begins."}
	case c.To.Sub(c.From) > maxPieceLength:
		return refusal{http.StatusRequestEntityTooLarge, "A piece is at most ten minutes long."}
	case c.To.After(now.Add(clockSlack)):
		return refusal{http.StatusBadRequest, "A piece cannot lie in the future."}
	case c.From.Before(w.Admitted.Add(-clockSlack)):
		return refusal{http.StatusBadRequest, "A piece cannot begin before the examinee was admitted."}
	}
	return nil
}

// misses reports whether something that is wanted lies in a piece.
func misses(w proctor.Wanting, from, to time.Time) bool {
	for _, x := range w.Wanted {
		start, end := x.From, x.To
		if from.After(start) {
			start = from
		}
		if to.Before(end) {
			end = to
		}
		if end.Sub(start) >= overlapMin {
			return true
		}
	}
	return false
}

// errNothingWanted keeps second copies out.
func errNothingWanted() error {
	return refusal{http.StatusConflict, "Nothing is missing in this stretch of time: the server has it."}
}

// backfills takes uploads of what the recording misses, as tus 1.0 does: on
// disk at once, resumed after any interruption, believed only when whole.
type backfills struct {
	server  *Server
	log     Backfills
	reserve int64 // bytes of the disk that stay free

	creating sync.Mutex // held while a seat's uploads are counted and one is added

	mu   sync.Mutex
	busy map[string]*holding // by path
}

// holding is a request that works on an upload.
type holding struct {
	cancel func() // asks it to stop reading
	done   chan struct{}
}

// hold waits for an upload's turn. A newer request takes over: the older one's
// connection is most likely dead.
func (b *backfills) hold(ctx context.Context, path string, cancel func()) (release func(), err error) {
	for {
		b.mu.Lock()
		old := b.busy[path]
		if old == nil {
			h := &holding{cancel, make(chan struct{})}
			b.busy[path] = h
			b.mu.Unlock()
			return func() {
				b.mu.Lock()
				delete(b.busy, path)
				b.mu.Unlock()
				close(h.done)
			}, nil
		}
		old.cancel() // under the lock: never after the request's end, when its connection is another's
		b.mu.Unlock()
		select {
		case <-old.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// wanting asks the journal, and knows what is written but not sealed.
func (b *backfills) wanting(seat proctor.SeatID) (proctor.Wanting, error) {
	var live []proctor.Span
	if g, ok := b.server.Live(seat); ok {
		live = append(live, proctor.Span{From: g.Start, To: g.End})
	}
	return b.log.Wanting(seat, live...)
}

// known finds a piece that the journal has by its upload's id.
func known(w proctor.Wanting, id string) (proctor.StoredBackfill, bool) {
	for _, x := range w.Backfills {
		if pieceID(x.SHA256) == id {
			return x, true
		}
	}
	return proctor.StoredBackfill{}, false
}

// announce begins the upload of a piece, or finds the one that was begun: its
// offset is -1 then, for who holds it to say.
func (b *backfills) announce(seat proctor.SeatID, c claim) (n piece, offset int64, made bool, err error) {
	w, err := b.wanting(seat)
	if err != nil {
		return piece{}, 0, false, err
	}
	now := b.server.now()
	if err := c.check(w, now); err != nil {
		return piece{}, 0, false, err
	}
	n = piece{Seat: seat, ID: pieceID(c.SHA256), claim: c, Created: now}
	if k, ok := known(w, n.ID); ok {
		return n, k.Size, false, nil
	}
	b.creating.Lock()
	defer b.creating.Unlock()
	if old, err := b.server.spool.readPiece(seat, n.ID); err == nil {
		return old, -1, false, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return piece{}, 0, false, err
	}
	if !misses(w, c.From, c.To) {
		return piece{}, 0, false, errNothingWanted()
	}
	if err := b.room(seat, w, c.Size); err != nil {
		return piece{}, 0, false, err
	}
	return n, 0, true, b.server.spool.createPiece(n)
}

// room refuses a piece that a bound leaves no room for.
func (b *backfills) room(seat proctor.SeatID, w proctor.Wanting, size int64) error {
	total := size
	for _, x := range w.Backfills {
		total += x.Size
	}
	pieces, err := b.server.spool.pieces(seat)
	if err != nil {
		return err
	}
	unfinished, promised := 0, int64(0)
	for _, p := range pieces {
		if !b.server.spool.hasPiece(p, "part") {
			continue
		}
		unfinished++
		total += p.Size
		promised += p.Size
	}
	switch {
	case unfinished >= maxUnfinished:
		return refusal{http.StatusRequestEntityTooLarge, "Finish the uploads under way first."}
	case total > maxSeatPieces, len(w.Backfills) >= maxSeatCount:
		return refusal{http.StatusRequestEntityTooLarge, "This seat has sent all that it may."}
	}
	return b.fits(size + promised)
}

func (b *backfills) fits(size int64) error {
	if !b.server.space.fits(size, b.reserve) {
		return errFull()
	}
	return nil
}

// OpenBackfill opens a backfill for reading: from the spool if it is still
// there, otherwise from the vault by its receipt (nil if there is none).
func (s *Server) OpenBackfill(ctx context.Context, b proctor.Backfill, receipt *proctor.Receipt) (io.ReadSeekCloser, error) {
	gone := proctor.Errorf(proctor.NotFound, "recording_gone")
	if !validSeat(b.Seat) || len(b.SHA256) != 64 {
		return nil, gone
	}
	f, err := s.spool.root.Open(piecePath(b.Seat, pieceID(b.SHA256), "webm"))
	if err == nil {
		return f, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open backfill: %w", err)
	}
	if receipt == nil || s.cfg.Vault == nil {
		return nil, gone
	}
	r, _, err := s.cfg.Vault.Get(ctx, receipt.Key, receipt.VersionID)
	return r, err
}
