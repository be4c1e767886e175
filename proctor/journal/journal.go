package journal

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// ErrFailed is what every write returns after one of them has failed. The
// process must stop and open the journal again.
var ErrFailed = errors.New("journal has failed")

var _ proctor.Journal = (*Journal)(nil)

//go:embed migrations/*.sql
var migrations embed.FS

// Journal is an open journal database. Its methods may be called from any
// goroutine.
type Journal struct {
	writer *sql.DB // one connection
	reader *sql.DB // refuses to write
	hashes chan struct{}

	queueMu sync.Mutex
	queue   []*batch // appends that wait for writeMu

	writeMu sync.Mutex // guards what follows and the writing transaction
	insert  *sql.Stmt
	leaf    *sql.Stmt
	head    Anchor
	edge    ledger.Edge // of the tree, as far as head
	failed  error
}

// Open opens the database file at path, creates it if it is not there (for its
// owner's eyes only), and brings its tables up to date. A journal whose last
// event is damaged opens too, so that Verify can be asked, but refuses Append.
func Open(ctx context.Context, path string) (*Journal, error) {
	// SQLite would make the file readable for all; its WAL inherits the mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{hashes: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if err := j.open(ctx, path); err != nil {
		return nil, fmt.Errorf("open journal: %w", errors.Join(err, j.Close()))
	}
	return j, nil
}

func (j *Journal) open(ctx context.Context, path string) error {
	var err error
	if j.writer, err = connect(path, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"); err != nil {
		return err
	}
	j.writer.SetMaxOpenConns(1)
	j.writer.SetMaxIdleConns(1)
	if err := migrate(ctx, j.writer); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if j.reader, err = connect(path, "query_only(1)"); err != nil {
		return err
	}
	j.reader.SetMaxOpenConns(4)
	if j.insert, err = j.writer.PrepareContext(ctx, insertEvent); err != nil {
		return err
	}
	if j.leaf, err = j.writer.PrepareContext(ctx, insertLeaf); err != nil {
		return err
	}
	if err := j.expireSessions(ctx); err != nil {
		return fmt.Errorf("forget old sessions: %w", err)
	}
	if err := j.loadHead(ctx); err != nil {
		return fmt.Errorf("read the last event: %w", err)
	}
	if j.failed != nil {
		return nil
	}
	if err := j.loadTree(ctx); err != nil {
		j.writeMu.Lock()
		defer j.writeMu.Unlock()
		_ = j.fail(fmt.Errorf("read the tree: %w", err)) // Append will say it
	}
	return nil
}

// connect opens a pool whose connections wait for a lock, and lock at the
// start of a transaction rather than in its middle.
func connect(path string, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	dsn := url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}
	return sql.Open("sqlite", dsn.String())
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, known, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fmt.Errorf("database version %d is newer than this program's %d", current, known)
	}
	_, err = p.Up(ctx)
	return err
}

// Close waits for a running write and closes the database.
func (j *Journal) Close() error {
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	var errs []error
	for _, s := range []*sql.Stmt{j.insert, j.leaf} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	if j.reader != nil {
		errs = append(errs, j.reader.Close())
	}
	if j.writer != nil {
		errs = append(errs, j.writer.Close())
	}
	return errors.Join(errs...)
}

// write runs f in a transaction. An error of f rolls it back. An error of the
// commit fails the Journal, because it leaves open what is on disk. For the
// same reason a caller that gives up does not interrupt it.
func (j *Journal) write(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	return j.locked(ctx, f)
}

// locked is write for those who hold writeMu.
func (j *Journal) locked(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	if j.failed != nil {
		return j.failed
	}
	ctx = context.WithoutCancel(ctx)
	tx, err := j.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return j.fail(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// fail makes err the end of all writing; the caller holds writeMu.
func (j *Journal) fail(err error) error {
	if j.failed == nil {
		j.failed = fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return j.failed
}
