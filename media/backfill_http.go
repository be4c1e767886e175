package media

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qyragy/proctor"
)

// typeBytes is the body of a PATCH (tus 1.0 core).
const typeBytes = "application/offset+octet-stream"

// Backfill serves /backfill/{seat} and /backfill/{seat}/{upload}: how a page
// sends what it recorded itself while its connection was gone. Uploads go as
// in tus 1.0 (HEAD, PATCH); see docs/PROTOCOL.md.
func (s *Server) Backfill(auth Auth) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, f func(http.ResponseWriter, *http.Request, proctor.SeatID) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			defer s.containHTTP(w)
			w.Header().Set("Cache-Control", "no-store")
			id, ok := s.allowed(w, r, auth)
			if !ok {
				return
			}
			if err := f(w, r, id); err != nil {
				s.refusePiece(w, err)
			}
		})
	}
	b := s.backfills
	handle("GET /backfill/{seat}", b.getWanted)
	handle("POST /backfill/{seat}", b.postPiece)
	handle("HEAD /backfill/{seat}/{upload}", b.headPiece)
	handle("PATCH /backfill/{seat}/{upload}", b.patchPiece)
	return mux
}

// refusePiece answers with an error's status and sentence.
func (s *Server) refusePiece(w http.ResponseWriter, err error) {
	var r refusal
	switch {
	case errors.As(err, &r):
		if r.status == http.StatusInsufficientStorage || r.status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "10")
		}
		http.Error(w, r.text, r.status)
	case proctor.KindOf(err) == "":
		s.log.Error("backfill failed", "err", err)
		w.Header().Set("Retry-After", "10")
		http.Error(w, "The server cannot take the upload now.", http.StatusServiceUnavailable)
	default:
		s.refuse(w, err)
	}
}

// serving refuses everything before recovery is done and after the end.
func (b *backfills) serving() error {
	b.server.mu.Lock()
	defer b.server.mu.Unlock()
	if b.log == nil || !b.server.ready {
		return errNotReady()
	}
	return nil
}

// wantedView is the answer of GET /backfill/{seat}.
type wantedView struct {
	Now        time.Time      `json:"now"`
	GraceUntil time.Time      `json:"grace_until,omitzero"`
	MaxBytes   int64          `json:"max_bytes"`
	ChunkBytes int64          `json:"chunk_bytes"`
	MaxSeconds int            `json:"max_seconds"`
	Wanted     []proctor.Span `json:"wanted"`
}

func (b *backfills) getWanted(w http.ResponseWriter, _ *http.Request, seat proctor.SeatID) error {
	if err := b.serving(); err != nil {
		return err
	}
	want, err := b.wanting(seat)
	if err != nil {
		return err
	}
	ms := func(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
	out := wantedView{Now: ms(b.server.now()), GraceUntil: ms(want.Until), MaxBytes: maxPiece, ChunkBytes: maxPatch,
		MaxSeconds: int(maxPieceLength / time.Second), Wanted: []proctor.Span{}}
	for _, x := range want.Wanted {
		out.Wanted = append(out.Wanted, proctor.Span{From: ms(x.From), To: ms(x.To)})
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(out)
}

// maxClaim is the longest body of a POST, bytes.
const maxClaim = 4 << 10

func (b *backfills) postPiece(w http.ResponseWriter, r *http.Request, seat proctor.SeatID) error {
	if err := b.serving(); err != nil {
		return err
	}
	var c claim
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxClaim))
	if err := d.Decode(&c); err != nil || d.More() {
		return refusal{http.StatusBadRequest, "The body must be JSON with from, to, size, sha256 and type."}
	}
	p, offset, made, err := b.announce(seat, c)
	if err == nil && !made && offset < 0 {
		r.SetPathValue("upload", p.ID)
		_, offset, err = b.held(w, r, seat)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Location", strings.TrimSuffix(r.URL.Path, "/")+"/"+p.ID)
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	w.Header().Set("Upload-Length", strconv.FormatInt(p.Size, 10))
	if made {
		w.WriteHeader(http.StatusCreated)
	}
	return nil
}

// holdPiece finds an upload and waits for its turn. A piece that the journal
// has is done and its release is nil.
func (b *backfills) holdPiece(w http.ResponseWriter, r *http.Request, seat proctor.SeatID) (p piece, release func(), err error) {
	none := refusal{http.StatusNotFound, "There is no such upload."}
	id := r.PathValue("upload")
	if err := b.serving(); err != nil {
		return p, nil, err
	}
	if !validPiece(id) {
		return p, nil, none
	}
	control := http.NewResponseController(w)
	cancel := func() { _ = control.SetReadDeadline(time.Unix(1, 0)) } // not every writer has deadlines
	release, err = b.hold(r.Context(), piecePath(seat, id, ""), cancel)
	if err != nil {
		return p, nil, err
	}
	p, err = b.server.spool.readPiece(seat, id)
	if err == nil {
		return p, release, nil
	}
	release()
	if !errors.Is(err, fs.ErrNotExist) {
		return p, nil, err
	}
	want, err := b.wanting(seat)
	if err != nil {
		return p, nil, err
	}
	if k, ok := known(want, id); ok {
		return piece{Seat: seat, ID: id, claim: claim{Size: k.Size}}, nil, nil
	}
	return p, nil, none
}

func (b *backfills) headPiece(w http.ResponseWriter, r *http.Request, seat proctor.SeatID) error {
	p, offset, err := b.held(w, r, seat)
	if err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	w.Header().Set("Upload-Length", strconv.FormatInt(p.Size, 10))
	return nil
}

// held waits for an upload's turn and says how far it is.
func (b *backfills) held(w http.ResponseWriter, r *http.Request, seat proctor.SeatID) (piece, int64, error) {
	p, release, err := b.holdPiece(w, r, seat)
	if err != nil || release == nil {
		return p, p.Size, err
	}
	defer release()
	offset, err := b.resume(p)
	return p, offset, err
}

// resume says how far an upload is. One that has all its bytes is finished
// first: nobody is told that it is complete before the journal knows of it.
func (b *backfills) resume(p piece) (int64, error) {
	offset, err := b.server.spool.pieceSize(p)
	if err == nil && offset == p.Size && b.server.spool.hasPiece(p, "part") {
		err = b.finish(p)
	}
	return offset, err
}

func (b *backfills) patchPiece(w http.ResponseWriter, r *http.Request, seat proctor.SeatID) error {
	if r.Header.Get("Content-Type") != typeBytes {
		return refusal{http.StatusUnsupportedMediaType, "The body must be " + typeBytes + "."}
	}
	at, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || at < 0 {
		return refusal{http.StatusBadRequest, "Upload-Offset must say where the body goes on."}
	}
	p, release, err := b.holdPiece(w, r, seat)
	if err != nil {
		return err
	}
	offset := p.Size
	if release != nil {
		defer release()
		if offset, err = b.server.spool.pieceSize(p); err != nil {
			return err
		}
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	switch {
	case at != offset:
		return refusal{http.StatusConflict, "The upload goes on at another offset."}
	case r.ContentLength > p.Size-offset:
		return refusal{http.StatusRequestEntityTooLarge, "This is more than was announced."}
	case r.ContentLength > maxPatch:
		return refusal{http.StatusRequestEntityTooLarge, "One request brings at most 4 MiB: send the rest in others."}
	case release == nil:
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if offset, err = b.grow(p, offset, io.LimitReader(r.Body, maxPatch)); err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	if offset == p.Size {
		if err := b.finish(p); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// grow appends what comes of body, durable when it returns, and says how far
// the upload is. A body that breaks off has been taken as far as it came.
func (b *backfills) grow(p piece, offset int64, body io.Reader) (int64, error) {
	if b.server.spool.hasPiece(p, "webm") {
		return p.Size, nil
	}
	if err := b.fits(p.Size - offset); err != nil {
		return offset, err
	}
	return b.server.spool.appendPiece(p, offset, body)
}
