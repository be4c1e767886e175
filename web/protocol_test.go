package web

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestProtocolNamesEveryRoute holds docs/PROTOCOL.md to the route table, and
// the other way round. Pages have no method there, and what WHIP and WHEP do
// beyond POST is told in prose.
func TestProtocolNamesEveryRoute(t *testing.T) {
	doc, err := os.ReadFile("../docs/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	hole := regexp.MustCompile(`\{[^}]*\}`)
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("`((?:GET|PUT|POST|PATCH|DELETE|HEAD) /[^`? ]*)").FindAllStringSubmatch(string(doc), -1) {
		told[hole.ReplaceAllString(m[1], "{}")] = true
	}
	rows := map[string]bool{}
	for _, rt := range newKit(t).table {
		name := hole.ReplaceAllString(rt.method+" "+rt.path, "{}")
		rows[name] = true
		prose := strings.HasPrefix(rt.path, "/whip/") || strings.HasPrefix(rt.path, "/whep/")
		if rt.about != "" && !told[name] && !(prose && rt.method != post) {
			t.Errorf("PROTOCOL.md does not say %s %s", rt.method, rt.path)
		}
	}
	for name := range told {
		if !rows[name] {
			t.Errorf("there is no %s", name)
		}
	}
}
