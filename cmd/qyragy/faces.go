package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"qyragy/detect"
	"qyragy/proctor"
)

// faces keeps the numbers of the admitted examinees' faces, for the detectors
// to compare every look with. They are in memory only: after a restart they
// are measured anew from the stored pictures, and they are dropped when the
// seat finishes.
type faces struct {
	engine *proctor.Engine
	store  store
	log    *slog.Logger
	eyes   portraitist // set before run
	wanted chan proctor.SeatID

	mu    sync.Mutex
	known map[proctor.SeatID]*references
}

// portraitist measures a picture's face; *detect.Dispatcher does.
type portraitist interface {
	Portrait(ctx context.Context, r detect.PortraitRequest) (detect.PortraitReply, error)
}

// references are what is known of one seat. Its fields are guarded by the
// faces' mu and each slice is never changed once it is here.
type references struct {
	photo   detect.PortraitReply
	photoOf string  // the measured photo's SHA-256
	entries []entry // the newest last
}

// entry are the faces of one comparison, whose still has the SHA-256.
type entry struct {
	still string
	faces []detect.Face
}

const (
	// entryStills is how many of an entry's frames are compared with afterwards.
	entryStills = 3
	// entriesMost is how many entries of a seat are kept until the proctor has
	// accepted one.
	entriesMost = 4
)

// entered returns the faces of the entry with a still.
func (r *references) entered(still string) ([]detect.Face, bool) {
	i := slices.IndexFunc(r.entries, func(e entry) bool { return e.still == still })
	if i < 0 {
		return nil, false
	}
	return r.entries[i].faces, true
}

// enter adds an entry. Of too many the oldest goes, never the accepted one:
// else an examinee could push it out by comparing again and again.
func (r *references) enter(e entry, accepted string) {
	r.entries = append(r.entries, e)
	if len(r.entries) <= entriesMost {
		return
	}
	i := slices.IndexFunc(r.entries, func(e entry) bool { return e.still != accepted })
	r.entries = slices.Delete(slices.Clone(r.entries), i, i+1)
}

func newFaces(e *proctor.Engine, s store, log *slog.Logger) *faces {
	return &faces{engine: e, store: s, log: log, wanted: make(chan proctor.SeatID, 256), known: map[proctor.SeatID]*references{}}
}

// admitted says with which pictures an examinee was let in.
type admitted struct {
	// still is what the proctor accepted; nil: nobody was, and nobody is
	// compared.
	still, photo *proctor.Receipt
	limit        float64
}

func admittedTo(s *proctor.State, t *proctor.Seat) admitted {
	if t.Stage != proctor.Admitted || t.AdmittedAs == nil || t.AdmittedAs.Still.Key == "" {
		return admitted{}
	}
	still := t.AdmittedAs.Still
	return admitted{still: &still, photo: t.Enrolment, limit: s.Exam.Policy.Thresholds.OrDefault().Distance}
}

// of returns the faces that a seat's looks are compared with: those that the
// proctor accepted, and the photo's if it is like them. A photo that is not
// would only let a third person in. It is alone where no frame at the entry
// was good enough. What is missing is measured meanwhile, not waited for.
func (f *faces) of(id proctor.SeatID, a admitted) []detect.Face {
	if a.still == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.seat(id)
	all, known := r.entered(a.still.SHA256)
	if !known || (a.photo != nil && r.photoOf != a.photo.SHA256) {
		select {
		case f.wanted <- id:
		default: // the next look asks again
		}
		return nil
	}
	if a.photo != nil && r.photo.Err == "" && (len(all) == 0 || detect.Nearest(r.photo.Face, all) <= a.limit) {
		all = append(all[:len(all):len(all)], r.photo.Face)
	}
	return all
}

// sat remembers the faces of an entry, whose still has the given SHA-256: they
// count once the proctor has accepted it. She sees the still alone, so a face
// that is not like it is none of them.
func (f *faces) sat(id proctor.SeatID, still string, all []sitting, limit float64) {
	fit := alike(good(all), sharpest(all), limit)
	var accepted string
	_ = f.engine.ViewSeat(id, func(_ *proctor.State, t *proctor.Seat) {
		if t.AdmittedAs != nil {
			accepted = t.AdmittedAs.Still.SHA256
		}
	}) // an unknown seat has accepted none
	var stills []detect.Face
	for i := range min(entryStills, len(fit)) { // from all over the time that it took
		stills = append(stills, fit[i*len(fit)/min(entryStills, len(fit))].face.Face)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seat(id).enter(entry{still, stills}, accepted)
}

// seat is what is known of a seat; called with mu held.
func (f *faces) seat(id proctor.SeatID) *references {
	r := f.known[id]
	if r == nil {
		r = &references{}
		f.known[id] = r
	}
	return r
}

// photo measures a seat's enrolment photo, once; false: it has none.
func (f *faces) photo(ctx context.Context, id proctor.SeatID) (detect.PortraitReply, bool, error) {
	var photo *proctor.Receipt
	if err := f.engine.ViewSeat(id, func(_ *proctor.State, t *proctor.Seat) { photo = t.Enrolment }); err != nil || photo == nil {
		return detect.PortraitReply{}, false, err
	}
	f.mu.Lock()
	r := f.known[id]
	if r != nil && r.photoOf == photo.SHA256 {
		defer f.mu.Unlock()
		return r.photo, true, nil
	}
	f.mu.Unlock()
	face, err := f.measure(ctx, *photo)
	if err != nil {
		return face, true, fmt.Errorf("measure the enrolment photo: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r = f.seat(id)
	r.photo, r.photoOf = face, photo.SHA256
	return face, true, nil
}

// measure is the face of a stored picture.
func (f *faces) measure(ctx context.Context, r proctor.Receipt) (detect.PortraitReply, error) {
	jpeg, err := f.store.get(ctx, r)
	if err != nil {
		return detect.PortraitReply{}, err
	}
	reply, err := f.eyes.Portrait(ctx, detect.PortraitRequest{JPEG: jpeg})
	if err != nil {
		return reply, err
	}
	return reply, answered(reply)
}

// answered is nil if a reply speaks of the picture: then it is remembered. A
// worker's own failure is no answer, and is asked for again.
func answered(r detect.PortraitReply) error {
	if !r.Fault {
		return nil
	}
	return fmt.Errorf("measure a face: %w: %s", proctor.Errorf(proctor.Unavailable, "detector"), r.Err)
}

// run measures what is wanted, and drops what nobody needs any more, until ctx
// ends.
func (f *faces) run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			f.tidy(time.Now())
		case id := <-f.wanted:
			if err := f.learn(ctx, id); err != nil && ctx.Err() == nil {
				f.log.Debug("no reference to compare a seat's face with yet", "seat", id, "err", err)
			}
		}
	}
}

// learn measures a seat's stored pictures again, as after a restart.
func (f *faces) learn(ctx context.Context, id proctor.SeatID) error {
	if _, _, err := f.photo(ctx, id); err != nil {
		return err
	}
	var a admitted
	if err := f.engine.ViewSeat(id, func(s *proctor.State, t *proctor.Seat) { a = admittedTo(s, t) }); err != nil {
		return err
	}
	if a.still == nil {
		return nil
	}
	f.mu.Lock()
	_, known := f.seat(id).entered(a.still.SHA256)
	f.mu.Unlock()
	if known {
		return nil
	}
	face, err := f.measure(ctx, *a.still)
	if err != nil {
		return fmt.Errorf("measure the accepted still: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e := entry{still: a.still.SHA256}
	if face.Err == "" {
		e.faces = []detect.Face{face.Face}
	}
	f.seat(id).enter(e, a.still.SHA256)
	return nil
}

// forget drops a seat's faces.
func (f *faces) forget(id proctor.SeatID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, id)
}

// tidy drops the faces of seats that are over, whether they were admitted or
// not.
func (f *faces) tidy(now time.Time) {
	f.mu.Lock()
	var all []proctor.SeatID
	for id := range f.known {
		all = append(all, id)
	}
	f.mu.Unlock()
	for _, id := range all {
		over := true
		_ = f.engine.ViewSeat(id, func(s *proctor.State, t *proctor.Seat) {
			over = t.Stage == proctor.Finished || s.Over(t, now)
		})
		if over {
			f.forget(id)
		}
	}
}
