package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"qyragy/detect"
	"qyragy/detect/vision"
)

type lookCommand struct {
	File       string `arg:"" help:"A JPEG, or an IVF file with VP8, VP9 or AV1." type:"existingfile"`
	Companions int    `help:"Registered companions who may be in the frame."`
	Thumbnail  string `help:"Write the thumbnail of the last look to this file." type:"path"`
}

// Run prints one look per line: the picture's, or each of the clip's key
// frames'.
func (l lookCommand) Run(env environment) error {
	data, err := os.ReadFile(l.File)
	if err != nil {
		return err
	}
	v, err := vision.New(env.models)
	if err != nil {
		return err
	}
	defer v.Close()
	var last detect.LookReply
	if strings.EqualFold(filepath.Ext(l.File), ".ivf") {
		last, err = l.clip(env, v, data)
	} else {
		last = v.LookJPEG(data, detect.LookRequest{Age: detect.CalibrationLooks, Terms: detect.Terms{Companions: l.Companions}})
		err = printLook(env, last)
	}
	if err != nil || l.Thumbnail == "" {
		return err
	}
	return os.WriteFile(l.Thumbnail, last.Thumbnail, 0o644)
}

func (l lookCommand) clip(env environment, v *vision.Vision, data []byte) (last detect.LookReply, err error) {
	codec, frames, err := readIVF(data)
	if err != nil {
		return last, fmt.Errorf("read %s: %w", l.File, err)
	}
	age := 0
	for _, f := range frames {
		if !vision.KeyFrame(codec, f) {
			continue
		}
		last = v.Look(detect.LookRequest{
			Frame: detect.Frame{Codec: codec, Data: f}, Age: age, Memory: last.Memory, Terms: detect.Terms{Companions: l.Companions},
		})
		if err := printLook(env, last); err != nil {
			return last, err
		}
		age++
	}
	if age == 0 {
		return last, fmt.Errorf("%s has no key frame", l.File)
	}
	return last, nil
}

func printLook(env environment, r detect.LookReply) error {
	if r.Err != "" {
		return errors.New(r.Err)
	}
	return json.NewEncoder(env.stdout).Encode(r.Look)
}

// readIVF splits an IVF file into its frames. The format is libvpx's own: a
// header of 32 bytes that begins with DKIF, then per frame 4 bytes of size, 8
// of time, and the frame.
func readIVF(b []byte) (codec detect.Codec, frames [][]byte, err error) {
	const header, frameHeader = 32, 12
	if len(b) < header || string(b[:4]) != "DKIF" {
		return "", nil, errors.New("this is not an IVF file")
	}
	switch fourCC := string(b[8:12]); fourCC {
	case "VP80":
		codec = detect.VP8
	case "VP90":
		codec = detect.VP9
	case "AV01":
		codec = detect.AV1
	default:
		return "", nil, fmt.Errorf("the codec %q is not supported", fourCC)
	}
	for b = b[header:]; len(b) >= frameHeader; {
		n := int64(binary.LittleEndian.Uint32(b))
		b = b[frameHeader:]
		if n > int64(len(b)) {
			return "", nil, errors.New("the file ends inside a frame")
		}
		frames = append(frames, b[:n])
		b = b[n:]
	}
	return codec, frames, nil
}
