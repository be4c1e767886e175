package acts_test

import (
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// TestActsKeepTheirTemplate brings in a second version of Appendix A, which
// only this test has: what was signed under the first still stands under it.
func TestActsKeepTheirTemplate(t *testing.T) {
	o, d := newOffice(t), filled()
	old := o.signed(t, render(t, d), 3)
	known := acts.WithNewer("A-2", "Студенттің емтихан балы жойылады.")
	r, err := acts.VerifyUnder(old, known, acts.VerifyOptions{})
	if err != nil || !r.Complete || r.Template != "A-1" {
		t.Fatalf("an act of before: %+v %v", r, err)
	}
	fresh, err := acts.RenderUnder(d, known)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := acts.VerifyUnder(fresh, known, acts.VerifyOptions{}); err != nil || !r.Whole() || r.Template != "A-2" {
		t.Errorf("a new act: %+v %v", r, err)
	}
	for text, pdf := range map[string][]byte{"Студенттің балы жойылады.": old, "Студенттің емтихан балы жойылады.": fresh} {
		if s := tool(t, "pdftotext", "-f", "1", "-l", "1", write(t, pdf), "-"); !strings.Contains(s, text) {
			t.Errorf("no %q in\n%s", text, s)
		}
	}
	d.Template = "A-1"
	again, err := acts.RenderUnder(d, known)
	if err != nil || string(again) != string(render(t, filled())) {
		t.Errorf("an act that names the first version is drawn under another: %v", err)
	}
	// A program that does not know the second version says so.
	if r := verify(t, fresh); r.Whole() {
		t.Errorf("accepted an unknown version: %+v", r)
	}
	d.Template = "B-1"
	if err := d.Validate(); proctor.KindOf(err) != proctor.Invalid {
		t.Errorf("the other form's version: %v", err)
	}
}

func TestTemplatesSayWhereTheyComeFrom(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range acts.Templates() {
		if _, err := time.Parse(time.DateOnly, v.Date); err != nil || v.Basis == "" || v.Author == "" || seen[v.Version] || len(v.Roles) != 3 {
			t.Errorf("%+v", v)
		}
		seen[v.Version] = true
	}
	if !seen[acts.TemplateVersion] || !seen[acts.TemplateVersionB] || acts.TemplateA().Version != acts.TemplateVersion || acts.TemplateB().Version != acts.TemplateVersionB {
		t.Errorf("versions %v", seen)
	}
}
