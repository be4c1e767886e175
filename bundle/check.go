package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"qyragy/acts"
	"qyragy/proctor/ledger"
)

// Options say what a bundle is held to, beside itself.
type Options struct {
	// Key is the journal's public key; nil: the bundle's own is taken.
	Key note.Verifier
	// Acts says whose signatures to trust; without roots, the act's own. Since
	// when a signature existed (Existed) is taken from the journal, if its Key
	// was given: a journal of another's making could date anything back.
	Acts acts.VerifyOptions
	// Origins are the university's pages on which officials may have agreed by
	// passkey, e.g. "https://exam.example.kz"; nil: the manifest's, and where it
	// names none, what the assertion itself says.
	Origins []string
	// Trees are words of the journal from elsewhere: printed on acts, or of
	// checkpoints. Growths prove those of another size than the bundle's.
	Trees   []ledger.Tree
	Growths []Growth
	// Heads are hashes of the chain from elsewhere, hex.
	Heads []string
}

// checker reads one bundle. structure fills what the others read.
type checker struct {
	in   io.ReaderAt
	size int64
	o    Options
	// verify is acts.VerifyWith.
	verify func([]byte, acts.VerifyOptions) (acts.Report, error)

	manifest Manifest
	entries  []entry // as the manifest says they lie
	pieces   map[string][]byte
	facts    facts

	mu     sync.Mutex // guards report while files are hashed
	report Report
}

// Check reads a bundle of size bytes and holds every byte of it to account. An
// error is for a file that cannot be read; what is wrong with it is in the
// Report.
func Check(ctx context.Context, in io.ReaderAt, size int64, o Options) (Report, error) {
	c := newChecker(in, size, o)
	err := c.run(ctx)
	if errors.Is(err, errStop) {
		err = nil
	}
	return c.report, err
}

func newChecker(in io.ReaderAt, size int64, o Options) *checker {
	return &checker{in: in, size: size, o: o, verify: acts.VerifyWith, pieces: map[string][]byte{}}
}

// errStop ends a check that cannot go on; its reason is in the report.
var errStop = errors.New("stop")

func (c *checker) run(ctx context.Context) error {
	if err := c.front(); err != nil {
		return err
	}
	known, err := c.headers()
	if err != nil {
		return err
	}
	if err := c.contents(ctx); err != nil {
		return err
	}
	if known {
		if err := c.back(); err != nil {
			return err
		}
	}
	return c.meaning()
}

// read returns n bytes at an offset, or fewer where the bundle ends.
func (c *checker) read(at, n int64) ([]byte, error) {
	n = max(0, min(n, c.size-at))
	b := make([]byte, n)
	if _, err := c.in.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	return b, nil
}

// front reads what every bundle begins with and the records that its manifest
// lists. Their sizes are in their own headers.
func (c *checker) front() error {
	at := int64(0)
	for _, name := range []string{nameManifest, nameExport, nameProof, nameCheckpoint, nameKey} {
		var err error
		if at, err = c.piece(at, name, maxManifest); err != nil {
			return err
		}
	}
	m, err := readManifest(c.pieces[nameManifest])
	if err != nil {
		c.at(c.entries[0], c.entries[0].data(), "%v", err)
		return errStop
	}
	c.manifest = m
	for _, r := range m.Records {
		if at, err = c.piece(at, RecordName(r.Seq), r.Size); err != nil {
			return err
		}
	}
	c.entries = append(c.entries, streamed(m)...)
	place(c.entries)
	return nil
}

// piece reads the entry at an offset into memory and returns its end.
func (c *checker) piece(at int64, name string, most int64) (int64, error) {
	e := entry{name: name, offset: at}
	head, err := c.read(at, localLength+int64(len(name)))
	if err != nil {
		return 0, err
	}
	if len(head) == localLength+len(name) {
		e.crc, e.size = binary.LittleEndian.Uint32(head[14:]), int64(binary.LittleEndian.Uint32(head[18:]))
	}
	if want := e.local(); !bytes.Equal(head, want) {
		c.header(e, head, want)
		return 0, errStop
	}
	if e.size > most || e.end() > c.size {
		c.at(e, at+18, "%d bytes are too many", e.size)
		return 0, errStop
	}
	data, err := c.read(e.data(), e.size)
	if err != nil {
		return 0, err
	}
	if crc32.ChecksumIEEE(data) != e.crc {
		c.at(e, -1, "its bytes %d to %d are not those that its header has the CRC-32 of", e.data(), e.end())
	}
	c.entries, c.pieces[name] = append(c.entries, e), data
	return e.end(), nil
}

// header says how an entry's header differs, and whose it is if another's.
func (c *checker) header(e entry, got, want []byte) {
	at := e.offset + int64(difference(got, want))
	switch {
	case len(got) < len(want):
		c.at(e, c.size, "the bundle ends here")
	case binary.LittleEndian.Uint32(got) != sigLocal:
		c.at(e, at, "this entry should begin at byte %d", e.offset)
	default:
		n := int64(binary.LittleEndian.Uint16(got[26:]))
		name, err := c.read(e.offset+localLength, min(n, 200))
		if err == nil && string(name) != e.name {
			c.at(e, at, "%q stands in its place", name)
			return
		}
		c.at(e, at, "its header is not as a bundle's")
	}
}

// headers compares the headers of the files of evidence. Where one does not
// stand as it should, nothing after it can be found: known is false.
func (c *checker) headers() (known bool, err error) {
	for i, e := range c.entries {
		if !e.streamed {
			continue
		}
		want := e.local()
		got, err := c.read(e.offset, int64(len(want)))
		if err != nil {
			return false, err
		}
		if !bytes.Equal(got, want) {
			c.header(e, got, want)
			c.entries = c.entries[:i]
			return false, nil
		}
		if e.end() > c.size {
			c.at(e, c.size, "the bundle ends within it")
			c.entries = c.entries[:i]
			return false, nil
		}
	}
	return true, nil
}

// contents hashes the files of evidence, as many at a time as there are cores.
func (c *checker) contents(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	first := len(c.pieces)
	for i := range c.manifest.Files {
		if first+i >= len(c.entries) || ctx.Err() != nil {
			break
		}
		g.Go(func() error { return c.content(ctx, &c.entries[first+i], c.manifest.Files[i].SHA256) })
	}
	return g.Wait()
}

func (c *checker) content(ctx context.Context, e *entry, want string) error {
	crc, sum := crc32.NewIEEE(), sha256.New()
	buffer := make([]byte, min(e.size, 256<<10))
	for at := e.data(); at < e.data()+e.size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(int64(len(buffer)), e.data()+e.size-at)
		if _, err := c.in.ReadAt(buffer[:n], at); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the bundle: %w", err)
		}
		crc.Write(buffer[:n])
		sum.Write(buffer[:n])
		at += n
	}
	e.crc = crc.Sum32()
	end, err := c.read(e.data()+e.size, int64(len(e.descriptor())))
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if hex.EncodeToString(sum.Sum(nil)) != want {
		c.at(*e, -1, "its bytes %d to %d are not those that the manifest has the SHA-256 of", e.data(), e.data()+e.size)
		if len(end) == 16 { // whether the directory agrees is another question
			e.crc = binary.LittleEndian.Uint32(end[4:])
		}
	} else if d := e.descriptor(); !bytes.Equal(end, d) {
		c.at(*e, e.data()+e.size+int64(difference(end, d)), "what follows it is not its CRC-32 and size")
	}
	return nil
}

// back compares the directory, which must be the bundle's end.
func (c *checker) back() error {
	last := c.entries[len(c.entries)-1]
	start := last.end()
	want := directory(c.entries, start)
	got, err := c.read(start, int64(len(want))+1)
	if err != nil {
		return err
	}
	if bytes.Equal(got, want) {
		return nil
	}
	n := difference(got, want)
	e := entry{name: "directory"}
	switch {
	case n == len(want):
		c.at(e, start+int64(n), "%d bytes after the bundle's end", c.size-start-int64(n))
	case n == len(got):
		c.at(e, c.size, "the bundle ends within it")
	default:
		c.at(e, start+int64(n), "it is not as the files' order, sizes and CRC-32 make it")
	}
	return nil
}
