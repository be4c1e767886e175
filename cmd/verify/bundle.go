package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"qyragy/acts"
	"qyragy/bundle"
	"qyragy/proctor/ledger"
)

// isZIP tells a bundle from an act by what it begins with, not by its name.
// Neither is taken for an act, which says so.
func isZIP(name string) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close() // only read from
	head := make([]byte, 2)
	if _, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return string(head) == "PK" || strings.HasSuffix(strings.ToLower(name), ".zip"), nil
}

// runBundle checks a bundle. It reads it a piece at a time.
func runBundle(o options, against acts.VerifyOptions, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	hold, err := o.hold()
	if err != nil {
		return fail(err)
	}
	hold.Acts = against
	f, err := os.Open(o.file)
	if err != nil {
		return fail(err)
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return fail(err)
	}
	r, err := bundle.Check(context.Background(), f, info.Size(), hold)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitTampered
	}
	if o.json {
		err = printBundleJSON(stdout, r)
	} else {
		err = sentences()[o.lang].printBundle(stdout, r)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitTampered
	}
	return bundleVerdict(r)
}

func bundleVerdict(r bundle.Report) int {
	switch {
	case !r.Whole():
		return exitTampered
	case !r.Complete():
		return exitUnsigned
	default:
		return exitWhole
	}
}

// hold reads what the bundle is to be held to.
func (o options) hold() (h bundle.Options, err error) {
	if o.key != "" {
		if h.Key, err = ledger.ParseKey(fileOr(o.key)); err != nil {
			return h, err
		}
	}
	for _, s := range o.heads {
		text := fileOr(s)
		t, err := ledger.ParseTree(text)
		if err == nil {
			h.Trees = append(h.Trees, t)
			continue
		}
		if len(text) == 64 && strings.Trim(text, "0123456789abcdef") == "" {
			h.Heads = append(h.Heads, text)
			continue
		}
		// A checkpoint's signature is only worth something with a key.
		if h.Key == nil {
			return h, errors.New("--head: a checkpoint needs --key")
		}
		c, err := ledger.OpenCheckpoint([]byte(text+"\n"), h.Key)
		if err != nil {
			return h, fmt.Errorf("--head: neither SIZE:ROOT nor a hash nor a file: %w", err)
		}
		h.Trees = append(h.Trees, c.Tree)
	}
	for _, s := range o.origins {
		page, err := bundle.Origin(s)
		if err != nil {
			return h, fmt.Errorf("--origin: %w", err)
		}
		h.Origins = append(h.Origins, page)
	}
	for _, name := range o.growths {
		b, err := os.ReadFile(name)
		if err != nil {
			return h, fmt.Errorf("--growth: %w", err)
		}
		var g struct {
			From, To string
			Proof    tlog.TreeProof
		}
		if err := json.Unmarshal(b, &g); err != nil {
			return h, fmt.Errorf("--growth %s: %w", name, err)
		}
		// Which of the two is the bundle's, its checkpoint says.
		h.Growths = append(h.Growths, bundle.Growth{Tree: g.From, Proof: g.Proof}, bundle.Growth{Tree: g.To, Proof: g.Proof})
	}
	return h, nil
}

// fileOr is the text of the file of that name, or the word itself.
func fileOr(word string) string {
	b, err := os.ReadFile(word)
	if err != nil {
		return word
	}
	return strings.TrimRight(string(b), "\r\n")
}

func printBundleJSON(w io.Writer, r bundle.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		bundle.Report
		Whole    bool `json:"whole"`
		Complete bool `json:"complete"`
	}{r, r.Whole(), r.Complete()})
}
