package clips

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// recipe changes whenever the clips would come out differently.
const recipe = 1

const stampFile = "clips.stamp"

// stamp says what a folder of clips was made from.
type stamp struct {
	Recipe int               `json:"recipe"`
	Photos map[string]string `json:"photos"` // name → SHA-256
	Files  map[string]int64  `json:"files"`  // name → size in bytes
}

func newStamp(photos string) (stamp, error) {
	s := stamp{Recipe: recipe, Photos: map[string]string{}}
	for _, name := range []string{examineePhoto, otherPhoto} {
		data, err := os.ReadFile(filepath.Join(photos, name))
		if errors.Is(err, fs.ErrNotExist) {
			return s, fmt.Errorf("no %s in %s: install the npm package @vladmandic/face-api there (npm ci in models)", name, photos)
		}
		if err != nil {
			return s, fmt.Errorf("read photograph: %w", err)
		}
		sum := sha256.Sum256(data)
		s.Photos[name] = hex.EncodeToString(sum[:])
	}
	return s, nil
}

// upToDate tells whether dir holds exactly what s would make.
func (s stamp) upToDate(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, stampFile))
	if err != nil {
		return false
	}
	var have stamp
	if json.Unmarshal(data, &have) != nil || have.Recipe != s.Recipe || !maps.Equal(have.Photos, s.Photos) {
		return false
	}
	now, err := sizes(dir)
	return err == nil && maps.Equal(have.Files, now)
}

// save writes the stamp, last of all files.
func (s stamp) save(dir string) error {
	var err error
	if s.Files, err = sizes(dir); err != nil {
		return err
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("stamp clips: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, stampFile), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("stamp clips: %w", err)
	}
	return nil
}

// sizes measures every file that Make writes.
func sizes(dir string) (map[string]int64, error) {
	names := []string{AudioFile, EnrolmentFile, OtherFile}
	for _, s := range Scripts() {
		names = append(names, s.File, s.description())
	}
	all := make(map[string]int64, len(names))
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("look at clips: %w", err)
		}
		all[name] = info.Size()
	}
	return all, nil
}
