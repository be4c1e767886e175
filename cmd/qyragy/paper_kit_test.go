package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
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
