package media

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"qyragy/proctor"
)

// finish takes an upload that has all its bytes: checks it, gives it its final
// name, tells the journal and hands it to the uploader. What is not what it was
// announced as is discarded. It may be called again after a crash.
func (b *backfills) finish(p piece) error {
	sp := b.server.spool
	ext := "part"
	if sp.hasPiece(p, "webm") {
		ext = "webm"
	}
	seal, err := b.examine(p, ext)
	if err == nil && ext == "part" {
		err = b.stillWanted(p)
	}
	var bad refusal
	if errors.As(err, &bad) {
		b.server.log.Warn("a backfill was refused", "seat", p.Seat, "from", p.From, "to", p.To, "reason", bad.text)
		return errors.Join(err, sp.dropPiece(p))
	}
	if err != nil {
		return err
	}
	if ext == "part" {
		if err := sp.wholePiece(p); err != nil {
			return err
		}
	}
	number, err := b.log.BackfillSealed(context.Background(), seal)
	if err != nil {
		err = fmt.Errorf("log backfill: %w", err)
		b.server.fatal(err)
		return err
	}
	b.server.stats.backfills.Add(1)
	b.upload(p, number, ext == "webm")
	return nil
}

// stillWanted asks again: another upload may have been faster.
func (b *backfills) stillWanted(p piece) error {
	w, err := b.wanting(p.Seat)
	if err != nil {
		return err
	}
	if !misses(w, p.From, p.To) {
		return errNothingWanted()
	}
	return nil
}

// examine reads a whole upload: its hash, what it holds and how long it is.
func (b *backfills) examine(p piece, ext string) (proctor.Backfill, error) {
	f, err := b.server.spool.root.OpenFile(piecePath(p.Seat, p.ID, ext), os.O_RDONLY, 0)
	if err != nil {
		return proctor.Backfill{}, fmt.Errorf("read backfill: %w", err)
	}
	defer f.Close()
	size, sum, err := digest(f)
	if err != nil {
		return proctor.Backfill{}, err
	}
	if size != p.Size || sum != p.SHA256 {
		return proctor.Backfill{}, refusal{http.StatusUnprocessableEntity, "What came does not have the announced SHA-256; the upload is discarded: begin anew."}
	}
	clip, err := readFootage(f, size)
	if err != nil {
		return proctor.Backfill{}, err
	}
	span := p.To.Sub(p.From)
	if off := (clip.length() - span).Abs(); off > max(2*time.Second, span/20) {
		return proctor.Backfill{}, refusal{http.StatusUnprocessableEntity, fmt.Sprintf("The file is %.1f s long and was announced with %.1f s; the upload is discarded.", clip.length().Seconds(), span.Seconds())}
	}
	return proctor.Backfill{
		Seat: p.Seat, From: p.From.UTC(), To: p.To.UTC(), Size: size, SHA256: sum, Codecs: clip.codecs(), Width: clip.width, Height: clip.height,
		Frames: clip.frames, FirstMS: clip.first, Holes: clip.holesIn(p.From, p.To),
		ReceivedAt: b.server.now().UTC(), ClockOffsetMS: p.ClockOffsetMS,
	}, nil
}

// upload hands a backfill to the uploader, again if an earlier run may have
// stored it; without a vault it stays.
func (b *backfills) upload(p piece, number int, again bool) {
	if b.server.cfg.Vault == nil {
		return
	}
	b.server.uploads.push(upload{
		seat: p.Seat, path: piecePath(p.Seat, p.ID, "webm"), size: p.Size, sha256: p.SHA256, contentType: "video/webm",
		key: backfillKey(p, number),
		stored: func(ctx context.Context, r proctor.Receipt) error {
			return b.log.BackfillStored(ctx, p.Seat, number, r)
		},
		forget: func() error { return b.server.spool.dropPiece(p) }, again: again,
	})
}

// backfillKey names a backfill's object, as objectKey does a segment's.
func backfillKey(p piece, number int) string {
	return fmt.Sprintf("recordings/%s/backfill-%06d-%.16s.webm", p.Seat, number, p.SHA256)
}

// pieceLife is how long an upload that nobody finishes is kept: longer than an
// exam and the grace after it.
const pieceLife = 30 * time.Hour

// recover takes up where the last run ended, before the first request.
func (b *backfills) recover() error {
	if b.log == nil {
		return nil
	}
	seats, err := b.server.spool.seats(backfillDir)
	if err != nil {
		return err
	}
	for _, seat := range seats {
		pieces, err := b.server.spool.pieces(seat)
		if err != nil {
			return err
		}
		w, err := b.log.Wanting(seat)
		if proctor.KindOf(err) == proctor.NotFound {
			b.server.log.Warn("backfills of an unknown seat are left alone", "seat", seat)
			continue
		}
		if err != nil {
			return fmt.Errorf("recover backfills: %w", err)
		}
		if len(pieces) == 0 {
			_ = b.server.spool.root.Remove(backfillDir + "/" + string(seat)) // unless something else is in it
		}
		for _, p := range pieces {
			if err := b.recoverPiece(p, w); err != nil {
				return fmt.Errorf("recover backfill %s of %s: %w", p.ID, seat, err)
			}
		}
	}
	return nil
}

func (b *backfills) recoverPiece(p piece, w proctor.Wanting) error {
	sp := b.server.spool
	k, told := known(w, p.ID)
	part, whole := sp.hasPiece(p, "part"), sp.hasPiece(p, "webm")
	switch {
	case told && k.Receipt != nil, !part && !whole:
		return sp.dropPiece(p)
	case told && whole:
		b.upload(p, k.Number, true)
		return nil
	case part && b.server.now().Sub(p.Created) > pieceLife:
		return sp.dropPiece(p)
	case part:
		if size, err := sp.pieceSize(p); err != nil || size < p.Size {
			return err
		}
	}
	err := b.finish(p)
	var bad refusal
	if errors.As(err, &bad) { // said to nobody, and discarded
		return nil
	}
	return err
}
