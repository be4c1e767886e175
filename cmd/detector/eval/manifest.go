package eval

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"qyragy/proctor"
)

// Row is one line of a manifest: a picture or a clip, and what it shows.
type Row struct {
	Path  string
	Faces int // -1 is not labelled
	// Objects are the kinds of thing on it.
	Objects []proctor.ThingKind
	// Tone is the examinee's skin tone as the manifest says it, "" if it does
	// not: then it is estimated.
	Tone Tone
	// Cause is what the whole file shows and ought to be noticed, "" for
	// honest ones.
	Cause proctor.Cause
}

// ReadManifest reads MANIFEST.tsv: tab-separated, with a heading; path, source,
// licence, faces, then objects (letters: p phone, b book, l laptop) and shows.
// Further columns are known by their heading: tone (light, intermediate, brown,
// dark) and cause.
func ReadManifest(path string) ([]Row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	heading := lines[0]
	var rows []Row
	for i, l := range lines[1:] {
		row, err := readRow(heading, l)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func readRow(heading, l []string) (Row, error) {
	if len(l) < 4 || !filepath.IsLocal(l[0]) {
		return Row{}, fmt.Errorf("this is not path, source, licence, faces")
	}
	row := Row{Path: l[0], Faces: -1}
	if n := strings.TrimSpace(l[3]); n != "" {
		var err error
		if row.Faces, err = strconv.Atoi(n); err != nil {
			return row, err
		}
	}
	if len(l) > 4 {
		for _, letter := range strings.TrimSpace(l[4]) {
			kind, ok := map[rune]proctor.ThingKind{'p': proctor.Phone, 'b': proctor.Book, 'l': proctor.Laptop}[letter]
			if !ok {
				return row, fmt.Errorf("%q is no object: p, b or l", letter)
			}
			row.Objects = append(row.Objects, kind)
		}
	}
	column := func(name string) string {
		if i := slices.Index(heading, name); i > 0 && i < len(l) {
			return strings.TrimSpace(l[i])
		}
		return ""
	}
	row.Tone, row.Cause = Tone(column("tone")), proctor.Cause(column("cause"))
	if row.Tone != "" && !slices.Contains(Tones(), row.Tone) {
		return row, fmt.Errorf("%q is no tone: %v", row.Tone, Tones())
	}
	return row, nil
}

func (r Row) clip() bool {
	switch strings.ToLower(filepath.Ext(r.Path)) {
	case ".mkv", ".mp4", ".webm", ".mov", ".avi":
		return true
	}
	return false
}

// person is the folder of identities/ that a picture is in, or "".
func (r Row) person() string {
	parts := strings.Split(filepath.ToSlash(r.Path), "/")
	if len(parts) == 3 && parts[0] == "identities" {
		return parts[1]
	}
	return ""
}
