package vault

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"golang.org/x/sys/unix"
)

// Embedded is a real S3 store with object lock, run in this process on a
// directory. It is reached over a Unix socket that only this user can open, so
// that it takes no port. A process can have one at a time.
//
// The store's library changes the process's working directory to its own: use
// absolute paths everywhere else. Close changes it back.
type Embedded struct {
	dir     string
	keys    keys
	sockets string // private directory with the socket in it
	backend *posix.Posix
	cwd     string
	cancel  context.CancelFunc
	ended   chan struct{}
	err     error // of the store; read after ended
}

// keys are the store's root account and what its directory was made with.
type keys struct {
	Access  string `json:"access"`
	Secret  string `json:"secret"`
	SideCar bool   `json:"sidecar,omitempty"` // metadata in files: no extended attributes here
}

// OpenEmbedded starts the store on dir, which it makes if needed, with random
// keys that it keeps there in keys.json (0600).
func OpenEmbedded(dir string) (*Embedded, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open embedded store: %w", err)
	}
	for _, sub := range []string{"objects", "versions", "meta"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("open embedded store: %w", err)
		}
	}
	e := &Embedded{dir: dir, ended: make(chan struct{})}
	if e.cwd, err = os.Getwd(); err != nil {
		return nil, fmt.Errorf("open embedded store: %w", err)
	}
	if e.keys, err = loadKeys(dir); err != nil {
		return nil, fmt.Errorf("open embedded store: %w", err)
	}
	if err := e.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("open embedded store: %w", err), e.Close())
	}
	return e, nil
}

// loadKeys reads dir's keys, or makes them and keeps them durably.
func loadKeys(dir string) (keys, error) {
	var k keys
	path := filepath.Join(dir, "keys.json")
	data, err := os.ReadFile(path)
	if err == nil {
		return k, json.Unmarshal(data, &k)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k = keys{Access: "q" + rand.Text()[:19], Secret: rand.Text() + rand.Text()}
	k.SideCar = meta.XattrMeta{}.Test(filepath.Join(dir, "objects")) != nil
	if data, err = json.Marshal(k); err != nil {
		return k, err
	}
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return k, err
	}
	if err := syncfs(dir); err != nil { // or a power cut leaves the name without the keys
		return k, err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return k, err
	}
	return k, syncfs(dir)
}

func (e *Embedded) start() error {
	options := posix.PosixOpts{VersioningDir: filepath.Join(e.dir, "versions"), NewDirPerm: 0o700}
	var store meta.MetadataStorer = meta.XattrMeta{}
	if e.keys.SideCar {
		sidecar, err := meta.NewSideCar(filepath.Join(e.dir, "meta"))
		if err != nil {
			return err
		}
		store, options.SideCarDir = sidecar, filepath.Join(e.dir, "meta")
	}
	var err error
	if e.backend, err = posix.New(filepath.Join(e.dir, "objects"), store, options); err != nil {
		return err
	}
	if e.sockets, err = os.MkdirTemp("", "qyragy-s3-"); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	go func() {
		defer close(e.ended)
		e.err = embedgw.RunVersityGW(ctx, e.backend, &embedgw.Config{
			RootUserAccess: e.keys.Access, RootUserSecret: e.keys.Secret,
			Ports: []string{e.socket()}, SocketPerm: "0600",
			MaxConnections: 256, MaxRequests: 128, MultipartMaxParts: 10000,
			Quiet: true, KeepAlive: true, DisableACLs: true,
		})
	}()
	return e.await(10 * time.Second)
}

// await waits until the store takes connections.
func (e *Embedded) await(limit time.Duration) error {
	for deadline := time.Now().Add(limit); ; {
		c, err := net.Dial("unix", e.socket())
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the store does not answer: %w", err)
		}
		select {
		case <-e.ended:
			return fmt.Errorf("the store ended: %w", e.err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (e *Embedded) socket() string { return filepath.Join(e.sockets, "s3") }

// Config is how to Open a vault on this store.
func (e *Embedded) Config(bucket string) Config {
	dialer := &net.Dialer{}
	return Config{
		Endpoint: "localhost", AccessKey: e.keys.Access, SecretKey: e.keys.Secret, Bucket: bucket,
		Settle: func() error { return syncfs(e.dir) },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, "unix", e.socket())
			},
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
		},
	}
}

// Run waits until ctx ends, then closes the store; it returns early if the
// store fails.
func (e *Embedded) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return e.Close()
	case <-e.ended:
		return errors.Join(fmt.Errorf("embedded store: %w", e.err), e.Close())
	}
}

// Close stops the store, waits for it and puts the working directory back. It
// may be called more than once.
func (e *Embedded) Close() error {
	if e.cancel != nil {
		e.cancel()
		<-e.ended
	}
	var errs []error
	if e.sockets != "" {
		errs = append(errs, os.RemoveAll(e.sockets))
	}
	return errors.Join(append(errs, os.Chdir(e.cwd))...)
}

// syncfs makes everything in dir's file system durable.
func syncfs(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return fmt.Errorf("sync file system of %s: %w", dir, err)
	}
	return nil
}
