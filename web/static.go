package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"qyragy/proctor"
)

// dist is what `go generate ./web` builds; without it the pages say so.
//
//go:embed all:dist
var dist embed.FS

// pagePolicy lets a page load nothing but this server's own files and talk to
// nobody else but, for the staff, NCALayer on the same machine. Frames may show
// the exam itself, which is elsewhere and over http on a LAN. The staff's pages
// are one document that changes its address, so that all of them have what
// signing needs; an examinee's has not.
func (s *Server) pagePolicy(path string) string {
	connect := "connect-src 'self'"
	for _, origin := range s.origins { // older browsers take 'self' for https alone
		connect += " ws" + strings.TrimPrefix(origin, "http")
	}
	if s.cfg.NCALayer != nil && path != "/exam" {
		connect += " " + ncaLayerOrigin
	}
	return "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; " +
		connect + "; frame-src 'self' blob: https: http:; object-src 'none'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

const notBuilt = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Qyragy</title>" +
	"<p>The pages are not built into this program: run <code>make build</code>.</p></html>\n"

// pages are the built pages, in memory.
type pages struct {
	index  []byte
	etag   string
	assets map[string][]byte // by path below /assets/
}

func loadPages() (*pages, error) {
	p := &pages{assets: map[string][]byte{}}
	index, err := dist.ReadFile("dist/index.html")
	switch {
	case err == nil:
		p.index = index
	case errors.Is(err, fs.ErrNotExist):
		p.index = []byte(notBuilt)
	default:
		return nil, fmt.Errorf("read the page: %w", err)
	}
	p.etag = etagOf(p.index)
	err = fs.WalkDir(dist, "dist/assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := dist.ReadFile(name)
		p.assets[strings.TrimPrefix(name, "dist/assets/")] = content
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the assets: %w", err)
	}
	return p, nil
}

func etagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// getPage serves the one page; its script shows what the address names.
func (s *Server) getPage(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", s.pagePolicy(r.URL.Path))
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), display-capture=()")
	serveBytes(w, r, "text/html; charset=utf-8", "no-cache", s.pages.etag, s.pages.index)
}

// getAsset serves a file whose name contains the hash of its content.
func (s *Server) getAsset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	content, ok := s.pages.assets[name]
	if !ok {
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "not_found"))
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	serveBytes(w, r, kind, "public, max-age=31536000, immutable", "", content)
}

// serveBytes answers with content, honouring Range and If-None-Match.
func serveBytes(w http.ResponseWriter, r *http.Request, kind, cache, etag string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", cache)
	if etag != "" {
		h.Set("Etag", etag)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
