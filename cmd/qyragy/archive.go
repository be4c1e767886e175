package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/web"
)

// archive makes what leaves the register: the list for the paper file and the
// packages for the document-management system. It implements web.Archive.
type archive struct {
	engine     *proctor.Engine
	authority  acts.Authority
	store      store
	pki        *national // nil where nobody signs with NCALayer
	university string
	now        func() time.Time

	mu   sync.Mutex
	seal acts.Signer // of the register; made when it is first needed
}

var _ web.Archive = (*archive)(nil)

// sealLife is how long the register's certificate holds. Its key is kept
// nowhere: another is made after each start, and the authority stands for all.
const sealLife = 10 * 365 * 24 * time.Hour

// roleRegister is the office in the certificate of the register itself: no
// act's, so that the key that seals packages can sign none.
const roleRegister proctor.Role = "register"

// signer is the register's own key with its certificate.
func (x *archive) signer() (acts.Signer, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.now()
	if x.seal.Key != nil && now.Add(365*24*time.Hour).Before(x.seal.Chain[0].NotAfter) {
		return x.seal, nil
	}
	life := min(sealLife, x.authority.Certificate.NotAfter.Sub(now))
	who := proctor.Person{Login: "register", Name: "Қырағы: актілер тізілімі"}
	s, err := x.authority.Issue(who, roleRegister, now.Add(-time.Minute), life)
	if err == nil {
		x.seal = s
	}
	return s, err
}

// List implements web.Archive.
func (x *archive) List(_ context.Context, l web.ArchiveList) ([]byte, error) {
	out := acts.ArchiveList{University: x.university, From: l.From, To: l.To, MadeBy: l.By.Name, MadeAt: x.now()}
	if l.Exam != "" {
		err := x.engine.View(l.Exam, func(s *proctor.State) { out.Exam = s.Exam.Title + ", " + s.Exam.Discipline })
		if err != nil {
			return nil, err
		}
	}
	for _, id := range l.Acts {
		err := x.engine.ViewAct(id, func(s *proctor.State, a *proctor.Act) { out.Rows = append(out.Rows, archiveRow(s, a)) })
		if err != nil {
			return nil, err
		}
	}
	return out.Render()
}

// archiveRow is an act as the list prints it.
func archiveRow(s *proctor.State, a *proctor.Act) acts.ArchiveRow {
	r := acts.ArchiveRow{
		Number: a.Number, Appendix: a.Kind(), Date: a.DrawnUp, Discipline: s.Exam.Discipline, State: a.State, Printed: a.Printed(),
	}
	for _, x := range concerned(s, a) {
		r.Examinees = append(r.Examinees, x.Name)
	}
	for _, sig := range a.Signatures {
		r.Signed = append(r.Signed, acts.ArchiveSignature{Name: sig.Name, Method: sig.How()})
	}
	if a.Filed != nil {
		r.Case, r.Sheets = a.Filed.Case, a.Filed.Sheets
	}
	return r
}

// concerned are the examinees whom an act is about.
func concerned(s *proctor.State, a *proctor.Act) (out []proctor.Examinee) {
	seats := []proctor.SeatID{a.Seat}
	if a.Inspection != nil {
		seats = a.Inspection.Seats
	}
	for _, id := range seats {
		if t := s.Seats[id]; t != nil {
			out = append(out, t.Examinee)
		}
	}
	return out
}

// Package implements web.Archive. Nothing is given out that is not journaled.
func (x *archive) Package(ctx context.Context, by proctor.Person, id proctor.ActID) ([]byte, error) {
	p := acts.Package{By: by.Name, At: x.now(), Roots: []*x509.Certificate{x.authority.Certificate}}
	err := x.engine.ViewAct(id, func(s *proctor.State, a *proctor.Act) {
		p.Act, p.ExamTitle, p.Examinees = *a, s.Exam.Title, concerned(s, a)
	})
	if err != nil {
		return nil, err
	}
	if p.Act.InForce.IsZero() {
		return nil, proctor.Errorf(proctor.Conflict, "act_not_in_force")
	}
	if p.PDF, err = x.store.get(ctx, p.Act.Document.Receipt); err != nil {
		return nil, err
	}
	if x.pki != nil {
		p.National = slices.Concat(x.pki.roots, x.pki.between)
	}
	if p.Scans, err = x.scans(ctx, p.Act); err != nil {
		return nil, err
	}
	signer, err := x.signer()
	if err != nil {
		return nil, err
	}
	file, manifest, err := p.Seal(signer)
	if err != nil {
		return nil, err
	}
	return file, x.engine.ExportedAct(ctx, proctor.PersonActor(by.Login), id, p.Act.Document.Receipt.SHA256, manifest)
}

// scans are the prints of an act that were signed by hand.
func (x *archive) scans(ctx context.Context, a proctor.Act) (map[string][]byte, error) {
	out := map[string][]byte{}
	for i, s := range a.Signatures {
		if s.Scan == nil {
			continue
		}
		data, err := x.store.get(ctx, *s.Scan)
		if err != nil {
			return nil, err
		}
		out[fmt.Sprintf("scans/%d-%s%s", i+1, s.Role, path.Ext(s.Scan.Key))] = data
	}
	return out, nil
}
