package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"qyragy/cmd/detector/eval"
	"qyragy/detect/vision"
)

type evalCommand struct {
	Dir   string        `arg:"" help:"Folder with a MANIFEST.tsv: path, source, licence, faces, objects, shows. People are folders of identities/." type:"path"`
	JSON  bool          `name:"json" help:"Print one JSON object instead of tables."`
	Files bool          `help:"List each file's result too."`
	Only  []string      `help:"Only cases whose kind, as the tables name it, begins so."`
	Limit time.Duration `help:"Begin no case later than this; those that come first are chosen by chance. 0 is no limit." default:"10m"`
}

// Run evaluates, or says in one sentence that there is nothing to evaluate: a
// folder that is not there is no failure, so that a build may ask always.
func (e evalCommand) Run(env environment) error {
	if manifest := filepath.Join(e.Dir, "MANIFEST.tsv"); !exists(manifest) {
		_, err := fmt.Fprintf(env.stdout, "Nothing to evaluate: there is no %s.\n", manifest)
		return err
	}
	v, err := vision.New(env.models)
	if err != nil {
		return err
	}
	defer v.Close()
	p := &progress{to: env.stderr}
	r, err := eval.Run(env.ctx, eval.Options{Dir: e.Dir, Vision: v, Split: readIVF, Progress: p.show, Files: e.Files, Only: e.Only, Limit: e.Limit})
	if err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	if !e.JSON {
		return r.Print(env.stdout)
	}
	enc := json.NewEncoder(env.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !os.IsNotExist(err)
}

// progress tells how far an evaluation is: a bar on a screen, else a line
// every ten seconds.
type progress struct {
	to   io.Writer
	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	part string
	last time.Time
}

func (p *progress) show(part string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.part != part {
		p.part, p.bar = part, nil
		if f, ok := p.to.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.to), progressbar.OptionSetDescription(part),
				progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
		}
	}
	switch {
	case p.bar != nil:
		p.bar.Add(1) //nolint:errcheck // a bar that cannot be drawn is no reason to stop
	case time.Since(p.last) > 10*time.Second || done == total:
		p.last = time.Now()
		fmt.Fprintf(p.to, "%s: %d of %d\n", part, done, total)
	}
}
