package media

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// begin announces a file for the hall's outage and returns its location.
func (h *hall) begin(file []byte, from, to float64) string {
	h.t.Helper()
	a := h.claim(claimOf(file, h.at(from), h.at(to)))
	if a.status != http.StatusCreated {
		h.t.Fatalf("POST: %d %s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// stored waits until the vault has n backfills and the spool none.
func (h *hall) stored(n int) {
	h.t.Helper()
	until(h.t, "all is stored", func() bool {
		b := h.backfills()
		for _, x := range b {
			if x.Receipt == nil {
				return false
			}
		}
		return len(b) == n && len(leftovers(h.t, h.dir)) == 0
	})
}

// TestBackfillSurvivesACrashAnywhere puts the spool into every state that a
// crash can leave and starts the server: the piece is there once, and whole.
func TestBackfillSurvivesACrashAnywhere(t *testing.T) {
	file := footageFile(t, "5")
	for name, crash := range map[string]func(h *hall, p piece){
		"all bytes, not checked": func(h *hall, p piece) {},
		"checked, not journaled": func(h *hall, p piece) {
			h.ok(os.Rename(h.path(p, "part"), h.path(p, "webm")))
		},
		"journaled, not stored": func(h *hall, p piece) {
			h.ok(os.Rename(h.path(p, "part"), h.path(p, "webm")))
			h.seal(p)
		},
		"stored, not journaled": func(h *hall, p piece) {
			h.ok(os.Rename(h.path(p, "part"), h.path(p, "webm")))
			n := h.seal(p)
			_, err := h.vault.Put(h.t.Context(), backfillKey(p, n), bytes.NewReader(file), p.Size, p.SHA256, 0, "video/webm")
			h.ok(err)
		},
		"stored and journaled": func(h *hall, p piece) {
			h.ok(os.Rename(h.path(p, "part"), h.path(p, "webm")))
			n := h.seal(p)
			r, err := h.vault.Put(h.t.Context(), backfillKey(p, n), bytes.NewReader(file), p.Size, p.SHA256, 0, "video/webm")
			h.ok(err)
			h.ok(h.engine.BackfillStored(h.t.Context(), h.seat, n, r))
		},
		"stored, half removed": func(h *hall, p piece) {
			h.ok(os.Remove(h.path(p, "part")))
			n := h.seal(p)
			r, err := h.vault.Put(h.t.Context(), backfillKey(p, n), bytes.NewReader(file), p.Size, p.SHA256, 0, "video/webm")
			h.ok(err)
			h.ok(h.engine.BackfillStored(h.t.Context(), h.seat, n, r))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			h.outage()
			h.begin(file, 35, 40)
			h.halt()
			pieces, err := h.server.openedPieces(h.dir, h.seat)
			h.ok(err)
			p := pieces[0]
			h.ok(os.WriteFile(h.path(p, "part"), file, 0o600))
			crash(h, p)
			h.run()
			h.stored(1)
			b := h.backfills()[0]
			r, err := h.server.OpenBackfill(t.Context(), b.Backfill, b.Receipt)
			h.ok(err)
			got, err := io.ReadAll(r)
			h.ok(err)
			h.ok(r.Close())
			if !bytes.Equal(got, file) {
				t.Error("what is stored is not what was sent")
			}
			h.halt()
			h.run()
			if n := len(h.backfills()); n != 1 {
				t.Errorf("%d backfills after another start", n)
			}
		})
	}
}

func (h *hall) path(p piece, ext string) string {
	return filepath.Join(h.dir, filepath.FromSlash(piecePath(p.Seat, p.ID, ext)))
}

// seal journals a piece as the server would have.
func (h *hall) seal(p piece) int {
	n, err := h.engine.BackfillSealed(h.t.Context(), proctor.Backfill{Seat: p.Seat, From: p.From, To: p.To, Size: p.Size, SHA256: p.SHA256, Codecs: "vp8,opus"})
	h.ok(err)
	return n
}

// openedPieces lists a spool that no server has open.
func (s *Server) openedPieces(dir string, seat proctor.SeatID) ([]piece, error) {
	sp, err := openSpool(dir)
	if err != nil {
		return nil, err
	}
	defer sp.root.Close()
	return sp.pieces(seat)
}

// TestEveryFlippedBitIsRefused sends a file that has one bit changed, at many
// places: none is taken, nothing is left.
func TestEveryFlippedBitIsRefused(t *testing.T) {
	file := footageFile(t, "2")
	h := newHall(t)
	h.outage()
	r := rand.New(rand.NewPCG(1, 2))
	const tries = 60
	for i := range tries {
		bit := r.IntN(8 * len(file))
		switch i {
		case 0:
			bit = 0
		case 1:
			bit = 8*len(file) - 1
		}
		bad := bytes.Clone(file)
		bad[bit/8] ^= 1 << (bit % 8)
		at := h.begin(file, 40, 42)
		if a := h.patch(at, bad, 0); a.status != http.StatusUnprocessableEntity || a.body == "" {
			t.Fatalf("bit %d: %d %s", bit, a.status, a.body)
		}
		if a := h.do(http.MethodHead, h.url+"/"+filepath.Base(at), "", nil, -1); a.status != 404 {
			t.Fatalf("bit %d: the upload is still there", bit)
		}
	}
	if left := leftovers(t, h.dir); len(left) != 0 || len(h.backfills()) != 0 {
		t.Errorf("left %v, journaled %v", left, h.backfills())
	}
	if a := h.patch(h.begin(file, 40, 42), file, 0); a.status != http.StatusNoContent {
		t.Errorf("the true file: %d %s", a.status, a.body)
	}
}

// TestHungUploadGivesWay sends half of a body and hangs, as behind a network
// that is gone: the next request goes on at once.
func TestHungUploadGivesWay(t *testing.T) {
	file := footageFile(t, "5")
	h := newHall(t)
	h.outage()
	at := h.begin(file, 40, 45)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url[:strings.Index(h.url, "/backfill")], "http://"))
	h.ok(err)
	defer conn.Close()
	half := len(file) / 2
	_, err = io.WriteString(conn, "PATCH "+at+" HTTP/1.1\r\nHost: x\r\nContent-Type: "+typeBytes+"\r\nUpload-Offset: 0\r\nContent-Length: "+
		strconv.Itoa(len(file))+"\r\n\r\n"+string(file[:half]))
	h.ok(err)
	until(t, "the server has some of it", func() bool {
		info, err := os.Stat(filepath.Join(h.dir, backfillDir, string(h.seat), filepath.Base(at)+".part"))
		return err == nil && info.Size() > 0
	})
	began := time.Now()
	a := h.do(http.MethodHead, h.url+"/"+filepath.Base(at), "", nil, -1)
	t.Logf("HEAD took over after %v", time.Since(began).Round(time.Millisecond))
	if a.status != 200 || a.offset() <= 0 || a.offset() > int64(half) {
		t.Fatalf("HEAD: %d, offset %d", a.status, a.offset())
	}
	if a := h.patch(at, file[a.offset():], a.offset()); a.status != http.StatusNoContent {
		t.Errorf("the rest: %d %s", a.status, a.body)
	}
	h.stored(1)
}

// TestBackfillBounds fills what a seat may have under way, in all, and on disk.
func TestBackfillBounds(t *testing.T) {
	h := newHall(t)
	h.outage()
	h.reach(3000)
	piece := func(i int, size int64) claim {
		c := claimOf([]byte{byte(i)}, h.at(float64(200+i)), h.at(float64(210+i)))
		c.Size = size
		return c
	}
	for i := range maxUnfinished {
		if a := h.claim(piece(i, maxPiece)); a.status != http.StatusCreated {
			t.Fatalf("%d: %d %s", i, a.status, a.body)
		}
	}
	if a := h.claim(piece(9, 1)); a.status != 413 {
		t.Errorf("one too many: %d %s", a.status, a.body)
	}
	h.halt()
	h.ok(os.RemoveAll(filepath.Join(h.dir, backfillDir)))
	for i := range maxSeatPieces / maxPiece {
		_, err := h.engine.BackfillSealed(t.Context(), proctor.Backfill{Seat: h.seat, SHA256: strings.Repeat("0", 60) + strconv.Itoa(1000+i),
			From: h.at(30), To: h.at(31), Size: maxPiece})
		h.ok(err)
	}
	h.run()
	if a := h.claim(piece(1, 1)); a.status != 413 {
		t.Errorf("beyond the seat's total: %d %s", a.status, a.body)
	}
}

// TestBackfillLeavesTheReserve takes nothing when the disk is short of room.
func TestBackfillLeavesTheReserve(t *testing.T) {
	h := newHall(t)
	h.outage()
	h.halt()
	h.reserve = 1 << 60
	h.run()
	free, err := h.server.space.left()
	h.ok(err)
	if h.server.space.fits(0, 1<<60) {
		t.Skipf("%d bytes are free: the share of the disk that is kept is smaller", free)
	}
	if a := h.claim(claimOf([]byte("x"), h.at(40), h.at(45))); a.status != http.StatusInsufficientStorage {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestBackfillAfterTheEnd sends what was missing when the exam is over, and
// again when it is too late.
func TestBackfillAfterTheEnd(t *testing.T) {
	file := footageFile(t, "5")
	h := newHall(t)
	h.outage()
	h.ok(h.engine.Finish(t.Context(), proctor.SeatActor(h.seat), h.seat))
	first, err := h.engine.Settle(t.Context(), h.seat)
	h.ok(err)
	h.reach(3600)
	if a := h.patch(h.begin(file, 40, 45), file, 0); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	second, err := h.engine.Settle(t.Context(), h.seat)
	h.ok(err)
	if !first.Whole || !second.Whole || second.BackfilledMS != 5000 || first.GapsMS[proctor.GapNetwork]-second.GapsMS[proctor.GapNetwork] != 5000 {
		t.Errorf("accounts %+v, %+v", first, second)
	}
	h.reach(120 + 7201)
	if a := h.claim(claimOf(file[1:], h.at(50), h.at(55))); a.status != http.StatusConflict {
		t.Errorf("too late: %d %s", a.status, a.body)
	}
}

// TestFullUploadIsFinishedFirst: an upload whose last step failed is complete
// only once it is journaled, whoever asks.
func TestFullUploadIsFinishedFirst(t *testing.T) {
	file := footageFile(t, "5")
	for name, ask := range map[string]func(h *hall, at string) answered{
		"HEAD": func(h *hall, at string) answered {
			return h.do(http.MethodHead, h.url+"/"+filepath.Base(at), "", nil, -1)
		},
		"POST":  func(h *hall, _ string) answered { return h.claim(claimOf(file, h.at(40), h.at(45))) },
		"PATCH": func(h *hall, at string) answered { return h.patch(at, nil, int64(len(file))) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			h.outage()
			at := h.begin(file, 40, 45)
			h.ok(os.WriteFile(filepath.Join(h.dir, backfillDir, string(h.seat), filepath.Base(at)+".part"), file, 0o600))
			if a := ask(h, at); a.status/100 != 2 || a.offset() != int64(len(file)) || len(h.backfills()) != 1 {
				t.Errorf("%d %s, offset %d, %d journaled", a.status, a.body, a.offset(), len(h.backfills()))
			}
		})
	}
}

// TestUnfinishedUploadsAreRemoved while the server runs, and no others.
func TestUnfinishedUploadsAreRemoved(t *testing.T) {
	h := newHall(t)
	h.outage()
	file := footageFile(t, "10")
	old := h.claim(claimOf(file, h.at(35), h.at(45)))
	if old.status != http.StatusCreated {
		t.Fatalf("POST: %d %s", old.status, old.body)
	}
	h.ok(h.server.backfills.tidy(t.Context()))
	if pieces, err := h.server.spool.pieces(h.seat); err != nil || len(pieces) != 1 {
		t.Fatalf("a young upload: %v, %v", pieces, err)
	}
	h.reach(120 + (pieceLife + time.Minute).Seconds())
	h.ok(h.server.backfills.tidy(t.Context()))
	left, err := filepath.Glob(filepath.Join(h.dir, backfillDir, string(h.seat), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
