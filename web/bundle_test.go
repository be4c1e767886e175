package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"qyragy/proctor"
)

// shortFile announces more than it gives.
type shortFile struct {
	size int64
	data string
	err  error
}

// Size implements Download.
func (f shortFile) Size() int64 { return f.size }

// Write implements Download.
func (f shortFile) Write(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, f.data)
	return errors.Join(err, f.err)
}

// Bundle implements Bundles.
func (p *parts) Bundle(_ context.Context, _ proctor.Actor, _ proctor.ActID, whole bool) (Download, error) {
	if whole {
		return shortFile{1 << 20, strings.Repeat("PK", 64<<10), errors.New("the store has other bytes")}, nil
	}
	return shortFile{2, "PK", nil}, nil
}

// Checkpoint implements Notary.
func (p *parts) Checkpoint() []byte { return []byte("a checkpoint\n") }

// Key implements Notary.
func (p *parts) Key() string { return "a key" }

// Growth implements Notary.
func (p *parts) Growth(context.Context, int64, int64) (Growth, error) {
	return Growth{From: "1:x", To: "2:y", Proof: []string{"z"}}, nil
}

// TestBundleBreaksVisibly: what fails on the way ends the connection, and the
// receiver knows that it has too little.
func TestBundleBreaksVisibly(t *testing.T) {
	k := newKit(t)
	a := k.scene().act
	cookie := k.cookie(proctor.RoleRegistrar)
	get := func(query string) ([]byte, error) {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, k.http.URL+"/api/v1/acts/"+string(a)+"/bundle"+query, nil)
		must(t, err)
		q.AddCookie(&http.Cookie{Name: sessionCookie, Value: cookie})
		r, err := k.http.Client().Do(q)
		must(t, err)
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/zip" {
			t.Errorf("%s: %d %s", query, r.StatusCode, r.Header.Get("Content-Type"))
		}
		return io.ReadAll(r.Body)
	}
	if b, err := get(""); err != nil || string(b) != "PK" {
		t.Errorf("%q %v", b, err)
	}
	if b, err := get("?whole=1"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
