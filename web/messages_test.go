package web

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"qyragy/proctor"
)

// indirect are keys that the source does not spell in a call of Errorf: the
// names that lookups are given, and one sentence for each kind.
func indirect() []string {
	return []string{
		"exam", "seat", "incident", "act",
		string(proctor.Invalid), string(proctor.Forbidden), string(proctor.NotFound), string(proctor.Conflict),
		string(proctor.Unavailable), string(kindUnauthorized), string(kindTooLarge), string(kindTooMany), string(kindInternal),
	}
}

// usedKeys collects the keys of every Errorf call in the module whose failures
// may reach a client.
func usedKeys(t *testing.T) []string {
	t.Helper()
	keys := indirect()
	for _, dir := range []string{"../proctor", "../acts", "../media", "../detect", "../passkey", "../cmd/qyragy", "."} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "ui"):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err == nil {
				keys = append(keys, keysOf(file)...)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	keys = append(keys, refusalKeys(t)...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// refusalKeys are those of the national PKI's signatures: constants of their
// own package, which becomes an error's key as it is.
func refusalKeys(t *testing.T) (keys []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../acts/gost/refusal.go", nil, parser.SkipObjectResolution)
	must(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "Refusal" {
				key, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				must(t, err)
				keys = append(keys, key)
			}
		}
		return true
	})
	if len(keys) < 24 {
		t.Fatalf("found only %d refusals", len(keys))
	}
	return keys
}

func keysOf(file *ast.File) (keys []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok && x.Name == "proctor" {
				name = f.Sel.Name
			}
		}
		if lit, ok := call.Args[1].(*ast.BasicLit); ok && name == "Errorf" && lit.Kind == token.STRING {
			if key, err := strconv.Unquote(lit.Value); err == nil {
				keys = append(keys, key)
			}
		}
		return true
	})
	return keys
}

// TestEveryErrorHasASentence compares the keys in the source with the three
// files: none is missing and none is left over.
func TestEveryErrorHasASentence(t *testing.T) {
	used := usedKeys(t)
	if len(used) < 60 {
		t.Fatalf("found only %d keys", len(used))
	}
	for _, l := range languages() {
		body, err := messageFiles.ReadFile("messages/error." + l + ".json")
		must(t, err)
		sentences := map[string]string{}
		must(t, json.Unmarshal(body, &sentences))
		for _, key := range used {
			if strings.TrimSpace(sentences["error."+key]) == "" {
				t.Errorf("%s has no sentence for %q", l, key)
			}
			delete(sentences, "error."+key)
		}
		for key := range sentences {
			t.Errorf("%s: nothing uses %q", l, key)
		}
	}
}

// TestSentencesAreInTheirLanguage catches a sentence pasted into the wrong file.
func TestSentencesAreInTheirLanguage(t *testing.T) {
	all := map[string]string{}
	for _, l := range languages() {
		body, err := messageFiles.ReadFile("messages/error." + l + ".json")
		must(t, err)
		sentences := map[string]string{}
		must(t, json.Unmarshal(body, &sentences))
		for key, s := range sentences {
			if other, twice := all[s]; twice {
				t.Errorf("%s %s is the same as %s", l, key, other)
			}
			all[s] = l + " " + key
			cyrillic := strings.ContainsFunc(s, func(r rune) bool { return r >= 'А' && r <= 'я' })
			if cyrillic == (l == "en") || !strings.HasSuffix(s, ".") {
				t.Errorf("%s %s: %q", l, key, s)
			}
		}
	}
}

// A key that stands twice in a file has one sentence that nobody sees.
func TestKeysStandOnce(t *testing.T) {
	key := regexp.MustCompile(`(?m)^\s*"([^"]+)":`)
	for _, l := range languages() {
		for _, name := range []string{"ui", "error"} {
			body, err := messageFiles.ReadFile("messages/" + name + "." + l + ".json")
			must(t, err)
			seen := map[string]bool{}
			for _, m := range key.FindAllStringSubmatch(string(body), -1) {
				if seen[m[1]] {
					t.Errorf("%s.%s names %s twice", name, l, m[1])
				}
				seen[m[1]] = true
			}
			if len(seen) < 60 {
				t.Errorf("%s.%s: found only %d keys", name, l, len(seen))
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ query, cookie, accept, want string }{
		{"", "", "", "kk"}, {"en", "ru", "kk", "en"}, {"de", "ru", "en", "ru"}, {"", "de", "de, en;q=0.5, ru;q=0.8", "ru"},
		{"", "", "ru-RU,ru;q=0.9", "ru"}, {"", "", "de", "kk"}, {"", "", ";;;", "kk"}, {"", "", strings.Repeat("en,", 1000), "kk"},
	} {
		r := httptest.NewRequest("GET", "/?lang="+c.query, nil)
		if c.cookie != "" {
			r.Header.Set("Cookie", "lang="+c.cookie)
		}
		r.Header.Set("Accept-Language", c.accept)
		if got := language(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestFailuresSpeakTheReadersLanguage asks in each language, and for a key
// that has no sentence.
func TestFailuresSpeakTheReadersLanguage(t *testing.T) {
	k := newKit(t)
	for l, want := range map[string]string{"kk": "Жүйеге кіру қажет.", "ru": "Нужно войти в систему.", "en": "Please sign in."} {
		var f failure
		got := k.do(request{method: "GET", path: "/api/v1/me?lang=" + l})
		must(t, json.Unmarshal(got.body, &f))
		if f.Detail.Message != want || f.Detail.Kind != kindUnauthorized {
			t.Errorf("%s: %+v", l, f.Detail)
		}
	}
	if got := k.words.sentence("en", proctor.Errorf(proctor.Conflict, "no_such_key")); got != k.words.sentence("en", proctor.Errorf(proctor.Conflict, "conflict")) {
		t.Errorf("fallback %q", got)
	}
}

func TestMessagesAreServed(t *testing.T) {
	k := newKit(t)
	for _, l := range languages() {
		q := request{method: "GET", path: "/messages/" + l + ".json"}
		got := k.do(q)
		if m := decode[map[string]string](t, got); m["error.login"] == "" {
			t.Errorf("%s: no error.login", l)
		}
		q.header = map[string]string{"If-None-Match": got.header.Get("Etag")}
		if again := k.do(q); again.status != 304 || got.header.Get("Etag") == "" {
			t.Errorf("%s: status %d for a known ETag", l, again.status)
		}
	}
}
