package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	lang "golang.org/x/text/language"

	"qyragy/proctor"
)

//go:embed messages/*.json
var messageFiles embed.FS

// languages are the languages of the interface, the default first.
func languages() []string { return []string{"kk", "ru", "en"} }

// words are the sentences of all languages.
type words struct {
	errors map[string]*i18n.Localizer
	// files are the merged messages of a language, as the pages fetch them.
	files map[string]messageFile
	// texts are the same messages, for what the server writes itself.
	texts map[string]map[string]string
}

type messageFile struct {
	body []byte
	etag string
}

func loadWords() (*words, error) {
	w := &words{errors: map[string]*i18n.Localizer{}, files: map[string]messageFile{}, texts: map[string]map[string]string{}}
	bundle := i18n.NewBundle(lang.Kazakh)
	for _, l := range languages() {
		if _, err := bundle.LoadMessageFileFS(messageFiles, "messages/error."+l+".json"); err != nil {
			return nil, fmt.Errorf("load error sentences: %w", err)
		}
		merged, err := mergeMessages(l)
		if err != nil {
			return nil, err
		}
		texts := map[string]string{}
		if err := json.Unmarshal(merged, &texts); err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		w.texts[l] = texts
		sum := sha256.Sum256(merged)
		w.files[l] = messageFile{merged, `"` + hex.EncodeToString(sum[:16]) + `"`}
	}
	for _, l := range languages() {
		w.errors[l] = i18n.NewLocalizer(bundle, l)
	}
	return w, nil
}

// mergeMessages joins every messages/*.LANG.json into one flat object.
func mergeMessages(l string) ([]byte, error) {
	names, err := fs.Glob(messageFiles, "messages/*."+l+".json")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, name := range names {
		body, err := messageFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		part := map[string]string{}
		if err := json.Unmarshal(body, &part); err != nil {
			return nil, fmt.Errorf("read %s: %w", path.Base(name), err)
		}
		for k, v := range part {
			if _, twice := all[k]; twice {
				return nil, fmt.Errorf("read %s: %q is in two files", path.Base(name), k)
			}
			all[k] = v
		}
	}
	return json.Marshal(all)
}

// sentence says e in a language; a key without a sentence gets its kind's.
func (w *words) sentence(l string, e *proctor.Error) string {
	for _, key := range []string{e.Key, string(e.Kind), "internal"} {
		s, err := w.errors[l].Localize(&i18n.LocalizeConfig{MessageID: "error." + key, TemplateData: e.Args})
		if err == nil {
			return s
		}
	}
	return e.Key
}

// language is the reader's: by the lang query, the lang cookie, the
// Accept-Language header, else Kazakh.
func language(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); slices.Contains(languages(), l) {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil && slices.Contains(languages(), c.Value) {
		return c.Value
	}
	accept := r.Header.Get("Accept-Language")
	if accept == "" || len(accept) > 200 {
		return languages()[0]
	}
	tags, _, err := lang.ParseAcceptLanguage(accept)
	if err != nil {
		return languages()[0]
	}
	for _, t := range tags {
		if base, _ := t.Base(); slices.Contains(languages(), base.String()) {
			return base.String()
		}
	}
	return languages()[0]
}

// getMessages serves a language's messages to the pages.
func (s *Server) getMessages(w http.ResponseWriter, r *http.Request) {
	l, json := strings.CutSuffix(r.PathValue("file"), ".json")
	f, known := s.words.files[l]
	if !json || !known {
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "not_found"))
		return
	}
	serveBytes(w, r, "application/json", "no-cache", f.etag, f.body)
}
