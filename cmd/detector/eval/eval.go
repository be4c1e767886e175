// Package eval measures how often the detector and the engine together are
// right, on a folder of labelled pictures and clips. Each becomes a webcam
// that is looked at once a second through VP8 key frames, as a worker does;
// its looks go to a real engine with the default policy, and what counts is
// what a proctor would have been shown. It is not for tuning thresholds: it
// knows none.
package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qyragy/detect"
	"qyragy/detect/vision"
)

// Options are what an evaluation is made with.
type Options struct {
	Dir    string // with a MANIFEST.tsv
	Vision *vision.Vision
	// Split splits an IVF file into its frames.
	Split func([]byte) (detect.Codec, [][]byte, error)
	// Progress is told how far each part is; it may be called from several
	// goroutines at once, and may be nil.
	Progress func(part string, done, total int)
	// Files: the report lists each file too.
	Files bool
	// Only are beginnings of the kinds of cases that are wanted; none is all.
	Only []string
	// Limit is how long cases are begun; 0 is until all are done.
	Limit time.Duration
}

func (o Options) wants(kind string) bool {
	return len(o.Only) == 0 || slices.ContainsFunc(o.Only, func(p string) bool { return strings.HasPrefix(kind, p) })
}

type evaluator struct{ Options }

// errLate is of a case that there was no time for.
var errLate = errors.New("there was no time for it")

// Run evaluates the folder. A file that cannot be read is reported and is no
// error; a manifest that cannot be is.
func Run(ctx context.Context, o Options) (Report, error) {
	rows, err := ReadManifest(filepath.Join(o.Dir, "MANIFEST.tsv"))
	if err != nil {
		return Report{}, fmt.Errorf("read the manifest: %w", err)
	}
	e := &evaluator{o}
	all := make([]*footage, len(rows))
	e.each("reading", len(rows), func(i int) { all[i] = e.open(ctx, rows[i]) })
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	group(all)
	todo := slices.DeleteFunc(trials(all), func(t trial) bool { return !o.wants(t.kind) })
	outcomes := make([]outcome, len(todo))
	began := time.Now()
	e.each("looking", len(todo), func(i int) {
		outcomes[i] = outcome{trial: todo[i], err: errLate}
		if ctx.Err() == nil && (o.Limit == 0 || time.Since(began) < o.Limit) {
			outcomes[i] = e.play(ctx, todo[i])
		}
	})
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	return e.report(all, outcomes), nil
}

// each does all of n, as many at a time as there are cores.
func (e *evaluator) each(part string, n int, do func(i int)) {
	var wg sync.WaitGroup
	var next, done atomic.Int64
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
				if k := int(done.Add(1)); e.Progress != nil {
					e.Progress(part, k, n)
				}
			}
		})
	}
	wg.Wait()
}

// group gives each file of one examinee its skin tone: as the manifest says,
// or by the median of the person's pictures.
func group(all []*footage) {
	angles := map[string][]float64{}
	key := func(f *footage) string {
		if f.person() != "" {
			return "identities/" + f.person()
		}
		return f.Path
	}
	for _, f := range all {
		if !math.IsNaN(f.angle) {
			angles[key(f)] = append(angles[key(f)], f.angle)
		}
	}
	for _, a := range angles {
		slices.Sort(a)
	}
	for _, f := range all {
		if a := angles[key(f)]; len(a) > 0 {
			f.tone = toneOf(a[len(a)/2])
		}
		if f.Tone != "" {
			f.tone = f.Tone
		}
	}
}
