package proctor

import (
	"context"
	"time"
)

// This file is what people may ask of an Engine about the register of acts and
// their paper.

// Almaty is a moment in Kazakhstan's one zone (since 1 March 2024, UTC+5): the
// register's days and years are counted in it.
func Almaty(t time.Time) time.Time { return t.In(time.FixedZone("Asia/Almaty", 5*60*60)) }

// registerYear is the year whose register a moment belongs to.
func registerYear(t time.Time) int { return Almaty(t).Year() }

// PrintAct records that by prints so many copies (1..20) of an act's present
// document, named by its SHA-256 in hex; a Conflict says that it is another.
func (e *Engine) PrintAct(ctx context.Context, by Actor, id ActID, document string, copies int) (Act, error) {
	return e.onAct(ctx, by, id, func(s *State) ([]Fact, error) { return s.printAct(id, document, copies) })
}

// FileAct records that the signed paper of an act lies in the archive's case
// so named, with so many sheets (1..999).
func (e *Engine) FileAct(ctx context.Context, by Actor, id ActID, name string, sheets int) (Act, error) {
	return e.onAct(ctx, by, id, func(s *State) ([]Fact, error) { return s.fileAct(id, name, sheets) })
}

// UnfileAct takes FileAct back, and says why.
func (e *Engine) UnfileAct(ctx context.Context, by Actor, id ActID, why string) (Act, error) {
	return e.onAct(ctx, by, id, func(s *State) ([]Fact, error) { return s.unfileAct(id, why) })
}

// ExportedAct records that by is given a package of an act with the document
// and the manifest of these SHA-256, hex.
func (e *Engine) ExportedAct(ctx context.Context, by Actor, id ActID, document, manifest string) error {
	_, err := e.onAct(ctx, by, id, func(s *State) ([]Fact, error) {
		if _, err := s.actOf(id); err != nil {
			return nil, err
		}
		return []Fact{&ActExported{id, document, manifest}}, nil
	})
	return err
}
