package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"qyragy/media/vault"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/proctor/ledger"
	"qyragy/web"
)

// notary signs the journal's tree and keeps its word where the database's owner
// cannot take it back: in the object store, under lock.
type notary struct {
	engine  *proctor.Engine
	journal *journal.Journal
	vault   *vault.Vault
	signer  note.Signer
	key     string // public
	log     *slog.Logger

	mu   sync.Mutex
	last []byte // the newest checkpoint
	tree ledger.Tree
}

const (
	notaryEvery = time.Minute
	checkpoints = "checkpoints/"
)

// loadJournalKey reads the key that signs checkpoints, and makes it on the
// first start. name is the log's, for ever.
func loadJournalKey(dir, name string) (note.Signer, string, error) {
	keyPath, publicPath := filepath.Join(dir, "journal.key"), filepath.Join(dir, "journal.pub")
	private, err := os.ReadFile(keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeJournalKey(dir, keyPath, publicPath, name); err != nil {
			return nil, "", fmt.Errorf("keep the journal's key: %w", err)
		}
		private, err = os.ReadFile(keyPath)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the journal's key: %w", err)
	}
	public, err := os.ReadFile(publicPath)
	if err != nil {
		return nil, "", fmt.Errorf("read the journal's key: %w", err)
	}
	s, err := note.NewSigner(strings.TrimSpace(string(private)))
	if err != nil {
		return nil, "", fmt.Errorf("read the journal's key: %s: %w", keyPath, err)
	}
	key := strings.TrimSpace(string(public))
	v, err := ledger.ParseKey(key)
	if err != nil {
		return nil, "", err
	}
	if v.Name() != s.Name() || v.KeyHash() != s.KeyHash() {
		return nil, "", fmt.Errorf("read the journal's key: %s and %s do not belong together", keyPath, publicPath)
	}
	return s, key, nil
}

func makeJournalKey(dir, keyPath, publicPath, name string) error {
	private, public, err := ledger.NewKey(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// The public half first: a key without it would be taken for the whole.
	if err := writeDurable(publicPath, []byte(public+"\n"), 0o644); err != nil {
		return err
	}
	return writeDurable(keyPath, []byte(private+"\n"), 0o600)
}

// journalName is what a new journal is called: by its server's host.
func journalName(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return "qyragy/journal"
	}
	return u.Hostname() + "/journal"
}

// sign signs the tree as it stands.
func (n *notary) sign() (ledger.Tree, []byte, error) {
	tree := n.journal.Tree()
	b, err := ledger.Checkpoint{Tree: tree, At: time.Now()}.Sign(n.signer)
	return tree, b, err
}

// run keeps a checkpoint each minute that the journal grew in, and at once when
// an act is drawn up or signed, until ctx ends.
func (n *notary) run(ctx context.Context) error {
	if err := n.compare(ctx); err != nil && ctx.Err() == nil {
		n.log.Error("THE JOURNAL IS NOT WHAT ITS CHECKPOINTS SAY; run qyragy doctor", "err", err)
	}
	keep := func() error {
		if err := n.keep(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("a checkpoint could not be kept; will try again", "err", err)
		}
		return nil
	}
	return follow(ctx, n.engine, notaryEvery, func(f proctor.Fact) error {
		switch f.(type) {
		case *proctor.ActRendered, *proctor.ActSigned:
			return keep()
		}
		return nil
	}, keep)
}

// keep stores a checkpoint if the journal has grown, and only if it did grow:
// what was signed before must be its beginning.
func (n *notary) keep(ctx context.Context) error {
	tree, signed, err := n.sign()
	if err != nil {
		return err
	}
	n.mu.Lock()
	before := n.tree
	n.mu.Unlock()
	if tree.Size == before.Size {
		return nil
	}
	if before.Size > 0 {
		proof, err := n.journal.ProveGrowth(ctx, before.Size, tree.Size)
		if err == nil {
			err = ledger.Grew(before, tree, proof)
		}
		if err != nil {
			return err
		}
	}
	key := fmt.Sprintf("%s%016d", checkpoints, tree.Size)
	if _, err := (store{n.vault}).put(ctx, key, signed, keepActs, "text/plain"); err != nil {
		return fmt.Errorf("keep a checkpoint: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last, n.tree = signed, tree
	return nil
}

// Checkpoint implements web.Notary.
func (n *notary) Checkpoint() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}

// Key implements web.Notary.
func (n *notary) Key() string { return n.key }

// Growth implements web.Notary.
func (n *notary) Growth(ctx context.Context, from, to int64) (web.Growth, error) {
	if from < 1 || to < from || to > n.journal.Tree().Size {
		return web.Growth{}, proctor.Errorf(proctor.NotFound, "record")
	}
	a, err := n.journal.TreeAt(ctx, from)
	if err != nil {
		return web.Growth{}, err
	}
	b, err := n.journal.TreeAt(ctx, to)
	if err != nil {
		return web.Growth{}, err
	}
	proof, err := n.journal.ProveGrowth(ctx, from, to)
	g := web.Growth{From: a.String(), To: b.String(), Proof: []string{}}
	for _, h := range proof {
		g.Proof = append(g.Proof, h.String())
	}
	return g, err
}

// compared is how many of the newest checkpoints are read.
const compared = 64

// compare holds the journal to the newest stored checkpoints, all versions of
// each.
func (n *notary) compare(ctx context.Context) error {
	v, err := ledger.ParseKey(n.key)
	if err != nil {
		return err
	}
	_, err = compareCheckpoints(ctx, n.journal, n.vault, v)
	return err
}

// compareCheckpoints returns the newest checkpoint that the store has, zero
// for none, and what in the journal is not as one of them says.
func compareCheckpoints(ctx context.Context, j *journal.Journal, v *vault.Vault, key note.Verifier) (newest ledger.Checkpoint, err error) {
	all, err := v.List(ctx, checkpoints)
	if err != nil {
		return newest, err
	}
	size := j.Tree().Size
	for _, o := range all[max(0, len(all)-compared):] {
		text, err := getSmall(ctx, v, o)
		if err != nil {
			return newest, err
		}
		c, err := ledger.OpenCheckpoint(text, key)
		if err != nil {
			return newest, fmt.Errorf("%s: %w", o.Key, err)
		}
		if c.Size > size {
			return c, fmt.Errorf("rolled back: at %s it had %d events, now it has %d", c.At.Format(time.RFC3339), c.Size, size)
		}
		now, err := j.TreeAt(ctx, c.Size)
		if err != nil {
			return newest, err
		}
		if now != c.Tree {
			return c, fmt.Errorf("written anew: its first %d events are not those of %s", c.Size, c.At.Format(time.RFC3339))
		}
		newest = c
	}
	return newest, nil
}

func getSmall(ctx context.Context, v *vault.Vault, o vault.Version) ([]byte, error) {
	body, _, err := v.Get(ctx, o.Key, o.VersionID)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, 64<<10))
}
