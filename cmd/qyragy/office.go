package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// office renders the acts that the engine drafts and puts the officials'
// signatures on them. The engine decides what may be signed; the office only
// makes the documents that its facts speak of.
type office struct {
	engine   *proctor.Engine
	journal  *journal.Journal
	accounts *journal.Accounts
	store    store
	evidence *evidence
	// root is the authority that every signing certificate must lead to.
	root   *x509.Certificate
	stamps stamps
	// verify is where anybody may check an act.
	verify string
	log    *slog.Logger
	// pki is what NCALayer's signatures lead to, nil where it is not set up.
	pki     *national
	keyring *keyring
}

// PDF implements web.Office.
func (o *office) PDF(ctx context.Context, id proctor.ActID) ([]byte, error) {
	var a proctor.Act
	if err := o.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return nil, err
	}
	if a.Document.Digest == "" {
		return nil, proctor.Errorf(proctor.Unavailable, "act_not_rendered")
	}
	return o.store.get(ctx, a.Document.Receipt)
}

// run renders what is drafted until ctx ends.
func (o *office) run(ctx context.Context) error {
	return follow(ctx, o.engine, 5*time.Second,
		func(f proctor.Fact) error { return o.react(ctx, f) },
		func() error { return o.sweep(ctx) })
}

func (o *office) react(ctx context.Context, f proctor.Fact) error {
	switch f := f.(type) {
	case *proctor.ActDrafted:
		return o.later(ctx, o.render(ctx, f.Act.ID), "render an act")
	case *proctor.ActEdited:
		return o.later(ctx, o.render(ctx, f.Act), "render an act")
	case *proctor.InspectionEdited:
		return o.later(ctx, o.render(ctx, f.Act), "render an act")
	}
	return nil
}

// later lets the sweep try again what failed now, and says so once. A failed
// journal is not forgiven: the engine has stopped by then.
func (o *office) later(ctx context.Context, err error, what string) error {
	if err == nil || ctx.Err() != nil {
		return nil
	}
	if o.engine.Err() != nil {
		return err
	}
	o.log.Warn("will try again", "what", what, "err", err)
	return nil
}

func (o *office) sweep(ctx context.Context) error {
	var undone []proctor.ActID
	for _, exam := range o.engine.Exams() {
		err := o.engine.View(exam, func(s *proctor.State) {
			for id, a := range s.Acts {
				if a.State == proctor.Drafted && a.Document.Digest == "" {
					undone = append(undone, id)
				}
			}
		})
		if err != nil {
			return ignoreCancel(ctx, err)
		}
	}
	for _, id := range undone {
		if err := o.later(ctx, o.render(ctx, id), "render an act"); err != nil {
			return err
		}
	}
	return nil
}

// render makes the document of an act's current version.
func (o *office) render(ctx context.Context, id proctor.ActID) error {
	var a proctor.Act
	if err := o.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return err
	}
	if a.Document.Digest != "" || a.State != proctor.Drafted {
		return nil
	}
	a, doc, signers, err := o.compose(ctx, a)
	if err != nil {
		return err
	}
	pdf, err := acts.Render(doc)
	if err != nil {
		return fmt.Errorf("render the act: %w", err)
	}
	key := fmt.Sprintf("acts/%s/v%d-0.pdf", a.ID, a.Version)
	receipt, err := o.store.put(ctx, key, pdf, keepActs, "application/pdf")
	if err != nil {
		return fmt.Errorf("keep the act: %w", err)
	}
	digest := doc.Digest()
	return o.engine.RenderedAct(ctx, a.ID, a.Version, proctor.Document{
		Receipt: receipt, Digest: fmt.Sprintf("%x", digest),
	}, signers)
}

// compose gathers what an act's current version says from the exam's facts,
// and whom it names.
func (o *office) compose(ctx context.Context, a proctor.Act) (proctor.Act, acts.Content, proctor.Officials, error) {
	o.secure(ctx, a)
	people, err := o.accounts.People(ctx)
	if err != nil {
		return a, nil, nil, err
	}
	_, head, err := o.journal.Head(ctx)
	if err != nil {
		return a, nil, nil, err
	}
	tree := o.journal.Tree().String()
	var d acts.Document
	var b acts.DocumentB
	var stills []proctor.Still
	err = o.engine.ViewAct(a.ID, func(s *proctor.State, at *proctor.Act) {
		if a = *at; a.Kind() == proctor.AppendixB {
			b = inspectionDocument(s, a, people)
		} else {
			d, stills = document(s, a, people)
		}
	})
	if err != nil {
		return a, nil, nil, err
	}
	if a.Kind() == proctor.AppendixB {
		b.JournalHead, b.JournalTree, b.VerifyAddress = head, tree, o.verify
		return a, b, named(proctor.AppendixB, b.Head, b.Registrar, b.Specialist), nil
	}
	d.JournalHead, d.JournalTree, d.VerifyAddress = head, tree, o.verify
	for _, s := range stills {
		jpeg, err := o.store.get(ctx, s.Receipt)
		if err != nil {
			return a, nil, nil, fmt.Errorf("fetch a still: %w", err)
		}
		d.Stills = append(d.Stills, acts.Still{At: s.At, JPEG: jpeg})
	}
	return a, d, named(proctor.AppendixA, d.Specialist, d.Engineer, d.Head), nil
}

// secure seals the recording up to now and pins the incident's still, within
// limits: an act without them is better than none, and its annex shows it.
func (o *office) secure(ctx context.Context, a proctor.Act) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var err error
	if a.Kind() == proctor.AppendixB {
		for _, seat := range a.Inspection.Seats {
			err = errors.Join(err, o.evidence.media.FlushSeat(ctx, seat))
		}
	} else {
		err = errors.Join(o.evidence.media.FlushSeat(ctx, a.Seat), o.evidence.pin(ctx, a.Cause))
	}
	if err != nil {
		o.log.Warn("an act is drawn up without all its evidence", "act", a.Number, "err", err)
	}
}
