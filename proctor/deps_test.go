package proctor

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// list runs go list on a package of this module.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.Bytes())
	}
	return strings.Fields(string(out))
}

// The domain knows the standard library and nothing else.
func TestImportsOnlyStandardLibrary(t *testing.T) {
	for _, p := range list(t, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./proctor") {
		if p != "qyragy/proctor" {
			t.Errorf("proctor depends on %s", p)
		}
	}
	for _, p := range list(t, "-f", `{{join .Imports "\n"}}`, "./proctor") {
		if p == "net/http" || p == "database/sql" || p == "os" || p == "C" {
			t.Errorf("proctor imports %s", p)
		}
	}
}

// web, media, detect, acts, deliver and passkey meet in cmd alone; a bundle,
// which holds an act and what its signers' passkeys said, knows acts and
// passkeys, and nobody below cmd knows bundles.
func TestPackagesDoNotMeet(t *testing.T) {
	groups := []string{"web", "media", "detect", "acts", "deliver", "passkey", "bundle"}
	for _, g := range groups {
		// -e and no -deps: a cgo package that cannot be built here still has imports.
		for _, line := range list(t, "-e", "-f", `{{$p := .ImportPath}}{{range .Imports}}{{$p}}>{{.}}{{"\n"}}{{end}}`, "./"+g+"/...") {
			from, to, _ := strings.Cut(line, ">")
			for _, other := range groups {
				if other == g || g == "bundle" && (other == "acts" || other == "passkey") {
					continue
				}
				if to == "qyragy/"+other || strings.HasPrefix(to, "qyragy/"+other+"/") {
					t.Errorf("%s imports %s", from, to)
				}
			}
			if strings.HasPrefix(to, "qyragy/cmd/") {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}
