package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockData makes this process the only one that works on a data directory: a
// second server would seal recordings that the first still writes. The lock
// goes with the process, however that ends.
func lockData(dir string) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another qyragy works on %s: stop it first, or name another --data", dir)
		}
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	return f.Close, nil
}
