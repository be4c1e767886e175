package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"qyragy/proctor"
)

// printed draws the pages of an act as a printer would, grey, dots to the inch.
func printed(t *testing.T, pdf []byte, dots int) (pages []*image.Gray) {
	t.Helper()
	dir := t.TempDir()
	run(t, pdf, "pdftoppm", "-gray", "-r", fmt.Sprint(dots), "-png", "-", filepath.Join(dir, "page"))
	found, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(found) == 0 {
		t.Fatalf("pdftoppm drew %d pages: %v", len(found), err)
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		page, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, greyOf(page))
	}
	return pages
}

// signedByHand writes on the page where hands are put, turns it by degrees, as
// a scanner's tray does, and adds the scanner's grain.
func signedByHand(page *image.Gray, hands int, degrees float64, seed uint64) *image.Gray {
	b := page.Bounds()
	inked := image.NewGray(b)
	draw.Draw(inked, b, page, b.Min, draw.Src)
	for n := range hands {
		left, base := float64(b.Dx())*0.55, float64(b.Dy())*(0.62+0.06*float64(n))
		for i := range 4000 {
			x := float64(i) / 4000
			col, row := left+x*float64(b.Dx())*0.2, base+12*math.Sin(x*40+float64(n))*math.Cos(x*9)
			for d := range 3 {
				inked.SetGray(int(col)+d%2, int(row)+d/2, color.Gray{Y: 40})
			}
		}
	}
	out := image.NewGray(b)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	r := rand.New(rand.NewPCG(seed, 1))
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	for y := range b.Dy() {
		for x := range b.Dx() {
			dx, dy := float64(x)-cx, float64(y)-cy
			p := image.Pt(int(cx+dx*cos+dy*sin), int(cy-dx*sin+dy*cos))
			v := 250
			if p.In(b) {
				v = int(inked.GrayAt(p.X, p.Y).Y)
			}
			v += int(r.NormFloat64() * 6)
			out.SetGray(x, y, color.Gray{Y: byte(min(255, max(0, v)))})
		}
	}
	return out
}

// together lays pages one under another: a photo of both.
func together(pages ...*image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, pages[0].Rect.Dx(), 0))
	for _, p := range pages {
		out.Rect.Max.Y += p.Rect.Dy()
	}
	out = image.NewGray(out.Rect)
	y := 0
	for _, p := range pages {
		draw.Draw(out, image.Rect(0, y, p.Rect.Dx(), y+p.Rect.Dy()), p, image.Point{}, draw.Src)
		y += p.Rect.Dy()
	}
	return out
}

func jpegOf(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// send puts bytes as they are and returns the status and the error's key.
func (c *caller) send(path string, body []byte, out any) (int, string) {
	c.t.Helper()
	q, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/octet-stream")
	return c.answer(q, out)
}

// try is ask for what may be refused: it returns the status and the error's key.
func (c *caller) try(path string, body, out any) (int, string) {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	q, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+path, bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	return c.answer(q, out)
}

func (c *caller) answer(q *http.Request, out any) (int, string) {
	c.t.Helper()
	q.Header.Set("Origin", c.base)
	r, err := c.http.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	got, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if r.StatusCode == http.StatusOK {
		if out != nil {
			if err := json.Unmarshal(got, out); err != nil {
				c.t.Fatal(err)
			}
		}
		return r.StatusCode, ""
	}
	var failed struct {
		Error struct {
			Key string `json:"key"`
		} `json:"error"`
	}
	if err := json.Unmarshal(got, &failed); err != nil {
		c.t.Fatalf("%d %s: %v", r.StatusCode, got, err)
	}
	return r.StatusCode, failed.Error.Key
}

// accused has a person raise and confirm something over a demo seat, and
// returns its act once the document is there.
func accused(t *testing.T, s *server, seat proctor.SeatID) proctor.Act {
	t.Helper()
	ctx := t.Context()
	if err := s.engine.MachineJoin(ctx, seat); err != nil {
		t.Fatal(err)
	}
	i, err := s.engine.Raise(ctx, "proctor", seat, proctor.CauseObject, "Телефон көрінді", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.engine.Confirm(ctx, "proctor", i.ID, []proctor.Reason{proctor.A4}, "")
	if err != nil {
		t.Fatal(err)
	}
	rendered(t, s, a.ID)
	return actOf(t, s, a.ID)
}

func actOf(t *testing.T, s *server, id proctor.ActID) (a proctor.Act) {
	t.Helper()
	if err := s.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		t.Fatal(err)
	}
	return a
}
