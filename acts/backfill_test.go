package acts_test

import (
	"strings"
	"testing"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
)

// TestBackfillsAreListedApart: what the client sent afterwards is in the annex
// and in the digest, under words of its own.
func TestBackfillsAreListedApart(t *testing.T) {
	d := filled()
	from := time.Date(2026, 12, 2, 5, 3, 0, 0, time.FixedZone("Asia/Almaty", 5*3600))
	d.Backfills = []acts.Backfill{acts.BackfillOf(proctor.Backfill{Number: 7, From: from, To: from.Add(time.Minute), SHA256: strings.Repeat("c0de", 16)})}
	text := tool(t, "pdftotext", "-layout", "-f", "2", write(t, render(t, d)), "-")
	_, after, found := strings.Cut(text, "сервер жазбасы емес")
	if !found || !strings.Contains(after, "№7") || !strings.Contains(after, strings.Repeat("c0de", 16)) {
		t.Errorf("the annex does not list the backfill apart:\n%s", text)
	}
	if d.Digest() == filled().Digest() {
		t.Error("a backfill does not change the digest")
	}
	same := d
	same.Backfills = []acts.Backfill{d.Backfills[0]}
	same.Backfills[0].From = from.UTC()
	if same.Digest() != d.Digest() {
		t.Error("the same moment in another zone gives another digest")
	}
	d.Backfills[0].SHA256 = strings.Repeat("a", 65)
	if _, err := acts.Render(d); err == nil {
		t.Error("a hash that is too long was printed")
	}
}
