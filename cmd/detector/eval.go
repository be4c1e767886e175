package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"qyragy/detect/vision"
)

type evalCommand struct {
	Dir   string `arg:"" help:"Folder with a MANIFEST.tsv: path, source, licence, faces, objects, shows. People are folders of identities/." type:"path"`
	JSON  bool   `name:"json" help:"Print one JSON object instead of tables."`
	Files bool   `help:"List each file's result too."`
}

// labelled is one line of the manifest.
type labelled struct {
	path  string
	faces int // -1 is not labelled
}

// evaluation is what eval measures. Every share is given as a count of a
// total, because the totals are small.
type evaluation struct {
	Detector     string       `json:"detector"`
	Clips        clipResult   `json:"clips"`
	Singles      groupResult  `json:"single_person_pictures"`
	Groups       groupResult  `json:"group_pictures"`
	Faceless     groupResult  `json:"pictures_without_a_face"`
	Degradations []degraded   `json:"degradations"`
	Identity     identity     `json:"identity"`
	Files        []fileResult `json:"files,omitempty"`
	Unreadable   int          `json:"unreadable"`
}

type fileResult struct {
	Path     string `json:"path"`
	Labelled int    `json:"labelled"` // -1 is not labelled
	Looks    int    `json:"looks"`
	Right    int    `json:"right"` // looks with as many faces as labelled
	Outsider int    `json:"outsider"`
	NoFace   int    `json:"no_face"`
}

// Run evaluates, or says in one sentence that there is nothing to evaluate: a
// folder that is not there is no failure, so that a build may ask always.
func (e evalCommand) Run(env environment) error {
	rows, err := readManifest(filepath.Join(e.Dir, "MANIFEST.tsv"))
	if os.IsNotExist(err) {
		_, err := fmt.Fprintf(env.stdout, "Nothing to evaluate: there is no %s.\n", filepath.Join(e.Dir, "MANIFEST.tsv"))
		return err
	}
	if err != nil {
		return fmt.Errorf("read the manifest: %w", err)
	}
	v, err := vision.New(env.models)
	if err != nil {
		return err
	}
	defer v.Close()
	r := evaluator{ctx: env.ctx, vision: v, dir: e.Dir}
	result, err := r.evaluate(rows)
	if err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	if !e.Files {
		result.Files = nil
	}
	if e.JSON {
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(result)
	}
	return result.print(env.stdout)
}

func readManifest(path string) ([]labelled, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	lines, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	var rows []labelled
	for i, l := range lines {
		if i == 0 {
			continue // the columns' names
		}
		if len(l) < 4 || !filepath.IsLocal(l[0]) {
			return nil, fmt.Errorf("line %d is not path, source, licence, faces", i+1)
		}
		row := labelled{path: l[0], faces: -1}
		if n := strings.TrimSpace(l[3]); n != "" {
			if row.faces, err = strconv.Atoi(n); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (l labelled) clip() bool {
	switch strings.ToLower(filepath.Ext(l.path)) {
	case ".mkv", ".mp4", ".webm", ".mov", ".avi":
		return true
	}
	return false
}

// person is the folder of identities/ that a picture is in, or "".
func (l labelled) person() string {
	parts := strings.Split(filepath.ToSlash(l.path), "/")
	if len(parts) == 3 && parts[0] == "identities" {
		return parts[1]
	}
	return ""
}
