package proctor

import "context"

// EvidenceExported: somebody took an act's evidence bundle. Manifest is the
// SHA-256 of its list of files and records, hex: what is not on it was not in
// the bundle.
type EvidenceExported struct {
	Act      ActID  `json:"act"`
	Manifest string `json:"manifest"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"` // of the files
}

// Type implements Fact.
func (*EvidenceExported) Type() string { return "evidence.exported" }

func (f *EvidenceExported) apply(s *State, _ Event) error {
	if s.Acts[f.Act] == nil {
		return missing("act", f.Act)
	}
	return nil
}

// Exported records that by takes an act's evidence bundle.
func (e *Engine) Exported(ctx context.Context, by Actor, f EvidenceExported) error {
	_, err := e.onAct(ctx, by, f.Act, func(*State) ([]Fact, error) { return []Fact{&f}, nil })
	return err
}
