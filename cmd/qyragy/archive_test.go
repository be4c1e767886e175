package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// TestRegisterLeavesTheHouse takes acts out of the running program as an
// archivist does: a print that is counted, a case, the list, the tables, and
// the package, which openssl and sha256sum judge by its own instructions.
func TestRegisterLeavesTheHouse(t *testing.T) {
	s := startQuiet(t, 3, func(c *serveCmd) { c.School = "Қыздар университеті" })
	a, draft := confirmed(t, s, s.demo.Seats[0].ID), confirmed(t, s, s.demo.Seats[1].ID)
	signedByThree(t, s, a)
	rendered(t, s, draft.ID)
	registrar := newCaller(t, s, "registrar")
	registrar.ask("GET", "/api/v1/acts/"+string(draft.ID)+"/package", nil, nil, http.StatusConflict)

	file := registrar.fetch("/api/v1/acts/"+string(a.ID)+"/package", "application/zip")
	out := unpackAndJudge(t, file)
	if n := strings.Count(out, "CMS Verification successful"); n != 4 || strings.Count(out, ": OK") != 7 {
		t.Errorf("%d signatures hold\n%s", n, out)
	}
	if !exported(t, s, a.ID, "registrar") {
		t.Error("the journal does not say that the registrar was given the package")
	}

	sum := sha256.Sum256(rendered(t, s, a.ID))
	registrar.ask("POST", "/api/v1/acts/"+string(a.ID)+"/prints", map[string]any{"document": hex.EncodeToString(sum[:]), "copies": 2}, nil, http.StatusOK)
	registrar.ask("POST", "/api/v1/acts/"+string(a.ID)+"/file", map[string]any{"case": "03-12/7", "sheets": 2}, nil, http.StatusOK)
	list := registrar.fetch("/api/v1/archive-list?exam="+string(a.Exam), "application/pdf")
	text := strings.Join(strings.Fields(run(t, list, "pdftotext", "-layout", "-", "-")), " ")
	for _, want := range []string{
		"Қыздар университеті", a.Number, draft.Number, "03-12/7", "аяқталмаған", "Қысқы емтихан сессиясы, Қазіргі қазақ тілі",
		"Барлығы: 2 акт (Қосымша А — 2, Қосымша Б — 0). Күшінде — 1", "Әбдірахманова Ләззат Маратқызы",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q:\n%s", want, text)
		}
	}
	if table := registrar.fetch("/api/v1/acts.csv?filed=yes", "text/csv; charset=utf-8"); bytes.Count(table, []byte("\r\n")) != 2 {
		t.Errorf("the table:\n%s", table)
	}
}

// unpackAndJudge follows a package's README.
func unpackAndJudge(t *testing.T, file []byte) string {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, commands, _ := strings.Cut(string(readme), "COMMANDS\n")
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", commands)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the package does not hold: %v\n%s", err, out)
	}
	return string(out)
}

// exported looks for the fact in the journal.
func exported(t *testing.T, s *server, act proctor.ActID, by proctor.Actor) (found bool) {
	t.Helper()
	err := s.journal.Replay(t.Context(), func(e proctor.Event) error {
		f, ok := e.Fact.(*proctor.ActExported)
		found = found || ok && f.Act == act && e.Actor == by && len(f.Manifest) == 64 && f.SHA256 != ""
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The register's seal is one for a run, and no signer of acts.
func TestRegisterSeal(t *testing.T) {
	s := startQuiet(t, 1)
	one, err := s.archive.signer()
	if err != nil {
		t.Fatal(err)
	}
	two, err := s.archive.signer()
	if err != nil || !one.Chain[0].Equal(two.Chain[0]) || len(one.Chain) != 2 {
		t.Errorf("another certificate for each package: %v", err)
	}
	if title := fmt.Sprint(one.Chain[0].Subject); !strings.Contains(title, "актілер тізілімі") || !strings.Contains(title, hex.EncodeToString([]byte("register"))) {
		t.Errorf("the seal is of %s", title)
	}
	s.archive.now = func() time.Time { return time.Now().Add(sealLife - 30*24*time.Hour) }
	if late, err := s.archive.signer(); err != nil || late.Chain[0].Equal(one.Chain[0]) {
		t.Errorf("the seal was not renewed before its end: %v", err)
	}
}
