package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"qyragy/acts"
	"qyragy/bundle"
	"qyragy/media"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/proctor/ledger"
	"qyragy/web"
)

// exporter makes evidence bundles.
type exporter struct {
	engine  *proctor.Engine
	journal *journal.Journal
	store   store
	notary  *notary
	media   *media.Server // nil: what is not in the store yet cannot be had
	log     *slog.Logger
	origins []string // the pages on which officials sign by passkey
}

// Bundle implements web.Bundles.
func (x *exporter) Bundle(ctx context.Context, by proctor.Actor, id proctor.ActID, whole bool) (web.Download, error) {
	return x.prepare(ctx, by, id, whole)
}

// export is a bundle that is ready to be written.
type export struct {
	*exporter
	bundle  *bundle.Bundle
	sources map[string]bundle.Source
	size    int64
}

// prepare gathers a bundle, journals that by takes it, and proves its records.
func (x *exporter) prepare(ctx context.Context, by proctor.Actor, id proctor.ActID, whole bool) (*export, error) {
	var a proctor.Act
	if err := x.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return nil, err
	}
	scope, err := bundle.Look(id, whole, x.journal.OfExam(ctx, a.Exam))
	if err != nil {
		return nil, fmt.Errorf("gather a bundle: %w", err)
	}
	x.flush(ctx, scope.Seats())
	records, err := x.records(ctx, scope, a.Exam)
	if err != nil {
		return nil, fmt.Errorf("gather a bundle: %w", err)
	}
	m, sources, err := bundle.Assemble(scope, records, x.origins)
	if err != nil {
		return nil, fmt.Errorf("gather a bundle: %w", err)
	}
	sum, err := m.Sum()
	if err != nil {
		return nil, err
	}
	if err := x.engine.Exported(ctx, by, proctor.EvidenceExported{Act: id, Manifest: sum, Files: len(m.Files), Bytes: m.Bytes()}); err != nil {
		return nil, err
	}
	b := &bundle.Bundle{Manifest: m, Records: records, Key: x.notary.key}
	if err := x.prove(ctx, b, sum, sources); err != nil {
		return nil, fmt.Errorf("prove a bundle: %w", err)
	}
	size, err := b.Size()
	return &export{x, b, sources, size}, err
}

// flush seals what is being recorded of the seats, so that it is evidence too.
func (x *exporter) flush(ctx context.Context, seats []proctor.SeatID) {
	if x.media == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, seat := range seats {
		if err := x.media.FlushSeat(ctx, seat); err != nil {
			x.log.Debug("the open segment did not close in time", "err", err)
		}
	}
}

func (x *exporter) records(ctx context.Context, scope *bundle.Scope, exam proctor.ExamID) ([][]byte, error) {
	var out [][]byte
	for rec, err := range x.journal.OfExam(ctx, exam) {
		if err != nil {
			return nil, err
		}
		yes, err := scope.Takes(rec)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, rec.Bytes())
		}
	}
	return out, nil
}

// prove adds the export's record, the proofs and the checkpoint.
func (x *exporter) prove(ctx context.Context, b *bundle.Bundle, sum string, sources map[string]bundle.Source) error {
	rec, err := x.journal.Newest(ctx, (*proctor.EvidenceExported)(nil).Type(), sum)
	if err != nil {
		return err
	}
	n, err := rec.Number()
	if err != nil {
		return err
	}
	b.Export = rec.Bytes()
	tree, checkpoint, err := x.notary.sign()
	if err != nil {
		return err
	}
	b.Checkpoint = checkpoint
	seqs := []uint64{n}
	for _, r := range b.Manifest.Records {
		seqs = append(seqs, r.Seq)
	}
	proofs, err := x.journal.Prove(ctx, tree.Size, seqs)
	if err != nil {
		return err
	}
	b.Proof = bundle.Proof{Export: proofs[0], Records: proofs[1:], Trees: []bundle.Growth{}}
	seen := map[string]bool{}
	for _, f := range b.Manifest.Acts() {
		t, err := x.printed(ctx, *sources[f.Name].Receipt)
		if err != nil {
			return err
		}
		if t.Size == 0 || t.Size == tree.Size || seen[t.String()] {
			continue
		}
		seen[t.String()] = true
		p, err := x.journal.ProveGrowth(ctx, t.Size, tree.Size)
		if err != nil {
			return err
		}
		b.Proof.Trees = append(b.Proof.Trees, bundle.Growth{Tree: t.String(), Proof: p})
	}
	return nil
}

// printed is the tree that an act prints, zero for acts from before there was
// one.
func (x *exporter) printed(ctx context.Context, r proctor.Receipt) (ledger.Tree, error) {
	pdf, err := x.store.get(ctx, r)
	if err != nil {
		return ledger.Tree{}, err
	}
	report, err := acts.Verify(pdf)
	if err != nil {
		return ledger.Tree{}, err
	}
	for _, s := range []string{report.Document.JournalTree, report.DocumentB.JournalTree} {
		if s != "" {
			return ledger.ParseTree(s)
		}
	}
	return ledger.Tree{}, nil
}

// Size implements web.Download.
func (e *export) Size() int64 { return e.size }

// Write implements web.Download.
func (e *export) Write(ctx context.Context, w io.Writer) error {
	return e.bundle.Write(w, func(f bundle.File) (io.ReadCloser, error) { return e.open(ctx, e.sources[f.Name]) })
}

func (e *export) open(ctx context.Context, s bundle.Source) (io.ReadCloser, error) {
	if s.Receipt == nil {
		s.Receipt = e.receipt(s)
	}
	switch {
	case e.media != nil && s.Segment != nil:
		return e.media.OpenSegment(ctx, *s.Segment, s.Receipt)
	case e.media != nil && s.Backfill != nil:
		return e.media.OpenBackfill(ctx, *s.Backfill, s.Receipt)
	case s.Receipt == nil:
		return nil, errors.New("it is not in the object store yet: start the server, it uploads what is left")
	}
	body, _, err := e.store.vault.Get(ctx, s.Receipt.Key, s.Receipt.VersionID)
	return body, err
}

// receipt is what the store has said of a recording since the bundle was
// gathered: by then its local copy may be gone.
func (e *export) receipt(s bundle.Source) (r *proctor.Receipt) {
	var seat proctor.SeatID
	switch {
	case s.Segment != nil:
		seat = s.Segment.Seat
	case s.Backfill != nil:
		seat = s.Backfill.Seat
	}
	_ = e.engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) { // without a receipt, opening says what is wrong
		for _, g := range t.Segments {
			if s.Segment != nil && g.Number == s.Segment.Number {
				r = g.Receipt
			}
		}
		for _, b := range t.Backfills {
			if s.Backfill != nil && b.Number == s.Backfill.Number {
				r = b.Receipt
			}
		}
	})
	return r
}
