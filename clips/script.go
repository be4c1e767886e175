package clips

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Shows is what a stretch of a clip has in the picture.
type Shows string

// The four things a stretch can show.
const (
	Honest  Shows = "honest"  // one person, face to the camera
	Covered Shows = "covered" // a hand or a sticker over the lens: black
	Two     Shows = "two"     // the same person with a second one beside her
	Blurred Shows = "blurred" // out of focus, gaussian sigma of about 8 pixels
)

// Stretch is a part of a clip that shows one thing.
type Stretch struct {
	From  int   `json:"from"` // seconds from the clip's start
	To    int   `json:"to"`   // seconds from the clip's start, exclusive
	Shows Shows `json:"shows"`
}

// Script is a clip's contents.
type Script struct {
	File      string    `json:"file"`
	Seconds   int       `json:"seconds"`
	Stretches []Stretch `json:"stretches"`
}

// AudioFile is the sound that goes with every clip: Ogg Opus, 20 ms packets.
const AudioFile = "honest.ogg"

// Scripts lists the clips that Make writes. Those for WHIP last 60 s, so that
// they loop without a jump; walk.mjpeg is for a browser's fake camera.
func Scripts() []Script {
	return []Script{
		script("walk.mjpeg", Honest, 25, Covered, 12, Honest, 10, Blurred, 14, Honest, 10, Two, 12, Honest, 15),
		script("honest.ivf", Honest, 60),
		script("covered.ivf", Honest, 20, Covered, 15, Honest, 25),
		script("two.ivf", Honest, 20, Two, 15, Honest, 25),
	}
}

// script makes a Script of pairs of what is shown and for how many seconds.
func script(file string, pairs ...any) Script {
	s := Script{File: file}
	for i := 0; i < len(pairs); i += 2 {
		from := s.Seconds
		s.Seconds += pairs[i+1].(int)
		s.Stretches = append(s.Stretches, Stretch{From: from, To: s.Seconds, Shows: pairs[i].(Shows)})
	}
	return s
}

// Frames is the number of frames in the clip.
func (s Script) Frames() int { return s.Seconds * FPS }

// At says what frame n shows.
func (s Script) At(n int) Shows {
	for _, part := range s.Stretches {
		if n < part.To*FPS {
			return part.Shows
		}
	}
	return Honest
}

// description is the name of the JSON file that describes the clip.
func (s Script) description() string {
	return strings.TrimSuffix(s.File, filepath.Ext(s.File)) + ".json"
}

// save writes the clip's description beside it.
func (s Script) save(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("describe %s: %w", s.File, err)
	}
	if err := os.WriteFile(filepath.Join(dir, s.description()), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("describe %s: %w", s.File, err)
	}
	return nil
}
