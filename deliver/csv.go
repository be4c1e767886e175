package deliver

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"qyragy/proctor"
)

// CSV writes deliveries to a dated file in Dir, for UNIVER 2.0, which has no
// public API: a person imports it and acknowledges each.
type CSV struct {
	Dir string
	Now func() time.Time // nil: the clock
}

var _ System = (*CSV)(nil)

// almaty is the university's time, without summer time since 2024.
func almaty() *time.Location { return time.FixedZone("Asia/Almaty", 5*3600) }

// Columns are the first line of such a file.
func Columns() []string {
	return []string{
		"key", "effect", "act", "decided_at", "student_id", "name", "group", "specialty", "discipline", "exam", "exam_kind", "enrolment",
		"score", "score_max", "retake", "from", "to", "extra_minutes", "extra_attempts", "text",
	}
}

// Row is an item as a line of such a file. Times are those of Almaty.
func Row(x Item) []string {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(almaty()).Format("2006-01-02 15:04:05")
	}
	row := []string{
		string(x.Key), string(x.Effect), x.Number, day(x.At), x.Examinee.StudentID, x.Examinee.Name, x.Examinee.Group, x.Examinee.Specialty,
		x.Of.Discipline, x.Of.Title, string(x.Of.Kind), x.User.Enrolment, "", "", "", "", "", "", "", sentence(x),
	}
	if s := x.Score; s != nil {
		if !s.Blank {
			row[12], row[13] = number(s.Value), number(s.Maximum)
		}
		row[14] = "no"
		if x.Record.Retake {
			row[14] = "yes"
		}
	}
	if t := x.Times; t != nil {
		row[15], row[16], row[17], row[18] = day(t.From), day(t.To), strconv.Itoa(t.Minutes), strconv.Itoa(t.Attempts)
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// harmless keeps a text on one line, and a spreadsheet from taking it for a
// formula.
func harmless(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	if s != "" && strings.ContainsRune("=+-@\t", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Table is a whole file of items, UTF-8 with a byte order mark, which
// spreadsheets need to read Kazakh.
func Table(items []Item) ([]byte, error) {
	b := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(b)
	rows := [][]string{Columns()}
	for _, x := range items {
		rows = append(rows, Row(x))
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// Deliver implements System. A key that is in a file is not written again.
func (c *CSV) Deliver(_ context.Context, x Item) (Receipt, error) {
	name, err := c.find(string(x.Key))
	if err == nil && name == "" {
		now := time.Now
		if c.Now != nil {
			now = c.Now
		}
		name = "qyragy-" + now().In(almaty()).Format(time.DateOnly) + ".csv"
		err = c.add(name, x)
	}
	if err != nil {
		return Receipt{}, failed(proctor.FailUnavailable, "write the file: %v", errors.Unwrap(err))
	}
	return Receipt{Reference: name, Waits: true}, nil
}

// find is the file that holds a key, "" for none.
func (c *CSV) find(key string) (string, error) {
	files, err := filepath.Glob(filepath.Join(c.Dir, "qyragy-*.csv"))
	if err != nil {
		return "", err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return "", fmt.Errorf("read a file: %w", err)
		}
		if bytes.Contains(b, []byte("\n"+key+",")) {
			return filepath.Base(f), nil
		}
	}
	return "", nil
}

// add appends one line, durable before it returns; the first one makes the file.
func (c *CSV) add(name string, x Item) (err error) {
	b, err := Table([]Item{x})
	if err != nil {
		return err
	}
	path := filepath.Join(c.Dir, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := whole(f)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if end > 0 {
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	if _, err := f.WriteAt(b, end); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err := f.Truncate(end + int64(len(b))); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return f.Sync()
}

// whole is where the last whole line ends: a power cut may have left half a one.
func whole(f *os.File) (int64, error) {
	b, err := io.ReadAll(f)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	return int64(bytes.LastIndexByte(b, '\n') + 1), nil
}
