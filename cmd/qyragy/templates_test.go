package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTemplatesAreListed(t *testing.T) {
	var b bytes.Buffer
	if err := listTemplates(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A-1", "Қосымша А (5.3.14-тармақ)", "B-1", "Қосымша Б (5.3.15-тармақ)", "2026-11-23"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
