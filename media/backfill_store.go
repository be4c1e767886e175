package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"qyragy/proctor"
)

// backfillDir is where pieces lie in the spool: no seat has such a name.
// PIECE.json says what is to come, PIECE.part grows, PIECE.webm is whole.
const backfillDir = ".backfill"

// piece is the sidecar of an upload.
type piece struct {
	Seat proctor.SeatID `json:"seat"`
	ID   string         `json:"id"`
	claim
	Created time.Time `json:"created"`
}

// pieceID names an upload by its content, so that the same bytes are never
// taken twice.
func pieceID(sha256 string) string { return sha256[:min(32, len(sha256))] }

// validPiece keeps ids to what pieceID makes.
func validPiece(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

func piecePath(seat proctor.SeatID, id, ext string) string {
	return fmt.Sprintf("%s/%s/%s.%s", backfillDir, seat, id, ext)
}

// createPiece makes an upload's sidecar and then its empty file, durable.
func (s *spool) createPiece(p piece) error {
	if err := s.layPiece(p); err != nil {
		return errors.Join(fmt.Errorf("begin backfill: %w", err), s.dropPiece(p))
	}
	return nil
}

func (s *spool) layPiece(p piece) error {
	dir := backfillDir + "/" + string(p.Seat)
	if err := s.root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := s.replace(piecePath(p.Seat, p.ID, "json"), data); err != nil {
		return err
	}
	f, err := s.root.OpenFile(piecePath(p.Seat, p.ID, "part"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), s.sync(dir), s.sync(backfillDir), s.sync("."))
}

// readPiece reads an upload's sidecar; fs.ErrNotExist if there is no such one.
func (s *spool) readPiece(seat proctor.SeatID, id string) (piece, error) {
	var p piece
	data, err := fs.ReadFile(s.root.FS(), piecePath(seat, id, "json"))
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("read backfill's sidecar: %w", err)
	}
	if p.Seat != seat || p.ID != id {
		return p, fmt.Errorf("read backfill's sidecar: it is of %s/%s", p.Seat, p.ID)
	}
	return p, nil
}

// pieces lists a seat's uploads. A sidecar that cannot be read is left alone.
func (s *spool) pieces(seat proctor.SeatID) ([]piece, error) {
	entries, err := fs.ReadDir(s.root.FS(), backfillDir+"/"+string(seat))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list backfills: %w", err)
	}
	var out []piece
	for _, e := range entries {
		id, found := strings.CutSuffix(e.Name(), ".json")
		if !found || !validPiece(id) {
			continue
		}
		if p, err := s.readPiece(seat, id); err == nil {
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *spool) hasPiece(p piece, ext string) bool {
	_, err := s.root.Stat(piecePath(p.Seat, p.ID, ext))
	return err == nil
}

// pieceSize is how much of an upload is there: all of it once it is whole.
func (s *spool) pieceSize(p piece) (int64, error) {
	info, err := s.root.Stat(piecePath(p.Seat, p.ID, "part"))
	if errors.Is(err, fs.ErrNotExist) && s.hasPiece(p, "webm") {
		return p.Size, nil
	}
	if err != nil {
		return 0, fmt.Errorf("measure backfill: %w", err)
	}
	return info.Size(), nil
}

// wholePiece gives an upload its final name.
func (s *spool) wholePiece(p piece) error {
	if err := s.root.Rename(piecePath(p.Seat, p.ID, "part"), piecePath(p.Seat, p.ID, "webm")); err != nil {
		return fmt.Errorf("rename backfill: %w", err)
	}
	return s.sync(backfillDir + "/" + string(p.Seat))
}

// dropPiece removes an upload: its sidecar last, so that nothing is left that
// nobody knows of.
func (s *spool) dropPiece(p piece) error {
	for _, ext := range []string{"part", "webm", "json.new", "json"} {
		if err := s.root.Remove(piecePath(p.Seat, p.ID, ext)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove backfill: %w", err)
		}
	}
	return s.sync(backfillDir + "/" + string(p.Seat))
}

// appendPiece writes what comes of body to the end of an upload and returns
// its size then. What the client's side broke off is no error.
func (s *spool) appendPiece(p piece, offset int64, body io.Reader) (int64, error) {
	f, err := s.root.OpenFile(piecePath(p.Seat, p.ID, "part"), os.O_WRONLY, 0)
	if err != nil {
		return offset, fmt.Errorf("append to backfill: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return offset, fmt.Errorf("append to backfill: %w", err)
	}
	in := &source{Reader: io.LimitReader(body, p.Size-offset)}
	n, err := io.Copy(f, in)
	if err != nil && in.err == nil { // the disk's, not the client's
		err = errors.Join(err, f.Truncate(offset), f.Sync())
		if errors.Is(err, syscall.ENOSPC) {
			return offset, errFull()
		}
		return offset, fmt.Errorf("append to backfill: %w", err)
	}
	if err := f.Sync(); err != nil {
		return offset, fmt.Errorf("append to backfill: %w", err)
	}
	return offset + n, nil
}

// source remembers that reading failed, to tell the client's errors from the
// disk's.
type source struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
