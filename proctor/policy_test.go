package proctor

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The ladder that proctors read (docs/POLICY.md) is the one that runs.
func TestPolicyPage(t *testing.T) {
	page, err := os.ReadFile("../docs/POLICY.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[Cause][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|(.*)\\|$").FindAllStringSubmatch(string(page), -1) {
		if cells := strings.Split(m[2], "|"); len(cells) == 6 {
			rows[Cause(m[1])] = cells
		}
	}
	seconds := func(cell string) time.Duration {
		if strings.HasPrefix(strings.TrimSpace(cell), "at once") {
			return 0
		}
		n, err := strconv.ParseFloat(regexp.MustCompile(`[0-9.]+`).FindString(cell), 64)
		if err != nil {
			t.Errorf("cell %q: %v", cell, err)
		}
		return time.Duration(n * float64(time.Second))
	}
	for c, r := range DefaultPolicy().Rules {
		cells := rows[c]
		if cells == nil {
			t.Errorf("the page does not speak of %s", c)
			continue
		}
		if got := seconds(cells[1]); got != r.Warn {
			t.Errorf("%s: the page warns after %v, the policy after %v", c, got, r.Warn)
		}
		if off := strings.Contains(cells[2], "never"); off != r.Off {
			t.Errorf("%s: off %v on the page, %v in the policy", c, off, r.Off)
		}
		if !r.Off && (seconds(cells[2]) != r.Open || seconds(cells[3]) != r.Close) {
			t.Errorf("%s: the page has %s and %s, the policy %v and %v", c, cells[2], cells[3], r.Open, r.Close)
		}
		if box := strings.TrimSpace(cells[4]); c.Reason() != "" && box != string(c.Reason()) {
			t.Errorf("%s: the page says %s, an act %s", c, box, c.Reason())
		}
		if fault := strings.Contains(cells[5], "yes"); fault != c.Fault() {
			t.Errorf("%s: a fault %v on the page, %v in the engine", c, fault, c.Fault())
		}
	}
}

func TestDefaultPolicyIsValid(t *testing.T) {
	p := DefaultPolicy()
	wantError(t, p.Validate(), "", "")
	for _, c := range watched() {
		if _, ok := p.Rules[c]; !ok {
			t.Errorf("%s is not watched", c)
		}
	}
	// Two looks a second apart, a little early, are the least for a picture.
	for _, c := range pictured() {
		if r := p.Rules[c]; !r.Off && r.Open < 900*time.Millisecond {
			t.Errorf("%s opens at a single look", c)
		}
	}
}

func TestCauseReasons(t *testing.T) {
	got := []Reason{}
	for _, c := range []Cause{CauseCovered, CauseBlocked, CauseBlurred, CauseObject, CauseOutsider, CauseOther} {
		got = append(got, c.Reason())
	}
	for i, r := range Reasons() {
		if got[i] != r {
			t.Errorf("box %d is %s, want %s", i, got[i], r)
		}
	}
	for _, c := range []Cause{CauseNetwork, CauseDark, CauseNoFace} {
		if c.Reason() != "" {
			t.Errorf("%s ticks %s", c, c.Reason())
		}
	}
}
