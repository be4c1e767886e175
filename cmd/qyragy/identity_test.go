package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"path/filepath"
	"testing"
	"time"

	"qyragy/proctor"
)

// peopleFilms makes two camera films of the same length: the person of the
// enrolment photo who after a while is somebody else, and the same one to the
// end.
func peopleFilms(t *testing.T) (swapped, same string) {
	t.Helper()
	dir := filepath.Dir(film(t))
	out := t.TempDir()
	swapped, same = filepath.Join(out, "swapped.mjpeg"), filepath.Join(out, "same.mjpeg")
	const shape = "fps=30,scale=640:480,setsar=1,format=yuvj420p"
	her := []string{"-v", "error", "-y", "-f", "mjpeg", "-r", "30", "-t", fmt.Sprint(swapAfter), "-i", filepath.Join(dir, "walk.mjpeg")}
	run(t, nil, "ffmpeg", append(her, "-vf", shape, "-q:v", "5", same)...)
	run(t, nil, "ffmpeg", append(her, "-loop", "1", "-r", "30", "-t", "22", "-i", filepath.Join(dir, "../node_modules/@vladmandic/face-api/demo/sample1.jpg"),
		"-filter_complex", "[0:v]"+shape+"[a];[1:v]crop=640:480:x='1236+24*sin(t)':y='60+12*cos(t*0.7)',noise=alls=3:allf=t,"+
			shape+"[b];[a][b]concat=n=2", "-q:v", "5", swapped)...)
	return swapped, same
}

// swapAfter is how many seconds the first person sits there.
const swapAfter = 16

// TestSwapOfPerson: somebody sits down in the place of her who was admitted,
// and it is a candidate, warned of first; who stays is not suspected.
func TestSwapOfPerson(t *testing.T) {
	if testing.Short() {
		t.Skip("plays half a minute of film")
	}
	swapped, same := peopleFilms(t)
	s := startServer(t, 2)
	staff := newBrowser(t, "proctor", "")
	staff.login(s.base, "proctor")
	var seats []proctor.SeatID
	for n, camera := range []string{same, swapped} {
		enterAlone(t, s, newBrowser(t, fmt.Sprint("examinee", n), camera), s.demo.Seats[n])
		seats = append(seats, s.demo.Seats[n].ID)
	}
	honest, hers := seats[0], seats[1]
	checkIdentity(t, s, honest)
	checkIdentity(t, s, hers)
	change := watchForChange(t, s, hers)
	var found proctor.Incident
	await(t, "the candidate", time.Minute, func() bool {
		for _, i := range incidentsOf(s, hers) {
			if i.Cause == proctor.CauseIdentity {
				found = i
			}
		}
		return found.ID != ""
	})
	raised := time.Now()
	if at := change(); at.IsZero() {
		t.Log("nobody saw when the picture changed")
	} else {
		t.Logf("the person was swapped; first sight %.1f s later, warned %.1f s, candidate %.1f s",
			found.Opened.Sub(at).Seconds(), found.Warned.Sub(at).Seconds(), raised.Sub(at).Seconds())
	}
	if found.Warned.IsZero() || found.Peak.Box == nil || found.Peak.Detail == "" {
		t.Errorf("the candidate: %+v", found)
	}
	for _, i := range incidentsOf(s, honest) {
		t.Errorf("who stayed is suspected: %s, %s", i.Cause, i.Peak.Detail)
	}
	t.Run("a new comparison of hers forgets nothing", func(t *testing.T) {
		if err := s.evidence.Identify(t.Context(), hers); err != nil {
			t.Fatal(err)
		}
		if got := (terms{s.engine, s.faces}).Terms(hers).Enrolled; len(got) == 0 {
			t.Error("nobody is compared any more")
		}
	})
	t.Run("a restart measures them again", func(t *testing.T) {
		s.faces.forget(honest)
		await(t, "the faces", 20*time.Second, func() bool { return len((terms{s.engine, s.faces}).Terms(honest).Enrolled) > 0 })
	})
	if err := s.engine.Finish(t.Context(), proctor.SeatActor(honest), honest); err != nil {
		t.Fatal(err)
	}
	await(t, "the end of her numbers", 10*time.Second, func() bool {
		s.faces.mu.Lock()
		defer s.faces.mu.Unlock()
		return s.faces.known[honest] == nil
	})
}

// enterAlone takes an examinee from her link into the exam; the proctor's word is
// given at once.
func enterAlone(t *testing.T, s *server, examinee *person, seat demoSeat) {
	t.Helper()
	examinee.open(seat.ExamineeURL)
	examinee.see("consent-check", 30*time.Second)
	examinee.click("consent-check")
	examinee.click("consent-accept")
	examinee.see("check-continue", 20*time.Second)
	examinee.click("check-continue")
	examinee.see("identify-take", 20*time.Second)
	awaitPicture(t, s, seat.ID)
	examinee.click("identify-take")
	examinee.see("identify-waiting", 20*time.Second)
	if err := s.engine.DecideIdentity(t.Context(), proctor.PersonActor("proctor"), seat.ID, true, "", time.Time{}); err != nil {
		t.Fatal(err)
	}
	examinee.see("exam-recording", 20*time.Second)
}

// watchForChange looks for the one great change in a seat's thumbnails, and
// the function it returns says when it came.
func watchForChange(t *testing.T, s *server, seat proctor.SeatID) func() time.Time {
	t.Helper()
	var changed, newest time.Time
	var last, most float64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			b, at, ok := s.dispatch.Latest(seat)
			if !ok || !at.After(newest) {
				continue
			}
			picture, err := jpeg.Decode(bytes.NewReader(b))
			if err != nil {
				continue
			}
			now := brightness(picture)
			if step := math.Abs(now - last); !newest.IsZero() && step > most {
				most, changed = step, at
			}
			last, newest = now, at
		}
	}()
	return func() time.Time {
		close(stop)
		<-ended
		if most < 1000 {
			return time.Time{}
		}
		return changed
	}
}

// brightness weighs a picture's colours: two rooms differ.
func brightness(m image.Image) float64 {
	sum, n := 0.0, 0.0
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y += 8 {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x += 8 {
			r, g, b, _ := m.At(x, y).RGBA()
			sum += float64(r) + float64(g) + float64(b)/2
			n++
		}
	}
	return sum / n
}
